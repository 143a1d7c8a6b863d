"""What the tests of the viewer share: a finished run, its files, and buttons to press."""

import os
import shutil
import tkinter
from pathlib import Path
from unittest import mock

import mrcfile
import numpy as np

from monodir_plugin.commands import run
from monodir_plugin.files.loading import load_results
from monodir_plugin.inputs import Job
from monodir_plugin.numerics.preparation import Settings
from monodir_plugin.tests.scipion_case import DIRECTIONS, MAPS, SAMPLING, ScipionCase
from monodir_plugin.viewers import MonoDirViewer

__all__ = ["ViewerCase"]


class ViewerCase(ScipionCase):
    """A viewer without a display: a window that opens is an error.

    All classes of tests look at the same runs of one project: ``run_``, measured by the
    protocol, and ``other``, of another criterion.
    """

    run_ = None

    @classmethod
    def setUpClass(cls):
        if ViewerCase.run_ is None:
            ScipionCase.setUpClass.__func__(ViewerCase)
            ViewerCase.make_runs()
        os.chdir(cls.proj.getPath())

    @classmethod
    def tearDownClass(cls):
        os.chdir(cls.came_from)

    @classmethod
    def make_runs(cls):
        cls.run_ = cls.new_run(mask=cls.mask, directionsPerStep=DIRECTIONS)
        cls.run_.setObjLabel("tilted")
        cls.launchProtocol(cls.run_)
        cls.other = cls.finished_run("lenient", 0.143)
        cls.extra = Path(cls.run_.getPath("extra"))
        cls.maps = {name: mrcfile.read(cls.extra / f"{name}.mrc") for name in MAPS.values()}
        cls.inside = cls.maps["adr"] > 0
        limit = load_results(cls.extra).resolution_limits[1] * (1 - 1e-4)
        cls.resolved = {n: cls.inside & (box < limit) for n, box in cls.maps.items()}
        cls.resolved["anisotropy"] = cls.resolved["highest"]
        cls.axes = np.genfromtxt(cls.extra / "directions.csv", delimiter=",", names=True)

    @classmethod
    def finished_run(cls, label, criterion):
        """A run whose files come from the command line: quick."""
        output = cls.folder / label
        run(
            Job(
                map=str(cls.folder / "map.mrc"),
                halves=None,
                mask=str(cls.folder / "mask.mrc"),
                sampling=SAMPLING,
                output=output,
                settings=Settings(directions=DIRECTIONS, criterion=criterion),
                threads=2,
                quiet=True,
            )
        )
        protocol = cls.new_run(mask=cls.mask)
        protocol.setObjLabel(label)
        cls.proj.saveProtocol(protocol)
        protocol.makePathsAndClean()
        shutil.rmtree(protocol.getPath("extra"))
        shutil.copytree(output, protocol.getPath("extra"))
        protocol.setStatus("finished")
        cls.proj._storeProtocol(protocol)
        return protocol

    def setUp(self):
        for window in ("Tk", "Toplevel"):
            patch = mock.patch.object(tkinter, window, side_effect=AssertionError("a window"))
            patch.start()
            self.addCleanup(patch.stop)
        self.viewer = MonoDirViewer(project=self.proj, protocol=self.run_)
        self.viewer.setProtocol(self.run_)

    def press(self, button):
        """The one view that a button opens."""
        self.assertEqual(self.viewer.validate(), [])
        (view,) = self.viewer._getVisualizeDict()[button](button)
        return view

    def drawn(self, button):
        return self.press(button).getFigure()
