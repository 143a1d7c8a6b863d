"""Tensors of resolution: exact forms, an independent maximiser, known scatter, phantoms."""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from monodir_plugin.diagnosis.tensor import TensorFit, fit_tensors, fractional_anisotropy, principal
from monodir_plugin.errors import InputError
from monodir_plugin.files.loading import load_results
from monodir_plugin.files.maps import read_map
from monodir_plugin.files.run_folder.tensor import (
    ANISOTROPY,
    TENSOR,
    load_tensors,
    save_tensors,
    write_tensor,
)
from monodir_plugin.numerics import analyse
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.numerics.reduction.table import ResolutionTable, encode
from monodir_plugin.simulation import blurred_density

from ..fixtures import results
from ..fixtures.maps import read
from ..fixtures.result_folders import made_folder

SAMPLING, FINEST, COARSEST = 1.5, 3.1, 20.0
AXES = AxisSet.icosahedral(81)
#: Half a step of the codes, cycles per voxel.
HALF_STEP = 0.25 / 65535


def table_of(resolutions: np.ndarray, axes: AxisSet = AXES) -> ResolutionTable:
    """A table of resolutions in Å, (voxels, axes); infinite: not resolved."""
    voxels = len(resolutions)
    side = int(np.ceil(voxels ** (1 / 3))) + 1
    return ResolutionTable(
        codes=encode(SAMPLING / resolutions.T),
        axes=axes,
        indices=np.arange(voxels) + 1,
        shape=(side,) * 3,
        sampling=SAMPLING,
        frequencies=SAMPLING / np.linspace(COARSEST, FINEST, 20),
        with_data=np.ones(len(axes), bool),
    )


def forms(matrices: np.ndarray, axes: AxisSet = AXES) -> np.ndarray:
    """R² along the axes, (voxels, axes)."""
    return np.einsum("ni,vij,nj->vn", axes.vectors, matrices, axes.vectors)


def random_matrices(count: int, low: float, high: float, seed: int) -> np.ndarray:
    """Tensors with principal resolutions between two limits."""
    rng = np.random.default_rng(seed)
    turns = Rotation.random(count, random_state=seed).as_matrix()
    values = rng.uniform(low, high, (count, 3)) ** 2
    return np.einsum("vik,vk,vjk->vij", turns, values, turns)


