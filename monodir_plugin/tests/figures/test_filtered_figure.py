"""The figure of a map before and after the filter."""

import numpy as np
import pytest

from monodir_plugin.figures.drawing.planes import choose_planes, window_of
from monodir_plugin.figures.volumes.filtered import filtered_figure
from monodir_plugin.files.loading import load_results

from ..fixtures.figure_probes import label_faults, slices_of
from ..fixtures.result_folders import made_folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_folder(tmp_path_factory.mktemp("made"))


def test_both_rows_show_the_same_slices_on_one_scale(made):
    results = load_results(made.folder)
    after = 0.25 * made.density - 3.0
    figure = filtered_figure(results, made.density, after, "map.mrc", "directional")
    plots, planes, window = slices_of(figure), choose_planes(made.mask), window_of(made.mask)
    assert len(plots) == 6
    expected = [plane.of(box)[window, window] for box in (made.density, after) for plane in planes]
    for plot, values in zip(plots, expected):
        shown = plot.images[0].get_array()
        # Voxels outside the mask are shown as well: the filter changes them, too.
        assert not np.ma.getmaskarray(shown).any()
        np.testing.assert_array_equal(shown, values)
    assert {plot.get_title() for plot in plots[:3]} == {plot.get_title() for plot in plots[3:]}
    ends = np.percentile(np.concatenate(expected), (0.1, 99.9))
    for plot in plots:
        assert plot.images[0].get_clim() == pytest.approx(tuple(ends), rel=1e-6)
    assert label_faults(figure) == []


def test_the_rows_say_which_is_which(made):
    results = load_results(made.folder)
    figure = filtered_figure(results, made.density, made.density, "a_b$.mrc", "global")
    titles = [panel._suptitle.get_text() for panel in figure.subfigs]
    assert titles == ["Before", "After (global)"]
