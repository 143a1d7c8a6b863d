"""The viewer of a run whose map was moved after the import, which only links to it."""

import tkinter
from pathlib import Path
from types import SimpleNamespace

import mrcfile
import numpy as np
import pytest

from monodir_plugin.errors import InputError
from monodir_plugin.figures import FIGURES
from monodir_plugin.tests.fixtures.scipion.screen import ScreenCase, descendants
from monodir_plugin.viewers.measured_map import check_map

#: Buttons that show the map itself.
NEED_MAP = {"show_density", "sceneToOpen"}


class TestMovedMap(ScreenCase):
    """The symbolic link that the import made is broken."""

    def setUp(self):
        here, there = self.folder / "map.mrc", self.folder / "elsewhere.mrc"
        here.rename(there)
        self.addCleanup(there.rename, here)
        self.here, self.there = here.resolve().parent / here.name, there
        self.link = Path(self.volume.getFileName()).absolute()
        self.assertTrue(self.link.is_symlink() and not self.link.exists())

    def test_every_button_opens_its_window_or_says_what_is_missing(self):
        stated = {}

        def act(form):
            buttons = [name for name in form.widgetDict if name.startswith("show_")]
            self.figures = len(buttons)
            for param in [*buttons, "sceneToOpen"]:
                before = set(self.windows())
                seen = self.answering(self.read_and_close) if param in NEED_MAP else []
                self.press(form, param)
                opened = set(self.windows()) - before
                self.assertEqual(len(opened), param not in NEED_MAP, param)
                if param in NEED_MAP:
                    (stated[param],) = seen
            form.setVar("volumeToOpen", len(form.getParam("volumeToOpen").choices) - 1)
            seen = self.answering(self.read_and_close)
            self.press(form, "volumeToOpen")
            (stated["volumeToOpen"],) = seen

        self.in_form(act)
        self.assertEqual(self.figures, len(FIGURES) - 2, "two kinds are not of this run")
        for param, text in stated.items():
            self.assertIn(f"no longer at {self.here}", text, param)
            self.assertIn("'Measured map is now at' of the tab 'Volumes and comparison'", text)

    def test_the_form_points_to_the_map_where_it_lies_now(self):
        def act(form):
            form.setVar("mapFile", str(self.there))
            self.press(form, "show_density")
            (bar,) = self.windows().values()
            shown = bar.canvas.figure.axes[0].images[0].get_array()
            values = mrcfile.read(self.there)
            z = round(float(np.median(np.nonzero(self.inside)[0])))
            np.testing.assert_array_equal(shown, values[z])
            self.stated = self.answering(self.read_and_close)
            self.press(form, "sceneToOpen")

        self.in_form(act)
        self.assertIn("The scene was written", self.stated[0])
        scene = (self.extra / "chimerax" / "adr.cxc").read_text()
        # The header of the sample has another voxel size than Scipion's object: it is copied.
        copy = (self.extra / "chimerax" / "density.mrc").absolute()
        self.assertIn(f'open "{copy}" format mrc', scene)
        np.testing.assert_array_equal(mrcfile.read(copy), mrcfile.read(self.there))

    def test_a_path_that_leads_nowhere_is_reported(self):
        def act(form):
            form.setVar("mapFile", "/no/such/map.mrc")
            self.stated = self.answering(self.read_and_close)
            self.press(form, "show_density")

        self.in_form(act)
        self.assertIn("there is no file /no/such/map.mrc", self.stated[0])

    def test_all_lines_of_a_dialog_are_seen(self):
        """The last character of the text is inside the part that is shown."""

        def look(dialog):
            (text,) = [w for w in descendants(dialog) if isinstance(w, tkinter.Text)]
            shown = text.yview()
            last = text.dlineinfo("end-3c linestart")
            self.read_and_close(dialog)
            return shown, last

        def act(form):
            self.seen = self.answering(look)
            self.press(form, "show_density")

        self.in_form(act)
        ((shown, last),) = self.seen
        self.assertEqual(shown, (0.0, 1.0), "nothing to scroll to")
        self.assertIsNotNone(last)


@pytest.mark.parametrize(
    "halves, words",
    [(True, ("A half map", "the path of the map")), (False, ("The measured map", "its present"))],
)
def test_what_was_moved_is_named(tmp_path, halves, words):
    """Of a run from half maps the form asks for the map, not for the half map that was moved."""
    protocol = SimpleNamespace(getResultsFolder=lambda: tmp_path, getMapFile=lambda: None)
    viewer = SimpleNamespace(mapFile=SimpleNamespace(get=lambda: ""), protocol=protocol)
    gone = [{"path": str(tmp_path / f"{name}.mrc")} for name in ("first", "second")]
    summary = {"parameters": {"noise_from_half_maps": halves}, "inputs": gone}
    with pytest.raises(InputError) as raised:
        check_map(viewer, SimpleNamespace(summary=summary))
    what, wanted = words
    assert str(raised.value).startswith(f"{what} is no longer at {tmp_path / 'first.mrc'}: ")
    assert f"Give {wanted}" in str(raised.value)
