"""Take the pictures of docs/howto/scipion.rst: Scipion's own windows, on a screen in memory.

Simulates an experiment, measures its map twice in a project, with its half maps and without
them, checks the map, opens the project window, the form, every window of the viewers and the
metadata viewer, and writes PNGs of them.  Needs Scipion (``scipion-app``), Xvfb, openbox, xdotool,
xwininfo, imagemagick, the font Liberation Sans, and the libraries of Qt's plugin xcb
(libxcb-icccm4, libxcb-keysyms1, libxcb-xinerama0 in Debian); nothing else needs to be installed or
set.

Usage: python docs/tools/take_screenshots.py [folder]
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import tkinter
import tkinter.ttk
import traceback
from pathlib import Path

from matplotlib.backend_bases import MouseEvent
from screen_pictures import below, capture, close, frame_of, join, turn_wheel, widen, widget_text

ROOT = Path(__file__).resolve().parents[2]
# The pictures are those of this checkout, whatever is installed; steps of runs are processes.
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

from monodir_plugin.simulation.imaging import Imaging  # noqa: E402
from monodir_plugin.simulation.particle import Particle  # noqa: E402
from monodir_plugin.simulation.views import Views  # noqa: E402
from monodir_plugin.workflows.simulate import simulate_into  # noqa: E402

SIZE = "1680x1000"
NAME = "MonoDir"
PARTICLE = Particle(size=72)
#: Most views are along z, and so noisy that a few voxels are not resolved along all axes.
IMAGING = Imaging(images=600, views=Views(concentration=3.0), noise=1.9, seed=1)


def main() -> None:
    """Write the pictures into the folder named on the command line; default: that of the docs."""
    pictures = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        screen = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", f"{SIZE}x24"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert screen.stdout is not None
        set_up(Path(folder), f":{screen.stdout.readline().strip()}")
        servers = [screen, subprocess.Popen(["openbox"])]
        try:
            check_qt()
            maps = Path(folder, "maps")
            simulate_into(maps, PARTICLE, IMAGING, threads=2, quiet=True)
            take(maps, pictures)
        finally:
            for server in reversed(servers):
                server.terminate()


def check_qt() -> None:
    """Exit with a message if Scipion's viewers of volumes and tables cannot open."""
    code = "from PyQt5.QtWidgets import QApplication; QApplication([])"
    tried = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    if tried.returncode:
        sys.exit(f"Qt cannot open a window; install what its plugin xcb needs.\n{tried.stderr}")


def set_up(folder: Path, screen: str) -> None:
    """Set the environment variables that Scipion needs."""
    hosts = folder / "hosts.conf"
    hosts.write_text("[localhost]\nPARALLEL_COMMAND = mpirun -np %_(JOB_NODES)d %_(COMMAND)s\n")
    os.environ.update(
        DISPLAY=screen,
        SCIPION_HOME=str(folder),
        SCIPION_USER_DATA=str(folder / "data"),
        SCIPION_HOSTS=str(hosts),
        SCIPION_DOMAIN="pwem",
        SCIPION_PRIORITY_PACKAGE_LIST="pwem tomo pwchem",
        SCIPION_NOTIFY="False",
        SCIPION_PYTHON=sys.executable,
        # Lines of the font that often stands for Helvetica are too low for the ring of Å.
        SCIPION_FONT_NAME="Liberation Sans",
    )


def take(maps: Path, pictures: Path) -> None:
    """Build the project with the example script and walk through its windows."""
    import pyworkflow.gui.project
    from pyworkflow.project import Manager

    example = load_example()
    project = Manager().createProject(NAME)
    os.chdir(project.getPath())
    options = argparse.Namespace(
        map=str(maps / "map.mrc"),
        mask=str(maps / "mask.mrc"),
        half1=str(maps / "half1.mrc"),
        half2=str(maps / "half2.mrc"),
        sampling=PARTICLE.sampling,
        directions=81,
        filter=True,
        steps=1,
        threads=2,
    )
    run = example.measure(project, options)
    check = check_of(project, run, example)
    directions = str(Path(run.directions.getFileName()).absolute())
    project.closeMapper()
    window = pyworkflow.gui.project.ProjectWindow(project.getPath())
    window.root.master.report_callback_exception = stop
    walk = Walk(window, run.getObjId(), check.getObjId(), pictures)
    window.root.after(4000, walk.project)
    window.show()
    window.root.master.destroy()
    metadata_viewer(directions, pictures / "scipion_directions.png")


