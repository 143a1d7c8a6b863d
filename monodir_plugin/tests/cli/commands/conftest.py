"""One run of the command line that several test modules examine."""

import json
from types import SimpleNamespace

import pytest

from monodir_plugin.cli import main
from monodir_plugin.files.run_folder.results import load_table

from ...fixtures.maps import ORIGIN, SHORT, START, particle, sample, write
from ...fixtures.runs import BOX, columns


@pytest.fixture(scope="package")
def done(tmp_path_factory):
    """One run in an odd box whose header has an origin, and its files."""
    folder = tmp_path_factory.mktemp("done")
    header = {"origin": ORIGIN, **dict(zip(("nxstart", "nystart", "nzstart"), START))}
    names = [
        write(folder / "map.mrc", sample(BOX, 32), **header),
        write(folder / "particle.mrc", particle(BOX, 32)[1]),
    ]
    out = folder / "out"
    words = ["run", names[0], "--mask", names[1], "--along", "0,0,1", "--along", "-1,0,2"]
    assert main([*words, *SHORT, "-o", str(out)]) == 0
    table = load_table(out / "table.npz")
    return SimpleNamespace(
        folder=out,
        inputs=names,
        inside=particle(BOX, 32)[1],
        table=table,
        resolution=table.resolutions().astype(float),
        summary=json.loads((out / "summary.json").read_text()),
        directions=columns(out / "directions.csv"),
        profile=columns(out / "radial_profile.csv"),
    )
