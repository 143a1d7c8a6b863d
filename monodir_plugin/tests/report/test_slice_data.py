"""The maps of the slice browser of the page."""

from __future__ import annotations

import json

import numpy as np
import pytest

from monodir_plugin.figures import shared_limits
from monodir_plugin.report.slices import encode_sheet, slice_data, window_of

from ..fixtures.report_pages import decoded
from ..fixtures.result_folders import COARSEST


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
