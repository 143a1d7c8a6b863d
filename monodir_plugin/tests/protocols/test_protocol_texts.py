"""Summary and methods of the protocol: what fits their boxes, from summaries with known content."""

import copy
import textwrap
from pathlib import Path

import numpy as np
import pytest

from monodir_plugin.files.run_folder.verdict import verdict

pytest.importorskip("pyworkflow")

from monodir_plugin.protocols.outputs import range_text
from monodir_plugin.protocols.texts import methods_text, summary_lines

AXIS = {"rot_deg": 30.2, "tilt_deg": 78.9, "resolution_A": 4.125}
SUMMARY = {
    "program": "MonoDir 0.1.0",
    "inputs": [{"path": "/maps/map.mrc", "sha256": "", "sampling_A": 1.06}],
    "box_px": 256,
    "mask_voxels": 123456,
    "parameters": {
        "directions": 81,
        "cone": 30.0,
        "criterion": 0.5,
        "significance": None,
        "noise_from_half_maps": True,
        "preset": "default",
    },
    "found": {"frequencies_A": [20.0, 2.12]},
    "median_A": {
        "adr": 4.51,
        "highest": 4.01,
        "lowest": 5.02,
        "anisotropy": 0.33,
        "radial": 4.44,
        "tangential": 4.62,
        "monores": 4.05,
    },
    "axes": {
        "median_A": 4.4,
        "finest_A": 4.1,
        "coarsest_A": 5.5,
        "ratio": 1.34,
        "mostly_unresolved": 0,
    },
    "best_axis": AXIS,
    "worst_axis": {"rot_deg": 0.0, "tilt_deg": 2.0, "resolution_A": 5.5},
    "unresolved_share": 0.0123,
    "axes_without_data": [],
    "warnings": [],
}
VIEWS = {
    "views": "preferred",
    "sentences": ["Most particles are viewed along z (5.1 times the uniform share).", "More."],
    "stage_tilt": 40.0,
    "worst_coverage_then": 0.62,
    "worst_coverage_then_interval": [0.5, 0.7],
}
OTHERS = {
    name: {"sentences": [f"{name} {number}." for number in range(6)]}
    for name in ("isotropy", "conical_fsc", "angular_error", "symmetry", "tensor")
}
MANY = [f"the map is doubtful for reason {number}" for number in range(7)]
UNRESOLVED = {
    "axes": {**SUMMARY["axes"], "median_A": None, "ratio": None, "mostly_unresolved": 81},
    "best_axis": None,
    "worst_axis": None,
}
CASES = {
    "plain": {},
    "diagnosed": {"diagnosis": {"views": VIEWS, **OTHERS}},
    "one warning": {"warnings": MANY[:1]},
    "two warnings": {"warnings": MANY[:2]},
    "all at once": {
        "warnings": MANY,
        "diagnosis": {"views": VIEWS, **OTHERS},
        "axes_without_data": [AXIS] * 12,
    },
    "unresolved": UNRESOLVED,
}


def summary_of(case):
    return {**copy.deepcopy(SUMMARY), **CASES[case]}


@pytest.mark.parametrize("case", CASES)
def test_summary_has_nine_lines_at_most(case):
    summary = summary_of(case)
    lines = summary_lines(summary, "Runs/000123_ProtMonoDir/extra/summary.json")
    assert len(lines) <= 9 and all(lines) and not any("\n" in line for line in lines)
    assert lines[:3] == verdict(summary)
    assert lines[-1].endswith("[[Runs/000123_ProtMonoDir/extra/summary.json][summary.json]]")
    text = "\n".join(lines)
    for stated in ("ADR *4.51 Å*", "anisotropy *0.33 Å*", "(MonoRes) 4.05 Å", "1.2 % of"):
        assert stated in text


def test_lines_of_the_fullest_summary():
    lines = summary_lines(summary_of("all at once"), "summary.json")
    assert len(lines) == 9
    assert lines[2] == "Input: the map is doubtful for reason 0 (and 6 more)."
    assert lines[3] == "*Warning*: The map is doubtful for reason 1 (and 5 more)"
    assert lines[6] == (
        "Finest axis rot 30°, tilt 79°: *4.12 Å*; coarsest rot 0°, tilt 2°: *5.50 Å*; ratio *1.34*"
    )
    assert lines[7].endswith("1.2 % of the voxel-axis pairs; 12 axes are without data")
    assert "No axis is resolved" in "\n".join(summary_lines(summary_of("unresolved"), "s"))


def test_files_of_the_project_are_named_from_its_folder():
    summary, here = summary_of("plain"), Path.cwd()
    summary["warnings"] = [f"mask {here}/Runs/1/mask.mrc: odd", f"map {here}/map.mrc: odd, too"]
    lines = summary_lines(summary, "summary.json")
    assert lines[2] == "Input: mask Runs/1/mask.mrc: odd (and 1 more)."
    assert lines[3] == "*Warning*: Map map.mrc: odd, too"


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("preset", ["default", "published"])
def test_methods_fit_nine_lines(case, preset):
    summary = summary_of(case)
    summary["parameters"].update(preset=preset, significance=0.95)
    text = methods_text(summary)
    assert len(textwrap.wrap(text, 100)) <= 9
    for stated in ("[Vilas2020]", "[Vilas2018] 4.05 Å", "along 81 axes with a cone of 30 degrees"):
        assert stated in text
    expected = "0.95 quantile" if preset == "published" else "correlation of 0.5"
    assert expected in text


def test_range_of_a_label_has_no_negative_zero():
    assert range_text(np.array([-1e-4, 0.5, 2.0])) == "0.00 to 2.00 Å, median 0.50 Å"
    assert range_text(np.array([-0.25, -1e-4])) == "-0.25 to 0.00 Å, median -0.13 Å"
    assert range_text(np.array([])) == "not resolved"
