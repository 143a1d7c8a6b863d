"""The sentences of the report."""

from __future__ import annotations

import pytest

from monodir_plugin.report.findings import findings, meaning, parameters


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


def test_the_meaning_of_r_names_the_criterion(summary):
    summary["parameters"]["criterion"] = 0.143
    assert "an FSC of 0.143" in meaning(summary)
    summary["parameters"].update(preset="published", criterion=None)
    assert "FSC of" not in meaning(summary) and "amplitude" in meaning(summary)


def test_slopes_that_could_not_be_fitted_are_not_numbers(summary):
    summary["slopes_A_per_A"]["radial"] = None
    assert "Slopes could not be fitted" in stated(summary)


def test_all_parameters_are_listed(summary):
    rows = dict(parameters(summary))
    for name in summary["parameters"]:
        assert any(row.split(",")[0] == name.replace("_", " ") for row in rows)
    assert rows["cone, degrees"] == "30"
    assert rows["directions"] == "46"
    assert rows["noise radius, voxels"] == "not given"
    assert rows["noise from half maps"] == "no"
    assert rows["along"] == "none"
    assert rows["working box, voxels"] == "32"
    looked_at = summary["found"]["frequencies_A"]
    assert [float(word) for word in rows["tested resolutions, Å"].split(", ")] == pytest.approx(
        looked_at, rel=1e-3
    )
    assert rows["centre, voxels x, y, z"] == "16, 16, 16"
