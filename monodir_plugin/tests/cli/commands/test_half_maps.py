"""Runs from half maps: results against known resolutions and against a run of their mean."""

import json

import numpy as np
import pytest

from monodir_plugin.files.run_folder.results import load_table

from ...fixtures.maps import SAMPLING, SHORT, call, measured, particle, read, sample, write


def test_half_maps_without_solvent_find_the_end_of_the_signal(tmp_path, capsys):
    """A signal up to 6 Å that fills the box, in both half maps, with 22 times the noise power.

    A band beyond 6 Å reaches a ratio of 2, an FSC of 0.5, if a tenth of its power is signal, so
    that it still overlaps with the signal.  The smallest half-width of a band is 1.5 Fourier
    shells.  Medians therefore lie between 6 Å and that much beyond, and pairs within 3 % of it.
    """
    rng = np.random.default_rng(6)
    k = np.fft.fftfreq(32)
    inside = k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(32) ** 2 <= 0.25**2
    signal = np.fft.irfftn(inside * np.fft.rfftn(rng.normal(size=(32,) * 3)), (32,) * 3)
    halves = [signal + rng.normal(scale=0.3, size=signal.shape) for _ in range(2)]
    names = [write(tmp_path / f"{i}.mrc", half.astype(np.float32)) for i, half in enumerate(halves)]
    grid = np.arange(32) - 16
    sphere = grid[:, None, None] ** 2 + grid[:, None] ** 2 + grid**2 < 12**2
    mask = write(tmp_path / "mask.mrc", sphere)
    words = ("--half1", names[0], "--half2", names[1], "--mask", mask, "-o", tmp_path / "out")
    assert call(capsys, "run", *words, *SHORT).status == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["parameters"]["noise_from_half_maps"] is True
    assert [entry["path"] for entry in summary["inputs"]] == [*names, mask]
    beyond = SAMPLING / (0.25 + 1.5 / 32)
    for name in ("lowest", "radial", "tangential", "monores"):
        found = read(tmp_path / "out" / f"{name}.mrc")[sphere]
        assert beyond <= np.median(found) <= SAMPLING / 0.25
    resolution = load_table(tmp_path / "out" / "table.npz").resolutions()
    assert np.mean((resolution > 0.97 * beyond) & (resolution < 1.03 * SAMPLING / 0.25)) > 0.9


def test_half_maps_give_the_resolution_of_their_mean(tmp_path, capsys):
    """The noise of the mean and half of the difference have the same power inside and outside.

    The non-directional medians therefore agree within 5 %: two thresholds have a scatter of 2 %
    each, and the mask contains fewer independent values than the solvent.  If both half maps
    are masked, signal and noise are reduced at the edge, which is a third of the voxels: 15 %.
    """
    inside = particle(40, 28)[1]
    mask = write(tmp_path / "mask.mrc", inside)
    halves = [sample(40, 28, seed=seed) for seed in (7, 8)]

    def median(*words):
        part, _ = measured(capsys, tmp_path, *words, "--mask", mask, axes="")
        return np.median(part["monores"])

    def pair(factor):
        names = [write(tmp_path / f"{i}.mrc", half * factor) for i, half in enumerate(halves)]
        return median("--half1", names[0], "--half2", names[1])

    found = pair(np.float32(1))
    solvent = median(write(tmp_path / "mean.mrc", (halves[0] + halves[1]) / 2))
    assert found == pytest.approx(solvent, rel=0.05)
    assert found == pytest.approx(pair(inside.astype(np.float32)), rel=0.15)
    assert 2 * SAMPLING < found < 2.5 * SAMPLING