def check_of(project, run, example):
    """A check of the measured map itself, whose noise the data do not support."""
    from monodir_plugin.protocols import ProtMonoDirCheck

    check = project.newProtocol(ProtMonoDirCheck, numberOfThreads=2)
    check.setObjLabel("check of the map")
    check.inputRun.set(run)
    check.inputVolume.set(run.inputVolume.get())
    example.launch(project, check)
    return check


def stop(*error) -> None:
    """End at the first error, rather than wait in the loop of a window."""
    traceback.print_exception(*error)
    os._exit(1)


class Walk:
    """The pictures, one after the other; each step starts the next."""

    def __init__(self, window, run_id: int, check_id: int, pictures: Path) -> None:
        self.window, self.pictures = window, pictures
        self.run_id, self.check_id = run_id, check_id
        self.view = window.getViewWidget()

    def project(self) -> None:
        """The project window with the tree unfolded and the run selected."""
        tree = self.view.protTree
        item = next(i for i in self.view.protTreeItems if i.endswith("ProtMonoDir"))
        above = tree.parent(item)
        while above:
            tree.item(above, open=True)
            above = tree.parent(above)
        widen(tree, 490)
        tree.see(item)
        tree.selection_set(item)
        self.select(self.run_id)
        self.later(2, self.form, picture="scipion_project.png")

    def form(self) -> None:
        """The form of a second run, with the advanced parameters."""
        project = self.view.project
        self.second = project.copyProtocol(project.getProtocol(self.run_id))
        self.second.expertLevel.set(1)
        # Scipion fits the window to the parameters that are not advanced, and a user enlarges it.
        self.window.root.after(3000, lambda: self.form_window().geometry("760x880"))
        self.later(5, self.running, picture="scipion_form.png", top=True)
        self.view._openProtocolForm(self.second)

    def running(self) -> None:
        """The summary of the second run while it is computed."""
        self.form_window().destroy()
        self.second.useHalfMaps.set(False)
        self.second.setObjLabel("without half maps")
        self.view.project.launchProtocol(self.second)
        self.window.root.after(1000, self.wait_for_directions)

    def wait_for_directions(self, tries: int = 0) -> None:
        """Come back until half of the directions are computed."""
        self.view.refreshRuns()
        self.select(self.second.getObjId())
        first_line = self.view.getSelectedProtocol().summary()[0]
        words = first_line.split()
        if tries > 120 or (words[0] == "Direction" and int(words[1]) > 30):
            # As with the button Organize: the box of a new run may lie upon another one.
            self.view.drawRunsGraph(reorganize=True)
            self.later(1, self.wait_for_end, picture="scipion_running.png")
        else:
            self.window.root.after(500, lambda: self.wait_for_directions(tries + 1))

    def wait_for_end(self) -> None:
        """Come back until the second run has finished."""
        self.view.project._updateProtocol(self.second)
        if self.second.isActive():
            self.window.root.after(1000, self.wait_for_end)
        else:
            self.viewer()

    def viewer(self) -> None:
        """The viewer of the first run, with both runs selected."""
        self.view.refreshRuns()
        selection = self.view.project.getSettings().runSelection
        selection.clear()
        selection.extend([self.run_id, self.second.getObjId()])
        self.look(self.run_id, lambda look: look.form(self.check_viewer))

    def check_viewer(self) -> None:
        """The viewer of the check."""
        self.look(self.check_id, lambda look: look.check(self.end))

    def look(self, run_id: int, act) -> None:
        """Open the viewer of a run as Analyze Results does, and look at its windows."""
        project, run = self.view.project, self.view.project.getProtocol(run_id)
        (viewer_class,) = project.getDomain().findViewers(run, "tkinter")
        viewer = viewer_class(project=project, protocol=run, parent=self.window)
        self.window.root.after(3000, lambda: act(Look(self.window, viewer, self.pictures)))
        viewer.visualize(run, windows=self.window)

    def end(self) -> None:
        """Leave the loops of the forms, one after the other, and that of the project."""
        self.window.root.after(300, self.end)
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


