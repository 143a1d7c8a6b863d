"use strict";
// Functions that the scripts of the page share.
const monodir = {};
(function () {
  const byId = (name) => document.getElementById(name);

  const shadeOfHatch = (u, v) => ((u + v) % 3 === 0 ? [115, 115, 115] : [224, 224, 224]);

  function showAxes() {
    const readout = byId("axis-readout");
    const dots = document.querySelectorAll("#axes-plot .axis");
    const choose = (dot) => {
      dots.forEach((other) => {
        other.classList.toggle("chosen", other.dataset.axis === dot.dataset.axis);
      });
      readout.textContent = dot.dataset.text;
      document.dispatchEvent(new CustomEvent("axis", { detail: Number(dot.dataset.axis) }));
    };
    dots.forEach((dot) => {
      ["mouseenter", "focus", "click"].forEach((kind) => {
        dot.addEventListener(kind, () => choose(dot));
      });
    });
  }

  // A sheet holds the sections of a map below each other: one grey byte a voxel.
  function decode(name, sheet, voxels) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = image.width;
        canvas.height = image.height;
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(image, 0, 0);
        const pixels = context.getImageData(0, 0, image.width, image.height).data;
        const codes = new Uint8Array(voxels);
        for (let i = 0; i < voxels; i += 1) codes[i] = pixels[4 * i];
        resolve(codes);
      };
      image.onerror = () => reject(new Error("the sheet of " + name + " cannot be read"));
      image.src = "data:image/png;base64," + sheet;
    });
  }

  // Resolutions run as in the polar plot: finer to the right.
  function drawScale(bar, labels, palette, limits, finer) {
    const brush = bar.getContext("2d");
    palette.forEach((colour, i) => {
      brush.fillStyle = colour;
      brush.fillRect(finer ? palette.length - 1 - i : i, 0, 1, bar.height);
    });
    const [left, right] = finer ? [limits[1], limits[0]] : limits;
    labels.replaceChildren(
      ...[left, (left + right) / 2, right].map((value, i) => {
        const label = document.createElement("span");
        const said = finer && i === 1 ? ", finer to the right" : "";
        label.textContent = value.toFixed(1) + " Å" + said;
        return label;
      })
    );
  }

  function browse(data) {
    const [nx, ny, nz] = data.shape;
    const sizes = { x: nx, y: ny, z: nz };
    const first = { x: data.first[0], y: data.first[1], z: data.first[2] };
    const sides = { x: ["y", "z"], y: ["x", "z"], z: ["x", "y"] };
    const decoded = {};
    const canvas = byId("slice-canvas");
    const context = canvas.getContext("2d");
    let shown = null;

    const current = () => data.maps[byId("slice-map").selectedIndex];
    const axis = () => byId("slice-axis").value;
    const voxel = (name, k) => first[name] + k * data.every;
    const codeAt = (codes, p) => codes[(p.z * ny + p.y) * nx + p.x];
    const valueOf = (map, code) =>
      map.ends[0] + ((code - 1) / 254) * (map.ends[1] - map.ends[0]);

    function shade(map, code) {
      const part = (valueOf(map, code) - map.limits[0]) / (map.limits[1] - map.limits[0]);
      const colour = data.palettes[map.colours][Math.min(255, Math.max(0, Math.floor(part * 256)))];
      return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
    }

    function draw(map, [codes, unresolved]) {
      const across = axis();
      const k = Number(byId("slice-number").value);
      const [right, up] = sides[across];
      canvas.width = sizes[right];
      canvas.height = sizes[up];
      const picture = context.createImageData(canvas.width, canvas.height);
      for (let v = 0; v < sizes[up]; v += 1) {
        for (let u = 0; u < sizes[right]; u += 1) {
          const place = { [across]: k, [right]: u, [up]: v };
          const code = codeAt(codes, place);
          const colour = code === 0 ? [255, 255, 255]
            : codeAt(unresolved, place) === 255 ? shadeOfHatch(u, v) : shade(map, code);
          // Rows of a picture run downwards, the axis upwards.
          picture.data.set([...colour, 255], 4 * ((sizes[up] - 1 - v) * canvas.width + u));
        }
      }
      context.putImageData(picture, 0, 0);
      shown = { map, codes, unresolved, across, k, right, up };
      byId("slice-label").textContent = across + " = " + voxel(across, k);
      byId("slice-sides").textContent = right + " runs to the right, " + up + " upwards.";
      const text = map.title + ", slice across " + across + " at voxel " + voxel(across, k);
      canvas.setAttribute("aria-label", text);
      const palette = data.palettes[map.colours];
      drawScale(byId("slice-bar"), byId("slice-scale"), palette, map.limits, map.finer);
    }

    function resize() {
      const slider = byId("slice-number");
      slider.max = String(sizes[axis()] - 1);
      slider.value = String(Math.floor(sizes[axis()] / 2));
    }

    async function update() {
      const map = current();
      if (!(map.name in decoded)) {
        decoded[map.name] = await Promise.all(
          [map.sheet, map.unresolved].map((sheet) => decode(map.name, sheet, nx * ny * nz))
        );
      }
      if (map === current()) draw(map, decoded[map.name]);
    }

    function showVoxel(event) {
      if (!shown) return;
      const box = canvas.getBoundingClientRect();
      const inside = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
      const u = inside((event.clientX - box.left) / box.width, canvas.width);
      const v = canvas.height - 1 - inside((event.clientY - box.top) / box.height, canvas.height);
      const place = { [shown.across]: shown.k, [shown.right]: u, [shown.up]: v };
      const code = codeAt(shown.codes, place);
      const where = ["x", "y", "z"].map((name) => name + " " + voxel(name, place[name])).join(", ");
      byId("voxel-readout").textContent =
        "Voxel " + where + ": " +
        (code === 0 ? "outside the mask"
          : codeAt(shown.unresolved, place) === 255 ? shown.map.title + " not resolved"
          : shown.map.title + " " + valueOf(shown.map, code).toFixed(2) + " Å");
    }

    data.maps.forEach((map) => byId("slice-map").add(new Option(map.title)));
    byId("slice-axis").addEventListener("change", () => { resize(); update(); });
    byId("slice-map").addEventListener("change", update);
    byId("slice-number").addEventListener("input", update);
    byId("slice-form").addEventListener("submit", (event) => event.preventDefault());
    canvas.addEventListener("mousemove", showVoxel);
    canvas.addEventListener("click", showVoxel);
    byId("slices").hidden = false;
    resize();
    return update();
  }

  monodir.decode = decode;
  monodir.drawScale = drawScale;
  showAxes();
  browse(JSON.parse(byId("slice-data").textContent)).then(() => {
    document.body.dataset.ready = "yes";
  });
})();
