"""Views from files of angles: against rotation matrices, and files that cannot be used."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from monodir_plugin.errors import InputError
from monodir_plugin.files.particle_angles import read_views

from ..fixtures.particle_files import cs

needs_starfile = pytest.mark.skipif(
    importlib.util.find_spec("starfile") is None, reason="starfile is not installed"
)
#: Angles rot, tilt, psi in degrees of a few particles.
EULER = np.random.default_rng(3).uniform([-180, 0, -180], [180, 180, 180], size=(50, 3))
OPTICS = "data_optics\n\nloop_\n_rlnOpticsGroup #1\n_rlnVoltage #2\n1 300.0\n\n"


def _turn(axis: int, angle: float) -> np.ndarray:
    """A matrix that turns coordinates about y (1) or z (2), as Euler angles are defined."""
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    if axis == 2:
        return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


def relion_matrices() -> np.ndarray:
    """RELION's matrices: psi about z, after tilt about y, after rot about z."""
    return np.array([_turn(2, psi) @ _turn(1, tilt) @ _turn(2, rot) for rot, tilt, psi in EULER])


def star(path: Path, block: str, before: str = "") -> Path:
    """A STAR file with a name of an image in front of the angles."""
    names = ["rlnImageName", "rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi"]
    header = "".join(f"_{name} #{i}\n" for i, name in enumerate(names, 1))
    rows = "".join(f"{i:06d}@stack.mrcs {r:.8f} {t:.8f} {p:.8f}\n" for i, (r, t, p) in
                   enumerate(EULER, 1))  # fmt: skip
    path.write_text(f"\n# version 30001\n\n{before}data_{block}\n\nloop_\n{header}{rows}\n")
    return path


def rotation_vectors(matrices: np.ndarray) -> np.ndarray:
    """Axis times angle of the transposed matrices, by the textbook formula, shape (n, 3)."""
    turned = matrices.transpose(0, 2, 1)
    angle = np.arccos((np.trace(turned, axis1=1, axis2=2) - 1) / 2)
    odd = turned - turned.transpose(0, 2, 1)
    axis = np.stack([odd[:, 2, 1], odd[:, 0, 2], odd[:, 1, 0]], axis=1)
    return axis * (angle / (2 * np.sin(angle)))[:, None]


@needs_starfile
@pytest.mark.parametrize("block, before", [("", ""), ("images", ""), ("particles", OPTICS)])
def test_views_of_relion_are_the_third_rows_of_its_matrices(tmp_path, block, before):
    views = read_views(star(tmp_path / "run_data.star", block, before))
    np.testing.assert_allclose(views, relion_matrices()[:, 2], atol=1e-7)


def test_views_of_cryosparc_are_those_of_relion(tmp_path):
    vectors = rotation_vectors(relion_matrices())
    views = read_views(cs(tmp_path / "particles.cs", vectors))
    np.testing.assert_allclose(views, relion_matrices()[:, 2], atol=1e-6)


@needs_starfile
def test_one_particle_has_one_view(tmp_path):
    path = tmp_path / "one.star"
    path.write_text("data_\n\nloop_\n_rlnAngleRot #1\n_rlnAngleTilt #2\n90 90\n")
    np.testing.assert_allclose(read_views(path), [[0, 1, 0]], atol=1e-12)


@needs_starfile
@pytest.mark.parametrize(
    "text, message",
    [
        ("", "no columns _rlnAngleRot"),
        ("hello\nworld\n", "no columns _rlnAngleRot"),
        ("data_\n\nloop_\n_rlnImageName #1\na\n", "no columns _rlnAngleRot"),
        ("data_\n\nloop_\n_rlnAngleRot #1\n_rlnAngleTilt #2\n", "no particles"),
        ("data_\n\nloop_\n_rlnAngleRot #1\n_rlnAngleTilt #2\n1 nan\n", "are not numbers"),
        ("data_\n\nloop_\n_rlnAngleRot #1\n_rlnAngleTilt #2\n1 x\n", "are not numbers"),
        (
            "data_\n\nloop_\n_rlnTomoName #1\n_rlnAngleRot #2\n_rlnAngleTilt #3\na 1 2\n",
            "subtomograms",
        ),
    ],
)
def test_star_files_without_angles_are_refused(tmp_path, text, message):
    path = tmp_path / "run_data.star"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_views(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


@needs_starfile
def test_a_file_that_is_no_text_is_no_star_file(tmp_path):
    path = tmp_path / "map.star"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="no STAR file"):
        read_views(path)


@pytest.mark.parametrize(
    "vectors, name, message",
    [
        (np.zeros((0, 3)), "alignments3D/pose", "no particles"),
        (np.full((4, 3), np.nan), "alignments3D/pose", "are not numbers"),
        (np.zeros((4, 2)), "alignments3D/pose", "three numbers per particle"),
        (np.zeros((4, 3)), "alignments2D/pose", "no column alignments3D/pose"),
    ],
)
def test_cs_files_without_angles_are_refused(tmp_path, vectors, name, message):
    with pytest.raises(InputError, match=message):
        read_views(cs(tmp_path / "particles.cs", vectors, name))


@pytest.mark.parametrize("content", [b"", b"hello" * 10, b"\x94CSDAT" + bytes(90)])
def test_other_files_are_no_cs_files(tmp_path, content):
    path = tmp_path / "particles.cs"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no array of NumPy"):
        read_views(path)


def test_missing_files_and_other_names_are_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_views(tmp_path / "run_data.star")
    (tmp_path / "angles.txt").write_text("1 2 3\n")
    with pytest.raises(InputError, match=r"neither in \.star nor \.cs"):
        read_views(tmp_path / "angles.txt")
