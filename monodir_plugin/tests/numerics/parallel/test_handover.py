"""A value that one call hands to another one, in processes, in threads and one after the other."""

import os
import threading
import time

import pytest

from monodir_plugin.numerics.parallel import process_pool
from monodir_plugin.numerics.parallel.handover import Handover
from monodir_plugin.numerics.parallel.process_pool import in_workers


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("forks", [True, False])
def test_the_other_call_receives_the_value(workers, forks, monkeypatch):
    monkeypatch.setattr(process_pool, "can_fork", lambda: forks)
    handover = Handover()

    def make():
        # Whoever takes it is waiting by now.
        time.sleep(0.1)
        return "D7", os.getpid(), threading.get_ident()

    def work(i):
        return handover.give(make) if i == 0 else handover.take()

    found = dict(in_workers(work, 2, workers))
    assert found[0] == found[1] and found[0][0] == "D7"
    assert (found[0][1] == os.getpid()) == (workers == 1 or not forks)


@pytest.mark.parametrize("forks", [True, False])
def test_an_error_while_it_is_made_ends_all_calls(forks, monkeypatch):
    monkeypatch.setattr(process_pool, "can_fork", lambda: forks)
    handover = Handover()

    def work(i):
        return handover.give(lambda: 1 // 0) if i == 0 else handover.take()

    with pytest.raises((ZeroDivisionError, EOFError)):
        dict(in_workers(work, 2, 2))
