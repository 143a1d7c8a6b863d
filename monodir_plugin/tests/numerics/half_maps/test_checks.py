"""Half maps that do not belong together are found; of those that do nothing is said."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.numerics.half_maps.independence import check_noise_of_halves
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.tests.fixtures.damaged import VOXEL, ball, grid, halves, noise, with_bead
from monodir_plugin.tests.fixtures.maps import SHORT, call, write


def kinds(first, second, mask):
    """Words of all findings, as a run would come to them."""
    first, second = (half.astype(np.float32) for half in (first, second))
    found = compare_half_maps(first, second, VOXEL)
    stated = list(found.findings)
    if not any(finding.fatal for finding in stated):
        stated += check_noise_of_halves(first, second / found.scale, mask, found.fsc)[1]
    return [(finding.kind, finding.fatal) for finding in stated]


def sharing(share):
    """Half maps whose noise has a correlation."""
    common = noise(64, 13)
    return [
        ball()[0] + np.sqrt(share) * common + np.sqrt(1 - share) * noise(64, seed)
        for seed in (11, 12)
    ]


def within(radius, edge=0):
    """A spherical mask, hard or with an edge."""
    distance = distance_map(64)
    return np.clip((radius + edge - distance) / edge, 0, 1) if edge else (distance < radius) * 1.0


DAMAGED = {
    "negated": (lambda a, b: (a, -b), [("negated", True)]),
    "mirrored along x": (lambda a, b: (a, b[:, :, ::-1]), [("mirrored", True)]),
    "mirrored, one voxel off": (lambda a, b: (a, np.roll(b[::-1], 1, 0)), [("mirrored", True)]),
    "inverted": (lambda a, b: (a, b[::-1, ::-1, ::-1]), [("mirrored", True)]),
    "two voxels off": (lambda a, b: (a, np.roll(b, 2, 2)), [("shifted", True)]),
    "half a voxel off": (lambda a, b: (a, shift(b, (0, 0.5, 0), mode="wrap")), [("shifted", True)]),
    "twice as strong": (lambda a, b: (a, 2 * b), [("scale", False)]),
    "a tenth stronger": (lambda a, b: (a, 1.1 * b), [("scale", False)]),
    "four fifths of the noise shared": (lambda a, b: sharing(0.8), [("correlated", False)]),
    "a third of the noise shared": (lambda a, b: sharing(0.33), [("correlated", False)]),
    "half of it and the whole": (lambda a, b: (a, (a + b) / 2), [("correlated", False)]),
    "masked in the mask": (
        lambda a, b: (a * within(12, 3), b * within(12, 3)),
        [("empty", False)],
    ),
    "one masked": (lambda a, b: (a * within(12), b), [("filtered", True)]),
    "one filtered": (
        lambda a, b: (a, gaussian_filter(b, 1)),
        [("scale", False), ("filtered", True)],
    ),
    "one half twice": (lambda a, b: (a, a + 1e-3 * b), [("one", True)]),
    "one half twice, scaled": (lambda a, b: (a, 3 * a), [("scale", False), ("one", True)]),
    "of noise": (lambda a, b: (a, noise(64, 7)), [("apart", False)]),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_half_maps_that_are_no_pair_are_found(kind):
    damage, expected = DAMAGED[kind]
    assert kinds(*damage(*halves()), ball()[1]) == expected


@pytest.mark.parametrize("factor", [1.1, 2, 1e-4])
def test_scale_is_fitted(factor):
    """Where the FSC is above 0.9 noise moves the ratio of amplitudes by less than 1 %."""
    first, second = halves()
    found = compare_half_maps(first, np.float32(factor) * second, VOXEL)
    assert found.scale == pytest.approx(factor, rel=0.01)


@pytest.mark.parametrize("by", [(2, 0, 0), (0, -5, 3), (0, 0, 0.5)])
def test_shift_is_measured_along_x_y_z(by):
    first, second = halves()
    moved = shift(second, by[::-1], mode="wrap")
    assert compare_half_maps(first, moved, VOXEL).shift == pytest.approx(by, abs=0.1)


SOUND = [(48, 0.1, 0), (33, 0.3, 0), (64, 0.6, 4), (64, 1.5, 2), (48, 3.0, 0)]


@pytest.mark.parametrize(("size", "deviation", "views"), SOUND)
@pytest.mark.parametrize("treated", ["as they are", "low-passed", "in a sphere", "with an offset"])
def test_of_sound_half_maps_nothing_is_said(size, deviation, views, treated):
    particle, mask = blob_particle(size, seed=1)
    pair = [noisy_map(particle, noise=deviation, concentration=views, seed=s) for s in (7, 77)]
    soft = np.clip((0.45 * size - distance_map(size)) / 3, 0, 1)
    treat = {
        "as they are": lambda half: half,
        "low-passed": lambda half: gaussian_filter(half, 1),
        "in a sphere": lambda half: half * soft,
        "with an offset": lambda half: half + 3,
    }[treated]
    assert kinds(*map(treat, pair), mask) == []


FOCUSED = {
    "half of the particle": lambda: (halves(), ball()[1] & (grid(64)[2] > 4)),
    "beside a bead of gold": lambda: (tuple(map(with_bead, halves())), ball()[1]),
}


@pytest.mark.parametrize("kind", FOCUSED)
def test_structure_that_the_mask_leaves_out_is_no_correlated_noise(kind):
    pair, mask = FOCUSED[kind]()
    assert kinds(*pair, mask) == []


def test_mask_of_the_solvent_is_reported():
    assert kinds(*halves(), ~ball()[1]) == [("beside", False)]


def test_empty_voxels_leave_the_mask():
    first, second = (half * within(12) for half in halves())
    fsc = compare_half_maps(first, second, VOXEL).fsc
    mask, _ = check_noise_of_halves(first, second, ball()[1], fsc)
    assert mask.any() and not mask[distance_map(64) >= 12].any()
    assert mask[(distance_map(64) < 11) & ball()[1]].all()


def test_scaled_halves_give_the_resolution_of_the_pair(tmp_path, capsys):
    """ADR as of the sound pair: it came out twice as coarse, and most of the mask not resolved."""
    first, second = halves()
    names = [write(tmp_path / f"{i}.mrc", half, VOXEL) for i, half in enumerate((first, second))]
    mask = write(tmp_path / "mask.mrc", ball()[1], VOXEL)
    words = ("--mask", mask, "--no-diagnosis", *SHORT)
    lines = []
    for factor in (1, 2):
        write(tmp_path / "1.mrc", np.float32(factor) * second, VOXEL)
        out = tmp_path / f"out{factor}"
        found = call(capsys, "run", "--half1", names[0], "--half2", names[1], *words, "-o", out)
        assert found.status == 0
        lines += [line for line in found.out.splitlines() if line.startswith("medians")]
        warned = [line for line in found.err.splitlines() if line.startswith("warning: half maps")]
        assert len(warned) == factor - 1
    assert names[1] in warned[0] and "the second was divided by that" in warned[0]
    plain, scaled = (float(line.split("ADR ")[1].split()[0]) for line in lines)
    assert scaled == pytest.approx(plain, rel=0.01)
