"""The line about the duration of a run."""

import pytest

from monodir_plugin.workflows.progress import announce_duration, duration


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
