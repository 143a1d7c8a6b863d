"""A finished run that is continued uses its table; a run is computed by one process at a time."""

import json
from pathlib import Path
from unittest import mock

import mrcfile
import numpy as np

from monodir_plugin.errors import InputError
from monodir_plugin.files.locking import LOCK
from monodir_plugin.files.run_folder.diagnosis import load_views
from monodir_plugin.files.run_folder.results import load_table
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.tests.files.test_locking import held, owner
from monodir_plugin.tests.fixtures.scipion.project import (
    DIRECTIONS,
    MAPS,
    MODE_RESTART,
    MODE_RESUME,
    SAMPLING,
    ProtMonoDir,
    ScipionCase,
)
from monodir_plugin.workflows.measure.job import Job
from monodir_plugin.workflows.measure.run import run


class TestProtMonoDirContinue(ScipionCase):
    def command(self, name, **options):
        """Return the folder of a new run by command of the half maps."""
        output = self.folder / name
        run(
            Job(
                map=None,
                halves=(str(self.folder / "half1.mrc"), str(self.folder / "half2.mrc")),
                mask=str(self.folder / "mask.mrc"),
                sampling=SAMPLING,
                output=output,
                threads=2,
                quiet=True,
                **{"settings": Settings(directions=DIRECTIONS), **options},
            )
        )
        return output

    def continued(self, protocol, **parameters):
        for name, value in parameters.items():
            getattr(protocol, name).set(value)
        protocol.runMode.set(MODE_RESUME)
        self.launchProtocol(protocol)
        return self.reloaded(protocol)

    def measuring(self, protocol):
        """Return when the logs of steps that measure were written."""
        logs = Path(protocol.getPath("logs"))
        found = {path.name: path.stat().st_mtime_ns for path in logs.glob("axes_*.log")}
        return {**found, "monores.log": (logs / "monores.log").stat().st_mtime_ns}

    def assert_equal_results(self, protocol, folder):
        """Check numbers, sentences, maps and coverage against those of a new run."""
        extra = Path(protocol.getPath("extra"))
        summaries = [json.loads((f / "summary.json").read_text()) for f in (extra, folder)]
        for summary in summaries:
            for file in summary["inputs"]:
                del file["path"]
            summary["warnings"] = len(summary["warnings"])
        self.assertEqual(*summaries)
        for name, file in MAPS.items():
            np.testing.assert_array_equal(
                mrcfile.read(getattr(protocol, name).getFileName()),
                mrcfile.read(folder / f"{file}.mrc"),
            )
        tables = [load_table(f / "table.npz").codes for f in (extra, folder)]
        np.testing.assert_array_equal(*tables)

    def test_table_is_used_until_what_it_depends_on_changes(self):
        protocol = self.new_run(mask=self.mask, useHalfMaps=True, directionsPerStep=23)
        self.launchProtocol(protocol)
        before = self.measuring(protocol)
        self.assertEqual(len(before), 3)

        other = self.continued(protocol, numberOfImages=700, symmetryGroup="c2")
        self.assertEqual(self.measuring(protocol), before, "nothing was measured")
        expected = self.command("other", images=700, symmetry="c2")
        self.assert_equal_results(other, expected)
        coverage = [
            load_views(folder / "views.npz").coverage
            for folder in (Path(other.getPath("extra")), expected)
        ]
        np.testing.assert_array_equal(*coverage)
        stored = [axis.getCoverage() for axis in other.directions]
        np.testing.assert_allclose(stored, coverage[0], rtol=1e-5)
        self.assertTrue(hasattr(other, "views") and hasattr(other, "conicalFsc"))
        self.assertIn("table.npz", (Path(other.getPath("logs")) / "run.stdout").read_text())

        # The other number of directions in a step splits the table otherwise, and changes nothing.
        plain = self.continued(protocol, diagnose=False, directionsPerStep=46)
        self.assertEqual(self.measuring(protocol), before)
        self.assertNotIn("diagnosis", json.loads(self.summary_of(plain)))
        for name in ("views", "conicalFsc"):
            self.assertFalse(hasattr(plain, name), f"{name} belongs to the diagnosis")
        self.assertTrue(all(axis.getCoverage() is None for axis in plain.directions))

        wide = self.continued(protocol, coneAngle=40.0)
        after = self.measuring(protocol)
        self.assertTrue(all(after[name] > before.get(name, 0) for name in ("axes_000_046.log",)))
        settings = Settings(directions=DIRECTIONS, cone=40.0)
        self.assert_equal_results(wide, self.command("wide", settings=settings, diagnosis=False))

        self.check_that_a_second_process_is_refused(protocol)

    def summary_of(self, protocol):
        return (Path(protocol.getPath("extra")) / "summary.json").read_text()

    def check_that_a_second_process_is_refused(self, protocol):
        before, folder = self.summary_of(protocol), Path(protocol.getPath())
        protocol.diagnose.set(True)
        protocol.runMode.set(MODE_RESUME)
        with held(folder.absolute()) as process:
            (stated,) = protocol.validate()
            self.assertIn(owner(process), stated)
            self.assertTrue(stated.startswith("Another launch of this run computes"), stated)
            # Launches that do not ask before; a restart would delete the folder.
            database = Path(protocol.getDbPath()).read_bytes()
            for mode in (MODE_RESTART, MODE_RESUME):
                protocol.runMode.set(mode)
                with self.assertRaisesRegex(InputError, owner(process)):
                    self.proj.launchProtocol(protocol, wait=True)
                self.assertEqual(self.summary_of(protocol), before)
                self.assertEqual(Path(protocol.getDbPath()).read_bytes(), database)
            # The other process began after the launch.
            with mock.patch.object(ProtMonoDir, "_lock_errors", return_value=[]):
                self.proj.launchProtocol(protocol, wait=True)
            self.assertTrue(protocol.isFailed())
            self.assertIn(owner(process), "\n".join(protocol.summary()))
            self.assertEqual(self.summary_of(protocol), before)
            self.assertTrue((folder / LOCK).exists())
        self.assertEqual(protocol.validate(), [])
        continued = self.continued(protocol)
        self.assertIn("diagnosis", json.loads(self.summary_of(continued)))
        self.assertFalse((folder / LOCK).exists())