def matrix(components: np.ndarray) -> np.ndarray:
    xx, yy, zz, xy, xz, yz = components
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def angles(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Degrees between lines, row by row."""
    cosines = np.abs(np.sum(found * wanted, axis=-1))
    return np.degrees(np.arccos(np.minimum(cosines, 1.0)))


@pytest.mark.parametrize("axes", [46, 81])
def test_an_exact_form_comes_back_to_the_rounding_of_the_table(axes):
    axes = AxisSet.icosahedral(axes)
    truth = random_matrices(200, 3.2, 19.0, seed=1)
    fit = fit_tensors(table_of(np.sqrt(forms(truth, axes)), axes))
    # A code is off by half a step; R² by twice that, relative to the frequency, at most.
    rounding = 2 * HALF_STEP / (SAMPLING / 19.0)
    found = np.array([matrix(c) for c in fit.components])
    # Errors of all axes together shift the form at one of them by a few times one error.
    assert np.abs(forms(found, axes) / forms(truth, axes) - 1).max() < 5 * rounding
    values, vectors = np.linalg.eigh(truth)
    np.testing.assert_allclose(fit.resolutions, np.sqrt(values), rtol=20 * rounding)
    apart = np.min(np.diff(values, axis=1), axis=1) > 20
    turned = angles(fit.axes, np.swapaxes(vectors, 1, 2))[apart]
    assert apart.sum() > 80
    assert turned.max() < 0.5
    assert fit.explained.min() > 0.9999
    assert fit.order4.max() < 1e-4
    assert fit.rms.max() < 10 * rounding * 19.0
    assert (fit.unresolved == 0).all()
    # Without scatter over the axes beyond rounding, there is none to be expected by chance.
    assert fit.chance.max() < 10 * rounding


def test_principal_axes_belong_to_their_resolutions():
    turn = Rotation.from_euler("ZYZ", [35, 50, 20], degrees=True).as_matrix()
    tensor = turn @ np.diag([9.0, 36.0, 100.0]) @ turn.T
    components = tensor[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
    resolutions, axes = principal(components)
    np.testing.assert_allclose(resolutions, [3.0, 6.0, 10.0])
    np.testing.assert_allclose(angles(axes, turn.T), 0.0, atol=1e-5)


def test_fractional_anisotropy_of_known_ellipsoids():
    # A sphere; a needle of the form; and diag(1, 4, 9) by hand.
    sphere = fractional_anisotropy([5.0, 5.0, 5.0])
    needle = fractional_anisotropy([1e-4, 1e-4, 10.0])
    by_hand = np.sqrt(1.5 * ((1 - 14 / 3) ** 2 + (4 - 14 / 3) ** 2 + (9 - 14 / 3) ** 2) / 98)
    np.testing.assert_allclose([sphere, needle], [0.0, 1.0], atol=1e-6)
    assert fractional_anisotropy([1.0, 2.0, 3.0]) == pytest.approx(by_hand)


def test_the_fit_has_the_greatest_likelihood():
    rng = np.random.default_rng(3)
    truth = random_matrices(4, 4.0, 15.0, seed=2)
    scattered = np.sqrt(forms(truth)) * np.exp(rng.normal(0, 0.25, (4, len(AXES))))
    unresolved = scattered > COARSEST
    assert unresolved.any()
    found = fit_tensors(table_of(np.where(unresolved, np.inf, np.maximum(scattered, FINEST))))
    v = AXES.vectors

    def cost(lower: np.ndarray, y: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> float:
        # Positive by construction: T = LL'.
        root = np.zeros((3, 3))
        root[np.tril_indices(3)] = lower
        form = ((v @ root) ** 2).sum(axis=1)
        # A censored pair costs nothing more once the form is beyond the limit.
        form = np.where(coarse, np.minimum(form, 1 / y), form)
        form = np.where(fine, np.maximum(form, 1 / y), form)
        return float(np.sum(y * form - np.log(form)))

    for k in range(4):
        y = np.where(unresolved[k], COARSEST**-2.0, np.maximum(scattered[k], FINEST) ** -2.0)
        ends = unresolved[k], scattered[k] <= FINEST
        start = np.linalg.cholesky(truth[k])[np.tril_indices(3)]
        best = minimize(cost, start, (y, *ends), method="BFGS", options={"gtol": 1e-7})
        root = np.linalg.cholesky(matrix(found.components[k].astype(float)))
        here = cost(root[np.tril_indices(3)], y, *ends)
        assert here <= best.fun + 1e-4 * len(AXES)
        again = np.zeros((3, 3))
        again[np.tril_indices(3)] = best.x
        values = np.sqrt(np.linalg.eigvalsh(again @ again.T))
        np.testing.assert_allclose(
            found.resolutions[k], np.clip(values, FINEST, COARSEST), rtol=5e-3
        )


def test_what_lies_beyond_the_limits_does_not_bend_the_rest():
    turn = Rotation.from_euler("ZYZ", [35, 50, 20], degrees=True).as_matrix()
    truth = turn @ np.diag(np.square([4.0, 8.0, 30.0])) @ turn.T
    exact = np.sqrt(forms(truth[None]))
    unresolved = exact > COARSEST
    assert 0.1 < unresolved.mean() < 0.5
    fit = fit_tensors(table_of(np.where(unresolved, np.inf, exact)))
    np.testing.assert_allclose(fit.resolutions[0], [4.0, 8.0, COARSEST], rtol=0.01)
    assert angles(fit.axes[0], turn.T).max() < 1
    assert fit.unresolved[0] == pytest.approx(unresolved.mean())
    # The same pairs, taken as resolved at the limit, bend the form.
    capped = fit_tensors(table_of(np.minimum(exact, COARSEST)))
    assert abs(capped.resolutions[0, 1] - 8.0) > 2 * abs(fit.resolutions[0, 1] - 8.0)


def test_voxels_at_one_limit_are_spheres():
    nowhere = np.full((1, len(AXES)), np.inf)
    everywhere = np.full((1, len(AXES)), FINEST)
    fit = fit_tensors(table_of(np.concatenate([nowhere, everywhere])))
    np.testing.assert_allclose(fit.resolutions, [[COARSEST] * 3, [FINEST] * 3], rtol=1e-4)
    np.testing.assert_allclose(fit.fractional_anisotropy, 0.0, atol=1e-4)
    np.testing.assert_array_equal(fit.unresolved, [1, 0])
    np.testing.assert_array_equal(fit.explained, [0, 0])


def test_scatter_gives_the_anisotropy_of_theory_and_of_order_4():
    sigma, voxels = 0.05, 4000
    rng = np.random.default_rng(5)
    # Independent relative errors of 1/R²: five harmonics of order 2 of 81 take 5/81 of the
    # variance; the trace of their square is 15/2 of that, and FA² half of it.
    resolutions = 8.0 / np.sqrt(1 + sigma * rng.normal(size=(voxels, len(AXES))))
    fit = fit_tensors(table_of(resolutions), threads=2)
    expected = np.sqrt(0.5 * 7.5 * 5 / len(AXES)) * sigma
    assert np.sqrt(np.mean(fit.fractional_anisotropy**2)) == pytest.approx(expected, rel=0.05)
    assert np.sqrt(np.mean(fit.chance**2)) == pytest.approx(expected, rel=0.05)
    assert fit.explained.mean() == pytest.approx(5 / 80, rel=0.05)
    assert fit.order4.mean() == pytest.approx(9 / 80, rel=0.05)


def test_axes_that_do_not_determine_a_tensor_are_refused():
    axes = AxisSet(AXES.vectors[:5])
    with pytest.raises(ValueError, match="5 axes do not determine"):
        fit_tensors(table_of(np.full((2, 5), 8.0), axes))


def test_threads_and_blocks_change_nothing():
    truth = random_matrices(9000, 4.0, 15.0, seed=7)
    table = table_of(np.sqrt(forms(truth)))
    one, two = fit_tensors(table, threads=1), fit_tensors(table, threads=2)
    np.testing.assert_array_equal(one.components, two.components)
    few = fit_tensors(table_of(np.sqrt(forms(truth[8500:8510]))))
    np.testing.assert_allclose(few.components, one.components[8500:8510], rtol=1e-5)


TURN = Rotation.from_euler("ZYZ", [35, 50, 20], degrees=True).as_matrix()


@lru_cache(maxsize=None)
def fitted(sigmas: Tuple[float, float, float]) -> TensorFit:
    covariance = TURN @ np.diag(np.square(sigmas)) @ TURN.T
    volume, mask = blurred_density(56, covariance, noise=0.02, seed=1)
    table = analyse(volume, mask, SAMPLING, Settings(directions=46), threads=2).table
    return fit_tensors(table, threads=2)


def test_a_blur_damps_amplitudes_by_its_covariance():
    covariance = TURN @ np.diag(np.square([0.6, 1.0, 1.6])) @ TURN.T
    sharp = blurred_density(32, np.zeros((3, 3)), noise=0.0, seed=3)[0]
    soft, mask = blurred_density(32, covariance, noise=0.0, seed=3)
    assert sharp[mask].std() == pytest.approx(1.0, abs=0.05)
    assert (np.abs(sharp[~mask]) < 1e-6).all()
    ratio = np.fft.fftn(soft) / np.fft.fftn(sharp)
    for x, y, z in ((3, 0, 0), (0, 4, 0), (2, -3, 5), (-1, 6, 2)):
        frequency = np.array([x, y, z]) / 32
        damping = np.exp(-2 * np.pi**2 * frequency @ covariance @ frequency)
        assert ratio[z, y, x].real == pytest.approx(damping, rel=1e-3)


def test_a_known_blur_gives_its_axes_within_five_degrees():
    fit = fitted((0.6, 1.0, 1.6))
    # Of the mean tensor: single voxels scatter more (docs/diagnosis/tensor.rst).
    assert angles(principal(fit.mean())[1], TURN.T).max() < 5
    z, y, x = np.unravel_index(fit.indices, fit.shape)
    octants = (z >= 28) * 4 + (y >= 28) * 2 + (x >= 28)
    means = [fit.components[octants == k].mean(axis=0) for k in range(8)]
    turned = [angles(principal(mean)[1], TURN.T) for mean in means]
    assert np.median(turned, axis=0).max() < 5
    stated = fit.record()["mean_tensor"]
    assert stated["principal_A"] == sorted(stated["principal_A"])
    rot, tilt = np.radians([stated["rot_deg"], stated["tilt_deg"]])
    vectors = np.stack([np.cos(rot) * np.sin(tilt), np.sin(rot) * np.sin(tilt), np.cos(tilt)], 1)
    assert angles(vectors, TURN.T).max() < 5


def test_a_blur_alike_along_all_axes_is_no_more_anisotropic_than_chance():
    alike, unlike = fitted((1.2, 1.2, 1.2)), fitted((0.6, 1.0, 1.6))
    chance = np.median(alike.chance)
    # Along an axis all voxels share part of their error: the mean tensor has some of a voxel's.
    mean = fractional_anisotropy(principal(alike.mean())[0])
    assert mean < 0.6 * chance and mean < 0.1 * fractional_anisotropy(principal(unlike.mean())[0])
    # A theory to first order, for independent errors: neighbouring axes share coefficients.
    assert np.median(alike.fractional_anisotropy) == pytest.approx(chance, rel=0.35)
    assert np.median(unlike.fractional_anisotropy) > 3 * np.percentile(unlike.chance, 95)
    # Lines at random lie 60 degrees from one another.
    near = unlike.record()["median_angle_of_coarse_axis_deg"]
    far = alike.record()["median_angle_of_coarse_axis_deg"]
    assert near < 5 and far > 30


def test_files_hold_the_tensors(tmp_path):
    fit = fit_tensors(results.known_table())
    write_tensor(tmp_path, fit, results.read_density())
    again = load_tensors(tmp_path / TENSOR)
    for name in ("components", "indices"):
        np.testing.assert_array_equal(getattr(again, name), getattr(fit, name))
    for name in ("resolutions", "fractional_anisotropy"):
        np.testing.assert_allclose(getattr(again, name), getattr(fit, name), atol=2e-3)
    for name in ("rms", "explained", "order4", "chance", "unresolved"):
        np.testing.assert_allclose(getattr(again, name), getattr(fit, name), rtol=1e-3, atol=1e-4)
    assert (again.shape, again.resolution_range) == (fit.shape, pytest.approx(fit.resolution_range))
    box = read(tmp_path / ANISOTROPY)
    np.testing.assert_array_equal(box[results.mask()], fit.fractional_anisotropy)
    assert (box[~results.mask()] == 0).all()
    assert read_map(tmp_path / ANISOTROPY).sampling == results.SAMPLING


def test_a_folder_without_tensors_has_them_of_its_table(tmp_path):
    folder = made_folder(tmp_path).folder
    results = load_results(folder)
    fit = results.read_tensors()
    np.testing.assert_array_equal(fit.components, fit_tensors(results.read_table()).components)
    save_tensors(folder / TENSOR, fit_tensors(table_of(np.full((5, len(AXES)), 9.0))))
    with pytest.raises(InputError, match="not those of the maps"):
        load_results(folder).read_tensors()
    (folder / TENSOR).write_bytes(b"PK")
    with pytest.raises(InputError, match=r"tensor\.npz: it cannot be read"):
        load_results(folder).read_tensors()


def test_sentences_state_the_record():
    truth = np.tile(np.diag(np.square([4.0, 6.0, 9.0])), (5, 1, 1))
    found = fit_tensors(table_of(np.sqrt(forms(truth))))
    first, second, third = found.sentences()
    assert "4.0, 6.0 and 9.0 Å" in first
    assert f"anisotropy of {fractional_anisotropy([4.0, 6.0, 9.0]):.2f}" in first
    assert "finest with 4.0 Å along rot 0, tilt 90 degrees" in second
    assert "coarsest with 9.0 Å along rot 0, tilt 0 degrees" in second
    assert "lie 0 degrees from that of the mean" in second
    assert "explain 100 %" in third
