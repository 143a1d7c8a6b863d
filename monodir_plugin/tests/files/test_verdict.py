"""The three lines on top, from summaries with known content."""

from monodir_plugin.files.run_folder.verdict import further_warnings, verdict

AXES = {
    "median_A": 7.25,
    "finest_A": 6.5,
    "coarsest_A": 9.1,
    "ratio": 1.4,
    "mostly_unresolved": 0,
}
VIEWS = {
    "views": "preferred",
    "sentences": ["Most particles are viewed along z (5.1 times the uniform share)."],
    "stage_tilt": 40.0,
    "worst_coverage_then": 0.62,
    "worst_coverage_then_interval": [0.5, 0.7],
}


def _lines(
    axes=AXES, diagnosis=None, warnings=(), empty=(), finest=4.0, preset="default", limit=None
):
    summary = {
        "axes": axes,
        "warnings": list(warnings),
        "axes_without_data": list(empty),
        "found": {"frequencies_A": [20.0, 9.0, finest]},
        "parameters": {"preset": preset, "directions": 46},
    }
    if limit is not None:
        summary["found"]["at_finest"] = {"share": 0.72, "resolution_A": 4.08, "warning": limit}
    return verdict({**summary, "diagnosis": diagnosis} if diagnosis else summary)


def test_resolution_along_the_axes():
    assert _lines()[0] == (
        "Resolution: 7.25 Å along the median axis, 6.50 to 9.10 Å over the axes."
    )
    assert "over the axes; 3 axes are not" in _lines({**AXES, "mostly_unresolved": 3})[0]
    assert _lines({**AXES, "mostly_unresolved": 1}, empty=[{}, {}])[0].endswith(
        "over the axes; 1 axis is not resolved in most of the mask, 2 axes are without data."
    )
    none = {**AXES, "median_A": None, "ratio": None}
    assert _lines(none)[0] == ("Resolution: along no axis is more than half of the mask resolved.")
    published = _lines(none, preset="published")[0]
    assert "even at 20.00 Å, which is what the preset published tests" in published
    assert "use the preset default" in published


def test_where_most_axes_are_not_resolved_the_median_is_that_of_the_others():
    few = _lines({**AXES, "mostly_unresolved": 30}, empty=[{}, {}])[0]
    assert few.startswith("Resolution: 7.25 Å along the median of the 14 resolved axes, 6.50 to")
    assert "along the median axis" in _lines({**AXES, "mostly_unresolved": 20}, empty=[{}, {}])[0]


def test_axes_at_the_finest_frequency_are_not_compared():
    """A table rounds resolutions by less than half a percent."""
    equal = {"median_A": 6.01, "finest_A": 6.0, "coarsest_A": 6.02, "ratio": 1.0}
    line = _lines({**AXES, **equal}, finest=6.0)[0]
    assert line.startswith("Resolution: at least as fine as 6.00 Å, the finest that was tested")
    assert "cannot be compared" in line
    most = _lines({**AXES, "median_A": 6.5}, finest=6.5)[0]
    assert "6.50 Å (the finest that was tested) along the median axis, 6.50 to 9.10 Å" in most


def test_voxels_at_the_finest_frequency_come_before_the_other_numbers():
    limit = (
        "72 % of the voxels reach the finest frequency that was tested, 4.08 Å (Nyquist; use "
        "smaller voxels): their highest resolution may be finer"
    )
    many = f"map of 100 % noise.mrc: {limit}"
    first, _, last = _lines(warnings=[many, "a", "b"], limit=limit)
    assert first == (
        "Resolution: 72 % of the voxels reach the finest frequency that was tested, 4.08 Å "
        "(Nyquist; use smaller voxels): their highest resolution may be finer. 7.25 Å along the "
        "median axis, 6.50 to 9.10 Å over the axes."
    )
    assert last == "Input: a (and 1 more)."
    assert _lines(warnings=[many], limit=limit)[2] == "Input: nothing else is in doubt."
    none = {**AXES, "median_A": None, "ratio": None}
    assert ". Along no axis is" in _lines(none, warnings=[many], limit=limit)[0]
    found = {"at_finest": {"share": 0.72, "resolution_A": 4.08, "warning": limit}}
    assert further_warnings({"warnings": [many, "a", "b"], "found": found}) == ["b"]
    assert further_warnings({"warnings": ["a", many], "found": found}) == []
    assert further_warnings({"warnings": [], "found": {}}) == []


def test_views_and_what_to_do():
    assert _lines(diagnosis={"views": VIEWS})[1] == (
        "Most particles are viewed along z (5.1 times the uniform share). Tilt the stage by "
        "about 40 degrees: the worst axis then has 0.62 (0.50 to 0.70) of the mean coverage."
    )
    limit = {**VIEWS, "worst_coverage_is_upper_limit": True}
    assert "then has at most 0.62 of the mean" in _lines(diagnosis={"views": limit})[1]
    particles = {"worst_coverage": 0.3, "disagrees": True}
    said = _lines(diagnosis={"views": VIEWS, "particles": particles})[1]
    assert said.endswith("least has 0.30 of the mean coverage; map and angles disagree.")
    wrong = {**particles, "mismatch": "The file does not belong to this map."}
    said = _lines(diagnosis={"views": VIEWS, "particles": wrong})[1]
    assert said.endswith("mean coverage. The file does not belong to this map.")
    assert "By the angles" not in said
    even = {**VIEWS, "views": "even", "stage_tilt": 0.0}
    assert _lines(diagnosis={"views": even})[1].endswith("The stage need not be tilted.")
    unknown = {"views": "unknown", "sentences": ["The missing views cannot be determined."]}
    assert _lines(diagnosis={"views": unknown})[1] == "The missing views cannot be determined."
    empty = {"noise": {"reason": "most of the solvent is empty"}}
    assert _lines(diagnosis=empty)[1] == (
        "Views: not known from the map, because most of the solvent is empty."
    )
    assert _lines()[1] == "Views: not diagnosed."


def test_warnings_are_counted():
    assert _lines()[2] == "Input: nothing is in doubt."
    assert _lines(warnings=["the map was low-passed."])[2] == "Input: the map was low-passed."
    assert _lines(warnings=["a", "b", "c"])[2] == "Input: a (and 2 more)."
