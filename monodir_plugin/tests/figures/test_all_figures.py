"""What holds for every figure: units, labels, errors, files."""

import re
import threading

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread

from monodir_plugin.errors import InputError
from monodir_plugin.figures import FIGURES, draw_figure, save_figure
from monodir_plugin.figures.drawing.style import new_figure
from monodir_plugin.report.pictures import picture_of

from ..fixtures.figure_probes import axes_of, bars_of, label_faults, text_faults, text_of
from ..fixtures.maps import call
from ..fixtures.results import BOX, known_results, partly_resolved, with_medians

FAULTS = {
    "adr, slice beyond": ("adr", {"slices": (3, BOX)}, f"slice {BOX}: the box has the slices 0 to"),
    "adr, limits turned": ("adr", {"limits": (9.0, 5.0)}, "limits 9,5: give two numbers"),
    "adr, no such colours": ("adr", {"cmap": "mauve"}, "colour map mauve: Matplotlib has none"),
    "adr, no such axis": ("adr", {"axis": "w"}, "slice axis w: choose x, y or z"),
    "polar, zero": ("polar", {"limits": (0.0, 9.0)}, "a scale of ratios begins above 0 Å"),
    "polar, no slices": ("polar", {"slices": (3,)}, "figure polar: it has no option slices"),
    "voxel outside": ("voxel", {"voxel": (0, 0, 0)}, "voxel 0,0,0: it is not in the mask; "),
}

