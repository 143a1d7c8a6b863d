"""A run that is killed continues with the missing parts, and its results are the same."""

import json
import time
from contextlib import suppress
from pathlib import Path

import psutil

from monodir_plugin.tests.fixtures.scipion.project import DIRECTIONS, MODE_RESUME, ScipionCase

CHUNKS = 4


class TestProtMonoDirResume(ScipionCase):
    def test_resume_after_a_kill(self):
        protocol = self.new_run(mask=self.mask, directionsPerStep=12)
        self.proj.launchProtocol(protocol, wait=False)
        parts = self.wait_for_parts(protocol, 2)
        done = {Path(protocol.getPath("logs", f"{part.stem}.log")) for part in parts}
        kill(psutil.Process(protocol.getPid()))
        times = {log: log.stat().st_mtime_ns for log in done}

        self.proj._updateProtocol(protocol)
        self.assertTrue(protocol.isFailed(), "Scipion sees that the process has died")
        (stated,) = [line for line in protocol.summary() if "Stopped after" in line]
        self.assertIn(f"of {DIRECTIONS}", stated)
        self.assertGreaterEqual(int(stated.split("direction ")[1].split()[0]), 24)
        self.assertLess(len(self.parts(protocol)), CHUNKS + 1)
        self.assertFalse(hasattr(protocol, "adr"))

        protocol.runMode.set(MODE_RESUME)
        self.launchProtocol(protocol)
        self.assert_same_as(self.by_command(), self.reloaded(protocol))
        for log, before in times.items():
            self.assertEqual(log.stat().st_mtime_ns, before, f"{log.name} was not repeated")
        self.assertEqual(len(list(Path(protocol.getPath("logs")).glob("axes_*.log"))), CHUNKS)

        self.check_that_a_changed_parameter_repeats_all_steps(protocol)

    def check_that_a_changed_parameter_repeats_all_steps(self, protocol):
        steps = protocol.loadSteps()
        extra = Path(protocol.getPath("extra"))
        self.assertTrue((extra / "tensor.npz").exists())
        protocol.criterion.set(0.143)
        protocol.diagnose.set(False)
        protocol.directionsPerStep.set(46)
        protocol.runMode.set(MODE_RESUME)
        self.launchProtocol(protocol)
        ended = max(step.endTime.get() for step in steps)
        for step in protocol.loadSteps():
            self.assertGreater(step.initTime.get(), ended, step)
        self.assertIn("a Fourier shell correlation of 0.143", protocol.methods()[0])
        summary = json.loads((extra / "summary.json").read_text())
        self.assertNotIn("diagnosis", summary)
        self.assertEqual(summary["parameters"]["criterion"], 0.143)
        reached = summary["found"]["map_resolution_A"]
        self.assertIn(f"the whole map reaches FSC 0.143 at {reached:.2f} Å", summary["notes"])
        before = json.loads((self.by_command() / "summary.json").read_text())
        self.assertLess(reached, before["found"]["map_resolution_A"])
        self.assertFalse((extra / "tensor.npz").exists())

    def wait_for_parts(self, protocol, count):
        for _ in range(600):
            found = self.parts(protocol)
            if len(found) >= count:
                return found
            time.sleep(0.1)
        raise AssertionError("no parts appeared in a minute")

    def parts(self, protocol):
        return list(Path(protocol.getPath("extra")).glob("parts_*/[!.]*.npz"))


def kill(process):
    """Send SIGKILL to a process and to all its descendants."""
    family = [process, *process.children(recursive=True)]
    for member in family:
        # Workers end on their own when their parent is gone.
        with suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(family, timeout=20)
