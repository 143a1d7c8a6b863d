"""The viewer without a display: the figures of all buttons show the values of the files."""

import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import mrcfile
import numpy as np

from monodir_plugin.figures import FIGURES
from monodir_plugin.files.loading import load_results
from monodir_plugin.tests.fixtures.scipion.project import DIRECTIONS, SAMPLING, ProtMonoDir, pw
from monodir_plugin.tests.fixtures.scipion.viewer import ViewerCase
from monodir_plugin.viewers import MonoDirViewer
from monodir_plugin.viewers.windows import FigureView

RESOLUTIONS = ("adr", "highest", "lowest", "radial", "tangential", "monores")
SIZE = 40
SLICES = (17, 20, 21)


class TestMonoDirViewer(ViewerCase):
    """All figures of one small run."""

    def slices(self, figure):
        """Return the arrays of all slices in order; masked values are NaN."""
        images = [image for plot in figure.axes for image in plot.images]
        return [image.get_array().filled(np.nan) for image in images]

    def plane(self, box, number, *names):
        """Return a slice perpendicular to z, cropped to the mask and two voxels.

        It is NaN outside the mask and where one of the given maps is not resolved.
        """
        places = np.nonzero(self.inside)
        first = min(int(p.min()) for p in places) - 2
        last = max(int(p.max()) for p in places) + 2
        known = np.logical_and.reduce([self.inside, *(self.resolved[name] for name in names)])
        shown = np.where(known, box, np.nan).astype(np.float32)
        return shown[number, first : last + 1, first : last + 1]

    def choose_slices(self, text="17,20-21"):
        self.viewer.sliceAxis.set(3)
        self.viewer.sliceNumbers.set(text)

    # --------------------------- the form ------------------------------------
    def test_scipion_finds_viewer_and_wizards(self):
        domain = pw.Config.getDomain()
        self.assertEqual(domain.findViewers(self.run_, "tkinter"), [MonoDirViewer])
        wizards = domain.findWizards(self.viewer, "tkinter")
        for names, wizard in (
            (("lowest", "highest", "colorMap"), "MonoDirResolutionScaleWizard"),
            (
                ("anisotropyLowest", "anisotropyHighest", "anisotropyColorMap"),
                "MonoDirAnisotropyScaleWizard",
            ),
        ):
            self.assertEqual({wizards[name].__name__ for name in names}, {wizard})

    def test_scales_begin_with_percentiles_inside_the_mask(self):
        values = np.concatenate([self.maps[name][self.resolved[name]] for name in RESOLUTIONS])
        finest, coarsest = np.percentile(values, [2, 98])
        self.assertAlmostEqual(self.viewer.lowest.get(), finest, delta=0.006)
        self.assertAlmostEqual(self.viewer.highest.get(), coarsest, delta=0.006)
        self.assertEqual(self.viewer.anisotropyLowest.get(), 0)
        most = np.percentile(self.maps["anisotropy"][self.resolved["anisotropy"]], 98)
        self.assertAlmostEqual(self.viewer.anisotropyHighest.get(), most, delta=0.006)
        self.assertGreater(coarsest - finest, 2, "the maps of this run differ")

    def test_every_figure_has_a_button(self):
        buttons = set(self.viewer._getVisualizeDict())
        results = load_results(self.extra)
        there = [name for name, kind in FIGURES.items() if kind.drawable(results)]
        self.assertEqual(set(FIGURES) - set(there), {"along", "conical-fsc"})
        figures = {f"show_{name}".replace("-", "_"): name for name in there}
        others = {"volumeToOpen", "sceneToOpen", "showCompare", "showReport"}
        self.assertEqual(buttons, set(figures) | others)
        for button, name in figures.items():
            view = self.press(button)
            self.assertIsInstance(view, FigureView)
            self.assertEqual(view.getTitle(), f"{FIGURES[name].title} - tilted")
            self.assertTrue(self.viewer.hasAttribute(button), "a parameter of the form")

    def test_errors_of_the_form_are_reported(self):
        for param, value, stated in (
            ("lowest", 50.0, "Resolution: give two numbers"),
            ("highest", None, "Resolution: give two numbers"),
            ("anisotropyHighest", -1.0, "Anisotropy: give two numbers"),
            ("colorMap", "rainbows", "Matplotlib has no colour map rainbows"),
            ("voxelX", 3, "Voxel: give x, y and z"),
        ):
            with self.subTest(param=param):
                kept = getattr(self.viewer, param).get()
                getattr(self.viewer, param).set(value)
                errors = self.viewer.validate()
                getattr(self.viewer, param).set(kept)
                self.assertEqual(sum(stated in error for error in errors), 1, errors)
                self.assertEqual(self.viewer.validate(), [])
        self.choose_slices("4 to 6")
        (error,) = self.viewer.validate()
        self.assertIn("20,25,30 or 20-23", error)

    # --------------------------- slices --------------------------------------
    def test_slices_of_maps_are_those_of_the_files_on_the_scale_of_the_form(self):
        self.choose_slices()
        self.viewer.lowest.set(4.5)
        self.viewer.highest.set(11.0)
        self.viewer.colorMap.set("cividis_r")
        self.viewer.anisotropyHighest.set(3.0)
        self.viewer.anisotropyColorMap.set("inferno")
        for name in (*RESOLUTIONS, "anisotropy"):
            with self.subTest(name):
                figure = self.drawn(f"show_{name}")
                shown = self.slices(figure)
                self.assertEqual(len(shown), len(SLICES))
                for values, number in zip(shown, SLICES):
                    np.testing.assert_array_equal(values, self.plane(self.maps[name], number, name))
                limits = (0.0, 3.0) if name == "anisotropy" else (4.5, 11.0)
                colours = "inferno" if name == "anisotropy" else "cividis_r"
                for plot, number in zip(figure.axes, SLICES):
                    self.assertEqual(plot.images[0].get_clim(), limits)
                    self.assertEqual(plot.images[0].get_cmap().name, colours)
                    self.assertIn(f"slice {number}", plot.get_title())
                    self.assertEqual(plot.images[0].get_cmap().get_bad().tolist(), [1, 1, 1, 1])

    def test_maps_can_have_limits_of_their_own(self):
        self.viewer.sharedScale.set(False)
        for name in RESOLUTIONS:
            image = self.drawn(f"show_{name}").axes[0].images[0]
            resolved = self.maps[name][self.resolved[name]]
            finest, coarsest = 2 * SAMPLING, load_results(self.extra).resolution_limits[1]
            if not len(resolved):
                self.assertEqual(image.get_clim(), (finest, coarsest))
                continue
            low, high = np.percentile(resolved, [2, 98])
            low, high = min(low, (low + high) / 2 - 0.25), max(high, (low + high) / 2 + 0.25)
            shift = max(finest - low, 0) - max(high - coarsest, 0)
            np.testing.assert_allclose(image.get_clim(), [low + shift, high + shift], rtol=1e-6)

    def test_without_an_axis_the_three_central_slices_are_shown(self):
        self.viewer.sliceNumbers.set("1,2,3")  # hidden in the form and not used
        figure = self.drawn("show_adr")
        z, y, x = (round(float(np.median(place))) for place in np.nonzero(self.inside))
        box = np.where(self.resolved["adr"], self.maps["adr"], np.nan).astype(np.float32)
        expected = (box[z], box[:, y], box[:, :, x])
        for values, plane in zip(self.slices(figure), expected):
            self.assertAlmostEqual(np.nansum(values) / np.nansum(plane), 1.0, 5)
            self.assertEqual(np.isfinite(values).sum(), np.isfinite(plane).sum())

    def test_difference_of_adr_and_monores(self):
        self.choose_slices()
        shown = self.slices(self.drawn("show_difference"))
        adr, monores = self.maps["adr"], self.maps["monores"]
        boxes = ((adr, "adr"), (monores, "monores"), (adr - monores, "adr", "monores"))
        expected = [self.plane(box, k, *names) for box, *names in boxes for k in SLICES]
        self.assertEqual(len(shown), len(expected))
        for values, plane in zip(shown, expected):
            np.testing.assert_array_equal(values, plane)

    def test_map_and_outline_of_the_mask(self):
        self.choose_slices()
        figure = self.drawn("show_density")
        density = mrcfile.read(self.folder / "map.mrc")
        for plot, number in zip(figure.axes, SLICES):
            np.testing.assert_array_equal(plot.images[0].get_array(), density[number])
            outline = np.concatenate(
                [p for c in plot.collections for p in c.get_paths()[0].vertices[None]]
            )
            y, x = np.nonzero(self.inside[number])
            for side, places in zip(outline.T, (x, y)):
                ends = (np.array([places.min() - 0.5, places.max() + 0.5]) - SIZE // 2) * SAMPLING
                np.testing.assert_allclose([side.min(), side.max()], ends)

    def test_a_map_that_was_moved_with_its_project_is_found(self):
        results = load_results(self.extra)
        results.summary["inputs"][0]["path"] = "/where/it/was/map.mrc"
        self.viewer._loaded = results
        self.choose_slices()
        image = self.drawn("show_density").axes[0].images[0]
        density = mrcfile.read(self.folder / "map.mrc")
        np.testing.assert_array_equal(image.get_array(), density[SLICES[0]])

    def test_finest_axes_as_colours(self):
        self.choose_slices("20")
        self.viewer.anisotropyHighest.set(3.0)
        shown = self.drawn("show_best_axis").axes[0].images[0].get_array()
        table = load_results(self.extra).read_table()
        z, y, x = np.unravel_index(table.indices, table.shape)
        corner = min(int(p.min()) for p in (x, y, z)) - 2
        seen = 0
        for place in np.flatnonzero(z == 20):
            codes = table.codes[:, place]
            where = z[place], y[place], x[place]
            if (codes == codes.max()).sum() > 1 or not self.resolved["highest"][where]:
                continue
            strength = min(self.maps["anisotropy"][where] / 3.0, 1.0)
            axis = np.abs(table.axes.vectors[codes.argmax()])
            expected = 0.88 * (1 - strength) + axis * strength
            np.testing.assert_allclose(
                shown[y[place] - corner, x[place] - corner], expected, atol=1e-5
            )
            seen += 1
        self.assertGreater(seen, 20)

    # --------------------------- axes and curves -----------------------------
    def test_dots_of_the_polar_plots_are_the_listed_axes(self):
        rim = int((np.abs(self.axes["tilt_deg"] - 90) < 1e-6).sum())
        for button in ("show_polar", "show_counts"):
            figure = self.drawn(button)
            (dots,) = (
                c
                for plot in figure.axes
                for c in plot.collections
                if isinstance(c, matplotlib.collections.PathCollection)
            )
            rot, tilt = np.asarray(dots.get_offsets()).T
            self.assertEqual(len(rot), DIRECTIONS + rim, "both ends of axes in the equator")
            ends = np.stack(
                [np.sin(np.deg2rad(tilt)) * np.cos(rot), np.sin(np.deg2rad(tilt)) * np.sin(rot)], 1
            )
            for axis in self.axes:
                place = np.array([axis["x"], axis["y"]])
                away = np.minimum(
                    np.linalg.norm(ends - place, axis=1), np.linalg.norm(ends + place, axis=1)
                )
                index = int(away.argmin())
                self.assertLess(away[index], 1e-4)
                if axis["count"] == self.axes["count"].max():
                    self.assertEqual(dots.get_sizes()[index], dots.get_sizes().max())
                if button == "show_counts":
                    self.assertAlmostEqual(dots.get_array()[index], axis["count"], 4)

    def test_colours_of_polar_plot_and_sphere_are_median_resolutions(self):
        along = self.axes["median_resolution_A"]
        known = along[np.isfinite(along)]
        figure = self.drawn("show_polar")
        (heat,) = (
            c for c in figure.axes[0].collections if isinstance(c, matplotlib.collections.QuadMesh)
        )
        # The pole of the disc is an axis of every icosahedral set.
        at_pole = along[np.argmax(np.abs(self.axes["z"]))]
        if np.abs(self.axes["z"]).max() > 1 - 1e-6 and np.isfinite(at_pole):
            np.testing.assert_allclose(np.reshape(heat.get_array(), (-1,))[0], at_pole, rtol=1e-5)
        self.assertGreaterEqual(heat.get_array().min(), known.min() - 1e-6)
        self.assertLessEqual(heat.get_array().max(), known.max() + 1e-6)
        # From the median axis over 1.5 to 1.5 times it, within what could be found.
        middle = np.median(known)
        finest, coarsest = 2 * SAMPLING, load_results(self.extra).resolution_limits[1]
        expected = [max(middle / 1.5, finest), min(middle * 1.5, coarsest)]
        for button in ("show_polar", "show_sphere"):
            limits = sorted(self.drawn(button).axes[-1].get_ylim())
            np.testing.assert_allclose(limits, expected, rtol=1e-3)

    def test_radial_curves_are_those_of_the_list(self):
        profile = np.genfromtxt(self.extra / "radial_profile.csv", delimiter=",", names=True)
        enough = profile["voxels"] >= 10
        drawn = self.drawn("show_curves").axes[0].lines
        # Dashed: the curves if all axes were alike.
        lines = [line for line in drawn if len(line.get_xdata()) > 2 and not line.is_dashed()]
        self.assertEqual(len(lines), 5)
        for name in ("radial", "tangential", "highest", "lowest", "monores"):
            mean = profile[f"{name}_mean_A"][enough]
            (line,) = (one for one in lines if np.allclose(one.get_ydata(), mean))
            self.assertEqual(re.split(r" \(|: ", line.get_label())[0].lower(), name)
            np.testing.assert_allclose(line.get_xdata(), profile["radius_A"][enough])

    def test_histograms_hold_all_voxels_of_the_mask(self):
        plots = self.drawn("show_histograms").axes
        for plot, name in zip(plots, (*RESOLUTIONS, "anisotropy")):
            outline = plot.patches[0]
            corners = outline.get_xy()
            share = 1.0
            if name != "anisotropy":
                share = self.resolved[name].sum() / self.inside.sum()
            # Twice the top of every bin: its left and its right corner.
            self.assertAlmostEqual(corners[:, 1].sum() / 2, share, delta=0.01)
            median = np.median(self.maps[name][self.inside])
            if share > 0.5:
                self.assertAlmostEqual(plot.lines[0].get_xdata()[0], median, delta=1e-4)

    def test_one_voxel(self):
        table = load_results(self.extra).read_table()
        place = len(table.indices) // 3
        z, y, x = (int(k) for k in np.unravel_index(table.indices[place], table.shape))
        for side, number in zip("XYZ", (x, y, z)):
            getattr(self.viewer, f"voxel{side}").set(number)
        plot = self.drawn("show_voxel").axes[0]
        self.assertIn(f"{x}, {y}, {z}", plot.get_title())
        dots = next(
            c
            for c in plot.collections
            if isinstance(c, matplotlib.collections.PathCollection) and c.get_array() is not None
        )
        codes = table.codes[:, place].astype(float)
        expected = 131070 * SAMPLING / codes[codes > 0]
        np.testing.assert_allclose(dots.get_array()[: len(expected)], expected, rtol=1e-4)

    def test_a_voxel_outside_the_mask_is_reported_with_the_closest_inside(self):
        for side in "XYZ":
            getattr(self.viewer, f"voxel{side}").set(0)
        places = np.argwhere(self.inside)[:, ::-1]
        closest = places[np.linalg.norm(places, axis=1).argmin()]
        stated = self.press("show_voxel").getMessage()
        self.assertIn("voxel 0,0,0: it is not in the mask", stated)
        self.assertIn(",".join(map(str, closest)), stated)

    def test_overview_has_slices_of_adr_on_their_own_scale(self):
        figure = self.drawn("show_overview")
        shown = [image for plot in figure.axes for image in plot.images]
        self.assertEqual(len(shown), 3)
        low, high = np.percentile(self.maps["adr"][self.resolved["adr"]], [2, 98])
        for image in shown:
            self.assertLessEqual(image.get_clim()[0], low + 1e-5)
            self.assertGreaterEqual(image.get_clim()[1], high - 1e-5)
            self.assertLess(
                image.get_clim()[1] - image.get_clim()[0], max(high - low, (low + high) / 8) + 1e-4
            )

    def test_figures_are_exported_with_text_as_text(self):
        view = self.press("show_curves")
        view.savefig(self.folder / "curves.svg")
        text = (self.folder / "curves.svg").read_text()
        self.assertIn("Distance from the centre (Å)</text>", text)
        view.savefig(self.folder / "curves.png")
        width, height = view.getFigure().get_size_inches()
        pixels = matplotlib.image.imread(self.folder / "curves.png").shape
        self.assertEqual(pixels[:2], (int(300 * height), int(300 * width)))

    # --------------------------- optional libraries ---------------------------
    def test_viewer_and_wizards_do_not_need_xmipp(self):
        blocked = self.folder / "blocked"
        blocked.mkdir()
        for name in ("xmippLib", "xmipp3"):
            (blocked / f"{name}.py").write_text("raise ImportError('Xmipp is not here')\n")
        code = (
            "from monodir_plugin.viewers import MonoDirViewer\n"
            "from monodir_plugin.wizards import MonoDirResolutionScaleWizard\n"
            "from pyworkflow.project import Project\n"
            "import pyworkflow as pw\n"
            f"project = Project(pw.Config.getDomain(), {self.proj.getPath()!r})\n"
            "project.load()\n"
            f"run = project.getProtocol({self.run_.getObjId()})\n"
            "viewer = MonoDirViewer(project=project, protocol=run)\n"
            "viewer.setProtocol(run)\n"
            "(view,) = viewer._getVisualizeDict()['show_adr']('show_adr')\n"
            "print('sum', float(view.getFigure().axes[0].images[0].get_array().sum()))\n"
        )
        path = os.pathsep.join([str(blocked), os.environ.get("PYTHONPATH", "")])
        printed = subprocess.check_output(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, text=True
        )
        shown = self.drawn("show_adr").axes[0].images[0].get_array()
        self.assertEqual(printed.splitlines()[-1], f"sum {float(shown.sum())}")

    def test_protocol_s_folder_is_what_figures_read(self):
        self.assertIsInstance(self.run_, ProtMonoDir)
        results = load_results(self.run_.getResultsFolder())
        np.testing.assert_array_equal(results.mask, self.inside)
        np.testing.assert_array_equal(results.counts, self.axes["count"])
        self.assertEqual(Path(self.run_.getMapFile()).name, "import_map.mrc")
