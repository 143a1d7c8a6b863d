"""The Python example of the README runs and gives the documented output."""

import re
from pathlib import Path

import numpy as np
import pytest

from monodir_plugin.files.maps import MapFile, write_map
from monodir_plugin.numerics import analyse
from monodir_plugin.simulation import blob_particle, noisy_map

README = Path(__file__).resolve().parents[3] / "README.rst"


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
