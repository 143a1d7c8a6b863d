"""The comparison of checkouts finds a number that differs, and no other difference."""

import json

import mrcfile
import numpy as np

from benchmarks.same_numbers import compare_files


def _map(path, values, sampling=2.0, label="one"):
    with mrcfile.new(path) as file:
        file.set_data(np.asarray(values, np.float32))
        file.voxel_size = sampling
        file.header.label[0] = label
    return path


def test_maps(tmp_path):
    values = np.arange(8.0).reshape(2, 2, 2)
    one = _map(tmp_path / "one.mrc", values)
    assert compare_files("x", one, one).state == "same"
    assert compare_files("x", one, _map(tmp_path / "b.mrc", values, label="other")).state == (
        "same numbers"
    )
    changed = values.copy()
    changed[1, 0, 1] += 0.25
    found = compare_files("x", one, _map(tmp_path / "c.mrc", changed))
    assert found.state == "differs"
    assert "values: differs by up to 0.25" in found.detail
    assert compare_files("x", one, _map(tmp_path / "d.mrc", values, 3.0)).state == "differs"


def test_renamed_arrays_and_other_types(tmp_path):
    paths = [tmp_path / name / "table.npz" for name in ("this", "other")]
    for path in paths:
        path.parent.mkdir()
    np.savez(paths[0], frequencies=np.array([0.1, 0.2]))
    np.savez(paths[1], rungs=np.array([0.1, 0.2]))
    found = compare_files("table.npz", *paths)
    assert (found.state, found.detail) == ("renamed", "rungs -> frequencies")
    np.savez(paths[1], rungs=np.array([0.1, 0.2], np.float32))
    assert compare_files("table.npz", *paths).state == "differs"


def test_summaries(tmp_path):
    def states(one, other):
        for name, value in (("one.json", one), ("two.json", other)):
            (tmp_path / name).write_text(json.dumps(value), encoding="utf-8")
        return compare_files("x", tmp_path / "one.json", tmp_path / "two.json").state

    base = {"axes": [1.5, None], "notes": ["a"], "inputs": [{"path": "x"}]}
    assert states(base, {**base, "inputs": [{"path": "y"}]}) == "same numbers"
    assert states(base, {**base, "notes": ["b", "c"]}) == "same numbers"
    assert states(base, {**base, "axes": [1.5 * (1 + 1e-14), None]}) == "same numbers"
    assert states(base, {**base, "axes": [1.5001, None]}) == "differs"
    assert states(base, {**base, "axes": [1.5, 2.0]}) == "differs"
    assert states(base, {key: base[key] for key in ("notes", "inputs")}) == "differs"
