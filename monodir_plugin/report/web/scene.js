"use strict";
// The three-dimensional view: a surface of the density, and the axis chosen in the polar plot.
(function () {
  const byId = (name) => document.getElementById(name);
  const [outside, grey] = ["#b4b4b4", "#6e6e6e"];
  const longer = 1.25;
  const narrow = 450;

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  async function loadLibrary() {
    const script = document.createElement("script");
    script.textContent = await unpacked(byId("scene-library").textContent.trim());
    document.head.append(script);
  }

  function missing() {
    if (typeof DecompressionStream === "undefined") return "this browser is too old";
    const context = document.createElement("canvas").getContext("webgl");
    if (!context) return "this browser has no WebGL";
    return "";
  }

  // A sentence stays in place of the view.
  function without(why) {
    byId("scene").classList.add("without");
    byId("scene-readout").textContent = "No three-dimensional view: " + why + ".";
  }

  // Everything that is drawn follows from what is chosen in the form and in the polar plot.
  class Scene {
    constructor(slices, data) {
      Object.assign(this, { slices, data });
      this.axis = null;
      this.decoded = {};
    }

    async sheet(name, image, count) {
      if (!(name in this.decoded)) {
        this.decoded[name] = await monodir.decode(name, image, count);
      }
      return this.decoded[name];
    }

    // Vertices in Å from the centre of the box, with weights of voxels and of the lattice.
    async makeSurface() {
      const { shape } = this.slices;
      const voxels = shape[0] * shape[1] * shape[2];
      const chosen = this.data.surfaces[byId("scene-surface").selectedIndex];
      const codes = await this.sheet("density " + chosen.title, chosen.sheet, voxels);
      const found = monodir.surface(codes, shape, Number(byId("scene-level").value));
      const { lattice, origin, step } = this.data;
      this.mask = codes;
      this.atVoxels = monodir.weights(found, shape, (p) => codes[p] > 0);
      const scaled = {};
      const placed = {};
      ["x", "y", "z"].forEach((side, a) => {
        scaled[side] = found[side].map((v) => v / lattice.every);
        placed[side] = found[side].map((v) => origin[a] + step * v);
      });
      this.atNodes = monodir.weights(scaled, lattice.shape, (p) => lattice.rows[p] >= 0);
      return { ...found, ...placed };
    }

    // Colours of the vertices, and the scale that is shown below.
    async colours() {
      const number = byId("scene-map").selectedIndex;
      const { maps, palettes } = this.slices;
      if (number === maps.length) return this.coloursAlongAxis();
      const map = maps[number];
      const voxels = this.slices.shape.reduce((product, n) => product * n, 1);
      const codes = await this.sheet(map.name, map.sheet, voxels);
      const marks = await this.sheet(map.name + " unresolved", map.unresolved, voxels);
      const means = monodir.mean(this.atVoxels, (p) => codes[p]);
      const unresolved = monodir.mean(this.atVoxels, (p) => (marks[p] === 255 ? 1 : 0));
      const [low, high] = map.ends;
      const values = means.map((code) => low + ((code - 1) / 254) * (high - low));
      return this.shaded(values, unresolved, palettes[map.colours], map.limits, map.finer);
    }

    async coloursAlongAxis() {
      const { lattice, axes } = this.data;
      const palette = this.slices.palettes[lattice.colours];
      const limits = this.slices.maps[0].limits;
      if (this.axis === null) return this.shaded(null, null, palette, limits, true);
      const nodes = Math.max(...lattice.rows) + 1;
      const codes = await this.sheet("lattice", lattice.sheet, nodes * axes.length);
      const at = (p) => codes[lattice.rows[p] * axes.length + this.axis];
      const [low, high] = lattice.ends;
      const value = (code) => (code ? low + ((code - 1) / 254) * (high - low) : high);
      const values = monodir.mean(this.atNodes, (p) => value(at(p)));
      const unresolved = monodir.mean(this.atNodes, (p) => (at(p) ? 0 : 1));
      return this.shaded(values, unresolved, palette, limits, true);
    }

    shaded(values, unresolved, palette, limits, finer) {
      const shade = (value) => {
        const part = (value - limits[0]) / (limits[1] - limits[0]);
        return palette[Math.min(255, Math.max(0, Math.floor(256 * part)))];
      };
      const colours = values === null ? new Array(this.atVoxels.count).fill(outside)
        : Array.from(values, (value, v) => (unresolved[v] > 0.5 ? grey : shade(value)));
      return { colours, palette, limits, finer, values, unresolved };
    }

    line() {
      if (this.axis === null) return { x: [null], y: [null], z: [null] };
      const { shape } = this.slices;
      const { origin, step, axes } = this.data;
      const reach = longer * Math.hypot(...shape.map((n) => (step * n) / 2)) / Math.sqrt(1.5);
      const ends = [0, 1, 2].map((a) => {
        const middle = origin[a] + (step * (shape[a] - 1)) / 2;
        return [-reach, reach].map((length) => middle + length * axes[this.axis][a]);
      });
      return { x: ends[0], y: ends[1], z: ends[2] };
    }

    // The median resolution along the axis, at its end.
    notes() {
      if (this.axis === null) return [];
      const { x, y, z } = this.line();
      return [{
        x: x[1], y: y[1], z: z[1], text: this.data.labels[this.axis], showarrow: false,
        bgcolor: "#ffffff", bordercolor: "#000000", font: { size: 14, color: "#000000" },
      }];
    }

    size() {
      const place = byId("scene-plot");
      return { width: place.clientWidth, height: place.clientHeight };
    }

    async draw() {
      const found = await this.makeSurface();
      const shown = await this.colours();
      const mesh = {
        type: "mesh3d", ...found, vertexcolor: shown.colours, hoverinfo: "skip",
        lighting: { ambient: 0.6, diffuse: 0.6, specular: 0.08, roughness: 0.9, fresnel: 0 },
        lightposition: { x: 1000, y: 2000, z: 3000 },
      };
      const line = {
        type: "scatter3d", mode: "lines", ...this.line(), hoverinfo: "skip",
        line: { color: "#000000", width: 7 },
      };
      // Letters keep their size: in a small window the box must leave them more room.
      const small = this.size().width < narrow;
      const away = small ? 1.3 : 1.1;
      const side = (name) => ({
        title: { text: name + " (Å)" }, nticks: small ? 4 : 6, showspikes: false, showbackground: false,
        gridcolor: "#dddddd", zeroline: false,
      });
      const layout = {
        ...this.size(),
        margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, uirevision: "kept",
        scene: {
          annotations: this.notes(),
          aspectmode: "data", xaxis: side("x"), yaxis: side("y"), zaxis: side("z"),
          // The labels of x and y stand below the box.
          camera: {
            eye: { x: 1.6 * away, y: 1.6 * away, z: away - 0.1 }, center: { x: 0, y: 0, z: -0.1 },
          },
        },
      };
      await Plotly.react(byId("scene-plot"), [mesh, line], layout,
        { displaylogo: false, displayModeBar: false });
      this.said(shown);
    }

    async recolour() {
      const shown = await this.colours();
      await Plotly.restyle(byId("scene-plot"), { vertexcolor: [shown.colours] }, [0]);
      this.said(shown);
    }

    async turnTo(axis) {
      this.axis = axis;
      const line = this.line();
      await Plotly.update(byId("scene-plot"), { x: [line.x], y: [line.y], z: [line.z] },
        { "scene.annotations": this.notes() }, [1]);
      if (byId("scene-map").selectedIndex === this.slices.maps.length) await this.recolour();
      else this.said(this.shown);
    }

    said(shown) {
      this.shown = shown;
      const { palette, limits, finer } = shown;
      monodir.drawScale(byId("scene-bar"), byId("scene-scale"), palette, limits, finer);
      const along = byId("scene-map").selectedIndex === this.slices.maps.length;
      byId("scene-readout").textContent = this.axis === null
        ? "Point at a dot of the polar plot to see its axis here."
        : "Line: axis " + this.axis + ", median resolution along it: "
          + this.data.labels[this.axis] + "." + (along ? " Colours: resolution along it." : "");
      byId("scene").dataset.ready = String(this.axis);
    }
  }

  async function start() {
    const slices = JSON.parse(byId("slice-data").textContent);
    const data = JSON.parse(byId("scene-data").textContent);
    await loadLibrary();
    const scene = new Scene(slices, data);
    monodir.scene = scene;
    // One drawing at a time; of several that wait only the last is made.
    let waiting = null;
    let busy = false;
    const ask = async (work) => {
      waiting = work;
      if (busy) return;
      busy = true;
      while (waiting) {
        const next = waiting;
        waiting = null;
        await next();
      }
      busy = false;
    };
    const first = () => {
      byId("scene-level").value = data.surfaces[byId("scene-surface").selectedIndex].level;
    };
    first();
    byId("scene-surface").addEventListener("change", () => { first(); ask(() => scene.draw()); });
    byId("scene-level").addEventListener("input", () => ask(() => scene.draw()));
    byId("scene-map").addEventListener("change", () => ask(() => scene.recolour()));
    document.addEventListener("axis", (event) => ask(() => scene.turnTo(event.detail)));
    await ask(() => scene.draw());
    new ResizeObserver(() => ask(() => Plotly.relayout(byId("scene-plot"), scene.size())))
      .observe(byId("scene-plot"));
  }

  function prepare() {
    const slices = JSON.parse(byId("slice-data").textContent);
    const data = JSON.parse(byId("scene-data").textContent);
    slices.maps.forEach((map) => byId("scene-map").add(new Option(map.title)));
    byId("scene-map").add(new Option("Resolution along the chosen axis"));
    data.surfaces.forEach((surface) => byId("scene-surface").add(new Option(surface.title)));
    byId("scene-form").addEventListener("submit", (event) => event.preventDefault());
    const why = missing();
    if (why) {
      without(why);
      return;
    }
    byId("scene-form").hidden = false;
    // The library is large: it is read when the view comes near.
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      start().catch((error) => without("it could not be drawn (" + error.message + ")"));
    }, { rootMargin: "300px" });
    watcher.observe(byId("scene"));
  }

  if (byId("scene-data")) prepare();
})();
