"""Memory of the steps that Scipion runs at the same time."""

from types import SimpleNamespace

import psutil
import pytest

from monodir_plugin.errors import InputError
from monodir_plugin.workflows.measure.job import Job, load

from ..fixtures.maps import write_pair

pytest.importorskip("pwem")

MEGABYTE = 10**6


def test_steps_at_the_same_time_need_memory_each(tmp_path, monkeypatch):
    """One gigabyte is enough for three steps of about 0.2 GB each, and not for fifteen."""
    from monodir_plugin.protocols.steps.resources import check_concurrent_steps

    pair = write_pair(tmp_path)
    job = Job(map=pair[0], mask=pair[2], output=tmp_path / "out", diagnosis=False)
    loaded = load(job)
    available = SimpleNamespace(available=1000 * MEGABYTE)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: available)
    check_concurrent_steps(job, loaded, 3, 9)
    with pytest.raises(InputError, match=r"15 steps at the same time need about 3\.\d GB"):
        check_concurrent_steps(job, loaded, 15, 9)
