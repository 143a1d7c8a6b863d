"""The diagnosis of a run: numbers with an independent expectation, files, figures and reports."""

import html
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from scipy.ndimage import distance_transform_edt

from monodir_plugin.cli import main
from monodir_plugin.diagnosis.diagnose import diagnose
from monodir_plugin.diagnosis.sentences import TITLES, sentences_of
from monodir_plugin.diagnosis.tensor import fit_tensors
from monodir_plugin.figures import FIGURES, draw_figure
from monodir_plugin.files.loading import load_results
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.report import write_report
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.workflows.measure.job import Job, load
from monodir_plugin.workflows.measure.resources import check_resources

from ..fixtures.diagnoses import known_diagnosis
from ..fixtures.maps import SAMPLING, SHORT, call, particle, read, sample, write
from ..fixtures.result_folders import made_folder
from ..fixtures.runs import DIGITS, columns, contents

BOX = (48, 40)
FILES = {"tensor.npz", "fractional_anisotropy.mrc"}
FILES |= {"views.npz", "conical_fsc.npz", "conical_fsc.csv"}


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """A run of half maps, and the diagnosis of the same arrays."""
    folder = tmp_path_factory.mktemp("halves")
    arrays = [sample(*BOX, seed=seed) for seed in (2, 3)]
    inside = particle(*BOX)[1]
    names = [write(folder / f"half{i}.mrc", half) for i, half in enumerate(arrays)]
    mask = write(folder / "particle.mrc", inside)
    words = ["--half1", names[0], "--half2", names[1], "--mask", mask, "--images", "700", *SHORT]
    assert main(["run", *words, "-o", str(folder / "out")]) == 0
    mean, noise = (arrays[0] + arrays[1]) / 2, (arrays[0] - arrays[1]) / 2
    axes = AxisSet.icosahedral(46)
    return SimpleNamespace(
        arrays=arrays,
        words=words,
        folder=folder / "out",
        inside=inside,
        summary=json.loads((folder / "out" / "summary.json").read_text()),
        found=diagnose(mean, inside, SAMPLING, axes, 30.0, noise, images=700, threads=2),
    )


@pytest.fixture(scope="module")
def without(halves, tmp_path_factory):
    """The same run without a diagnosis, into a folder where one was."""
    folder = Path(shutil.copytree(halves.folder, tmp_path_factory.mktemp("without") / "out"))
    assert main(["run", *halves.words, "--no-diagnosis", "-o", str(folder)]) == 0
    return folder


