"""The viewer of a check of an enhanced map, and the filtered map in the viewer of a run."""

from pathlib import Path

import mrcfile
import numpy as np

from monodir_plugin.tests.fixtures.scipion.project import SAMPLING, ProtMonoDirCheck, Volume, pw
from monodir_plugin.tests.fixtures.scipion.screen import ScreenCase
from monodir_plugin.viewers import MonoDirCheckViewer, MonoDirViewer
from monodir_plugin.workflows.filter import filter_map

SIZE = 40


class TestCheckViewer(ScreenCase):
    """The measured map itself is checked: the noise in it is not supported."""

    check = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if TestCheckViewer.check is None:
            check = cls.newProtocol(ProtMonoDirCheck, numberOfThreads=2)
            check.inputRun.set(cls.run_)
            check.inputVolume.set(cls.volume)
            cls.launchProtocol(check)
            TestCheckViewer.check = check
            filter_map(cls.extra, cls.folder / "filtered.mrc", threads=2, quiet=True)

    def planes(self, box):
        z, y, x = (round(float(np.median(place))) for place in np.nonzero(self.inside))
        return box[z], box[:, y], box[:, :, x]

    # --------------------------- the check -----------------------------------
    def test_scipion_finds_the_viewer(self):
        domain = pw.Config.getDomain()
        self.assertEqual(domain.findViewers(self.check, "tkinter"), [MonoDirCheckViewer])

    def test_numbers_slices_and_figure_are_shown(self):
        box = mrcfile.read(Path(self.check.getPath("extra"), "unsupported.mrc"))

        def act(form):
            texts = [p for p in form.widgetDict if p.startswith("sentence")]
            labels = [form.getParam(p).label.get() for p in texts]
            self.assertEqual(labels, self.check.summary())
            self.assertIn("was found in the map", labels[0])
            self.assertRegex("\n".join(labels), r"\d+ % of the map's power is not supported")
            self.press(form, "showSlices")
            (bar,) = self.windows().values()
            plots = bar.canvas.figure.axes[:3]
            for plot, plane in zip(plots, self.planes(box)):
                shown = plot.images[0].get_array()
                self.assertAlmostEqual(float(shown.sum()), 100 * float(plane.sum()), delta=0.5)
                self.assertEqual(plot.images[0].get_clim(), (0, 100))
            self.press(form, "showFigure")
            (other,) = set(self.windows().values()) - {bar}
            self.picture = other.canvas.figure.axes[0].images[0].get_array()

        self.in_form(act, self.check)
        figure = Path(self.check.getPath("extra"), "unsupported.png")
        from matplotlib.image import imread

        np.testing.assert_array_equal(np.asarray(self.picture), imread(figure))

    def test_a_voxel_of_the_check_is_that_of_the_run(self):
        viewer = MonoDirCheckViewer(project=self.proj, protocol=self.check)
        viewer.setProtocol(self.check)
        z, y, x = (int(k) for k in np.argwhere(self.inside)[11])
        view = viewer._voxel_view((x, y, z))
        self.assertIn(f"Voxel x, y, z = {x}, {y}, {z}", view.getFigure().axes[0].get_title())

    def test_a_check_that_is_not_finished_is_explained(self):
        check = self.newProtocol(ProtMonoDirCheck)
        self.proj.saveProtocol(check)
        self.addCleanup(self.proj.deleteProtocol, check)
        check.makePathsAndClean()
        check.setFailed("the map has another box")
        seen = self.answering(self.read_and_close)
        self.viewer_of(check).visualize(check, windows=self.project_window)
        self.assertIn("This run failed.", seen[0])
        self.assertIn("the map has another box", seen[0])

    # --------------------------- the filtered map -----------------------------
    def filtered(self):
        """Give the run a filtered map, as its last step would."""
        path = self.extra / "filtered.mrc"
        path.write_bytes((self.folder / "filtered.mrc").read_bytes())
        self.addCleanup(path.unlink)
        volume = Volume(location=str(path))
        volume.setSamplingRate(SAMPLING)
        self.run_.filteredVolume = volume
        self.addCleanup(delattr, self.run_, "filteredVolume")
        viewer = MonoDirViewer(project=self.proj, protocol=self.run_)
        viewer.setProtocol(self.run_)
        return viewer, path

    def test_the_filtered_map_is_shown_beside_the_measured_one(self):
        viewer, path = self.filtered()
        (view,) = viewer._getVisualizeDict()["showFiltered"]("showFiltered")
        plots = [plot for plot in view.getFigure().axes if plot.images and plot.get_xlabel()]
        maps = [mrcfile.read(self.folder / "map.mrc"), mrcfile.read(path)]
        window = plots[0].images[0].get_array().shape[0]
        first = next(
            k
            for k in range(SIZE)
            if np.array_equal(
                self.planes(maps[0])[0][k : k + window, k : k + window],
                plots[0].images[0].get_array(),
            )
        )
        for row, box in enumerate(maps):
            for k, plane in enumerate(self.planes(box)):
                shown = plots[3 * row + k].images[0].get_array()
                part = plane[first : first + window, first : first + window]
                np.testing.assert_array_equal(shown, part)
        self.assertIn("tilted", view.getFigure().get_suptitle())

    def test_scenes_draw_the_filtered_map_or_another_one(self):
        viewer, path = self.filtered()
        scene = self.extra / "chimerax" / "adr.cxc"
        for chosen in (path, self.folder / "map.mrc"):
            with self.subTest(chosen.name):
                viewer._getVisualizeDict()["sceneToOpen"]("sceneToOpen")
                (density,) = (
                    line.split('"')[1]
                    for line in scene.read_text().splitlines()
                    if "map" in line
                    if line.startswith("open") and 'name "map"' in line
                )
                np.testing.assert_array_equal(mrcfile.read(density), mrcfile.read(chosen))
                viewer.mapToColour.set(None)

    def test_a_map_to_colour_of_another_voxel_size_is_refused(self):
        viewer = MonoDirViewer(project=self.proj, protocol=self.run_)
        viewer.setProtocol(self.run_)
        other = Volume(location=str(self.folder / "map.mrc"))
        other.setSamplingRate(1.5 * SAMPLING)
        viewer.mapToColour.set(other)
        (shown,) = viewer._getVisualizeDict()["sceneToOpen"]("sceneToOpen")
        sizes = "its voxel size (3 Å) differs from that of the measured map (2 Å)"
        self.assertIn(sizes, " ".join(shown.getMessage().split()))

    def test_scenes_have_the_limits_and_colours_of_the_form(self):
        viewer = MonoDirViewer(project=self.proj, protocol=self.run_)
        viewer.setProtocol(self.run_)
        viewer.lowest.set(4.25)
        viewer.highest.set(9.75)
        viewer.colorMap.set("cividis_r")
        viewer._getVisualizeDict()["sceneToOpen"]("sceneToOpen")
        key = next(
            line
            for line in (self.extra / "chimerax" / "adr.cxc").read_text().splitlines()
            if line.startswith("key ")
        )
        # Ends of cividis_r.
        self.assertTrue(key.startswith('key "#fee838:≤ 4.2 Å"'), key[:60])
        self.assertIn('"#00224e:≥ 9.8 Å"', key)