class Look:
    """The windows of a viewer, opened with its buttons."""

    def __init__(self, window, viewer, pictures: Path) -> None:
        self.window, self.viewer, self.pictures = window, viewer, pictures

    def form(self, following) -> None:
        """All tabs of the form, the figures, the comparison, the wizard, a volume."""
        form = self.viewer.formWindow
        tabs = next(w for w in below(form.root) if isinstance(w, tkinter.ttk.Notebook))
        self.settle()
        for number, name in enumerate(("axes", "slices", "volumes")):
            tabs.select(number)
            self.settle()
            capture(form.root.wm_frame(), self.pictures / f"scipion_viewer_{name}.png")
        eyes = [name for name in form.widgetDict if name.startswith("show_")]
        slices = [name for name in eyes if self.has_slices(name)]
        self.sheet([name for name in eyes if name not in slices], "scipion_figures.png")
        self.sheet([name for name in slices if name != "show_overview"], "scipion_slices.png")
        self.shoot_figure("showFiltered", self.pictures / "scipion_filtered.png")
        self.shoot_figure("showCompare", self.pictures / "scipion_comparison.png")
        self.click()
        # The map itself, at the slices of its middle.
        form.setVar("volumeToOpen", len(form.getParam("volumeToOpen").choices) - 1)
        self.press("volumeToOpen")
        self.settle(8)
        found = subprocess.check_output(["xdotool", "search", "--name", "em-file"], text=True)
        turn_wheel(found.split()[0], 6)
        self.settle()
        capture(frame_of(found.split()[0]), self.pictures / "scipion_volume.png")
        close(found.split()[0])
        self.window.root.after(2000, self.wizard)
        self.press("Resolution", "Wizard")
        form.root.withdraw()
        following()

    def check(self, following) -> None:
        """The form of a check, and its slices."""
        self.settle()
        with tempfile.TemporaryDirectory() as folder:
            form, slices, figure = (Path(folder, f"{name}.png") for name in "123")
            capture(self.viewer.formWindow.root.wm_frame(), form)
            self.shoot_figure("showSlices", slices)
            self.shoot_figure("showFigure", figure)
            join([form, slices, figure], self.pictures / "scipion_check.png")
        following()

    def has_slices(self, param: str) -> bool:
        """Whether the figure of a line takes numbers of slices, or is the overview."""
        from monodir_plugin.figures import FIGURES
        from monodir_plugin.viewers.form import figures_of

        name = figures_of(self.viewer._loaded)[param]
        return "slices" in FIGURES[name].options

    def sheet(self, params, name: str) -> None:
        """The windows of some lines on one picture."""
        with tempfile.TemporaryDirectory() as folder:
            taken = [Path(folder, f"{param}.png") for param in params]
            for param, picture in zip(params, taken):
                self.shoot_figure(param, picture)
            join(taken, self.pictures / name)

    def click(self) -> None:
        """A slider that was moved, and the voxel that was clicked on."""
        (view,) = self.viewer._getVisualizeDict()["show_adr"]("show_adr")
        view.show()
        self.settle()
        slider = view.sliders["z"]
        slider.set_val(slider.val + 6)
        self.settle()
        plot = view.getFigure().axes[0]
        x, y = plot.transData.transform((0.0, 0.0))
        event = MouseEvent("button_press_event", view.canvas, x, y, 1)
        view.canvas.callbacks.process("button_press_event", event)
        self.settle()
        with tempfile.TemporaryDirectory() as folder:
            windows = [view.window, view.voxel_window]
            taken = [Path(folder, f"{number}.png") for number in range(2)]
            for window, picture in zip(windows, taken):
                window.lift()
                self.settle()
                capture(window.wm_frame(), picture)
            join(taken, self.pictures / "scipion_click.png")
        for window in windows:
            window.destroy()

    def wizard(self) -> None:
        """The wizard of colours, which waits for an answer."""
        dialogs = [w for w in below(self.window.root) if w.winfo_class() == "Toplevel"]
        (dialog,) = (w for w in dialogs if w.title() == "Color scale wizard")
        dialog.lift()
        self.settle()
        capture(dialog.wm_frame(), self.pictures / "scipion_wizard.png")
        cancel = next(w for w in below(dialog) if widget_text(w) == "Cancel")
        cancel.invoke()

    def shoot_figure(self, param: str, picture: Path) -> None:
        """Press an eye, take the window that opens, and close it."""
        everything = self.window.root.winfo_toplevel().master or self.window.root
        before = set(everything.winfo_children())
        self.press(param)
        (opened,) = set(everything.winfo_children()) - before
        self.settle()
        capture(opened.wm_frame(), picture)
        opened.destroy()

    def press(self, param: str, text: str = "Visualize") -> None:
        """Press the button of a line of the form."""
        buttons = self.viewer.formWindow.widgetDict[param].btnFrame.winfo_children()
        next(button for button in buttons if button.cget("text") == text).invoke()

    def settle(self, seconds: float = 1.5) -> None:
        """Let windows be drawn."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.window.root.update()
            time.sleep(0.05)


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


def load_example():
    """The example script as a module."""
    path = ROOT / "examples" / "workflow.py"
    spec = importlib.util.spec_from_file_location("workflow", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