def test_fsc_of_a_run_is_that_of_masked_half_maps(halves):
    """Against numpy; pooling of shells and the correction for the mask change the curves little."""
    size = BOX[0]
    soft = 0.5 * (1 + np.cos(np.pi * np.minimum(distance_transform_edt(~halves.inside) / 6, 1)))
    first, second = (np.fft.fftn((half - half.mean()) * soft) for half in halves.arrays)
    k = np.fft.fftfreq(size) * size
    shell = np.rint(np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + k**2)).astype(int)
    common, one, other = (
        np.bincount(shell.ravel(), values.ravel())[: size // 2]
        for values in ((first * second.conj()).real, np.abs(first) ** 2, np.abs(second) ** 2)
    )
    fsc = common / np.sqrt(one * other)
    listed = columns(halves.folder / "conical_fsc.csv")["whole_shells"]
    np.testing.assert_allclose(listed[: size // 2 - 1], fsc[1:], atol=0.02)
    last = np.flatnonzero(fsc > 0.5).max()
    crossing = last + (fsc[last] - 0.5) / (fsc[last] - fsc[last + 1])
    found = halves.summary["diagnosis"]["conical_fsc"]
    assert found["at_0.5"]["whole_shells"] == pytest.approx(size * SAMPLING / crossing, rel=0.02)
    assert found["axes_without_data"] == 0


def test_uniform_views_of_a_run_are_found(halves):
    """The noise of the half maps is white."""
    found = halves.summary["diagnosis"]
    assert not found["isotropy"]["rejected"] and found["isotropy"]["images"] == 700
    assert found["views"]["views"] == "even"
    np.testing.assert_allclose(found["views"]["coverage"], 1.0, atol=0.1)


def test_tensors_of_a_run_have_the_moments_of_its_table(halves):
    """At maximum likelihood 1/(d'Td) has the mean and second moments of 1/R² over the axes."""
    with np.load(halves.folder / "table.npz") as file:
        frequency = file["codes"].T * (0.5 / 65535)
        inverse = (frequency / float(file["sampling"])) ** 2
        axes, last = file["axes"], file["frequencies"][-1]
    with np.load(halves.folder / "tensor.npz") as file:
        xx, yy, zz, xy, xz, yz = file["components"].astype(float).T
    tensors = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]).transpose(2, 0, 1)
    fitted = 1 / np.einsum("ai,vij,aj->va", axes, tensors, axes)
    # Pairs at a limit may agree with any value beyond it.
    within = ((frequency > 0) & (frequency < 0.999 * last)).all(axis=1)
    assert within.sum() > 1000
    moments = [np.einsum("va,ai,aj->vij", v[within], axes, axes) for v in (fitted, inverse)]
    np.testing.assert_allclose(*moments, atol=1e-5 * np.abs(moments[1]).max())
    squares = np.linalg.eigvalsh(tensors)
    found = halves.summary["diagnosis"]["tensor"]
    np.testing.assert_allclose(
        found["median_principal_A"], np.median(np.sqrt(squares), axis=0), rtol=1e-6
    )
    apart = squares - squares.mean(axis=1, keepdims=True)
    anisotropy = np.sqrt(1.5 * (apart**2).sum(axis=1) / (squares**2).sum(axis=1))
    assert found["median_fractional_anisotropy"] == pytest.approx(np.median(anisotropy), rel=1e-5)


def as_json(record):
    """As read from a JSON file, which has null for NaN and nine digits."""
    text = json.dumps(record)
    digits = {"parse_float": lambda number: float(f"{float(number):.9g}")}
    return json.loads(text, parse_constant=lambda name: None, **digits)


def test_summary_holds_every_finding(halves):
    """What is written is what is computed: the numbers themselves are tested above."""
    fit = fit_tensors(load_results(halves.folder).read_table())
    expected = {
        **halves.found.record(),
        "tensor": {**fit.record(), "sentences": fit.sentences()},
    }
    assert halves.summary["diagnosis"] == as_json(expected)
    # Of a map with noise, nothing is said of the noise; no angles are given.
    assert set(expected) == set(TITLES) - {"noise", "particles"}
    assert expected["symmetry"]["name"] == expected["views"]["symmetry"] == "C1"


def test_a_callback_is_called_between_findings_and_changes_nothing(halves):
    calls = []
    mean, noise = sum(halves.arrays) / 2, (halves.arrays[0] - halves.arrays[1]) / 2
    axes = AxisSet.icosahedral(46)
    found = diagnose(
        mean, halves.inside, SAMPLING, axes, 30.0, noise, 700, 2, lambda: calls.append(1)
    )
    assert len(calls) == 4
    assert as_json(found.record()) == as_json(halves.found.record())


def test_files_give_the_findings_back(halves):
    results = load_results(halves.folder)
    cones, views = results.read_conical_fsc(), results.read_views()
    for name in ("frequency", "fsc", "plain", "by_mask", "resolution"):
        np.testing.assert_array_equal(getattr(cones, name), getattr(halves.found.conical_fsc, name))
    assert cones.record() == halves.found.conical_fsc.record()
    assert cones.sentences() == halves.found.conical_fsc.sentences()
    assert views.record() == halves.found.views.record()
    assert views.sentences() == halves.found.views.sentences()
    for name in ("values", "shares"):
        np.testing.assert_array_equal(
            getattr(views.views, name), getattr(halves.found.views.views, name)
        )
    for name in ("from_noise", "from_signal"):
        again, first = getattr(views, name), getattr(halves.found.views, name)
        np.testing.assert_array_equal(again.values, first.values)
        np.testing.assert_array_equal(again.coarse, first.coarse)
        assert again.error == first.error


def test_lists_hold_curves_and_coverage(halves):
    cones = halves.found.conical_fsc
    listed = columns(halves.folder / "conical_fsc.csv")
    np.testing.assert_allclose(listed["frequency_per_A"], cones.frequency[1:], rtol=DIGITS)
    np.testing.assert_allclose(listed["whole_shells"], cones.plain[1:], rtol=DIGITS, atol=DIGITS)
    for i, curve in enumerate(cones.fsc):
        np.testing.assert_allclose(listed[f"axis_{i}"], curve[1:], rtol=DIGITS, atol=DIGITS)
    assert len(listed) == 2 + 46 and listed["frequency_per_A"][-1] > 0.95 / (2 * SAMPLING)
    coverage = columns(halves.folder / "directions.csv")["coverage"]
    np.testing.assert_allclose(coverage, halves.found.views.coverage, rtol=DIGITS)


def test_map_of_fractional_anisotropy_is_that_of_the_tensors(halves):
    fit = fit_tensors(load_results(halves.folder).read_table())
    found = read(halves.folder / "fractional_anisotropy.mrc")
    np.testing.assert_array_equal(found[halves.inside], fit.fractional_anisotropy)
    assert (found[~halves.inside] == 0).all()


def test_without_a_diagnosis_all_else_is_the_same(halves, without):
    """And nothing is left of the one that was there before."""
    kept, plain = contents(halves.folder), contents(without)
    assert set(kept) - set(plain) == FILES and set(plain) < set(kept)
    differing = {name for name in plain if plain[name] != kept[name]}
    assert differing == {"summary.json", "directions.csv"}
    summary = json.loads(plain["summary.json"])
    assert {**summary, "diagnosis": halves.summary["diagnosis"]} == halves.summary
    listed = columns(without / "directions.csv")
    for name, column in columns(halves.folder / "directions.csv").items():
        assert name == "coverage" or np.array_equal(listed[name], column)


def test_results_without_a_diagnosis_are_drawn_and_reported(without, tmp_path, capsys):
    results = load_results(without)
    assert results.diagnosis == {}
    there = [name for name, kind in FIGURES.items() if kind.drawable(results)]
    assert set(FIGURES) - set(there) == {"along", "conical-fsc", "views"}
    fit = fit_tensors(results.read_table())
    np.testing.assert_array_equal(results.read_tensors().components, fit.components)
    for name, words in (
        ("conical-fsc", "with --half1 and --half2, and without --no-diagnosis"),
        ("views", "the map was not diagnosed; run monodir run without --no-diagnosis"),
    ):
        outcome = call(capsys, "plot", without, "--what", name, "-o", tmp_path / "a.png")
        assert outcome.status == 2 and words in outcome.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("finding", ["views", "noise"])
def test_a_map_without_noise_has_the_reason_instead_of_a_figure(finding, halves, tmp_path, capsys):
    """A map without noise has no finding of views."""
    folder = Path(shutil.copytree(halves.folder, tmp_path / "out"))
    summary = json.loads((folder / "summary.json").read_text())
    del summary["diagnosis"]["views"]
    summary["diagnosis"][finding] = {"views": "unknown", "reason": "the noise is blank"}
    (folder / "summary.json").write_text(json.dumps(summary))
    outcome = call(capsys, "plot", folder, "--what", "views", "-o", tmp_path / "a.png")
    assert outcome.status == 2 and outcome.err.endswith("not be estimated: the noise is blank\n")


def test_figures_draw_the_arrays_of_the_files(halves):
    results, cones = load_results(halves.folder), halves.found.conical_fsc
    figure = draw_figure("conical-fsc", results)
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), cones.plain[1:])
    resolution, local = (disc[0, 0] for disc in discs_of(figure))
    top = results.axes.tilt.argmin()
    assert resolution == pytest.approx(cones.resolution[0, top], rel=1e-6)
    assert local == pytest.approx(results.axis_resolution[top], rel=1e-5)
    coverage = discs_of(draw_figure("views", results))[0]
    assert coverage[0, 0] == pytest.approx(halves.found.views.coverage[top], rel=1e-6)
    image = draw_figure("tensor", results, axis="z", slices=(24,)).axes[0].images[0]
    shown = np.ma.compressed(image.get_array())
    box = read(halves.folder / "fractional_anisotropy.mrc")[24]
    assert sorted(shown) == pytest.approx(sorted(box[halves.inside[24]]), abs=2e-3)


