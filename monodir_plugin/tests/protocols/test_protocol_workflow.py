"""The example script (also without the library of Xmipp) and the workflow template."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mrcfile
import numpy as np

import monodir_plugin
from monodir_plugin.tests.fixtures.scipion.project import (
    DIRECTIONS,
    MAPS,
    SAMPLING,
    Manager,
    Project,
    ScipionCase,
    pw,
)

EXAMPLE_PROJECT, TEMPLATE_PROJECT = "TestMonoDirExample", "TestMonoDirTemplate"
EXAMPLE = Path(monodir_plugin.__file__).parents[1] / "examples" / "workflow.py"
#: Schedules every run of a project once.
SCHEDULE = """
import sys
import pyworkflow as pw
from pyworkflow.project import Manager, Project
project = Project(pw.Config.getDomain(), Manager().getProjectPath(sys.argv[1]))
project.load()
for run in project.getRuns():
    # After 30 s the imports are finished; Scipion increases the waiting time after every check.
    wait = 30 if run.getClassName() == "ProtMonoDir" else 0
    project.scheduleProtocol(run, initialSleepTime=wait)
"""


class TestMonoDirWorkflow(ScipionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in (EXAMPLE_PROJECT, TEMPLATE_PROJECT):
            if Manager().hasProject(name):
                Manager().deleteProject(name)
        # Scheduled here, because Scipion waits before it starts scheduled runs.
        cls.schedule_template()

    @classmethod
    def schedule_template(cls):
        plugin = pw.Config.getDomain().getPlugins()["monodir_plugin"]._pluginInstance
        (template,) = plugin.getTemplates()
        template.replaceEnvVariables()
        template.parseContent()
        for alias, value in (
            ("map", str(cls.folder / "map.mrc")),
            ("mask", str(cls.folder / "mask.mrc")),
            ("sampling", str(SAMPLING)),
        ):
            assert template.setParamValue(alias, value)
        workflow = Path(template.createTemplateFile())
        protocols = json.loads(workflow.read_text())
        # The number of directions of the other tests, in one step.
        assert protocols[2]["object.className"] == "ProtMonoDir"
        protocols[2].update(numberOfDirections=0, directionsPerStep=46, numberOfThreads=1)
        workflow.write_text(json.dumps(protocols))
        script("-m", "pyworkflow.project.scripts.create", TEMPLATE_PROJECT, str(workflow))
        # Scipion's own script schedules a run once for every import that it depends on, and two
        # processes of the same run remove each other's files.
        script("-c", SCHEDULE, TEMPLATE_PROJECT)
        workflow.unlink()

    def open(self, name):
        project = Project(pw.Config.getDomain(), Manager().getProjectPath(name))
        project.load()
        self.addCleanup(project.closeMapper)
        self.addCleanup(os.chdir, self.proj.getPath())
        return project

    def test_example_without_xmipp(self):
        if not EXAMPLE.exists():
            self.skipTest("the examples are not installed with the package")
        blocked = self.folder / "blocked"
        blocked.mkdir()
        (blocked / "xmippLib.py").write_text("raise ImportError('Xmipp is not here')\n")
        path = os.pathsep.join([str(blocked), os.environ.get("PYTHONPATH", "")])
        files = [str(self.folder / "map.mrc"), "--mask", str(self.folder / "mask.mrc")]
        words = ["--sampling", str(SAMPLING), "--directions", str(DIRECTIONS), "--steps", "1"]
        printed = script(
            str(EXAMPLE), *files, *words, "--project", EXAMPLE_PROJECT, PYTHONPATH=path
        )
        self.assertIn(
            "XmippImage library not found", printed, "the message of pwem without the library"
        )
        adr = mrcfile.read(self.by_command() / "adr.mrc")
        self.assertIn(f"ADR *{np.median(adr[adr > 0]):.2f} Å*", printed)
        for name in MAPS:
            self.assertIn(f"{name}: Volume (40 x 40 x 40, 2.00", printed)
        (protocol,) = self.open(EXAMPLE_PROJECT).getProtocolsByClass("ProtMonoDir")
        self.assert_same_as(self.by_command(), protocol)

    def test_template(self):
        project = self.open(TEMPLATE_PROJECT)
        (protocol,) = project.getProtocolsByClass("ProtMonoDir")
        # The run's own file is read: the project takes a scheduled run for dead before it starts,
        # because the process that scheduled it has ended.
        for _ in range(150):
            if not self.running(project, protocol):
                break
            time.sleep(1)
        project._updateProtocol(protocol)
        self.assertTrue(protocol.isFinished(), protocol.getErrorMessage())
        self.assert_same_as(self.by_command(), protocol)

    def running(self, project, protocol):
        """Whether a run has not started or not ended, according to its own file."""
        if not Path(protocol.getDbPath()).exists():
            return True
        run = pw.protocol.getProtocolFromDb(project.path, protocol.getDbPath(), protocol.getObjId())
        run.getProject().closeMapper()
        run.closeMappers()
        return run.isActive() or run.isSaved()


def script(*words, **more):
    """Run Python and return its output."""
    # A file, not a pipe: a pipe stays open until all processes that the script starts have ended.
    with tempfile.TemporaryFile("w+") as printed:
        environment = {**os.environ, **more}
        command = [sys.executable, *words]
        status = subprocess.call(command, env=environment, stdout=printed, stderr=printed)
        printed.seek(0)
        text = printed.read()
    assert status == 0, text
    return text
