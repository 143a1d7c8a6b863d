"""The view in three dimensions: its data, and what it shows in a browser."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, map_coordinates

from monodir_plugin.figures import shared_limits
from monodir_plugin.figures.drawing.style import RESOLUTION_COLOURS
from monodir_plugin.files.loading import load_results
from monodir_plugin.report.page import report_page
from monodir_plugin.report.scene import HOW_TO_GET, compressed_library, lattice_of, scene_data
from monodir_plugin.report.slices import Window, window_of

from ..fixtures.report_pages import Page, decoded, probed
from ..fixtures.result_folders import BOX, COARSEST, SAMPLING

#: In place of Plotly: it notes what it is asked to draw.
NOTING = """
window.Plotly = {
  react: async (place, traces, layout) => { window.drawn = { traces, layout }; },
  restyle: async (place, change, [trace]) => {
    Object.entries(change).forEach(([name, [value]]) => { drawn.traces[trace][name] = value; });
  },
  update: async (place, change, layout, [trace]) => {
    Object.entries(change).forEach(([name, [value]]) => { drawn.traces[trace][name] = value; });
    drawn.notes = layout["scene.annotations"];
  },
  relayout: async () => {},
};
"""


def page_with(library, made, monkeypatch):
    """The page with a library and few figures."""
    packed = base64.b64encode(gzip.compress(library.encode())).decode()
    monkeypatch.setattr("monodir_plugin.report.page.compressed_library", lambda: packed)
    return report_page(load_results(made.folder))


def test_without_the_library_the_page_says_how_to_get_it(page):
    assert HOW_TO_GET in page.words["scene"]
    scripts = [a.get("id") for a in page.all("script")]
    assert "scene-data" not in scripts and "scene-library" not in scripts


def test_a_density_is_one_byte_a_voxel_and_its_first_level_the_median(results):
    density = results.read_density().values
    data = scene_data(results, {"Measured map": density})
    (surface,) = data["surfaces"]
    window = window_of(results.mask)
    inside = window.of(results.mask)
    codes = decoded(surface["sheet"], inside.shape)
    np.testing.assert_array_equal(codes > 0, inside)
    values = window.of(density)[inside]
    assert np.mean(codes[inside] > surface["level"]) == pytest.approx(0.5, abs=0.01)
    # Codes have the order of the densities, and even steps.
    low, high = values.min(), np.percentile(values, 99.9)
    expected = 1 + 254 * np.clip((values - low) / (high - low), 0, 1)
    np.testing.assert_allclose(codes[inside], expected, atol=0.51)
    first = np.array(window.first[::-1])
    np.testing.assert_allclose(data["origin"], (first - BOX // 2) * SAMPLING)
    assert data["step"] == SAMPLING
    np.testing.assert_allclose(data["axes"], results.axes.vectors, atol=1e-5)
    assert data["labels"][7] == f"{results.axis_resolution[7]:.2f} Å"


def test_axes_without_a_resolution_have_the_words_of_the_polar_plot(results):
    """An axis without data is not one that is not resolved."""
    along, with_data = results.axis_resolution.copy(), results.with_data.copy()
    along[[3, 4]], with_data[3] = np.nan, False
    changed = replace(results, axis_resolution=along, with_data=with_data)
    labels = scene_data(changed, {})["labels"]
    assert labels[3:5] == ["no data", "not resolved"]


@pytest.mark.parametrize("largest", [10**6, 4000])
def test_nodes_have_the_resolutions_of_the_closest_voxels(results, largest):
    table = results.read_table()
    window = window_of(results.mask)
    lattice = lattice_of(table, results.mask, window, largest)
    assert (lattice.every == 1) == (largest == 10**6)
    assert lattice.resolution.size <= largest
    inside = np.argwhere(window.of(results.mask))
    resolution = np.where(table.codes > 0, table.resolutions().T, np.inf)
    for node in np.argwhere(lattice.rows >= 0):
        place = np.minimum(node * lattice.every, np.array(window.of(results.mask).shape) - 1)
        distance = np.linalg.norm(inside - place, axis=1)
        closest = np.flatnonzero(distance == distance.min())
        found = lattice.resolution[lattice.rows[tuple(node)]]
        assert any(np.allclose(found, resolution[:, k]) for k in closest)
    # Every voxel of the mask lies between nodes of which one has values at least.
    for voxel in inside:
        low = voxel // lattice.every
        assert (lattice.rows[tuple(slice(k, k + 2) for k in low)] >= 0).any()


def test_a_thinned_window_keeps_the_sizes_of_the_lattice(results):
    table = results.read_table()
    window = Window((10, 8, 9), (24, 25, 23), 3)
    lattice = lattice_of(table, results.mask, window, 46 * 30)
    shown = window.of(results.mask).shape
    assert all((n - 1) * lattice.every >= side - 1 for n, side in zip(lattice.rows.shape, shown))


SPHERE = """
  const [centre, radius, n] = [[12.2, 11.1, 9.7], 7.3, 24];
  const values = new Float32Array(n * n * n);
  for (let z = 0; z < n; z += 1) for (let y = 0; y < n; y += 1) for (let x = 0; x < n; x += 1) {
    const r = Math.hypot(x - centre[0], y - centre[1], z - centre[2]);
    values[(z * n + y) * n + x] = Math.max(0, 128 + 10 * (radius - r));
  }
  return monodir.surface(values, [n, n, n], 128);
