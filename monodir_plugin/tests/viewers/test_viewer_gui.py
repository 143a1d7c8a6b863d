"""The form of the viewer on a virtual screen: tests press buttons and examine windows."""

from pathlib import Path
from unittest import mock

import numpy as np
from matplotlib.image import imread

from monodir_plugin.figures import FIGURES
from monodir_plugin.files.loading import load_results
from monodir_plugin.tests.fixtures.figure_probes import text_of
from monodir_plugin.tests.fixtures.scipion.screen import (
    HEIGHT,
    WIDTH,
    WIZARD,
    ScreenCase,
)
from monodir_plugin.viewers import viewer_base


def is_label(widget):
    return widget.winfo_class() == "Label"


class TestMonoDirViewerWindows(ScreenCase):
    """Buttons of a finished run whose map is where it was."""

    # -------------------------------------------------------------------------
    def test_every_eye_opens_a_window_that_does_not_block(self):
        def act(form):
            for param in [name for name in form.widgetDict if name.startswith("show_")]:
                before = set(self.windows())
                self.press(form, param)
                (opened,) = set(self.windows()) - before
                window = self.windows()[opened].winfo_toplevel()
                self.assertLess(window.winfo_width(), WIDTH)
                self.assertLess(window.winfo_height(), HEIGHT)
            form.root.destroy()
            self.project_window.root.update()
            self.titles = set(self.windows())
            bar = self.windows()[f"{FIGURES['adr'].title} - tilted"]
            self.check_pixels(bar.canvas)

        self.in_form(act)
        results = load_results(self.extra)
        figures = [kind for kind in FIGURES.values() if kind.drawable(results)]
        self.assertEqual(
            self.titles,
            {f"{kind.title} - tilted" for kind in figures},
            "windows stay open when the form is closed",
        )

    def check_pixels(self, canvas):
        """The pixels on the screen have the colours of the voxel values."""
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())
        plot = canvas.figure.axes[0]
        image = plot.images[0]
        values, (left, right, bottom, _) = image.get_array(), image.get_extent()
        side = (right - left) / values.shape[1]
        inside = np.argwhere(~np.ma.getmaskarray(values))
        for row, column in inside[:: len(inside) // 20]:
            place = left + (column + 0.5) * side, bottom + (row + 0.5) * side
            x, y = np.rint(plot.transData.transform(place)).astype(int)
            low, high = image.get_clim()
            share = np.clip((values[row, column] - low) / (high - low), 0, 1)
            expected = 255 * np.array(image.get_cmap()(share))
            np.testing.assert_allclose(pixels[len(pixels) - 1 - y, x], expected, atol=6)

    def test_a_figure_taller_than_the_screen_has_legible_letters_and_scroll_bars(self):
        def act(form):
            self.press(form, "showCompare")
            (bar,) = self.windows().values()
            window, shown = bar.winfo_toplevel(), bar.canvas.get_tk_widget()
            self.assertLess(window.winfo_height(), HEIGHT)
            self.assertGreater(shown.winfo_height(), window.winfo_height())
            height = bar.canvas.figure.get_size_inches()[1]
            self.assertGreaterEqual(shown.winfo_height() / height, 0.11 * HEIGHT)
            self.assertEqual(shown.winfo_y(), 0)
            (down,) = (
                w
                for w in window.winfo_children()
                if w.winfo_class() == "Scrollbar" and str(w.cget("orient")) == "vertical"
            )
            window.tk.call(down.cget("command"), "moveto", "1.0")
            self.project_window.root.update()
            hidden = shown.winfo_height() - shown.master.winfo_height()
            self.assertAlmostEqual(-shown.winfo_y(), hidden, delta=3)

        self.in_form(act)

    def test_windows_say_what_good_and_bad_look_like(self):
        """In the figure itself, so that a figure that is saved says it, too."""

        def act(form):
            self.press(form, "show_anisotropy")
            (bar,) = self.windows().values()
            self.said = text_of(bar.canvas.figure)

        self.in_form(act)
        self.assertIn(FIGURES["anisotropy"].judged, " ".join(self.said.split()))

    def test_the_disk_icon_saves_figures(self):
        def act(form):
            self.press(form, "show_adr")
            (bar,) = self.windows().values()
            (save,) = (
                w
                for w in bar.winfo_children()
                if w.winfo_class() == "Button" and w.cget("text") == "Save"
            )
            dialog_options = {}
            for suffix, starts in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
                path = self.folder / f"saved{suffix}"
                with mock.patch(
                    "tkinter.filedialog.asksaveasfilename",
                    lambda path=path, **options: dialog_options.update(options) or str(path),
                ):
                    save.invoke()
                self.assertTrue(path.read_bytes().startswith(starts), suffix)
            self.assertEqual(Path(dialog_options["initialfile"]).stem, "adr")
            self.assertIn("ADR (Å), finer upwards</text>", (self.folder / "saved.svg").read_text())
            width, height = bar.canvas.figure.get_size_inches()
            shape = imread(self.folder / "saved.png").shape
            np.testing.assert_allclose(shape[:2], (300 * height, 300 * width), atol=1)

        self.in_form(act)

    def test_the_wand_changes_the_scale_of_the_figures(self):
        def choose(dialog):
            self.assertAlmostEqual(dialog.getHighest() - dialog.getLowest(), self.span, 6)
            dialog.lowest.set(6.0)
            dialog.highest.set(11.5)
            dialog.colorPalette.set("cividis_r")
            self.press_ok(dialog)

        def act(form):
            self.span = form.protocol.highest.get() - form.protocol.lowest.get()
            self.answering(choose)
            self.press(form, "Resolution", WIZARD)
            self.press(form, "show_lowest")
            (bar,) = self.windows().values()
            image = bar.canvas.figure.axes[0].images[0]
            self.assertEqual(image.get_clim(), (6.0, 11.5))
            self.assertEqual(image.get_cmap().name, "cividis_r")

        self.in_form(act)

    def test_numbers_of_slices_appear_with_an_axis(self):
        def act(form):
            numbers = form.widgetDict["sliceNumbers"]
            self.assertEqual(numbers.label.winfo_manager(), "", "hidden")
            form.setVar("sliceAxis", 1)
            form.setVar("sliceNumbers", "19-20")
            self.project_window.root.update()
            self.assertEqual(numbers.label.winfo_manager(), "grid")
            self.press(form, "show_adr")
            (bar,) = self.windows().values()
            titles = [plot.get_title() for plot in bar.canvas.figure.axes[:2]]
            self.assertEqual([title[:1] for title in titles], ["x", "x"])
            self.assertEqual([title[-4:] for title in titles], [" 19)", " 20)"])

        self.in_form(act)

    def test_errors_are_shown_in_a_window(self):
        def act(form):
            for side in "XYZ":
                form.setVar(f"voxel{side}", 0)
            outside = self.answering(self.read_and_close)
            self.press(form, "show_voxel")
            scene = self.answering(self.read_and_close)
            self.press(form, "sceneToOpen")
            form.setVar("lowest", 99)
            faulty = self.answering(self.read_and_close)
            self.press(form, "show_adr")
            self.stated = outside + scene + faulty
            self.assertEqual(self.windows(), {})

        self.in_form(act)
        outside, scene, faulty = self.stated
        self.assertIn("voxel 0,0,0: it is not in the mask", outside)
        self.assertIn("Scipion did not find ChimeraX", scene)
        self.assertIn("adr.cxc", scene)
        self.assertIn("Resolution: give two numbers", faulty)

    def test_a_viewer_of_volumes_that_fails_is_reported(self):
        def act(form):
            with mock.patch.object(viewer_base, "VOLUME_VIEWER", "no_such_viewer"):
                self.stated = self.answering(self.read_and_close)
                self.press(form, "volumeToOpen")
            for _ in range(60):
                if self.stated:
                    break
                self.project_window.root.after(100)
                self.project_window.root.update()

        self.in_form(act)
        (stated,) = self.stated
        self.assertIn("adr.mrc could not be opened", stated)
        self.assertIn("No module named no_such_viewer", stated)

    def test_the_other_selected_run_is_listed_for_comparison(self):
        def act(form):
            listed = form.widgetDict["otherRuns"].var.getSelectedObjects()
            self.listed = [pointer.get().getObjId() for pointer in form.protocol.otherRuns]
            self.assertEqual(listed, [], "listed, not clicked")
            self.press(form, "showCompare")
            (self.compared,) = self.windows()

        self.in_form(act)
        self.assertEqual(self.listed, [self.other.getObjId()])
        self.assertEqual(self.compared, "Comparison - tilted")
        self.assertTrue(Path(self.other.getPath("extra"), "adr.mrc").exists())
