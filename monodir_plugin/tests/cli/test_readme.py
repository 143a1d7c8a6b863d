"""The Python example of the README runs, and the page on the architecture lists every folder."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from monodir_plugin.files.maps import MapFile, write_map
from monodir_plugin.numerics import analyse
from monodir_plugin.simulation import blob_particle, noisy_map

PACKAGE = Path(__file__).resolve().parents[2]
README = PACKAGE.parent / "README.rst"


@pytest.mark.skipif(not README.is_file(), reason="needs the README of the repository")
def test_the_library_in_five_lines(tmp_path, monkeypatch, capsys):
    block = re.search(r"\.\. code-block:: python\n\n((?:   .*\n)+)", README.read_text("utf-8"))
    lines = [line[3:] for line in block.group(1).splitlines()]
    assert len(lines) == 5
    particle, mask = blob_particle(32, seed=1)
    volume = noisy_map(particle, noise=0.5, seed=1)
    monkeypatch.chdir(tmp_path)
    for name, values in (("map.mrc", volume), ("mask.mrc", mask)):
        write_map(Path(name), values, MapFile(Path(name), volume, 1.5, (0, 0, 0), (0, 0, 0), ""))
    exec("\n".join(lines), {})
    mean, shape = capsys.readouterr().out.split(" ", 1)
    expected = analyse(volume, mask, 1.5, threads=2)
    assert float(mean) == pytest.approx(float(np.mean(expected.reduced.adr)), rel=1e-3)
    assert shape.strip() == f"({mask.sum()}, 81)"


@pytest.mark.skipif(not README.is_file(), reason="needs the documentation of the repository")
def test_the_page_on_the_architecture_lists_every_folder_with_its_first_sentence():
    page = (PACKAGE.parent / "docs" / "architecture.rst").read_text("utf-8")
    _, _, table = page.partition("\nFolders of ``monodir_plugin``\n")
    _, _, rows, _ = re.split(r"^=+ +=+$", table, maxsplit=3, flags=re.MULTILINE)
    listed, name = {}, ""
    for row in rows.strip().splitlines():
        first, text = re.fullmatch(r"(?:``(\S+)``)? +(.+)", row).groups()
        name = first or name
        listed[name] = f"{listed.get(name, '')} {text}".strip()
    expected = {}
    for module in PACKAGE.rglob("__init__.py"):
        folder = module.parent.relative_to(PACKAGE)
        if folder.parts and folder.parts[0] != "tests":
            text = ast.get_docstring(ast.parse(module.read_text("utf-8"))).partition("\n\n")[0]
            expected[folder.as_posix()] = " ".join(text.split()).rstrip(".")
    assert listed == expected and list(listed) == sorted(listed)
