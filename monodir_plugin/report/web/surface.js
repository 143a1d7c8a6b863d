"use strict";
// The surface on which a box has one level: a net with one vertex per cell (Gibson, LNCS 1496, 888, 1998).
// values: numbers, x fastest; shape: nx, ny, nz. Beyond the box the values are 0.
// Vertices are in voxels from the first, faces have the three corners i, j, k.
monodir.surface = function surface(values, shape, level) {
  const [nx, ny, nz] = shape.map((n) => n + 2);
  const step = [1, nx, nx * ny];
  const box = new Float32Array(nx * ny * nz);
  for (let z = 0; z < shape[2]; z += 1) {
    for (let y = 0; y < shape[1]; y += 1) {
      const row = (z * shape[1] + y) * shape[0];
      box.set(values.subarray(row, row + shape[0]), (z + 1) * step[2] + (y + 1) * nx + 1);
    }
  }
  const found = { x: [], y: [], z: [], i: [], j: [], k: [] };
  const vertexOf = new Int32Array(box.length).fill(-1);
  const crosses = (p, q) => (box[p] > level) !== (box[q] > level);
  const sum = [0, 0, 0];
  for (let z = 0; z < nz - 1; z += 1) {
    for (let y = 0; y < ny - 1; y += 1) {
      for (let x = 0; x < nx - 1; x += 1) {
        const corner = x + y * nx + z * step[2];
        let count = 0;
        sum.fill(0);
        for (let a = 0; a < 3; a += 1) {
          const b = (a + 1) % 3;
          const c = (a + 2) % 3;
          for (let edge = 0; edge < 4; edge += 1) {
            const p = corner + (edge & 1) * step[b] + (edge >> 1) * step[c];
            if (!crosses(p, p + step[a])) continue;
            sum[a] += (level - box[p]) / (box[p + step[a]] - box[p]);
            sum[b] += edge & 1;
            sum[c] += edge >> 1;
            count += 1;
          }
        }
        if (!count) continue;
        vertexOf[corner] = found.x.length;
        found.x.push(x - 1 + sum[0] / count);
        found.y.push(y - 1 + sum[1] / count);
        found.z.push(z - 1 + sum[2] / count);
      }
    }
  }
  // The four cells about an edge whose ends lie on either side of the surface are a face.
  for (let z = 1; z < nz - 1; z += 1) {
    for (let y = 1; y < ny - 1; y += 1) {
      for (let x = 1; x < nx - 1; x += 1) {
        const p = x + y * nx + z * step[2];
        for (let a = 0; a < 3; a += 1) {
          // The padding is below every level, so no edge leaves the box.
          for (const q of box[p] > level ? [p + step[a], p - step[a]] : []) {
            if (box[q] > level) continue;
            const b = step[(a + 1) % 3];
            const c = step[(a + 2) % 3];
            const low = Math.min(p, q);
            const four = [low, low - b, low - b - c, low - c].map((cell) => vertexOf[cell]);
            if (q < p) four.reverse();
            found.i.push(four[0], four[0]);
            found.j.push(four[1], four[2]);
            found.k.push(four[2], four[3]);
          }
        }
      }
    }
  }
  return found;
};

// Weights of the eight points of a lattice about places, and their indices.
// Points that have no value (known is false there) do not count.
monodir.weights = function weights(places, shape, known) {
  const count = places.x.length;
  const index = new Int32Array(8 * count);
  const weight = new Float32Array(8 * count);
  for (let v = 0; v < count; v += 1) {
    const place = [places.x[v], places.y[v], places.z[v]];
    const low = place.map((p, a) => Math.max(0, Math.min(shape[a] - 2, Math.floor(p))));
    const part = place.map((p, a) => Math.max(0, Math.min(1, p - low[a])));
    let total = 0;
    for (let n = 0; n < 8; n += 1) {
      const up = [n & 1, (n >> 1) & 1, n >> 2];
      const at = up.map((u, a) => Math.min(low[a] + u, shape[a] - 1));
      const point = (at[2] * shape[1] + at[1]) * shape[0] + at[0];
      // A little for every point, so that one beside a vertex counts if it is the only known one.
      const share = up.reduce((w, u, a) => w * (u ? part[a] : 1 - part[a]), 1) + 1e-6;
      index[8 * v + n] = point;
      weight[8 * v + n] = known(point) ? share : 0;
      total += weight[8 * v + n];
    }
    for (let n = 0; n < 8 && total > 0; n += 1) weight[8 * v + n] /= total;
  }
  return { count, index, weight };
};

// Weighted means; value gives the number of a point.
monodir.mean = function mean(at, value) {
  const found = new Float32Array(at.count);
  for (let n = 0; n < at.index.length; n += 1) {
    if (at.weight[n] > 0) found[n >> 3] += at.weight[n] * value(at.index[n]);
  }
  return found;
};