def discs_of(figure):
    """Values of the heat maps of a figure, from the middle of the disc to its rim."""
    meshes = [c for plot in figure.axes for c in plot.collections if isinstance(c, QuadMesh)]
    values = [np.asarray(mesh.get_array()) for mesh in meshes]
    return [v.reshape(61, 241) for v in values if v.size == 61 * 241]


def test_report_shows_the_sentences_in_order(tmp_path, monkeypatch):
    few = {name: FIGURES[name] for name in ("overview", "conical-fsc", "views", "tensor")}
    monkeypatch.setattr("monodir_plugin.report.pictures.FIGURES", few)
    made = made_folder(tmp_path, halves=True, diagnosed=True)
    summary = json.loads((made.folder / "summary.json").read_text())
    sentences = sentences_of(summary)
    names = [name for name in TITLES if name not in ("noise", "particles")]
    assert list(sentences) == [TITLES[name] for name in names]
    assert [sentences[TITLES[name]] for name in names] == [
        summary["diagnosis"][name]["sentences"] for name in names
    ]
    assert sentences[TITLES["views"]] == known_diagnosis().views.sentences()
    page = write_report(made.folder, tmp_path / "report.html").read_text(encoding="utf-8")
    part = page[page.index('<div id="diagnosis">') : page.index('aria-labelledby="axes-title"')]
    places = []
    for title, texts in sentences.items():
        places += [part.index(f"<h3>{html.escape(title)}</h3>")]
        items = [html.escape(text).replace(" Å", "&nbsp;Å") for text in texts]
        places += [part.index(f"<li>{item}</li>") for item in items]
    assert places == sorted(places) and part.count("<li>") == sum(map(len, sentences.values()))
    for name in few:
        assert f'id="figure-{name}"' in page
    assert page.count("<img ") == len(few)


