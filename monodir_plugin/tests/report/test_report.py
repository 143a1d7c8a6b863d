"""The report: its sentences, its data, and the page in a browser."""

from __future__ import annotations

import base64
import copy
import io
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, List, Optional, Tuple
from xml.etree import ElementTree as Tree

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import LogNorm, to_hex
from PIL import Image

from monodir_plugin.figures import FIGURES, shared_limits
from monodir_plugin.figures.directions.polar import polar_limits
from monodir_plugin.figures.drawing.style import RELATIVE_COLOURS
from monodir_plugin.files.loading import load_results
from monodir_plugin.report import write_report
from monodir_plugin.report.axes_plot import axes_svg
from monodir_plugin.report.findings import findings, meaning, parameters
from monodir_plugin.report.page import report_page
from monodir_plugin.report.slices import encode_sheet, slice_data, window_of

from ..fixtures.maps import call
from ..fixtures.result_folders import COARSEST, made_folder
from ..fixtures.results import partly_resolved

NAME = "a <b>map & $co.mrc"
#: Shown in other ways, or nothing of it in the results.
LEFT_OUT = {"overview", "voxel", "monores", "along", "conical-fsc", "views"}
VOID = {"meta", "img", "input", "br", "hr", "link"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LARGEST_PAGE = 3_000_000


class Page(HTMLParser):
    """Elements, their attributes and text; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: List[Tuple[str, Dict[str, Optional[str]]]] = []
        self.words: Dict[str, str] = {}
        self._open: List[Tuple[str, Optional[str]]] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("id")))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        for _, name in self._open:
            if name:
                self.words[name] = self.words.get(name, "") + data.replace("\xa0", " ")

    def all(self, tag: str) -> List[Dict[str, Optional[str]]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_folder(tmp_path_factory.mktemp("made"), name=NAME)


@pytest.fixture(scope="module")
def results(made):
    return load_results(made.folder)


@pytest.fixture(scope="module")
def written(made, tmp_path_factory):
    return write_report(made.folder, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def text(written):
    return written.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


@pytest.fixture
def two_figures(monkeypatch):
    """Pages that are quick to write."""
    few = {name: FIGURES[name] for name in ("adr", "density")}
    monkeypatch.setattr("monodir_plugin.report.pictures.FIGURES", few)


@pytest.fixture
def summary(results):
    return copy.deepcopy(results.summary)


def plain(sentences: List[str]) -> List[str]:
    """Without the spaces that hold units and thousands together."""
    return [sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in sentences]


def stated(summary: dict) -> str:
    return " ".join(findings(summary))


def test_findings_give_the_numbers(summary):
    summary["median_A"].update(adr=5.25, highest=4.1, lowest=6.4, monores=3.9, anisotropy=0.85)
    summary["best_axis"] = {"rot_deg": -26.49, "tilt_deg": 76.6, "resolution_A": 4.0}
    summary["worst_axis"] = {"rot_deg": -0.2, "tilt_deg": 0.0, "resolution_A": 6.0}
    summary["axes"] = {"median_A": 4.75, "finest_A": 4.0, "coarsest_A": 6.0, "ratio": 1.5}
    summary["axes_without_data"] = [{"rot_deg": 12.4, "tilt_deg": 80.0}] * 7
    summary["unresolved_share"] = 0.0213
    summary["found"]["frequencies_A"] = [20.0, 10.0, 3.0]
    summary["slope_radii_A"] = [7.5, 48.2]
    summary["found"]["noise_region"]["voxels"] = 12345
    summary["slopes_A_per_A"].update(radial=0.0125, tangential=-0.004)
    sentences = stated(summary)
    for words in (
        "Along the median axis the resolution is 4.75 Å",
        "1.50 times as coarse as the finest",
        "the finest is rot −26°, tilt 77° (4 Å), the coarsest rot 0°, tilt 0° (6 Å)",
        "2.1 % of the pairs of a voxel and an axis are not resolved even at 20 Å",
        "no data along 7 axes",
        "(rot 12°, tilt 80°; rot 12°, tilt 80°; ",
        "; and 1 more)",
        "(ADR) has the median 5.25 Å",
        "highest 4.1 Å, lowest 6.4 Å",
        "(MonoRes) the median is 3.9 Å",
        "anisotropy is 0.85 Å",
        "tested at 3 resolutions from 20 Å to 3 Å",
        "From 7.5 to 48.2 Å",
        "by +0.013 and the tangential by -0.004 Å",
        "taken from 12\N{NO-BREAK SPACE}345 voxels of solvent",
    ):
        assert words in sentences
    assert "fine limit" not in sentences
    starts = (
        "Along the median axis",
        "2.1 %",
        "The map has no data",
        "The average",
        "The median",
    )
    assert [text[: len(start)] for text, start in zip(findings(summary), starts)] == list(starts)


def test_findings_name_no_axis_where_nothing_is_resolved(summary):
    summary["best_axis"] = summary["worst_axis"] = None
    summary["axes"] = dict.fromkeys(("median_A", "finest_A", "coarsest_A", "ratio"))
    limit = max(summary["found"]["frequencies_A"])
    summary["median_A"] = dict.fromkeys(summary["median_A"], limit) | {"anisotropy": 0.0}
    summary["unresolved_share"] = 1.0
    sentences = findings(summary)
    assert sentences[0].startswith(
        "There is no axis along which most voxels of the mask are resolved"
    )
    assert sentences[1].startswith("100.0 % of the pairs")
    assert "(ADR) has the median not resolved" in sentences[2]
    assert "anisotropy is not known" in sentences[3]


def test_findings_say_where_anisotropy_is_a_lower_bound(summary):
    limit = max(summary["found"]["frequencies_A"])
    summary["median_A"].update(highest=limit / 3, lowest=limit)
    assert "lowest not resolved" in stated(summary) and "a lower bound" in stated(summary)
    summary["median_A"]["lowest"] = 0.9 * limit
    assert "a lower bound" not in stated(summary)


def test_the_meaning_of_r_names_the_criterion(summary):
    summary["parameters"]["criterion"] = 0.143
    assert "an FSC of 0.143" in meaning(summary)
    summary["parameters"].update(preset="published", criterion=None)
    assert "FSC of" not in meaning(summary) and "amplitude" in meaning(summary)


def test_no_private_words_are_used(page, summary):
    shown = " ".join(page.words.values())
    shown = shown.replace(page.words["slice-data"], "")
    assert not re.search(r"\b(rungs?|ladder|cells?|race|votes?|told|waves?)\b", shown)


def test_findings_say_what_could_not_be_reported(summary):
    summary["unresolved_share"] = 0.0
    summary["slope_radii_A"] = None
    summary["slopes_A_per_A"] = {}
    summary["median_A"]["highest"] = summary["found"]["frequencies_A"][-1] * 1.001
    summary["parameters"]["noise_from_half_maps"] = True
    sentences = stated(summary)
    assert "Every voxel is resolved along every axis" in sentences
    assert "Slopes could not be fitted" in sentences
    assert "is at the fine limit" in sentences
    assert "difference of the half maps" in sentences
    summary["unresolved_share"] = 0.0004
    assert "less than 0.1 % of the pairs" in stated(summary)


def test_slopes_that_could_not_be_fitted_are_not_numbers(summary):
    summary["slopes_A_per_A"]["radial"] = None
    assert "Slopes could not be fitted" in stated(summary)


def test_all_parameters_are_listed(summary):
    rows = dict(parameters(summary))
    for name in summary["parameters"]:
        assert name.replace("_", " ") in rows
    assert rows["cone"] == "30"
    assert rows["directions"] == "46"
    assert rows["noise radius"] == "not given"
    assert rows["noise from half maps"] == "no"
    assert rows["along"] == "none"
    assert rows["working box, voxels"] == "32"
    looked_at = summary["found"]["frequencies_A"]
    assert [float(word) for word in rows["tested resolutions, Å"].split(", ")] == pytest.approx(
        looked_at, rel=1e-3
    )
    assert rows["centre, voxels x, y, z"] == "16, 16, 16"


def test_the_page_says_what_the_summary_says(page, results):
    summary = results.summary
    assert page.words["findings"].split("\n")[1:-1] == plain(findings(summary))
    assert page.words["diagnosis"].strip() == "The run has no diagnosis."
    for warning in summary["warnings"]:
        assert warning[1:] in page.words["warnings"]
    for entry in summary["inputs"]:
        assert entry["path"] in page.words["inputs"]
        assert entry["sha256"] in page.words["inputs"]
        assert entry["kind"] in page.words["inputs"]
    for name, value in parameters(summary):
        assert f"{name}{value}" in page.words["parameters"]


def test_names_are_text_and_not_markup(page, text):
    headings = re.findall(r"<h1>(.*?)</h1>", text)
    assert headings == ["a &lt;b&gt;map &amp; $co.mrc"]
    assert not page.all("b")


def test_the_page_is_one_file(page, text):
    assert len(text.encode()) < LARGEST_PAGE
    assert [a["href"] for a in page.all("a")] == ["https://doi.org/10.1038/s41467-019-13742-w"]
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.all("img"))
    assert not page.all("link")
    assert not any("src" in script for script in page.all("script"))
    assert "url(" not in text
    assert "@import" not in text
    policy = [m["content"] for m in page.all("meta") if "http-equiv" in m]
    assert policy[0].startswith("default-src 'none'; img-src data:;")


def test_the_page_can_be_heard(page):
    assert page.all("html")[0]["lang"] == "en"
    names = [a["id"] for _, a in page.elements if "id" in a]
    assert len(names) == len(set(names))
    for image in page.all("img"):
        assert len(image["alt"]) > 40
    for tag, attributes in page.elements:
        if tag == "canvas":
            assert attributes["role"] == "img"
            assert attributes["aria-label"]
        if tag == "section":
            assert attributes["aria-labelledby"] in names
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) <= 1


def test_all_figures_are_there_with_their_cautions(page, results):
    shown = [a["id"][len("figure-") :] for a in page.all("figure") if "id" in a]
    assert shown == [name for name in FIGURES if name not in LEFT_OUT]
    for name in shown:
        words = page.words[f"figure-{name}"]
        assert FIGURES[name].caption in words
        assert FIGURES[name].caution and FIGURES[name].caution in words
    for image in page.all("img"):
        size = Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1]))).size
        assert size == (int(image["width"]), int(image["height"]))


def test_a_map_that_was_moved_is_reported(tmp_path, capsys, two_figures):
    made = made_folder(tmp_path)
    Path(made.map_path).unlink()
    done = call(capsys, "report", made.folder, "-o", tmp_path / "report.html")
    assert done.status == 0
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "Not drawn: map" in page.words["figure-density"]
    assert "it is not where" in page.words["figure-density"]
    assert len(page.all("img")) == 1


def test_page_is_in_the_folder_of_results_by_default(tmp_path, capsys, two_figures):
    made = made_folder(tmp_path)
    assert call(capsys, "report", made.folder).out == f"{made.folder / 'report.html'}\n"
    assert call(capsys, "report", made.folder, "-o", tmp_path / "named.html").status == 0
    assert (made.folder / "report.html").read_bytes() == (tmp_path / "named.html").read_bytes()


def test_half_maps_are_both_named(tmp_path, capsys, two_figures):
    made = made_folder(tmp_path, halves=True)
    done = call(capsys, "report", made.folder, "-o", tmp_path / "report.html")
    assert done.out == f"{tmp_path / 'report.html'}\n"
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h1>half1.mrc and half2.mrc</h1>" in text
    assert "difference of the half maps" in text


def test_dots_lie_at_their_axes_and_name_them(results):
    svg = Tree.fromstring(axes_svg(results))
    dots = [e for e in svg if e.get("class") == "axis"]
    ends = results.axes.upper()
    equator = np.flatnonzero(ends.tilt > 90 - 1e-6)
    numbers = [int(dot.get("data-axis")) for dot in dots]
    assert sorted(numbers) == sorted([*range(len(ends)), *equator])
    shades = matplotlib.colormaps[RELATIVE_COLOURS]
    norm = LogNorm(*polar_limits(results), clip=True)
    largest = max(float(dot.get("r")) for dot in dots)
    for axis, dot in zip(numbers, dots):
        x = (float(dot.get("cx")) - 240) / 200 * 90
        y = (240 - float(dot.get("cy"))) / 200 * 90
        assert np.hypot(x, y) == pytest.approx(ends.tilt[axis], abs=0.1)
        if ends.tilt[axis] > 1:
            turn = np.rad2deg(np.arctan2(y, x)) - ends.rot[axis]
            period = 180 if axis in equator else 360
            assert abs((turn + period / 2) % period - period / 2) < 0.5
        mean, counts = results.axis_resolution[axis], results.counts[axis]
        assert dot.get("fill") == to_hex(shades(norm(mean)))
        expected = largest * np.sqrt(counts / results.counts.max())
        assert float(dot.get("r")) == pytest.approx(max(expected, 3.5), abs=0.06)
        for words in (
            f"Axis {axis}:",
            f"median resolution {mean:.2f} Å",
            f"finest axis of {counts:.0f} voxels (",
        ):
            assert words in dot.get("data-text")
        assert dot.find("{http://www.w3.org/2000/svg}title").text == dot.get("data-text")


def test_dots_of_axes_without_resolution_are_grey_or_hollow():
    results = partly_resolved()
    svg = Tree.fromstring(axes_svg(results))
    dots = [e for e in svg if "axis" in e.get("class", "").split()]
    along = results.axis_resolution
    for dot in dots:
        axis, text = int(dot.get("data-axis")), dot.get("data-text")
        grey = np.isnan(along[axis]) and results.with_data[axis]
        assert (dot.get("fill") == "#9a9a9a") == grey
        assert (dot.get("fill") == "#ffffff") == (not results.with_data[axis])
        assert ("without-data" in dot.get("class")) == (not results.with_data[axis])
        assert text.endswith("no data") == (not results.with_data[axis])
        poor = results.with_data[axis] and np.isnan(along[axis])
        assert ("most voxels not resolved" in text) == poor
    words = [e.text for e in svg if e.get("class") == "tick"]
    poor = (results.with_data & np.isnan(along)).sum()
    assert f"most voxels not resolved ({poor} axes)" in words and "no data (6 axes)" in words
    # The scale is that of the polar figure, cut at Nyquist and at the coarse limit.
    low, high = polar_limits(results)
    ends = f"{min(high, 20.0):.1f}", f"{max(low, 4.0):.1f}"
    assert [words[words.index(end)] for end in ends] == list(ends)


def decoded(sheet: str, shape: Tuple[int, ...]) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(sheet)))).reshape(shape)


def test_the_slice_browser_holds_the_maps(page, results):
    data = json.loads(page.words["slice-data"])
    assert data == json.loads(json.dumps(slice_data(results)))
    shape = tuple(data["shape"])[::-1]
    first = data["first"][::-1]
    cut = tuple(slice(f, f + n) for f, n in zip(first, shape))
    mask = results.mask[cut]
    assert data["every"] == 1
    assert mask.sum() == results.mask.sum()
    assert [m["name"] for m in data["maps"]][:4] == ["adr", "highest", "lowest", "anisotropy"]
    for entry in data["maps"]:
        codes = decoded(entry["sheet"], shape)
        np.testing.assert_array_equal(codes > 0, mask)
        low, high = entry["ends"]
        values = low + (codes[mask] - 1.0) / 254 * (high - low)
        quantum = (high - low) / 254
        np.testing.assert_allclose(
            values, results.volumes[entry["name"]][cut][mask], atol=0.51 * quantum + 1e-5
        )
        name = "highest" if entry["name"] == "anisotropy" else entry["name"]
        unresolved = results.volumes[name][cut][mask] >= COARSEST * (1 - 1e-4)
        marked = decoded(entry["unresolved"], shape)
        np.testing.assert_array_equal(marked[mask], np.where(unresolved, 255, 1))
        assert not marked[~mask].any()
        if entry["name"] != "anisotropy":
            assert entry["limits"] == pytest.approx(shared_limits([results]))


def test_large_particles_are_thinned():
    mask = np.zeros((8, 300, 200), bool)
    mask[2:6, 10:290, 5:150] = True
    window = window_of(mask, largest=64)
    assert window.every == 5
    assert window.of(mask).shape == (1, 56, 29)
    box = np.arange(mask.size, dtype=float).reshape(mask.shape)
    assert window.of(box)[0, 1, 2] == box[2, 15, 15]


def test_a_map_of_one_value_has_a_sheet():
    mask = np.ones((2, 3, 4), bool)
    codes = decoded(encode_sheet(np.full(mask.shape, 9.0), mask, (9.0, 9.0)), mask.shape)
    assert (codes == 1).all()


def test_command_line_refuses(made, capsys, tmp_path):
    for folder, output, words in (
        (made.folder, tmp_path / "report.pdf", "ends in .html"),
        (tmp_path, tmp_path / "report.html", "summary.json"),
        (made.folder, Path(made.map_path) / "report.html", "cannot be written to"),
    ):
        done = call(capsys, "report", folder, "-o", output)
        assert done.status == 2
        assert words in done.err
    assert list(tmp_path.iterdir()) == []


def test_the_same_results_give_the_same_page(made, two_figures):
    first, second = (report_page(load_results(made.folder)) for _ in range(2))
    assert first == second


PROBE = """
<script>
window.addEventListener("load", async () => {
  const by = (name) => document.getElementById(name);
  const until = async (done) => { while (!done()) await new Promise((go) => setTimeout(go, 20)); };
  const found = {};
  await until(() => document.body.dataset.ready === "yes");
  found.label = by("slice-label").textContent;
  const dot = document.querySelector('[data-axis="7"]');
  dot.dispatchEvent(new MouseEvent("mouseenter"));
  found.axis = by("axis-readout").textContent;
  found.chosen = [...document.querySelectorAll(".chosen")].map((d) => d.dataset.axis);
  const wanted = WANTED;
  by("slice-axis").value = "x";
  by("slice-axis").dispatchEvent(new Event("change"));
  by("slice-map").value = "Anisotropy";
  by("slice-map").dispatchEvent(new Event("change"));
  by("slice-number").value = wanted.k;
  by("slice-number").dispatchEvent(new Event("input"));
  await until(() => by("slice-canvas").getAttribute("aria-label") === wanted.label);
  const canvas = by("slice-canvas");
  const box = canvas.getBoundingClientRect();
  const point = (u, v) => canvas.dispatchEvent(new MouseEvent("mousemove", {
    clientX: box.left + (u + 0.5) / canvas.width * box.width,
    clientY: box.bottom - (v + 0.5) / canvas.height * box.height,
  }));
  point(wanted.u, wanted.v);
  found.voxel = by("voxel-readout").textContent;
  const pixel = canvas.getContext("2d").getImageData(
    wanted.u, canvas.height - 1 - wanted.v, 1, 1).data;
  found.pixel = [...pixel];
  point(0, 0);
  found.outside = by("voxel-readout").textContent;
  found.scale = [...by("slice-scale").children].map((s) => s.textContent);
  const result = document.createElement("pre");
  result.id = "probe";
  result.textContent = JSON.stringify(found);
  document.body.append(result);
});
</script>
"""


def browser() -> str:
    """A Chromium, or the test is skipped."""
    found = [os.environ.get("CHROME"), *(shutil.which(name) for name in BROWSERS)]
    found = [program for program in found if program]
    if not found:
        pytest.skip("there is no Chromium: install one, or name it in the variable CHROME")
    return found[0]


def opened(path: Path) -> Tuple[str, List[str]]:
    """The page after its scripts have run, and what the console said."""
    done = subprocess.run(
        [
            *(browser(), "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *("--enable-logging=stderr", "--virtual-time-budget=20000"),
            *("--window-size=1200,2000", f"--user-data-dir={path.parent / 'profile'}"),
            path.as_uri(),
        ],
        capture_output=True,
        timeout=120,
        check=False,
    )
    errors = done.stderr.decode(errors="replace").splitlines()
    return done.stdout.decode(), [line for line in errors if "CONSOLE" in line]


def test_the_page_works_in_a_browser(tmp_path, text, results):
    data = slice_data(results)
    x, y, z = (int(n) // 2 + shift for n, shift in zip(data["shape"], (2, -1, 1)))
    voxel = [f + d for f, d in zip(data["first"], (x, y, z))]
    label = f"Anisotropy, slice across x at voxel {voxel[0]}"
    wanted = {"k": x, "u": y, "v": z, "label": label}
    path = tmp_path / "report.html"
    probe = PROBE.replace("WANTED", json.dumps(wanted))
    path.write_text(text.replace("</body>", probe + "</body>"), encoding="utf-8")
    dom, console = opened(path)
    assert console == []
    assert plain(findings(results.summary))[0] in Page(dom).words["findings"]
    found = json.loads(Page(dom).words["probe"])
    middle = data["first"][2] + data["shape"][2] // 2
    assert found["label"] == f"z = {middle}"
    assert found["axis"].startswith("Axis 7: rot ")
    assert f"median resolution {results.axis_resolution[7]:.2f} Å" in found["axis"]
    assert set(found["chosen"]) == {"7"}
    stated = re.fullmatch(r"Voxel x (\d+), y (\d+), z (\d+): Anisotropy ([\d.]+) Å", found["voxel"])
    assert [int(word) for word in stated.groups()[:3]] == voxel
    value = results.volumes["anisotropy"][voxel[2], voxel[1], voxel[0]]
    (entry,) = (m for m in data["maps"] if m["name"] == "anisotropy")
    quantum = (entry["ends"][1] - entry["ends"][0]) / 254
    assert float(stated.group(4)) == pytest.approx(value, abs=0.51 * quantum + 0.006)
    share = (value - entry["limits"][0]) / (entry["limits"][1] - entry["limits"][0])
    colour = 255 * np.array(matplotlib.colormaps[entry["colours"]](share))
    assert found["pixel"] == pytest.approx(colour, abs=6)
    assert found["outside"].endswith(": outside the mask")
    assert found["scale"][::2] == [f"{limit:.1f} Å" for limit in entry["limits"]]


def test_an_error_on_the_page_would_be_seen(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<!DOCTYPE html><script>nothing.here()</script>")
    console = opened(path)[1]
    assert len(console) == 1
    assert "nothing is not defined" in console[0]
