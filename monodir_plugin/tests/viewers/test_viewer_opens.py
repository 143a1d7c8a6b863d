"""Buttons of the viewer that open comparisons, volumes, scenes and the report."""

import importlib.util
import shutil
import sys
import time
from pathlib import Path
from unittest import mock

import mrcfile
import numpy as np

from monodir_plugin.chimerax import write_session
from monodir_plugin.cli import main
from monodir_plugin.files.loading import load_results
from monodir_plugin.tests.fixtures.scipion.project import MAPS
from monodir_plugin.tests.fixtures.scipion.viewer import ViewerCase
from monodir_plugin.viewers import MonoDirViewer, choices, viewer_base
from monodir_plugin.viewers.windows import ProgramView


class Clock:
    """Replaces a window: its event loop calls a function later."""

    def after(self, milliseconds, later):
        time.sleep(milliseconds / 5000)
        later()


class TestMonoDirViewerOpens(ViewerCase):
    """Buttons that open no figure of a single run."""

    # --------------------------- comparison ----------------------------------
    def test_comparison_with_another_run(self):
        self.viewer.otherRuns.append(self.other)
        figure = self.drawn("showCompare")
        maps = [self.maps["adr"], mrcfile.read(Path(self.other.getPath("extra"), "adr.mrc"))]
        images = [image for plot in figure.axes for image in plot.images]
        self.assertEqual(len(images), 6)
        self.assertEqual(len({image.get_clim() for image in images}), 1, "one scale")
        limits = [
            load_results(run.getPath("extra")).resolution_limits[1] * (1 - 1e-4)
            for run in (self.run_, self.other)
        ]
        values = np.concatenate(
            [box[(box > 0) & (box < limit)] for box, limit in zip(maps, limits)]
        )
        np.testing.assert_allclose(images[0].get_clim(), np.percentile(values, [2, 98]), rtol=1e-5)
        for first, box, limit in zip((0, 3), maps, limits):
            z = round(float(np.median(np.nonzero(box)[0])))
            total = box[z][box[z] < limit].sum()
            self.assertAlmostEqual(images[first].get_array().sum() / total, 1.0, 4)
        (table,) = (plot.tables[0] for plot in figure.axes if plot.tables)
        cells = {}
        for (row, column), cell in table.get_celld().items():
            cells.setdefault(row, {})[column] = cell.get_text().get_text()
        self.assertEqual([cells[0][0], cells[0][1]], ["tilted", "lenient"])
        (medians,) = (row for row in cells.values() if row.get(-1) == "Median ADR (Å)")
        expected = [
            f"{np.median(box[box > 0]):.2f}" if np.median(box[box > 0]) < limit else "not resolved"
            for box, limit in zip(maps, limits)
        ]
        self.assertEqual([medians[0], medians[1]], expected)
        self.assertNotEqual(*expected)

    def test_runs_selected_in_the_project_window_are_compared(self):
        unfinished = self.new_run(mask=self.mask)
        self.proj.saveProtocol(unfinished)
        selection = self.proj.getSettings().runSelection
        self.addCleanup(selection.clear)
        imported = self.proj.getProtocolsByClass("ProtImportVolumes")[0]
        selection.extend(p.getObjId() for p in (self.run_, self.other, unfinished, imported))
        viewer = MonoDirViewer(project=self.proj, protocol=self.run_)
        viewer.setProtocol(self.run_)
        self.assertEqual([p.get().getObjId() for p in viewer.otherRuns], [self.other.getObjId()])

    def test_names_of_runs_fit_into_titles(self):
        run = self.new_run(mask=self.mask)
        self.proj.saveProtocol(run)
        self.addCleanup(self.proj.deleteProtocol, run)
        for label, name in (
            (run.getClassLabel(), f"MonoDir {run.getObjId()}"),
            (f"{run.getClassLabel()} (copy)", f"MonoDir {run.getObjId()} (copy)"),
            ("before tilting", "before tilting"),
            ("ribosome of the second grid after tilting", "ribosome of the second grid…"),
        ):
            run.setObjLabel(label)
            self.assertEqual(choices.name_of(run), name)

    def test_comparison_without_another_run_is_reported(self):
        self.assertIn("select at least one run", self.press("showCompare").getMessage())

    # --------------------------- volumes and ChimeraX ------------------------
    def test_volumes_open_in_scipion_s_viewer(self):
        view = self.press("volumeToOpen")
        self.assertIsInstance(view, ProgramView)
        module = "pwem.viewers.mdviewer.volumeViewer"
        self.assertEqual(
            view.getCommand(),
            [sys.executable, "-m", module, str((self.extra / "adr.mrc").absolute())],
        )
        self.assertIsNotNone(importlib.util.find_spec(module), "there is such a program")
        self.viewer.volumeToOpen.set(len(MAPS))  # the last of the list: the input
        path = Path(self.press("volumeToOpen").getCommand()[-1])
        np.testing.assert_array_equal(mrcfile.read(path), mrcfile.read(self.folder / "map.mrc"))

    def test_no_program_for_volumes_is_reported(self):
        with mock.patch.object(viewer_base, "QT", "no_such_package"):
            stated = self.press("volumeToOpen").getMessage()
        self.assertIn("No program to open volumes", stated)
        self.assertIn("scipion-em-chimera", stated)
        self.assertIn(str((self.extra / "adr.mrc").absolute()), stated)

    def test_a_scene_is_written_and_reported_without_chimerax(self):
        stated = self.press("sceneToOpen").getMessage()
        scene = (self.extra / "chimerax" / "adr.cxc").absolute()
        self.assertIn(str(scene), stated)
        self.assertIn("Scipion did not find ChimeraX", stated)
        # The form has the limits with two decimals.
        limits = (self.viewer.lowest.get(), self.viewer.highest.get())
        expected = write_session(
            self.extra, output_folder=self.folder / "scene", limits=limits
        ).read_text()
        written = scene.read_text().replace(str(scene.parent), str(self.folder / "scene"))
        self.assertEqual(written, expected)

    def test_chimerax_opens_scenes_and_volumes_if_scipion_finds_it(self):
        home = self.folder / "chimerax"
        (home / "bin").mkdir(parents=True)
        program, got = home / "bin" / "ChimeraX", self.folder / "got"
        program.write_text(f'#!/bin/sh\necho "$1" > "{got}"\n')
        program.chmod(0o755)
        for name, value in (("getHome", lambda: str(home)), ("_program", str(program))):
            patch = mock.patch.object(viewer_base.Chimera, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        for button, file in (
            ("sceneToOpen", self.extra / "chimerax" / "adr.cxc"),
            ("volumeToOpen", self.extra / "adr.mrc"),
        ):
            self.press(button).show()
            for _ in range(100):
                if got.exists() and got.read_text().strip():
                    break
                time.sleep(0.05)
            self.assertEqual(Path(got.read_text().strip()), file.absolute())
            got.unlink()

    def test_the_report_is_written_and_opens_in_the_browser(self):
        self.viewer.windows = mock.Mock(getRoot=Clock)
        view = self.press("showReport")
        page = (self.extra / "report.html").absolute()
        self.assertEqual(view.getCommand()[:3], [sys.executable, "-m", "monodir_plugin.cli"])
        with mock.patch("monodir_plugin.report.write_report") as write_report:
            self.assertEqual(main(view.getCommand()[3:]), 0)
        write_report.assert_called_once()
        self.assertEqual(write_report.call_args.args[:2], (self.extra.absolute(), page))
        # The tests of the report check the page; here a fast program replaces the command.
        view._command = [sys.executable, "-c", "pass"]
        stated = []
        with mock.patch(
            "pyworkflow.viewer.MessageView.show",
            lambda message: stated.append(message.getMessage()),
        ), mock.patch("webbrowser.open", return_value=False) as opened:
            view.show()
            view._command = [sys.executable, "-c", "import sys; sys.exit('no room')"]
            view.show()
        opened.assert_called_once_with(page.as_uri())
        without, failed = stated
        self.assertIn(str(page), without)
        self.assertEqual(failed, "The report could not be written:\nno room")

    def test_a_program_that_fails_is_reported(self):
        stated = []
        command = [sys.executable, "-c", "import sys; print('no screen'); sys.exit(3)"]
        ProgramView(command, stated.append, Clock()).show()
        self.assertEqual(stated, ["no screen"])
        command = [sys.executable, "-c", "pass"]
        ProgramView(command, stated.append, Clock(), lambda: stated.append("done")).show()
        self.assertEqual(stated, ["no screen", "done"])

    # --------------------------- missing or damaged results ------------------
    def test_a_run_without_results_is_reported(self):
        # Imported first, as Scipion does: the forms cannot be imported before it.
        importlib.import_module("pyworkflow.gui.project")
        fresh = self.new_run(mask=self.mask)
        self.proj.saveProtocol(fresh)
        self.addCleanup(self.proj.deleteProtocol, fresh)
        stated = []
        with mock.patch("pyworkflow.viewer.MessageView.show", lambda view: stated.append(view)):
            MonoDirViewer(project=self.proj, protocol=fresh).visualize(fresh)
        (view,) = stated
        self.assertIn("This run is saved and was not executed.", view.getMessage())

    def test_a_damaged_map_is_reported(self):
        copy = self.folder / "damaged"
        shutil.copytree(self.extra, copy)
        (copy / "radial.mrc").write_bytes(b"nothing")
        self.viewer._loaded = load_results(copy)
        stated = self.press("show_radial").getMessage()
        self.assertIn("radial.mrc", stated)
        self.assertIn("run monodir again", " ".join(stated.split()))
