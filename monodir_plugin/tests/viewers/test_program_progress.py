"""A program that runs for a while: the window with its last line, and a second press meanwhile."""

import sys
import time
import tkinter

from monodir_plugin.tests.fixtures.scipion.screen import ScreenCase, descendants
from monodir_plugin.viewers.windows import ProgramView

#: It prints a line, waits for a file, and ends.
WAITS = (
    "import sys, time; from pathlib import Path\n"
    "print('figures: 7 of 17', file=sys.stderr, flush=True)\n"
    "while not Path(sys.argv[1]).exists(): time.sleep(0.05)"
)


class TestProgramProgress(ScreenCase):
    def wait_until(self, condition):
        until = time.monotonic() + 20
        while not condition() and time.monotonic() < until:
            self.root.update()
            time.sleep(0.05)
        self.assertTrue(condition())

    def lines(self, title):
        """The texts of the window with this title."""
        windows = [w for w in descendants(self.root) if isinstance(w, tkinter.Toplevel)]
        labels = (w for window in windows if window.title() == title for w in descendants(window))
        return [label.cget("text") for label in labels]

    def program(self):
        self.end = self.folder / f"{self.id()}.end"
        self.addCleanup(self.end.touch)
        return [sys.executable, "-c", WAITS, str(self.end)]

    def test_the_last_line_is_shown_while_the_program_runs(self):
        done = []
        root = self.project_window.root
        view = ProgramView(self.program(), done.append, root, lambda: done.append(0), "Report - a")
        self.assertFalse(view.isRunning())
        view.show()
        self.wait_until(lambda: self.lines("Report - a") == ["figures: 7 of 17"])
        self.assertTrue(view.isRunning())
        self.end.touch()
        self.wait_until(lambda: done == [0])
        self.assertFalse(view.isRunning())
        self.assertEqual(self.lines("Report - a"), [])

    def test_the_window_may_be_closed_before_the_program_ends(self):
        done = []
        root = self.project_window.root
        ProgramView(self.program(), done.append, root, lambda: done.append(0), "Report - b").show()
        self.wait_until(lambda: self.lines("Report - b") == ["figures: 7 of 17"])
        for window in self.root.winfo_children():
            if isinstance(window, tkinter.Toplevel) and window.title() == "Report - b":
                window.destroy()
        self.end.touch()
        self.wait_until(lambda: done == [0])

    def test_the_report_is_written_by_one_process_at_a_time(self):
        viewer = self.viewer_of(self.run_)
        viewer.setProtocol(self.run_)
        viewer.windows = self.project_window
        show = viewer._getVisualizeDict()["showReport"]
        (first,) = show("showReport")
        first._command = self.program()
        first._on_success = lambda: None
        first.show()
        (second,) = show("showReport")
        self.assertEqual(second.getMessage(), "The report is still being written.")
        self.end.touch()
        self.wait_until(lambda: not first.isRunning())
        (third,) = show("showReport")
        self.assertIsInstance(third, ProgramView)
        self.assertIn("report", third.getCommand())
