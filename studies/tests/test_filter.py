"""What the study of filters computes, against direct sums."""

import numpy as np
import pytest

from studies.filter.atoms import at_positions, local_correlation
from studies.filter.helices import Helix, helices_of, turned_helix
from studies.filter.truth import Truth, by_shell, shells_of

SIZE = 16


def _maps():
    rng = np.random.default_rng(1)
    first = rng.normal(size=(SIZE,) * 3)
    return first, first + rng.normal(size=first.shape)


def test_local_correlation_is_that_of_the_voxels_of_a_ball():
    first, second = _maps()
    found = local_correlation(first, second, 2.5)
    z, y, x = np.indices((SIZE,) * 3)
    for centre in ((8, 8, 8), (5, 9, 6)):
        ball = sum((u - c) ** 2 for u, c in zip((z, y, x), centre)) <= 2.5**2
        assert found[centre] == pytest.approx(np.corrcoef(first[ball], second[ball])[0, 1])
    assert np.abs(local_correlation(first, 3 * first + 7, 2.5) - 1).max() < 1e-9
    edge = local_correlation(first, np.where(z == 0, 1.0, 0.0), 2.5)
    assert (edge[6:10] == 0).all()


def test_positions_are_voxels_in_the_order_of_the_array():
    z, y, _ = np.indices((SIZE,) * 3)
    assert at_positions(10.0 * z + y, np.array([[3.5], [7.0], [2.0]])) == pytest.approx((42, 42))


def test_fsc_and_error_of_a_map_with_half_of_the_amplitude_in_fine_shells():
    clean, _ = _maps()
    truth = Truth(clean, np.ones(clean.shape, bool), np.ones(SIZE), 2.0)
    gain = np.where(np.arange(SIZE) < 5, 1.0, 0.5)
    changed = by_shell(clean, gain)
    fsc, apart = truth.by_frequency(changed)
    np.testing.assert_allclose(fsc, 1.0)
    np.testing.assert_allclose(apart, [0, 0, 0, 0, 0.25, 0.25, 0.25], atol=1e-12)
    assert truth.resolution(fsc) == SIZE * 2.0 / 8
    assert truth.resolution(np.array([1.0, 0.8, 0.4, 0.9])) == SIZE * 2.0 / 3
    noisy = clean + np.random.default_rng(2).normal(scale=0.5, size=clean.shape)
    assert truth.error(noisy) == pytest.approx(
        np.sum((noisy - clean) ** 2) / np.sum(clean**2), rel=1e-6
    )
    assert shells_of(SIZE)[0, 0].tolist() == list(range(9))


def test_a_helix_is_found_by_its_geometry(tmp_path):
    """Twelve residues of an ideal alpha helix along z, and a strand."""
    pytest.importorskip("gemmi")
    turn = np.deg2rad(100) * np.arange(12)
    helix = np.array([2.3 * np.cos(turn), 2.3 * np.sin(turn), 1.5 * np.arange(12)]).T
    strand = helix[-1] + [[3.4 * n, 0, 3.0] for n in range(1, 11)]
    lines = [
        f"ATOM  {n:5d}  CA  ALA A{n:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00 20.00           C"
        for n, (x, y, z) in enumerate((*helix, *strand), 1)
    ]
    path = tmp_path / "model.pdb"
    path.write_text("\n".join([*lines, "TER", "END"]) + "\n")
    (found,) = helices_of(path, 40, 2.0)
    assert found.residues == 12 and found.atoms.shape == (3, 12)
    assert abs(found.axis[0]) > 0.99
    # The mean of all atoms is in the middle of the box.
    every = np.concatenate([helix, strand])
    expected = (helix.mean(axis=0) - every.mean(axis=0))[::-1] / 2.0 + 20
    np.testing.assert_allclose(found.atoms.mean(axis=1), expected, atol=1e-3)


def test_a_turned_helix_lies_across_and_nothing_else_changes():
    """A rod along z, with a blob at its upper end, and a block far from it."""
    z, y, x = np.indices((32,) * 3)

    def blob(place, width):
        return np.exp(-((z - place[0]) ** 2 + (y - place[1]) ** 2 + (x - place[2]) ** 2) / width)

    atoms = np.array([[k, 16.0, 16.0] for k in range(11, 22)]).T
    rod = sum(blob(atom, 2.0) for atom in atoms.T)
    rest = 2.0 * blob((4, 4, 4), 4.0)
    helix = Helix(11, atoms, np.array([1.0, 0.0, 0.0]))
    changed = turned_helix(rod + rest, helix, 1.0, np.random.default_rng(3))
    assert np.abs(changed - rest)[:8, :8, :8].max() < 1e-6
    moments = []
    for volume in (rod, changed - rest):
        weight = np.maximum(volume, 0) / np.maximum(volume, 0).sum()
        places = [axis - (axis * weight).sum() for axis in (z, y, x)]
        moments.append(np.array([[(a * b * weight).sum() for a in places] for b in places]))
    longest = [np.linalg.eigh(moment)[1][:, -1] for moment in moments]
    assert abs(longest[0][0]) > 0.999 and abs(longest[1][0]) < 0.02
    assert np.linalg.eigvalsh(moments[1])[-1] == pytest.approx(moments[0][0, 0], rel=0.1)