#: Settings of a ``matplotlibrc`` that would change every figure.
HOSTILE = {
    "axes.facecolor": "black",
    "axes.formatter.use_mathtext": True,
    "axes.labelpad": 20.0,
    "figure.autolayout": True,
    "figure.constrained_layout.h_pad": 0.5,
    "font.family": "serif",
    "hatch.linewidth": 5.0,
    "image.interpolation": "bicubic",
    "image.origin": "lower",
    "lines.linewidth": 6.0,
    "path.sketch": (3.0, 30.0, 2.0),
    "savefig.bbox": "tight",
    "savefig.facecolor": "red",
    "text.color": "red",
    "text.hinting": "none",
    "xtick.direction": "in",
    "xtick.major.size": 20.0,
    "ytick.major.size": 20.0,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_drawn_is_reported(fault):
    name, options, words = FAULTS[fault]
    with pytest.raises(InputError, match=re.escape(words)):
        draw_figure(name, known_results(), **options)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_units_and_finer_resolution_upwards(name):
    """And a title with the map's name as it is, even where it looks like a formula."""
    results = with_medians(known_results().axis_resolution, name="a$\\frac$b.mrc")
    figure = draw_figure(name, results)
    for label, finer_on_top in bars_of(figure).items():
        assert label, f"a colour bar of {name} has no label"
        assert finer_on_top == label.endswith("finer upwards")
    assert label_faults(figure) == []
    stated = text_of(figure)
    assert name == "voxel" or r"a\$\frac\$b.mrc" in stated
    # It is also drawn with the settings of the package.
    assert isinstance(figure, type(new_figure(1, 1)))
    before = dict(matplotlib.rcParams)
    draw_figure(name, results)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", ["adr", "histograms", "curves"])
def test_labels_without_a_unit_or_missing_ones_are_found(name):
    """The check above fails for each label that is emptied or loses its unit."""
    for label in ("", "Resolution"):
        figure = draw_figure(name, known_results())
        plots = [plot for plot in axes_of(figure) if plot.axison]
        assert len(plots) > 0 and label_faults(figure) == []
        for plot in plots:
            bar = plot.get_label() == "<colorbar>"
            before = plot.get_ylabel() if bar else plot.get_xlabel()
            (plot.set_ylabel if bar else plot.set_xlabel)(label)
            assert len(label_faults(figure)) == 1
            (plot.set_ylabel if bar else plot.set_xlabel)(before)


@pytest.mark.parametrize("name", ["adr", "curves", "polar"])
def test_figures_do_not_depend_on_the_settings_of_the_user(name, tmp_path):
    """The same bytes as with Matplotlib's defaults, also of what is made when it is drawn."""
    results, drawn = known_results(), []
    for settings in ({}, HOSTILE):
        with matplotlib.rc_context(settings):
            figure = draw_figure(name, results)
            save_figure(figure, tmp_path / "figure.png", dpi=60)
            in_report = picture_of(figure, name, "", "", "")
        drawn.append(((tmp_path / "figure.png").read_bytes(), in_report))
    assert drawn[0] == drawn[1]


def test_saved_figures_have_their_size_and_are_the_same_each_time(tmp_path):
    for name in ("one", "two"):
        for suffix in (".png", ".svg", ".pdf"):
            # The name of the file may be a str or a Path.
            path = tmp_path / (name + suffix)
            figure = draw_figure("curves", known_results())
            save_figure(figure, str(path) if name == "one" else path, dpi=100)
    for suffix in (".png", ".svg", ".pdf"):
        one, two = (tmp_path / (name + suffix) for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    height, width = imread(tmp_path / "one.png").shape[:2]
    figure = draw_figure("curves", known_results())
    assert (width, height) == tuple(np.round(100 * figure.get_size_inches()).astype(int))
    text = (tmp_path / "one.svg").read_text()
    assert "finer upwards</text>" in text and "Distance from the centre" in text
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(InputError, match="name a file that ends in"):
        save_figure(figure, tmp_path / "one.tiff")
    assert len(list(tmp_path.iterdir())) == 6


LONG = "a_long_name_of_a_map_as_programs_write_it_P12_J345_007_volume_map_sharp.mrc"
CASES = {
    "known": known_results,
    "partly resolved": partly_resolved,
    "long name": lambda: with_medians(known_results().axis_resolution, name=LONG),
}


def crossed_voxel():
    """A voxel ``x, y, z`` that is resolved along some axes, but not along some that have data."""
    table = partly_resolved().read_table()
    resolved = (table.codes > 0)[table.with_data]
    place = np.flatnonzero(resolved.any(axis=0) & ~resolved.all(axis=0))[0]
    z, y, x = np.unravel_index(table.indices[place], table.shape)
    return int(x), int(y), int(z)


def test_crosses_and_hollow_dots_are_explained_in_one_figure():
    text = text_of(draw_figure("voxel", partly_resolved(), voxel=crossed_voxel()))
    assert "Crosses: not resolved (" in text and "Hollow: no data." in text


@pytest.mark.parametrize("name", FIGURES)
def test_texts_lie_inside_the_figure_and_beside_each_other(name, monkeypatch):
    ways = [(case, {}) for case in CASES]
    if "axis" in FIGURES[name].options:
        ways.append(("known", {"axis": "z"}))
    if "voxel" in FIGURES[name].options:
        ways.append(("partly resolved", {"voxel": crossed_voxel()}))
    for case, options in ways:
        figure = draw_figure(name, CASES[case](), **options)
        assert text_faults(figure, monkeypatch) == [], (case, options)


def test_faults_of_texts_would_be_found(monkeypatch):
    figure = draw_figure("curves", known_results())
    (plot,) = [plot for plot in axes_of(figure) if plot.lines]
    assert text_faults(figure, monkeypatch) == []
    plot.legend(loc="center")
    assert any(fault.startswith("legend on a curve") for fault in text_faults(figure, monkeypatch))
    figure = draw_figure("curves", known_results())
    figure.text(0.98, 0.5, "beyond")
    for level in (0.5, 0.505):
        figure.text(0.5, level, "on each other")
    faults = text_faults(figure, monkeypatch)
    assert "beyond the edge: 'beyond'" in faults
    assert "on each other: 'on each other' and 'on each other'" in faults


def test_every_figure_says_what_good_and_bad_look_like(capsys):
    for name, kind in FIGURES.items():
        assert re.fullmatch(r"Good: .+ Bad: .+\.", kind.judged), name
        drawn = " ".join(text_of(draw_figure(name, known_results())).split())
        assert kind.judged in drawn
        assert kind.judged not in text_of(draw_figure(name, known_results(), judged=False))
    listed = call(capsys, "plot", "--list")
    said = " ".join(listed.out.split())
    assert listed.status == 0
    assert all(kind.judged in said for kind in FIGURES.values())


def test_no_figure_starts_a_thread(monkeypatch):
    """Tk waits for ever if another thread deletes what is left of a closed window."""
    started = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread.name))
    for name in FIGURES:
        draw_figure(name, known_results())
    assert started == []
