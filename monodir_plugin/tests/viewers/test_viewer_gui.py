"""The form of the viewer on a virtual screen: tests press buttons and examine windows.

The tests are skipped if Xvfb is not installed.
"""

import os
import shutil
import subprocess
import tkinter
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
from matplotlib.backends.backend_tkagg import NavigationToolbar2Tk
from matplotlib.image import imread

from monodir_plugin.figures import FIGURES
from monodir_plugin.files.loading import load_results
from monodir_plugin.tests.fixtures.scipion_case import pw
from monodir_plugin.tests.fixtures.viewer_case import ViewerCase
from monodir_plugin.viewers import viewer_monodir

WIDTH, HEIGHT = 1400, 1000
SHOW, WIZARD = "Visualize", "Wizard"


def descendants(widget):
    for child in widget.winfo_children():
        yield child
        yield from descendants(child)


@unittest.skipUnless(shutil.which("Xvfb"), "Xvfb is not installed")
class TestMonoDirViewerWindows(ViewerCase):
    """The form of one run; another run is also selected in the project."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.screen = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", f"{WIDTH}x{HEIGHT}x24"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        cls.before = os.environ.get("DISPLAY")
        os.environ["DISPLAY"] = f":{cls.screen.stdout.readline().strip()}"
        import pyworkflow.gui.project  # noqa: F401 (avoids a circular import)
        from pyworkflow.gui import Window

        cls.project_window = Window("Project")
        cls.root = cls.project_window.root.master
        cls.proj.getSettings().runSelection.extend([cls.run_.getObjId(), cls.other.getObjId()])

    @classmethod
    def tearDownClass(cls):
        cls.proj.getSettings().runSelection.clear()
        cls.root.destroy()
        cls.screen.terminate()
        cls.screen.wait()
        cls.screen.stdout.close()
        del os.environ["DISPLAY"]
        if cls.before is not None:
            os.environ["DISPLAY"] = cls.before
        super().tearDownClass()

    def setUp(self):
        """Allow windows, unlike in the other tests."""

    def tearDown(self):
        for window in self.root.winfo_children():
            if window is not self.project_window.root:
                window.destroy()
        for form in self.project_window.root.winfo_children():
            form.destroy()

    def in_form(self, act):
        """Open the form as Scipion does, and call a function in its event loop."""
        (viewer_class,) = pw.Config.getDomain().findViewers(self.run_, "tkinter")
        viewer = viewer_class(project=self.proj, protocol=self.run_, parent=self.project_window)
        raised = []

        def acted():
            try:
                act(viewer.formWindow)
            except BaseException as error:
                raised.append(error)
            finally:
                self.project_window.root.quit()

        self.project_window.root.after(100, acted)
        viewer.visualize(self.run_, windows=self.project_window)
        if raised:
            raise raised[0]
        return viewer

    def press(self, form, param, text=SHOW):
        """Press the button of a line of the form."""
        buttons = form.widgetDict[param].btnFrame.winfo_children()
        (button,) = (one for one in buttons if one.cget("text") == text)
        button.invoke()
        self.project_window.root.update()

    def windows(self):
        """Open windows of figures by title, and their toolbars."""
        bars = (w for w in descendants(self.root) if isinstance(w, NavigationToolbar2Tk))
        return {bar.winfo_toplevel().title(): bar for bar in bars}

    def answering(self, act):
        """Call a function with the dialog that the next button opens."""
        from pyworkflow.gui.dialog import Dialog

        seen = []

        def look(tries=50):
            dialogs = [w for w in descendants(self.root) if isinstance(w, Dialog)]
            if not dialogs and tries:
                self.root.after(100, look, tries - 1)
                return
            (dialog,) = dialogs
            self.root.update_idletasks()
            seen.append(act(dialog))

        self.project_window.root.after(100, look)
        return seen

    def read_and_close(self, dialog):
        """Return the text of a message and press OK."""
        texts = [w for w in descendants(dialog) if isinstance(w, tkinter.Text)]
        stated = texts[0].get("1.0", "end").strip()
        self.press_ok(dialog)
        return " ".join(stated.split())

    def press_ok(self, dialog):
        (ok,) = (
            w for w in descendants(dialog) if w.winfo_class() == "Button" and w.cget("text") == "OK"
        )
        ok.invoke()

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
            with mock.patch.object(viewer_monodir, "_VOLUME_VIEWER", "no_such_viewer"):
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
        self.assertEqual(self.compared, "Comparison")
        self.assertTrue(Path(self.other.getPath("extra"), "adr.mrc").exists())
