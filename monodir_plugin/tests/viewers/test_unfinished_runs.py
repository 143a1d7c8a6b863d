"""Analyze Results on runs that are not finished: a dialog in the project's window, or the form."""

import shutil
import tkinter
from pathlib import Path

from pyworkflow.protocol import STATUS_ABORTED, STATUS_FAILED, STATUS_RUNNING, STATUS_SAVED

from monodir_plugin.tests.fixtures.scipion.project import DIRECTIONS
from monodir_plugin.tests.fixtures.scipion.screen import ScreenCase, descendants


class TestUnfinishedRuns(ScreenCase):
    """Runs with some of their parts, and a run that failed after its results were written."""

    def unfinished(self, status):
        run = self.new_run(mask=self.mask)
        self.proj.saveProtocol(run)
        self.addCleanup(self.proj.deleteProtocol, run)
        run.makePathsAndClean()
        run.setStatus(status)
        return run

    def stated_about(self, run):
        """Analyze Results, and return the text of the dialog."""
        roots = []

        def look(dialog):
            self.assertIs(dialog.parent, self.project_window.root)
            self.assertTrue(dialog.winfo_viewable())
            roots.append(tkinter._default_root)
            return self.read_and_close(dialog)

        seen = self.answering(look)
        self.viewer_of(run).visualize(run, windows=self.project_window)
        self.assertEqual(roots, [self.root], "no second root window")
        (text,) = seen
        forms = [w for w in descendants(self.project_window.root) if w.winfo_class() == "Toplevel"]
        self.assertEqual(forms, [], "no window is left")
        return text

    def half_measured(self, status):
        """A run of which the first of two steps has written its part."""
        run = self.unfinished(status)
        Path(run.getStdoutLog()).parent.mkdir(parents=True, exist_ok=True)
        Path(run.getStdoutLog()).touch()
        first, stop = run._axis_ranges()[0]
        part = run._part_file(run._step_settings(), first, stop)
        part.parent.mkdir()
        part.touch()
        return run, f"irection {stop - first} of {DIRECTIONS}"

    def test_a_running_run_says_how_far_it_is(self):
        run, progress = self.half_measured(STATUS_RUNNING)
        text = self.stated_about(run)
        self.assertIn("This run is not finished (status: running)", text)
        self.assertIn(progress, text)
        self.assertIn("maps and figures need all directions", text)

    def test_a_failed_run_says_why(self):
        run, progress = self.half_measured(STATUS_FAILED)
        run.setFailed("no space left")
        text = self.stated_about(run)
        self.assertIn("This run failed.", text)
        self.assertIn(progress, text)
        self.assertIn("no space left", text)
        self.assertIn("steps that have finished are not repeated", text)

    def test_a_stopped_and_a_saved_run(self):
        run, progress = self.half_measured(STATUS_ABORTED)
        text = self.stated_about(run)
        self.assertIn("This run was stopped.", text)
        self.assertIn(progress, text)
        text = self.stated_about(self.unfinished(STATUS_SAVED))
        self.assertIn("This run is saved and was not executed.", text)

    def test_results_that_are_there_are_shown_with_the_state_of_the_run(self):
        run = self.unfinished(STATUS_FAILED)
        shutil.rmtree(run.getPath("extra"))
        shutil.copytree(self.other.getPath("extra"), run.getPath("extra"))

        def act(form):
            self.state = form.getParam("state").label.get()
            self.press(form, "show_adr")
            self.opened = list(self.windows())

        self.in_form(act, run)
        self.assertIn("This run failed.", self.state)
        self.assertEqual(len(self.opened), 1)
