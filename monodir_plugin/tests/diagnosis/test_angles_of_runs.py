"""Runs with the angles of the particles: the summary, the files and the figure agree with them."""

import hashlib
import json

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from scipy.spatial.transform import Rotation

from monodir_plugin.diagnosis.particles.particle_views import particle_views
from monodir_plugin.figures import FIGURES, draw_figure
from monodir_plugin.files.loading import load_results
from monodir_plugin.files.run_folder.verdict import verdict
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.report.page import report_page
from monodir_plugin.simulation.views import Views
from monodir_plugin.workflows.filter import job_of_results

from ..fixtures.maps import SHORT, call, particle, sample, write
from ..fixtures.particle_files import cs

BOX = (48, 40)
COUNT = 1200


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Half maps with even noise, and the angles of particles that are seen mostly along x."""
    folder = tmp_path_factory.mktemp("angles")
    halves = [write(folder / f"half{i}.mrc", sample(*BOX, seed=i)) for i in (1, 2)]
    mask = write(folder / "particle.mrc", particle(*BOX)[1])
    views = Views(concentration=6.0, axis=(1, 0, 0))
    drawn = views.draw(COUNT, np.random.default_rng(8))
    return [*halves, "--mask", mask], drawn, cs(folder / "particles.cs", drawn.as_rotvec())


def test_a_run_reports_the_angles_of_its_particles(inputs, tmp_path, capsys, monkeypatch):
    words, drawn, path = inputs
    folder = tmp_path / "out"
    options = ["--angles", path, "--symmetry", "C2", "-o", folder, *SHORT]
    assert call(capsys, "run", *words, *options).status == 0
    summary = json.loads((folder / "summary.json").read_text())
    found = summary["diagnosis"]["particles"]
    views = drawn.apply([0.0, 0.0, 1.0])
    expected = particle_views(views, AxisSet.icosahedral(46), "C2")
    assert found["particles"] == COUNT and found["symmetry"] == "C2"
    np.testing.assert_allclose(found["coverage"], expected.known.coverage, atol=2e-3)
    # Axes across x are covered best.
    axes = AxisSet.icosahedral(46).vectors
    assert np.corrcoef(found["coverage"], axes[:, 0] ** 2)[0, 1] < -0.9
    # The number of particles is that of the images.
    assert summary["diagnosis"]["isotropy"]["images"] == COUNT
    assert found["compensation"]["views"] == 2 * COUNT
    said = verdict(summary)[1]
    # The map is even: its coverage along x is not that of the angles.
    assert found["disagrees"] and "the file does not belong to this map" in said
    assert f"an axis has {found['worst_coverage']:.2f} of the mean coverage, and the map" in said
    results = load_results(folder)
    np.testing.assert_allclose(
        results.read_particles().coverage, expected.known.coverage, atol=1e-3
    )
    figure = draw_figure("views", results)
    meshes = [c for plot in figure.axes for c in plot.collections if isinstance(c, QuadMesh)]
    discs = [np.asarray(m.get_array()).ravel() for m in meshes]
    known = [disc for disc in discs if disc.size == 61 * 241][-1]
    assert known.max() == pytest.approx(results.read_particles().views.values.max(), rel=0.05)
    _check_inputs(folder, path, summary, monkeypatch)
    # Without angles, the file of the earlier run is removed.
    assert call(capsys, "run", *words, "--no-diagnosis", "-o", folder, *SHORT).status == 0
    assert not (folder / "particles.npz").exists()


def _check_inputs(folder, path, summary, monkeypatch):
    """The file is listed last, with its checksum; what reads a run again leaves it out."""
    entry = summary["inputs"][-1]
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    assert entry == {"path": str(path), "sha256": checksum, "kind": "particle angles"}
    assert [e["kind"] for e in summary["inputs"][:-1]] == ["half map", "half map", "mask"]
    job = job_of_results(folder)
    assert job.mask == summary["inputs"][2]["path"] and job.exclude is None
    monkeypatch.setattr("monodir_plugin.report.pictures.FIGURES", {"overview": FIGURES["overview"]})
    page = report_page(load_results(folder))
    row = f'<tr><th scope="row">{path}</th><td>particle angles</td><td></td><td>{checksum}</td>'
    assert row in page


def test_wrong_angles_stop_a_run_with_one_sentence_and_without_files(inputs, tmp_path, capsys):
    words, _, _ = inputs
    wrong = cs(tmp_path / "particles.cs", np.zeros((0, 3)))
    folder = tmp_path / "out"
    outcome = call(capsys, "run", *words, "--angles", wrong, "-o", folder, *SHORT)
    assert outcome.status == 2 and not folder.exists()
    assert f"angles {wrong}: it has no particles" in outcome.err
    assert "Traceback" not in outcome.err


def test_images_that_are_given_replace_the_number_of_particles(inputs, tmp_path, capsys):
    words, _, _ = inputs
    turned = Rotation.random(600, random_state=1).as_rotvec()
    path = cs(tmp_path / "even.cs", turned)
    options = ["--angles", path, "--images", 9000, "-o", tmp_path / "out", *SHORT]
    assert call(capsys, "run", *words, *options).status == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    found = summary["diagnosis"]
    (doubt,) = [text for text in summary["warnings"] if "--images" in text]
    assert doubt.startswith(
        f"angles {path}: it has 600 particles, and the number of images is 9000"
    )
    assert found["isotropy"]["images"] == 9000 and found["particles"]["particles"] == 600
    assert found["particles"]["views"] == "even"


def test_angles_are_refused_without_a_diagnosis(tmp_path, capsys):
    words = ["map.mrc", "--mask", "mask.mrc", "--angles", "particles.star", "--no-diagnosis"]
    outcome = call(capsys, "run", *words, "-o", tmp_path / "out")
    assert outcome.status == 2 and "leave --no-diagnosis out" in outcome.err
    assert not (tmp_path / "out").exists()
