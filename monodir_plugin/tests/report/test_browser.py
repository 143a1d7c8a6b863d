"""The page in a browser."""

from __future__ import annotations

import json
import re

import matplotlib
import numpy as np
import pytest

from monodir_plugin.report.slices import slice_data

from ..fixtures.report_pages import opened, probed

PROBE = """
  const found = {};
  await until(() => document.body.dataset.ready === "yes");
  found.label = by("slice-label").textContent;
  found.resolutions = [...by("slice-scale").children].map((s) => s.textContent);
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
  return found;
"""


def test_the_page_works_in_a_browser(tmp_path, text, results):
    data = slice_data(results)
    x, y, z = (int(n) // 2 + shift for n, shift in zip(data["shape"], (2, -1, 1)))
    voxel = [f + d for f, d in zip(data["first"], (x, y, z))]
    label = f"Anisotropy, slice across x at voxel {voxel[0]}"
    wanted = {"k": x, "u": y, "v": z, "label": label}
    probe = PROBE.replace("WANTED", json.dumps(wanted))
    found, console = probed(tmp_path / "report.html", text, probe)
    assert console == []
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
    low, high = data["maps"][0]["limits"]
    middle = (low + high) / 2
    finer = [f"{high:.1f} Å", f"{middle:.1f} Å, finer to the right", f"{low:.1f} Å"]
    assert found["resolutions"] == finer


def test_an_error_on_the_page_would_be_seen(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<!DOCTYPE html><script>nothing.here()</script>")
    console = opened(path)[1]
    assert len(console) == 1
    assert "nothing is not defined" in console[0]


#: What a small desktop leaves of 720 rows inside a browser, and a phone.
WINDOWS = {"desktop": (1280, 600), "phone": (390, 844)}
LAID_OUT = """
  await until(() => document.body.dataset.ready === "yes");
  const ends = (element) => element.getBoundingClientRect().bottom;
  return {
    window: [innerWidth, innerHeight], wide: document.documentElement.scrollWidth,
    verdict: ends(by("verdict")), overview: ends(by("figure-overview").querySelector("img")),
  };
"""


@pytest.mark.parametrize("window", WINDOWS)
def test_the_first_screen_has_the_verdict_and_nothing_is_wider_than_the_page(
    window, tmp_path, text
):
    found, console = probed(tmp_path / "report.html", text, LAID_OUT, size=WINDOWS[window])
    assert console == []
    assert tuple(found["window"]) == WINDOWS[window]
    assert found["wide"] <= found["window"][0]
    assert 0 < found["verdict"] < found["window"][1]
    assert found["overview"] < found["window"][1]
