"""Outputs of a diagnosed run of half maps: labels, coverage, views and FSC curves; its help."""

import json
import re
from pathlib import Path
from unittest import mock

import numpy as np

import monodir_plugin
from monodir_plugin.files.run_folder.diagnosis import load_conical_fsc, load_views
from monodir_plugin.tests.fixtures.scipion.project import (
    DIRECTIONS,
    MAPS,
    ProtMonoDir,
    ProtMonoDirCheck,
    ScipionCase,
)

ROOT = Path(monodir_plugin.__file__).parents[1]


class TestProtMonoDirOutputs(ScipionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_ = cls.new_run(
            mask=cls.mask, useHalfMaps=True, numberOfImages=4000, directionsPerStep=46
        )
        cls.launchProtocol(cls.run_)
        cls.extra = Path(cls.proj.getPath()) / cls.run_.getPath("extra")

    def test_all_outputs_are_there(self):
        names = [name for name, _ in self.reloaded(self.run_).iterOutputAttributes()]
        self.assertEqual(names, [*MAPS, "directions", "views", "conicalFsc"])
        possible = list(self.run_.getPossibleOutputs())
        self.assertEqual(possible, names)

    def test_labels_have_minimum_maximum_and_median(self):
        import mrcfile

        run = self.reloaded(self.run_)
        inside = mrcfile.read(self.folder / "mask.mrc") >= 0.5
        for name, file in MAPS.items():
            values = mrcfile.read(self.extra / f"{file}.mrc")[inside]
            stated = re.findall(r"\d+\.\d\d", getattr(run, name).getObjLabel())
            expected = [values.min(), values.max(), np.median(values)]
            self.assertEqual(stated, [f"{value:.2f}" for value in expected], name)
        self.assertRegex(run.adr.getObjLabel(), rf"^ADR: .* Å \(run {run.strId()}\)$")
        labels = {output.getObjLabel() for _, output in run.iterOutputAttributes()}
        self.assertEqual(len(labels), len(MAPS) + 3)
        for label in labels:
            self.assertNotIn("_", label, "Scipion takes it for the begin of italics")

    def test_directions_have_the_coverage(self):
        found = load_views(self.extra / "views.npz")
        coverage = [axis.getCoverage() for axis in self.reloaded(self.run_).directions]
        np.testing.assert_allclose(coverage, found.coverage, rtol=1e-5)
        self.assertEqual(len(coverage), DIRECTIONS)
        self.assertGreater(np.ptp(coverage), 0.1)

    def test_views_are_those_of_the_diagnosis(self):
        found = load_views(self.extra / "views.npz").views
        views = [view.clone() for view in self.reloaded(self.run_).views.iterItems()]
        self.assertEqual(len(views), len(found.values))
        np.testing.assert_allclose([v.getVector() for v in views], found.views.vectors, atol=1e-8)
        np.testing.assert_allclose([v.getRot() for v in views], found.views.rot, atol=1e-6)
        np.testing.assert_allclose([v.getTilt() for v in views], found.views.tilt, atol=1e-6)
        np.testing.assert_allclose([v.getDensity() for v in views], found.values, rtol=1e-9)
        shares = [v.getShare() for v in views]
        self.assertAlmostEqual(sum(shares), 1.0, 6)
        # Views are mostly along z: those within 45 degrees hold more than their solid angle.
        along = [v.getShare() for v in views if abs(v.getVector()[2]) > np.sqrt(0.5)]
        self.assertGreater(sum(along), 1 - np.sqrt(0.5))

    def test_curves_are_whole_shells_and_the_extreme_axes(self):
        found = load_conical_fsc(self.extra / "conical_fsc.npz")
        curves = [curve.clone() for curve in self.reloaded(self.run_).conicalFsc.iterItems()]
        labels = [curve.getObjLabel() for curve in curves]
        self.assertEqual(labels[0], "whole shells")
        self.assertEqual(
            [label.split()[0] for label in labels[1:]], ["finest", "median", "coarsest"]
        )
        self.assertFalse(found.without_data.any())
        order = sorted(range(DIRECTIONS), key=lambda row: tuple(found.resolution[:, row]))
        rows = [order[0], order[len(order) // 2], order[-1]]
        for curve, expected in zip(curves, [found.plain, *found.fsc[rows]]):
            frequency, values = (np.array([float(v) for v in data]) for data in curve.getData())
            np.testing.assert_allclose(frequency, found.frequency[1:], rtol=1e-9)
            np.testing.assert_allclose(values, expected[1:], rtol=1e-6, atol=1e-9)
        # As pwem reads the resolution off: between the shells beside the crossing.
        stated = float(curves[0].calculateResolution(0.5))
        self.assertAlmostEqual(stated, found.plain_resolution[1], delta=0.02 * stated)

    def test_the_viewer_of_curves_draws_them(self):
        from pwem.viewers.viewer_fsc import FscViewer

        viewer = FscViewer(project=self.proj, protocol=self.run_)
        with mock.patch.object(FscViewer, "show"):
            viewer.visualize(self.reloaded(self.run_).conicalFsc)
        (axes,) = viewer.plotter.getFigure().axes
        legend = [text.get_text() for text in axes.get_legend().get_texts()]
        self.assertEqual(len(legend), 4)
        self.assertIn("whole shells", legend[0])
        drawn = axes.get_lines()[-4].get_ydata()
        found = load_conical_fsc(self.extra / "conical_fsc.npz")
        np.testing.assert_allclose(np.array(drawn, float), found.plain[1:], rtol=1e-6, atol=1e-9)

    def test_summary_and_methods_fit_their_boxes(self):
        found = json.loads((self.extra / "summary.json").read_text())
        self.assertLessEqual(len(self.run_.summary()), 9)
        self.assertIn("MonoDir", self.run_.methods()[0])
        self.assertNotIn("_", self.run_.methods()[0].replace(found["program"], ""))
        for line in (*self.run_.summary(), self.run_.getRunName()):
            self.assertNotIn("monodir_plugin", line)

    def test_help_points_to_pages_of_the_project(self):
        project = ROOT / "pyproject.toml"
        if not project.exists():
            self.skipTest("the package is installed")
        (homepage,) = re.findall(r'^Homepage = "(.*)"$', project.read_text(), re.MULTILINE)
        helps = [ProtMonoDir.getUrl(), ProtMonoDirCheck.getUrl()]
        for protocol in (self.run_, self.newProtocol(ProtMonoDirCheck)):
            for _, param in protocol.getDefinition().iterAllParams():
                text = param.help.get() or ""
                helps += re.findall(r"https?://[^\s)]+", text)
                self.assertNotRegex(text.replace("/blob/HEAD/docs/", ""), r"\bdocs/")
        pages = [url.partition(f"{homepage}/blob/HEAD/")[2] for url in helps if homepage in url]
        self.assertGreaterEqual(len(pages), 4)
        for page in pages:
            self.assertTrue((ROOT / page).is_file(), page)
