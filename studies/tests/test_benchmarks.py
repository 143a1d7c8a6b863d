"""The model of many cores, and the pages that are made from tables of measurements."""

import pytest

from benchmarks.whole_runs.pages import details_page, gain_on, users_page
from benchmarks.whole_runs.run_stages import STAGES
from benchmarks.whole_runs.watched import OTHER
from studies.harness import read_csv, write_csv


def test_the_model_of_cores_is_that_of_amdahl():
    """A stage of which threads divide three quarters: 1/4 + 3/4 / 16 with 16 threads."""
    one = {"divided": 8.0, "serial": 3.0, "slower with two": 1.0, "nothing": 0.0}
    two = {"divided": 5.0, "serial": 3.0, "slower with two": 1.2, "nothing": 0.0}
    few, many = gain_on(one, two)
    assert few == pytest.approx({**two, "slower with two": 1.0})
    assert many == pytest.approx({**few, "divided": 8 * (1 / 4 + 3 / 64)})


def record(size, seconds, **more):
    """A run as it is measured; stages take a tenth of the time each."""
    found = {
        "machine": "a machine, 2 cores",
        "preset": "default",
        "size": size,
        "voxels": size**3 // 20,
        "half_maps": 0,
        "diagnosed": 0,
        "threads": 2,
        "seconds": seconds,
        "estimated_seconds": 2 * seconds,
        "megabytes": 400.0,
        "estimated_megabytes": 440.0,
        "yardstick": 0.01,
        **more,
    }
    for name in (OTHER, *STAGES):
        found[f"{name}: seconds"] = found["seconds"] / 10
        found[f"{name}: megabytes"] = 300.0
    return found


def test_pages_show_the_tables(tmp_path):
    runs = [
        record(128, 2.0),
        record(128, 5.0, diagnosed=1, megabytes=512.0),
        record(128, 8.0, diagnosed=1, threads=1),
    ]
    starts = [{"what": "monodir --help", "seconds": 0.0625, "cpu_seconds": 0.05}]
    for name, records in (("runs", runs), ("starts", starts)):
        write_csv(records, tmp_path / f"{name}.csv")
    runs, starts = (read_csv(tmp_path / f"{name}.csv") for name in ("runs", "starts"))
    shown = users_page(runs, "a machine, 2 cores")
    (line,) = (text for text in shown.splitlines() if text.startswith("128³"))
    # The authors' program took 10 600 yardsticks; this one 200.
    assert line.split() == ["128³", "104857", "2.0", "s", "5.0", "s", "512", "MiB", "53"]
    detailed = details_page(runs, starts, "a machine, 2 cores")
    lines = [line.split() for line in detailed.splitlines()]
    assert ["monodir", "--help", "0.06", "s", "0.05", "s"] in lines
    # Stages: 0.8 s with one thread and 0.5 s with two.
    assert f"128³ axes 0.80 s 0.50 s {0.8 * (1 / 4 + 3 / 64):.2f} s 2.1".split() in lines
    assert [
        "default",
        "128³",
        "solvent",
        "yes",
        "2",
        "512",
        "MiB",
        "0.86",
        "5.0",
        "s",
        "2.00",
    ] in lines
