"""Take the pictures of docs/scipion.rst: Scipion's own windows, on a screen in memory.

Simulates a particle, measures it in a project, opens the project window, the
form and the metadata viewer, and writes a PNG of each. Needs Xvfb, openbox, xdotool
and imagemagick.

Usage: python docs/take_screenshots.py docs
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import tkinter
from pathlib import Path

from monodir_plugin.commands import run_demo

HERE = Path(__file__).resolve().parent
SCREEN, SIZE = ":97", "1500x900"
NAME = "MonoDir"


def main() -> None:
    """Write the pictures into the folder named on the command line."""
    pictures = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        run_demo(Path(folder, "demo"), threads=2, quiet=True)
        set_up(Path(folder))
        servers = [
            subprocess.Popen(["Xvfb", SCREEN, "-screen", "0", f"{SIZE}x24"]),
        ]
        time.sleep(2)
        servers.append(subprocess.Popen(["openbox"]))
        try:
            take(Path(folder, "demo"), pictures)
        finally:
            for server in reversed(servers):
                server.terminate()


def set_up(folder: Path) -> None:
    """What Scipion wants to find in the environment."""
    hosts = folder / "hosts.conf"
    hosts.write_text("[localhost]\nPARALLEL_COMMAND = mpirun -np %_(JOB_NODES)d %_(COMMAND)s\n")
    os.environ.update(
        DISPLAY=SCREEN,
        SCIPION_HOME=str(folder),
        SCIPION_USER_DATA=str(folder / "data"),
        SCIPION_HOSTS=str(hosts),
        SCIPION_DOMAIN="pwem",
        SCIPION_PRIORITY_PACKAGE_LIST="pwem tomo pwchem",
        SCIPION_NOTIFY="False",
        SCIPION_PYTHON=sys.executable,
    )


def take(demo: Path, pictures: Path) -> None:
    """Build the project with the example script and walk through its windows."""
    import pyworkflow.gui.project
    from pyworkflow.project import Manager

    example = load_example()
    project = Manager().createProject(NAME)
    os.chdir(project.getPath())
    options = argparse.Namespace(
        map=str(demo / "simulated_map.mrc"),
        mask=str(demo / "simulated_mask.mrc"),
        half1=None,
        half2=None,
        sampling=1.5,
        directions=81,
        steps=1,
        threads=2,
    )
    run = example.measure(project, options)
    directions = str(Path(run.directions.getFileName()).absolute())
    project.closeMapper()
    window = pyworkflow.gui.project.ProjectWindow(project.getPath())
    walk = Walk(window, run.getObjId(), pictures)
    window.root.after(4000, walk.project)
    window.show()
    metadata_viewer(directions, pictures / "scipion_directions.png")


class Walk:
    """What is shown, one after the other; each step calls for the next."""

    def __init__(self, window, run_id: int, pictures: Path) -> None:
        self.window, self.run_id, self.pictures = window, run_id, pictures
        self.view = window.getViewWidget()

    def project(self) -> None:
        """The project window with the tree unfolded and the run selected."""
        tree = self.view.protTree
        item = next(i for i in self.view.protTreeItems if i.endswith("ProtMonoDir"))
        above = tree.parent(item)
        while above:
            tree.item(above, open=True)
            above = tree.parent(above)
        widen(tree)
        tree.see(item)
        tree.selection_set(item)
        self.select(self.run_id)
        self.later(2, self.form, picture="scipion_project.png")

    def form(self) -> None:
        """The form of a second run, with the advanced parameters."""
        project = self.view.project
        self.second = project.copyProtocol(project.getProtocol(self.run_id))
        self.second.expertLevel.set(1)
        self.later(5, self.running, picture="scipion_form.png", top=True)
        self.view._openProtocolForm(self.second)

    def running(self) -> None:
        """The summary of the second run while it is computed."""
        self.form_window().destroy()
        self.second.significance.set(0.9)
        self.view.project.launchProtocol(self.second)
        self.window.root.after(1000, self.wait_for_directions)

    def wait_for_directions(self, tries: int = 0) -> None:
        """Come back until half of the directions are computed."""
        self.view.refreshRuns()
        self.select(self.second.getObjId())
        told = self.view.getSelectedProtocol().summary()[0]
        words = told.split()
        if tries > 120 or (words[0] == "Direction" and int(words[1]) > 30):
            self.later(1, self.end, picture="scipion_running.png")
        else:
            self.window.root.after(500, lambda: self.wait_for_directions(tries + 1))

    def end(self) -> None:
        """Stop the second run, and leave the loop of the form and that of the project."""
        self.view.project.stopProtocol(self.second)
        self.window.root.after(200, self.window.root.quit)
        self.window.root.quit()

    def select(self, protocol_id: int) -> None:
        """Click on the box of a run."""
        node = self.view.runsGraph.getNode(str(protocol_id))
        if node is not None and hasattr(node, "item"):
            self.view._runItemClick(node.item)

    def form_window(self) -> tkinter.Toplevel:
        """The window of the form."""
        children = self.window.root.winfo_children()
        return next(child for child in children if isinstance(child, tkinter.Toplevel))

    def later(self, seconds: int, following, picture: str, top: bool = False) -> None:
        """Take a picture after a while, and go on."""

        def shoot() -> None:
            window = self.form_window().wm_frame() if top else "root"
            capture(window, self.pictures / picture)
            following()

        self.window.root.after(1000 * seconds, shoot)


def widen(tree: tkinter.Widget) -> None:
    """Give the tree of protocols more room."""
    panes = tree
    while not isinstance(panes, tkinter.PanedWindow):
        panes = panes.master
    panes.sash_place(0, 420, 0)


def metadata_viewer(file: str, picture: Path) -> None:
    """The table of directions in Scipion's metadata viewer, with the command that Scipion uses."""
    import pwem.viewers.mdviewer as viewer

    readers = str(Path(viewer.__file__).with_name("readers.py"))
    command = [sys.executable, "-m", "metadataviewer", "--extensionpath", readers, file]
    shown = subprocess.Popen(command)
    time.sleep(8)
    found = subprocess.check_output(["xdotool", "search", "--name", "^Metadata: "], text=True)
    capture(found.split()[0], picture)
    shown.terminate()


def capture(window: str, picture: Path) -> None:
    """Save a window, or the whole screen, as PNG."""
    subprocess.check_call(["import", "-window", window, "+dither", "-colors", "96", str(picture)])


def load_example():
    """The example script as a module."""
    path = HERE.parent / "examples" / "workflow.py"
    spec = importlib.util.spec_from_file_location("workflow", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
