"""Every range of axes is one job of a queue; a failed job fails the protocol and quotes its log.

Two shell scripts replace ``sbatch`` and ``squeue``: they run the job in the background and report
whether it is still running.
"""

import os
import shutil
import tempfile
from pathlib import Path

import mrcfile
import numpy as np

from monodir_plugin.tests.fixtures.scipion_case import MODE_RESUME, ScipionCase, pw
from monodir_plugin.workflows.filter import filter_map

SBATCH = """\
#!/bin/sh
# A job whose script contains the text of the file "failing" is changed or lost.
here=$(dirname "$0")
job=$1
if [ -s "$here/failing" ] && grep -q -e "$(cat "$here/failing")" "$job"; then
    if [ -e "$here/lose" ]; then echo "Submitted batch job 999999999"; exit 0; fi
    sed -i 's/--axes 23:46/--axes 99:100/' "$job"
fi
sh "$job" </dev/null >"$job.out" 2>&1 &
# Scipion checks a job after 3, 6, 9 ... seconds: wait for short jobs.
for tenth in $(seq 50); do kill -0 $! 2>/dev/null && sleep 0.1; done
echo "Submitted batch job $!"
"""
SQUEUE = """\
#!/bin/sh
if kill -0 "$1" 2>/dev/null; then echo "$1 R"; fi
"""
HOSTS = """\
[localhost]
PARALLEL_COMMAND = mpirun -np %_(JOB_NODES)d %_(COMMAND)s
NAME = SLURM
MANDATORY = False
SUBMIT_COMMAND = {here}/sbatch %_(JOB_SCRIPT)s
CANCEL_COMMAND = kill %_(JOB_ID)s
CHECK_COMMAND = {here}/squeue %_(JOB_ID)s
SUBMIT_TEMPLATE = #!/bin/sh
    ##SBATCH --cpus-per-task=%_(JOB_THREADS)s
    %_(JOB_COMMAND)s
QUEUES = {{ "default": [["JOB_TIME", "1", "Time", "h"], ["QUEUE_FOR_JOBS", "N", "Jobs", ""]] }}
"""


class TestProtMonoDirQueue(ScipionCase):
    @classmethod
    def setUpClass(cls):
        cls.before = (pw.Config.SCIPION_HOSTS, os.environ.get("SCIPION_HOSTS"))
        cls.queue = Path(tempfile.mkdtemp())
        for name, text in (("sbatch", SBATCH), ("squeue", SQUEUE)):
            (cls.queue / name).write_text(text)
            (cls.queue / name).chmod(0o755)
        hosts = cls.queue / "hosts.conf"
        hosts.write_text(HOSTS.format(here=cls.queue))
        pw.Config.SCIPION_HOSTS = os.environ["SCIPION_HOSTS"] = str(hosts)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.queue)
        pw.Config.SCIPION_HOSTS, environment = cls.before
        if environment is None:
            del os.environ["SCIPION_HOSTS"]
        else:
            os.environ["SCIPION_HOSTS"] = environment

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
        self.assertIn(message, "\n".join(protocol.summary()))
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
