"""Command files: syntax, paths, scenes that were checked, and the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monodir_plugin.chimerax import colourings, write_session
from monodir_plugin.errors import InputError

from ..fixtures.maps import call, write
from ..fixtures.result_folders import SAMPLING, made_folder
from ..fixtures.scenes import commands, opened

GOLDEN = Path(__file__).parent / "golden"


SYNTAX = (
    r"close session",
    r"set bgColor white",
    r"""open (["'])/.*\1 format (mrc|bild) name "[\w, ]+\"""",
    r"volume #2 hide",
    r"volume #1 show style surface step 1 level -?[\d.]+(e-?\d+)?",
    r"volume #1 color #[0-9a-f]{6} transparency 0\.\d+",
    r"color sample #1 map #2 palette -?[\d.]+,#[0-9a-f]{6}(:-?[\d.]+,#[0-9a-f]{6})+",
    r'key ("#[0-9a-f]{6}:[^":]*" ){2,}pos 0\.\d+,0\.\d+ size 0\.\d+,0\.\d+ '
    r"fontSize \d+ labelColor black",
    r'2dlabels text "[^"]+" size \d+ color black xpos 0\.\d+ ypos 0\.\d+',
    r"lighting soft",
    r"view",
)


NUMBERS = r"( -?\d+\.\d+)"


OBJECTS = (
    r"\.comment .*",
    r"\.note .+",
    r"\.color( [01]\.\d+){3}",
    rf"\.cylinder{NUMBERS}{{6}} \d+\.\d+",
    rf"\.arrow{NUMBERS}{{6}} \d+\.\d+",
    rf"\.translate{NUMBERS}{{3}}",
    rf"\.rotate \d+\.\d+{NUMBERS}{{3}}",
    r"\.scale( \d+\.\d+){3}",
    r"\.sphere 0 0 0 1",
    r"\.pop",
)


def test_all_scenes_follow_the_documented_syntax(made, results):
    for name in colourings(results):
        script = write_session(made.folder, colour_by=name)
        for command in commands(script):
            assert any(re.fullmatch(form, command) for form in SYNTAX), command
        files = opened(script)
        assert len(files) == 3
        for path in files:
            assert path.is_absolute()
            assert path.exists()
            if path.suffix == ".bild":
                for line in path.read_text(encoding="utf-8").splitlines():
                    assert any(re.fullmatch(form, line) for form in OBJECTS), line


@pytest.mark.parametrize("name", ["two words", "it's", 'so-called "map" x', "a;b", "p#q"])
def test_paths_are_one_word(tmp_path, name):
    folder = tmp_path / name
    made = made_folder(folder)
    for path in opened(write_session(made.folder)):
        assert path.exists()


@pytest.mark.parametrize("name", ["two\nlines", "both\" and ' end"])
def test_paths_that_chimerax_cannot_read_are_refused(made, tmp_path, name):
    with pytest.raises(InputError, match="ChimeraX cannot open it; rename"):
        write_session(made.folder, output_folder=tmp_path / name)


@pytest.mark.parametrize("name", ["adr", "bars"])
def test_scenes_are_those_that_were_looked_at(made, name):
    script = write_session(made.folder, colour_by=name)
    texts = {script.name: script, **{p.name: p for p in opened(script) if p.suffix == ".bild"}}
    for file, path in texts.items():
        text = path.read_text(encoding="utf-8").replace(str(made.folder.parent), "/FOLDER")
        assert text == (GOLDEN / file).read_text(encoding="utf-8")


def test_command_line(made, capsys, tmp_path):
    scene = tmp_path / "scene"
    done = call(capsys, "chimerax", made.folder, "--color-by", "anisotropy", "-o", scene)
    assert done.status == 0
    assert done.out == f"{scene / 'anisotropy.cxc'}\n"
    assert opened(scene / "anisotropy.cxc")[1] == scene / "anisotropy_beyond_mask.mrc"


def test_command_line_refuses_what_is_not_there(made, capsys, tmp_path):
    scene = tmp_path / "scene"
    done = call(capsys, "chimerax", made.folder, "--color-by", "colour", "-o", scene)
    assert done.status == 2
    assert "choose one of highest, lowest, adr," in done.err
    assert not scene.exists()
    done = call(capsys, "chimerax", tmp_path, "-o", scene)
    assert done.status == 2
    assert "summary.json" in done.err
    done = call(capsys, "chimerax", made.folder, "--map", tmp_path / "none.mrc", "-o", scene)
    assert done.status == 2
    assert "none.mrc" in done.err
    done = call(capsys, "chimerax", made.folder, "-o", made.map_path)
    assert done.status == 2
    assert "it is a file; give a folder" in done.err
    assert not scene.exists()


def test_limits_colours_and_another_map_from_the_command_line(made, tmp_path, capsys):
    """The scene that was checked: another map, coloured from 8 to 16 Å with cividis_r."""
    other = write(tmp_path / "sharpened.mrc", made.density - 100.0, SAMPLING)
    words = ("--map", other, "--limits", "8,16", "--cmap", "cividis_r", "-o", tmp_path / "scene")
    done = call(capsys, "chimerax", made.folder, *words)
    assert (done.status, done.out) == (0, f"{tmp_path / 'scene' / 'adr.cxc'}\n")
    text = (tmp_path / "scene" / "adr.cxc").read_text(encoding="utf-8")
    text = text.replace(str(tmp_path), "/FOLDER")
    assert text == (GOLDEN / "adr_chosen.cxc").read_text(encoding="utf-8")


def test_command_line_refuses_limits_that_are_not_in_order(made, capsys, tmp_path):
    done = call(capsys, "chimerax", made.folder, "--limits", "9,8", "-o", tmp_path / "scene")
    assert done.status == 2
    assert "the smaller number comes first" in done.err
    assert not (tmp_path / "scene").exists()
