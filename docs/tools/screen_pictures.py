"""Pictures of windows on an X screen, with xdotool, xwininfo and imagemagick."""

import subprocess
import tkinter
from pathlib import Path

from PIL import Image

__all__ = ["below", "capture", "close", "frame_of", "join", "widget_text"]


def below(widget: tkinter.Misc):
    """All widgets in a widget."""
    for child in widget.winfo_children():
        yield child
        yield from below(child)


def widget_text(widget: tkinter.Misc) -> str:
    """The text of a button."""
    return widget.cget("text") if widget.winfo_class() == "Button" else ""


def close(window: str) -> None:
    """Close a window as a user does."""
    subprocess.check_call(["xdotool", "windowactivate", "--sync", window, "key", "alt+F4"])


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
