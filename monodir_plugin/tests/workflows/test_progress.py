"""The line about the duration of a run."""

import pytest

from monodir_plugin.files.run_folder.parts import PARTS
from monodir_plugin.workflows.progress import announce_duration, duration

from ..fixtures.maps import SHORT, call, particle, sample, write


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0.3, "5 s"),
        (12.4, "10 s"),
        (12.6, "15 s"),
        (117.4, "115 s"),
        (117.6, "2 min"),
        (119.4 * 60, "119 min"),
        (119.6 * 60, "2 h"),
        (5.4 * 3600, "5 h"),
    ],
)
def test_times_are_rounded_to_what_an_estimate_knows(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    "seconds, threads, printed",
    [(9.9, 2, ""), (41, 2, "about 40 s on 2 threads\n"), (600, 1, "about 10 min on 1 thread\n")],
)
def test_only_long_runs_are_announced(seconds, threads, printed, capsys):
    announce_duration(seconds, threads)
    assert capsys.readouterr().err == printed


def test_a_run_says_how_long_it_takes_before_it_counts_axes(tmp_path, monkeypatch, capsys):
    """Of the extent that it has; a run that continues takes less, and says nothing."""
    extents = []
    monkeypatch.setattr(
        "monodir_plugin.workflows.measure.run.estimated_seconds",
        lambda extent, slowness: extents.append(extent) or 41.0,
    )
    mask = particle(36)[1]
    words = ["run", write(tmp_path / "map.mrc", sample(36))]
    words += ["--mask", write(tmp_path / "mask.mrc", mask), *SHORT]
    words += ["--threads", "1", "-o", str(tmp_path / "out"), "--no-diagnosis"]
    printed = call(capsys, *words).err.splitlines()
    first = next(k for k, line in enumerate(printed) if line.startswith("axes: "))
    assert printed[:first].count("about 40 s on 1 thread") == 1
    (extent,) = extents
    assert (extent.size, extent.voxels, extent.axes) == (36, int((mask > 0.5).sum()), 46)
    assert not extent.diagnosis and not extent.half_maps
    (tmp_path / "out" / PARTS).mkdir()
    assert "about 40 s" not in call(capsys, *words).err