def test_a_symmetry_is_taken_from_the_command_line(monkeypatch, capsys):
    jobs = []
    monkeypatch.setattr("monodir_plugin.cli.run_inputs.run", lambda job: jobs.append(job) or {})
    monkeypatch.setattr("monodir_plugin.cli.run_inputs.print_summary", lambda summary, output: None)
    for words in (["--symmetry", "d7"], ["--symmetry", "I"], []):
        assert main(["run", "map.mrc", "-o", "out", *words]) == 0
    assert [job.symmetry for job in jobs] == ["D7", "I2", None]
    with pytest.raises(SystemExit):
        main(["run", "map.mrc", "--symmetry", "Q3"])
    assert "Q3 is not a point group: give C1 to C99" in capsys.readouterr().err


def test_a_symmetry_that_is_named_is_used(particle_halves):
    mean, noise, mask = particle_halves
    found = diagnose(mean, mask, SAMPLING, AxisSet.icosahedral(46), 30.0, noise, symmetry="C4")
    assert found.symmetry.name == found.views.symmetry == "C4" and found.symmetry.named
    alone = diagnose(mean, mask, SAMPLING, AxisSet.icosahedral(46), 30.0, noise, symmetry="C1")
    # Four copies of one value are one, and of degree 2 one harmonic is left.
    assert found.isotropy.effective == pytest.approx(alone.isotropy.effective / 4)


@pytest.fixture(scope="module")
def particle_halves():
    volume, mask = blob_particle(48, 1, 1500)
    halves = [noisy_map(volume, 0.8, 0.0, seed) for seed in (1, 2)]
    return (halves[0] + halves[1]) / 2, (halves[0] - halves[1]) / 2, mask


def test_memory_of_a_diagnosis_is_asked_for(halves, tmp_path, monkeypatch):
    """The estimate knows of the diagnosis, and of the half maps."""
    asked = []
    monkeypatch.setattr(
        "monodir_plugin.workflows.measure.resources.memory_needed",
        lambda extent: asked.append((extent.threads, extent.diagnosis, extent.half_maps)) or 0,
    )
    for threads, diagnosis in ((1, False), (1, True), (3, True)):
        job = Job(
            map=None,
            halves=(halves.words[1], halves.words[3]),
            mask=halves.words[5],
            output=tmp_path / "out",
            threads=threads,
            diagnosis=diagnosis,
        )
        check_resources(job, load(job))
    assert asked == [(1, False, True), (1, True, True), (3, True, True)]
