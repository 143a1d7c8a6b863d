"""Windows of slices on a virtual screen: sliders move slices, clicks open the plot of a voxel."""

from dataclasses import replace
from unittest import mock

import numpy as np
from matplotlib.backend_bases import MouseEvent
from matplotlib.collections import PathCollection

from monodir_plugin.figures.drawing.movable import movable_slices
from monodir_plugin.files.loading import load_results
from monodir_plugin.tests.fixtures.scipion.project import SAMPLING
from monodir_plugin.tests.fixtures.scipion.screen import HEIGHT, WIDTH, ScreenCase
from monodir_plugin.viewers import MonoDirViewer
from monodir_plugin.viewers.slices_window import SlicesView

SIZE = 40


def mouse(kind, plot, place, button=1):
    """An event of the mouse at coordinates of a subplot, as its canvas processes it."""
    canvas = plot.figure.canvas
    x, y = plot.transData.transform(place)
    event = MouseEvent(kind, canvas, x, y, button)
    canvas.callbacks.process(kind, event)


class TestSlicesWindow(ScreenCase):
    """Figures of the run, opened without the form."""

    def setUp(self):
        self.viewer = MonoDirViewer(project=self.proj, protocol=self.run_)
        self.viewer.setProtocol(self.run_)

    def opened(self, button):
        """Press a button, show its window, and return the view."""
        (view,) = self.viewer._getVisualizeDict()[button](button)
        view.show()
        self.root.update()
        return view

    def slide(self, view, axis, number):
        """Press the slider at a number, and let it go."""
        plot = view.sliders[axis].ax
        plot.figure.canvas.draw()
        mouse("button_press_event", plot, (number, 0.5))
        mouse("button_release_event", plot, (number, 0.5))
        self.root.update()

    def shown(self, view, number):
        """Values of an image of the figure; outside the mask and not resolved: NaN."""
        return view.getFigure().axes[number].images[0].get_array().filled(np.nan)

    def window(self):
        """The voxels that figures of maps show."""
        places = np.nonzero(self.inside)
        first = min(int(p.min()) for p in places) - 2
        return slice(first, max(int(p.max()) for p in places) + 3)

    def test_a_slider_moves_the_slice_across_its_axis(self):
        view = self.opened("show_adr")
        box = np.where(self.resolved["adr"], self.maps["adr"], np.nan).astype(np.float32)
        window = self.window()
        self.assertEqual(list(view.sliders), ["z", "y", "x"])
        before = [self.shown(view, k) for k in range(3)]
        self.slide(view, "y", 17)
        np.testing.assert_array_equal(self.shown(view, 1), box[window, 17, window])
        self.slide(view, "x", 24)
        np.testing.assert_array_equal(self.shown(view, 2), box[window, window, 24])
        np.testing.assert_array_equal(self.shown(view, 0), before[0])
        titles = [plot.title.get_text() for plot in view.getFigure().axes[:3]]
        self.assertEqual(titles[1], f"y = {(17 - SIZE // 2) * SAMPLING:.1f} Å (slice 17)")
        sizes = {plot.title.get_fontsize() for plot in view.getFigure().axes[:3]}
        self.assertEqual(len(sizes), 1)

    def test_slices_across_one_axis_move_together(self):
        self.viewer.sliceAxis.set(3)
        self.viewer.sliceNumbers.set("17,20,21")
        view = self.opened("show_difference")
        self.assertEqual(list(view.sliders), ["z"])
        self.slide(view, "z", 18)
        window, slices = self.window(), movable_slices(view.getFigure())
        for first, name in ((0, "adr"), (3, "monores")):
            box = np.where(self.resolved[name], self.maps[name], np.nan).astype(np.float32)
            for k, number in enumerate((18, 21, 22)):
                plane = box[number, window, window]
                shown = slices[first + k].plot.images[0].get_array().filled(np.nan)
                np.testing.assert_array_equal(shown, plane)

    def test_every_figure_of_slices_moves(self):
        for button in ("show_best_axis", "show_tensor", "show_overview"):
            view = self.opened(button)
            moved = movable_slices(view.getFigure())[0]
            self.slide(view, "z", 23)
            found = np.array(moved.plot.images[0].get_array())
            self.viewer.sliceAxis.set(3)
            self.viewer.sliceNumbers.set("23")
            anew = view
            if button != "show_overview":
                (anew,) = self.viewer._getVisualizeDict()[button](button)
            wanted = anew.getFigure().axes[0].images[0].get_array()
            np.testing.assert_array_equal(np.array(wanted), found)
            self.viewer.sliceAxis.set(0)

    def test_the_outline_of_the_mask_moves_with_the_map(self):
        view = self.opened("show_density")
        self.slide(view, "z", 14)
        plot = view.getFigure().axes[0]
        lines = [p for c in plot.collections for p in c.get_paths() if len(p.vertices)]
        outline = np.concatenate([line.vertices for line in lines])
        y, x = np.nonzero(self.inside[14])
        for side, places in zip(outline.T, (x, y)):
            ends = (np.array([places.min() - 0.5, places.max() + 0.5]) - SIZE // 2) * SAMPLING
            np.testing.assert_allclose([side.min(), side.max()], ends)

    def test_the_legend_of_hatched_voxels_follows_the_slices(self):
        results = self.viewer._loaded
        # Not resolved: voxels of some slices across z, in one half across the other axes.
        upper = np.arange(SIZE) >= SIZE // 2 + 2
        unresolved = self.inside & upper[:, None, None] & upper[:, None] & upper
        limit = np.float32(results.resolution_limits[1])
        lowest = np.where(unresolved, limit, np.where(self.inside, np.float32(6.0), 0))
        volumes = {**results.volumes, "lowest": lowest}
        self.viewer._loaded = replace(results, volumes=volumes)
        view = self.opened("show_lowest")
        figure = view.getFigure()
        (panel,) = figure.subfigs
        for axis in "xy":
            self.slide(view, axis, SIZE // 2)
        for z, expected in ((SIZE // 2 + 3, 1), (SIZE // 2, 0), (SIZE // 2 + 2, 1)):
            self.slide(view, "z", z)
            self.assertEqual(len(panel.legends), expected)
            hatched = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
            self.assertEqual(len(hatched), expected)

    def test_a_click_opens_the_plot_of_that_voxel(self):
        view = self.opened("show_adr")
        self.slide(view, "y", 18)
        table = load_results(self.extra).read_table()
        z, x = (int(k) for k in np.argwhere(self.inside[:, 18])[7])
        place = ((x - SIZE // 2 + 0.3) * SAMPLING, (z - SIZE // 2 - 0.4) * SAMPLING)
        mouse("button_press_event", view.getFigure().axes[1], place)
        self.root.update()
        title = f"Voxel {x}, 18, {z} - tilted"
        self.assertIn(title, self.windows())
        plot = self.windows()[title].canvas.figure.axes[0]
        self.assertIn(f"Voxel x, y, z = {x}, 18, {z}", plot.get_title())
        codes = table.codes[:, np.searchsorted(table.indices, (z * SIZE + 18) * SIZE + x)]
        dots = next(
            c
            for c in plot.collections
            if isinstance(c, PathCollection) and c.get_array() is not None
        )
        expected = 131070 * SAMPLING / codes[codes > 0].astype(float)
        np.testing.assert_allclose(dots.get_array()[: len(expected)], expected, rtol=1e-4)
        # The next click replaces it.
        other = ((x - SIZE // 2) * SAMPLING, (z + 1 - SIZE // 2) * SAMPLING)
        self.assertTrue(self.inside[z + 1, 18, x])
        mouse("button_press_event", view.getFigure().axes[1], other)
        self.root.update()
        voxels = [name for name in self.windows() if name.startswith("Voxel")]
        self.assertEqual(voxels, [f"Voxel {x}, 18, {z + 1} - tilted"])

    def test_a_click_outside_the_mask_or_while_zooming_opens_nothing(self):
        view = self.opened("show_adr")
        corner = ((self.window().start - SIZE // 2) * SAMPLING,) * 2
        with mock.patch.object(view.toolbar, "set_message") as stated:
            mouse("button_press_event", view.getFigure().axes[0], corner)
        self.assertIn("it is not in the mask", stated.call_args.args[0])
        view.toolbar.zoom()
        mouse("button_press_event", view.getFigure().axes[0], (0.0, 0.0))
        self.root.update()
        self.assertEqual(list(self.windows()), [view.getTitle()])

    def test_sliders_are_not_part_of_the_figure_and_windows_fit_the_screen(self):
        for button in ("show_adr", "show_difference", "show_voxel", "show_curves"):
            (view,) = self.viewer._getVisualizeDict()[button](button)
            before = len(view.getFigure().axes)
            view.show()
            self.root.update()
            self.assertEqual(len(view.getFigure().axes), before)
            self.assertEqual(
                isinstance(view, SlicesView), button in ("show_adr", "show_difference")
            )
            self.assertLess(view.window.winfo_reqwidth(), 0.9 * WIDTH)
            self.assertLess(view.window.winfo_reqheight(), 0.95 * HEIGHT)
            self.assertGreater(view.window.winfo_reqwidth(), 0.4 * WIDTH)
