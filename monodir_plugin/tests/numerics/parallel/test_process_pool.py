"""Worker processes: the same results as in one process, errors, and no process left behind."""

import gc
import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import islice

import ducc0
import numpy as np
import psutil
import pytest
import scipy.fft

from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.measurement.presets import PRESETS
from monodir_plugin.numerics.parallel import process_pool
from monodir_plugin.numerics.parallel.process_pool import LostWorkerError, in_workers
from monodir_plugin.numerics.published.sampled_noise import TooLittleNoiseError

from ...fixtures.maps import ROOT, particle, sample

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes on Linux only")


def threads_only(monkeypatch):
    monkeypatch.setattr(process_pool.sys, "platform", "darwin")


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_codes_of_processes_threads_and_one_are_the_same(preset, monkeypatch):
    prepared = prepare(sample(36), particle(36)[1] > 0.5, 1.5, preset=PRESETS[preset])
    axes = AxisSet.icosahedral(46)

    def table(count):
        rows = dict(prepared.problem.rows(axes, count))
        return np.array([rows[row] for row in range(len(axes))])

    alone = table(1)
    assert len(np.unique(alone)) > 10
    assert np.array_equal(table(3), alone)
    threads_only(monkeypatch)
    assert np.array_equal(table(3), alone)


@pytest.mark.parametrize("count, workers_asked", [(0, 3), (1, 3), (2, 5), (23, 3), (23, 1)])
def test_every_call_is_made_once(count, workers_asked):
    found = list(in_workers(lambda i: np.full(100_000, i), count, workers_asked))
    assert sorted(i for i, _ in found) == list(range(count))
    assert all((values == i).all() for i, values in found)


@linux
def test_calls_are_shared_by_the_given_number_of_processes():
    def process(i):
        time.sleep(0.02)
        return os.getpid()

    found = {pid for _, pid in in_workers(process, 30, 3)}
    assert len(found) == 3 and os.getpid() not in found


@pytest.mark.parametrize("threads", [False, True])
def test_an_error_is_raised_as_in_the_worker(threads, monkeypatch):
    if threads:
        threads_only(monkeypatch)

    def fails(i):
        if i == 5:
            raise TooLittleNoiseError("only 3 points")
        return i

    with pytest.raises(TooLittleNoiseError, match=r"^only 3 points$") as caught:
        list(in_workers(fails, 1000, 2))
    if not threads:
        assert ", in fails\n" in str(caught.value.__cause__)
    assert multiprocessing.active_children() == []


@linux
def test_a_killed_worker_raises_an_error():
    def dies(i):
        if i == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return i

    with pytest.raises(LostWorkerError, match="was killed, most likely because memory ran out"):
        list(in_workers(dies, 1000, 2))
    assert multiprocessing.active_children() == []


@linux
def test_no_process_is_left_when_the_iterator_is_closed():
    begun = in_workers(lambda i: time.sleep(0.01), 10_000, 2)
    assert len(list(islice(begun, 3))) == 3
    assert len(multiprocessing.active_children()) == 2
    begun.close()
    assert multiprocessing.active_children() == []


_ORPHANS = """
import os, signal, time
# A shell has the programs that it starts in the background ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
from monodir_plugin.numerics.parallel.process_pool import in_workers
def slow(i):
    time.sleep(0.05)
    return os.getpid()
for _, pid in in_workers(slow, 10_000, 3):
    print(pid, flush=True)
"""


@linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_their_parent(how):
    environment = {**os.environ, "PYTHONPATH": ROOT}
    words = [sys.executable, "-c", _ORPHANS]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(words, env=environment, text=True, **pipes) as process:
        children = []
        try:
            pids = {int(process.stdout.readline()) for _ in range(12)}
            children = [psutil.Process(pid) for pid in pids]
            process.send_signal(how)
            # Not until the pipe is closed: workers that were left would hold it open for minutes.
            process.wait(timeout=20)
            assert len(pids) == 3
            assert psutil.wait_procs(children, timeout=20)[1] == []
        finally:
            for left in (process, *children):
                with suppress(psutil.NoSuchProcess):
                    left.kill()


def work_of_a_daemon(queue):
    queue.put(sorted(in_workers(lambda i: (i, os.getpid()), 6, 2)))


@linux
def test_a_process_that_may_have_no_children_works_in_threads():
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=work_of_a_daemon, args=(queue,), daemon=True)
    process.start()
    found = queue.get(timeout=60)
    process.join()
    assert found == [(i, (i, process.pid)) for i in range(6)]


@linux
def test_a_worker_that_cannot_be_started_raises_an_error(monkeypatch):
    def full():
        raise OSError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    with pytest.raises(LostWorkerError, match=r"^no worker process could be started .*unavailable"):
        list(in_workers(lambda i: i, 10, 2))
    assert multiprocessing.active_children() == []


@linux
def test_processes_start_while_libraries_have_threads():
    """A library ends its threads before a fork, and waits for ever for one that just started."""
    values = np.ones((8, 8, 8))
    scipy.fft.fftn(values, workers=2)
    ducc0.fft.c2c(values.astype(complex), nthreads=2)
    for _ in range(100):
        assert dict(in_workers(lambda i: 2 * i, 4, 4)) == {0: 0, 1: 2, 2: 4, 3: 6}


@linux
def test_a_fork_waits_until_other_threads_sleep(monkeypatch):
    """The thread runs without Python's lock, as those of libraries do, and then sleeps."""
    monkeypatch.setattr(process_pool, "_LONGEST_WAIT", 60.0)
    done, stop = threading.Event(), threading.Event()

    def run():
        hashlib.pbkdf2_hmac("sha256", b"a", b"b", 1_000_000)
        done.set()
        stop.wait()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        process_pool._wait_for_threads()
        assert done.is_set()
        # One that never sleeps does not hold it up.
        monkeypatch.setattr(process_pool, "_LONGEST_WAIT", 0.0)
        process_pool._wait_for_threads()
    finally:
        stop.set()
        thread.join()


@linux
def test_workers_do_not_delete_garbage_of_their_parent():
    """A window that is deleted in two processes breaks its connection to the display."""

    class Window:
        def __del__(self):
            deleted.append(os.getpid())

    deleted = []

    def work(i):
        gc.collect()
        return list(deleted)

    was_enabled = gc.isenabled()
    gc.disable()
    try:
        window = Window()
        window.itself = window
        del window
        assert [found for _, found in in_workers(work, 4, 2)] == [[]] * 4
        gc.collect()
    finally:
        if was_enabled:
            gc.enable()
    assert deleted == [os.getpid()]
