"""Pictures of windows on an X screen, with xdotool, xwininfo and imagemagick."""

import subprocess
import tkinter
from pathlib import Path

from PIL import Image

__all__ = ["below", "capture", "close", "frame_of", "join", "turn_wheel", "widen", "widget_text"]


def below(widget: tkinter.Misc):
    """All widgets in a widget."""
    for child in widget.winfo_children():
        yield child
        yield from below(child)


def widget_text(widget: tkinter.Misc) -> str:
    """The text of a button."""
    return widget.cget("text") if widget.winfo_class() == "Button" else ""


def widen(widget: tkinter.Misc, width: int) -> None:
    """Make the left pane, which has a widget, as wide as a number of pixels."""
    panes = widget
    while not isinstance(panes, tkinter.PanedWindow):
        panes = panes.master
    panes.sash_place(0, width, 0)


def close(window: str) -> None:
    """Close a window as a user does."""
    subprocess.check_call(["xdotool", "windowactivate", "--sync", window, "key", "alt+F4"])


def turn_wheel(window: str, clicks: int) -> None:
    """Turn the wheel of the mouse over the middle of a window, downwards."""
    size = subprocess.check_output(["xdotool", "getwindowgeometry", "--shell", window], text=True)
    sides = dict(line.split("=") for line in size.split())
    middle = [str(int(sides[side]) // 2) for side in ("WIDTH", "HEIGHT")]
    subprocess.check_call(["xdotool", "mousemove", "--window", window, *middle])
    subprocess.check_call(["xdotool", "click", "--repeat", str(clicks), "--delay", "200", "5"])


def frame_of(window: str) -> str:
    """The window manager's frame about a window."""
    tree = subprocess.check_output(["xwininfo", "-id", window, "-tree"], text=True)
    parent = next(line for line in tree.splitlines() if "Parent window" in line)
    return parent.split()[3]


def join(pictures, sheet: Path) -> None:
    """Several windows on one picture, two in a row."""
    layout = ("-tile", "2x", "-geometry", "+8+8", "-gravity", "north", "-depth", "8")
    subprocess.check_call(["montage", *map(str, pictures), *layout, f"png24:{sheet}"])
    slim(sheet)


def slim(picture: Path) -> None:
    """Keep 256 colours, which gradients survive."""
    with Image.open(picture) as shown:
        reduced = shown.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE)
    reduced.save(picture, optimize=True)


def capture(window: str, picture: Path) -> None:
    """Save a window, or the whole screen, as PNG."""
    subprocess.check_call(["import", "-window", window, "-depth", "8", f"png24:{picture}"])
    slim(picture)