"""


def test_the_surface_of_a_ball_is_a_closed_sphere(tmp_path, text):
    """Vertices at its radius; every edge of two faces; the volume inside is that of the ball."""
    found, _ = probed(tmp_path / "report.html", text, SPHERE)
    vertices = np.stack([found[side] for side in "xyz"], axis=1) - [12.2, 11.1, 9.7]
    faces = np.stack([found[corner] for corner in "ijk"], axis=1)
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 7.3, atol=0.12)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    forward = {tuple(edge) for edge in edges}
    assert len(forward) == len(edges) and {edge[::-1] for edge in forward} == forward
    corners = vertices[faces]
    volume = np.linalg.det(corners).sum() / 6
    # Plane faces of one voxel on a sphere lose a share of the order of the square of 1 / 7.3.
    assert volume == pytest.approx(4 / 3 * np.pi * 7.3**3, rel=2 / 7.3**2)


SHOWN = """
  by("scene").scrollIntoView();
  await until(() => window.drawn && by("scene").dataset.ready === "null");
  const first = structuredClone(drawn.traces);
  by("scene-map").selectedIndex = by("scene-map").options.length - 1;
  by("scene-map").dispatchEvent(new Event("change"));
  document.querySelector('[data-axis="7"]').dispatchEvent(new MouseEvent("mouseenter"));
  await until(() => by("scene").dataset.ready === "7");
  return { first, then: drawn.traces, notes: drawn.notes,
    readout: by("scene-readout").textContent,
    maps: [...by("scene-map").options].map((o) => o.text) };
"""


PALETTE = matplotlib.colormaps[RESOLUTION_COLOURS](np.arange(256))[:, :3]
GREY = np.array(matplotlib.colors.to_rgb("#6e6e6e"))


def assert_shades(found, vertices, box, mask, unresolved, limits, ends):
    """Colours are those of a map, linear between voxels of the mask alone; grey: not resolved.

    A value is rounded to one of 254 steps between ``ends`` at each voxel, and to one of 256
    colours between ``limits``.
    """
    places = (vertices / SAMPLING + BOX // 2).T[::-1]
    weight = map_coordinates(mask.astype(float), places, order=1)
    mean = map_coordinates(np.where(mask, box, 0.0).astype(float), places, order=1) / weight
    share = map_coordinates((unresolved & mask).astype(float), places, order=1) / weight
    shades = np.array([matplotlib.colors.to_rgb(colour) for colour in found])
    grey = np.abs(shades - GREY).max(axis=1) < 1 / 255
    clear = np.abs(share - 0.5) > 0.01
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(grey[clear], share[clear] > 0.5)
    nearest = np.abs(shades[~grey, None] - PALETTE).max(axis=2).argmin(axis=1)
    expected = np.clip((mean[~grey] - limits[0]) / (limits[1] - limits[0]), 0, 1)
    step = 0.51 * (ends[1] - ends[0]) / 254 / (limits[1] - limits[0])
    np.testing.assert_allclose((nearest + 0.5) / 256, expected, atol=step + 1 / 256)
    assert np.ptp(nearest) > 20


def test_the_view_shows_the_map_its_resolution_and_the_axis_pointed_at(
    tmp_path, made, results, monkeypatch, two_figures
):
    text = page_with(NOTING, made, monkeypatch)
    found, console = probed(tmp_path / "report.html", text, SHOWN)
    assert console == []
    mesh, mask = found["first"][0], results.mask
    vertices = np.stack([mesh[side] for side in "xyz"], axis=1)
    limits = shared_limits([results])
    adr = results.volumes["adr"]
    coarse = adr >= COARSEST * (1 - 1e-4)
    ends = adr[mask].min(), adr[mask].max()
    assert_shades(mesh["vertexcolor"], vertices, adr, mask, coarse, limits, ends)
    assert found["first"][1]["x"] == [None]

    table = results.read_table()
    along = table.volume(table.resolutions()[:, 7])
    unresolved = table.volume(table.codes[7] == 0) > 0
    colours = found["then"][0]["vertexcolor"]
    # Beyond the mask the nodes have the values of the closest voxels.
    distance, closest = distance_transform_edt(~mask, return_indices=True)
    along, unresolved = along[tuple(closest)], unresolved[tuple(closest)]
    near, steps = distance < np.sqrt(3) + 1e-6, (2 * SAMPLING, COARSEST)
    assert_shades(colours, vertices, along, near, unresolved, limits, steps)
    line = np.stack([found["then"][1][side] for side in "xyz"], axis=1)
    direction = (line[1] - line[0]) / np.linalg.norm(line[1] - line[0])
    np.testing.assert_allclose(direction, results.axes.vectors[7], atol=1e-4)
    middle = np.argwhere(mask)[:, ::-1]
    centre = (middle.min(axis=0) + middle.max(axis=0)) / 2 - BOX // 2
    np.testing.assert_allclose(line.mean(axis=0), centre * SAMPLING, atol=1e-3)
    (note,) = found["notes"]
    assert note["text"] == f"{results.axis_resolution[7]:.2f} Å"
    np.testing.assert_allclose([note[side] for side in "xyz"], line[1])
    assert f"axis 7, median resolution along it: {note['text']}" in found["readout"]
    assert found["maps"][0] == "ADR" and found["maps"][-1] == "Resolution along the chosen axis"


DRAWN = """
  by("scene").scrollIntoView();
  await until(() => by("scene").dataset.ready === "null");
  document.querySelector('[data-axis="7"]').dispatchEvent(new MouseEvent("mouseenter"));
  await until(() => by("scene").dataset.ready === "7");
  const place = by("scene-plot");
  return { canvases: place.querySelectorAll("canvas").length,
    note: place.textContent.includes(monodir.scene.data.labels[7]),
    size: [place.clientWidth, place.querySelector("canvas").clientWidth],
    wide: document.documentElement.scrollWidth };
