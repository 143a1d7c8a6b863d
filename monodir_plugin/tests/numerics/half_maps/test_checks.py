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


@pytest.mark.parametrize("seed", range(4))
def test_a_shell_that_carries_power_in_few_coefficients_shows_no_filter(seed):
    """A low-pass that ends within a shell, and coefficients that hardly any view covers."""
    size, rng = 48, np.random.default_rng(seed)
    k = np.rint(np.fft.fftfreq(size) * size)
    radius = np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + k[: size // 2 + 1] ** 2)
    # Of shell 20 only its innermost coefficients pass, in both half maps alike.
    kept = radius <= 19.52
    particle = np.fft.rfftn(blob_particle(size, 1)[0])
    strong = (np.rint(radius) == 15) & (rng.uniform(size=radius.shape) < 0.004)
    made = []
    for _ in range(2):
        grains = np.fft.rfftn(rng.normal(size=(size,) * 3))
        grains[strong] *= 20 * rng.uniform(0.3, 2, size=np.count_nonzero(strong))
        made.append(np.fft.irfftn((particle + grains) * kept, s=(size,) * 3).astype(np.float32))
    found = compare_half_maps(*made, VOXEL).findings
    assert "filtered" not in [finding.kind for finding in found]
    # The same of a filter on one of them is found.
    weak = np.fft.irfftn(np.fft.rfftn(made[1]) * np.exp(-((radius / 14) ** 2)), s=(size,) * 3)
    found = compare_half_maps(made[0], weak.astype(np.float32), VOXEL).findings
    assert ("filtered", True) in [(finding.kind, finding.fatal) for finding in found]


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


@pytest.mark.parametrize("order", [(2, 1, 0), (0, 2, 1)])
def test_axes_in_another_order_are_named(order):
    first, second = halves()
    (found,) = compare_half_maps(first, np.transpose(second, order), VOXEL).findings
    # Of z, y, x the order of x, y, z is read backwards.
    names = ", ".join("zyx"[order[2 - axis]] for axis in range(3))
    assert found.kind == "reordered" and found.fatal
    assert f"the axes x, y, z of the first are {names} in the second" in found.sentence


def test_particle_of_another_shape_is_not_called_turned():
    """Balls of other atoms correlate at coarse resolution only."""
    first, _ = halves()
    z, y, x = grid(64)
    other = ball()[0] * np.where(x * z > 0, 1, -1) * np.where(y > 0, 1, -1)
    found = compare_half_maps(first, (other + noise(64, 12)).astype(np.float32), VOXEL).findings
    assert [finding.kind for finding in found] in (["apart"], ["unlike"])


def test_part_that_one_half_lacks_is_named_with_its_place():
    first, second = halves()
    z, y, x = grid(64)
    there = (x - 5) ** 2 + (y + 4) ** 2 + z**2 < 36
    found = check_noise_of_halves(
        first, np.where(there, noise(64, 12), second).astype(np.float32), ball()[1], np.zeros(33)
    )[1]
    (said,) = [finding for finding in found if finding.kind == "differ"]
    place = said.sentence.split("about voxel ")[1].split(" (x, y, z)")[0]
    np.testing.assert_allclose([int(p) for p in place.split(", ")], [37, 28, 32], atol=2)
    assert not said.fatal
    assert not check_noise_of_halves(first, second, ball()[1], np.zeros(33))[1]


def test_halves_that_were_sharpened_without_a_low_pass_are_sound():
    """Few coefficients at the corners of Fourier space then hold nearly all of the power."""
    k = np.fft.fftfreq(64)
    square = k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(64) ** 2
    sharp = [
        np.fft.irfftn(np.fft.rfftn(half) * np.exp(60 * square / 4), s=half.shape).astype(np.float32)
        for half in halves()
    ]
    assert kinds(*sharp, ball()[1]) == []
