"""Every range of axes is one job of a queue; a failed job fails the protocol and quotes its log."""

from pathlib import Path

import mrcfile
import numpy as np

from monodir_plugin.tests.fixtures.scipion.project import MODE_RESUME
from monodir_plugin.tests.fixtures.scipion.queue import QueueCase
from monodir_plugin.workflows.filter import filter_map


class TestProtMonoDirQueue(QueueCase):
    def in_queue(self, **parameters):
        protocol = self.new_run(numberOfThreads=4, binThreads=1, **parameters)
        protocol._useQueue.set(True)
        protocol.setQueueParams(("default", {"JOB_TIME": "1", "QUEUE_FOR_JOBS": "Y"}))
        return protocol

    def let_jobs_fail(self, text):
        """Let the jobs fail whose script contains this text."""
        (self.queue / "failing").write_text(text)

    def jobs(self, protocol):
        scripts = Path(protocol.getPath("logs")).glob("*.job")
        return [script.read_text() for script in scripts]

    def test_jobs_that_fail_and_a_resumed_run(self):
        protocol = self.in_queue(writeFiltered=True)
        self.let_jobs_fail("--axes 23:46")
        self.proj.launchProtocol(protocol, wait=True)
        self.assertTrue(protocol.isFailed())
        message = protocol.getErrorMessage()
        self.assertIn("monodir part failed", message)
        self.assertIn(
            "--axes 99:100: give a range within the axes 0:46", message, "the log of the job"
        )
        self.assertIn("axes_023_046.log", message)
        summary = "\n".join(protocol.summary())
        self.assertNotIn("\x1b", summary, "codes that colour a text in a terminal")
        self.assertIn(message.replace("\x1b[31m", "").replace("\x1b[0m", ""), summary)
        self.assertFalse(hasattr(protocol, "adr"))
        commands = self.jobs(protocol)
        self.assertEqual(
            len(commands), 4, "mask, two ranges of axes, and the part without directions"
        )
        for later in (" combine ", " filter "):
            self.assertNotIn(later, "".join(commands))
        for command in commands:
            self.assertIn("--cpus-per-task=1\n", command)

        self.let_jobs_fail("")
        protocol.runMode.set(MODE_RESUME)
        self.proj.launchProtocol(protocol, wait=True)
        self.assertTrue(protocol.isFinished(), protocol.getErrorMessage())
        self.assert_same_as(self.by_command(mask=False), self.reloaded(protocol))
        done = sum("--axes 0:23" in command for command in self.jobs(protocol))
        self.assertEqual(done, 1, "an existing part is not submitted again")
        (filtering,) = [command for command in self.jobs(protocol) if " filter " in command]
        self.assertIn("--cpus-per-task=1\n", filtering)
        expected = self.folder / "filtered.mrc"
        filter_map(self.by_command(mask=False), expected, threads=1, quiet=True)
        np.testing.assert_array_equal(
            mrcfile.read(protocol.filteredVolume.getFileName()), mrcfile.read(expected)
        )

    def test_a_job_that_is_lost(self):
        protocol = self.in_queue()
        self.let_jobs_fail("monodir_plugin.cli mask")
        (self.queue / "lose").touch()
        self.addCleanup((self.queue / "lose").unlink)
        self.proj.launchProtocol(protocol, wait=True)
        self.assertTrue(protocol.isFailed())
        self.assertIn("monodir mask failed", protocol.getErrorMessage())
        self.assertIn("see the log of the queue", protocol.getErrorMessage())
        self.assertEqual(len(self.jobs(protocol)), 1)