"""


@pytest.mark.parametrize("width", [1280, 390])
def test_plotly_draws_the_view_without_errors(tmp_path, made, monkeypatch, two_figures, width):
    library = compressed_library()
    if library is None:
        pytest.skip("Plotly is not installed")
    monkeypatch.setattr("monodir_plugin.report.page.compressed_library", lambda: library)
    text = report_page(load_results(made.folder))
    found, console = probed(tmp_path / "report.html", text, DRAWN, size=(width, 844))
    assert console == []
    assert found["canvases"] > 0 and found["note"]
    assert abs(found["size"][0] - found["size"][1]) <= 2 and found["wide"] <= width


NO_WEBGL = """<script>
HTMLCanvasElement.prototype.getContext = ((old) => function (kind, ...more) {
  return kind === "webgl" ? null : old.call(this, kind, ...more);
})(HTMLCanvasElement.prototype.getContext);
</script>"""
BROKEN = "window.Plotly = { react: async () => { throw new Error('broken'); } };"
REPLACED = """
  by("scene").scrollIntoView();
  await until(() => by("scene").classList.contains("without"));
  const shown = [...by("scene").children].filter((part) => part.offsetHeight > 0);
  return { said: by("scene-readout").textContent, shown: shown.map((part) => part.id) };
"""


@pytest.mark.parametrize(
    ("head", "library", "why"),
    [
        (NO_WEBGL, NOTING, "this browser has no WebGL"),
        ("", BROKEN, "it could not be drawn (broken)"),
    ],
)
def test_a_sentence_replaces_a_view_that_cannot_be_drawn(
    tmp_path, made, monkeypatch, two_figures, head, library, why
):
    text = page_with(library, made, monkeypatch).replace("<head>", f"<head>{head}")
    found, console = probed(tmp_path / "report.html", text, REPLACED)
    assert console == []
    assert found == {"said": f"No three-dimensional view: {why}.", "shown": ["scene-readout"]}


def test_the_library_is_the_script_of_plotly_and_the_same_each_time():
    plotly = pytest.importorskip("plotly.offline")
    first = compressed_library()
    assert first == compressed_library()
    assert gzip.decompress(base64.b64decode(first)).decode("utf-8") == plotly.get_plotlyjs()


def test_the_page_has_the_library_once_and_no_markup_ends_early(made, monkeypatch, two_figures):
    page = Page(page_with("const a = '</script>';", made, monkeypatch))
    assert [a["id"] for a in page.all("script") if a.get("id", "").startswith("scene")] == [
        "scene-data",
        "scene-library",
    ]
    assert len(json.loads(page.words["scene-data"])["surfaces"]) == 1
