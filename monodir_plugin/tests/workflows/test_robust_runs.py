"""Runs whose output cannot be read, that are killed, and whose folders are odd."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from monodir_plugin.cli import main
from monodir_plugin.errors import InputError
from monodir_plugin.files import atomic, switching
from monodir_plugin.files.loading import load_results
from monodir_plugin.files.locking import LOCK
from monodir_plugin.numerics.noise.noise_power import noise_power
from monodir_plugin.numerics.parallel.process_pool import LostWorkerError
from monodir_plugin.tests.fixtures.maps import ROOT, SHORT, call, particle, read, sample, write
from monodir_plugin.workflows.measure import run as commands

RUN = [sys.executable, "-m", "monodir_plugin.cli"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished run, and its words but for the output."""
    folder = tmp_path_factory.mktemp("whole")
    name = write(folder / "map.mrc", sample(36))
    mask = write(folder / "particle.mrc", particle(36)[1])
    words = [name, "--mask", mask, "--no-diagnosis", *SHORT]
    assert main(["run", *words, "-o", str(folder / "out")]) == 0
    return SimpleNamespace(words=words, folder=folder / "out")


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def shell(command, **environment):
    return subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PYTHONPATH": ROOT, **environment},
        capture_output=True,
        check=False,
    )


STREAMS = {
    "closed": "{} >&-",
    "full": "{} >/dev/full",
    "a broken pipe": "{{ {}; echo $? >&2; }} | true",
    "all three closed": "{} >&- 2>&- <&-",
    "both full": "{} >/dev/full 2>/dev/full",
}


@pytest.mark.parametrize("kind", STREAMS)
def test_output_that_nobody_takes_fails_no_command(kind, whole, tmp_path):
    """A figure of finished results: the command prints its name when all is done."""
    words = " ".join([*RUN, "compare", str(whole.folder), str(whole.folder), "-o"])
    path = tmp_path / "plot.png"
    found = shell("set -o pipefail; " + STREAMS[kind].format(f"{words} {path}"))
    status = found.stderr.decode().split()[-1] if "pipe" in kind else found.returncode
    assert int(status) == 0 and path.stat().st_size > 1000
    assert b"Traceback" not in found.stderr and b"Error" not in found.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_letters_that_the_output_lacks_are_replaced(encoding, whole, tmp_path):
    shutil.copytree(whole.folder, tmp_path / "out")
    words = " ".join([*RUN, "run", *whole.words, "-o", str(tmp_path / "out")])
    found = shell(words, PYTHONIOENCODING=encoding)
    assert found.returncode == 0
    stated = found.stdout.decode(encoding)
    letter = "Å" if "Å" in stated else "A"
    assert (letter == "A") == (encoding == "ascii")
    assert f"{letter}, highest " in stated and "results in " in stated
    assert shell(" ".join([*RUN, "run", "--help"]), PYTHONIOENCODING="ascii").returncode == 0


def test_break_in_a_name_breaks_no_line(whole, tmp_path, capsys):
    folder = tmp_path / "two\nlines"
    folder.mkdir()
    outcome = call(capsys, "run", folder / "none.mrc", "-o", tmp_path / "out")
    assert outcome.status == 2 and outcome.err.count("\n") == 1 and "two\\nlines" in outcome.err
    outcome = call(capsys, "run", *whole.words, "-o", folder / "out")
    assert outcome.status == 0
    assert outcome.out.splitlines()[-1] == f"results in {tmp_path}/two\\nlines/out"


@pytest.mark.parametrize("where", ["loop", "loop/inside", "nowhere"])
def test_symbolic_link_that_leads_nowhere_is_refused(where, whole, tmp_path, capsys):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    for words in (("run", *whole.words), ("mask", whole.words[0])):
        outcome = call(capsys, *words, "-o", tmp_path / where)
        assert outcome.status == 2 and "is a symbolic link that leads nowhere" in outcome.err
    assert names(tmp_path) == ["loop", "nowhere"]


def test_summary_without_end_is_refused(whole, tmp_path, capsys):
    folder = tmp_path / "out"
    shutil.copytree(whole.folder, folder)
    (folder / "summary.json").write_text("[" * 200_000)
    outcome = call(capsys, "report", folder, "-o", tmp_path / "report.html")
    assert outcome.status == 2 and "summary.json: it cannot be read" in outcome.err


def test_small_address_space_is_reported_in_a_sentence(whole, tmp_path):
    """With what the libraries take, and too little for the run: no abort and no traceback."""
    words = " ".join([*RUN, "run", *whole.words, "-o", str(tmp_path / "out")])
    found = shell(f"ulimit -v 2500000; {words}", OPENBLAS_NUM_THREADS="1")
    last = found.stderr.decode().splitlines()[-1]
    assert found.returncode in (0, 2)
    assert found.returncode == 0 or (last.startswith("monodir: ") and "memory" in last)


OLD = {
    name: f"old {name}".encode()
    for name in ("adr.mrc", "summary.json", "along_0_0_1.mrc", "notes.txt")
}
#: A new run writes no map along an axis; what is not of a run stays.
NEW = {
    **{name: f"new {name}".encode() for name in ("adr.mrc", "summary.json", "table.npz")},
    "notes.txt": OLD["notes.txt"],
}


@pytest.fixture
def old(tmp_path):
    """A folder of an earlier run's results, and a file of the user's."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name, content in OLD.items():
        (folder / name).write_bytes(content)
    return folder


def switch(folder):
    """Put new results into a folder as a run does, without its work."""
    with switching.results_folder(folder, lambda name: name.startswith("along_")) as room:
        for name in set(NEW) - {"notes.txt"}:
            (room / name).write_bytes(NEW[name])


def test_new_results_come_in_one_step(old, tmp_path, monkeypatch):
    """Before and after every call of the system that changes a name, all files are of one run."""
    seen = []

    def watching(function):
        def watch(*arguments, **named):
            seen.append(contents(old))
            done = function(*arguments, **named)
            seen.append(contents(old))
            return done

        return watch

    for name in ("rename", "replace", "unlink", "rmdir"):
        monkeypatch.setattr(Path, name, watching(getattr(Path, name)))
    monkeypatch.setattr(switching, "_exchange", watching(switching._exchange))
    switch(old)
    assert contents(old) == NEW and names(tmp_path) == ["out"]
    assert all(found in (OLD, NEW) for found in seen) and OLD in seen and NEW in seen


class Killed(BaseException):
    """What a test raises where a kill would come."""


@pytest.mark.parametrize("calls", range(7))
def test_switch_without_exchange_is_completed_by_whoever_comes(calls, old, monkeypatch):
    """Killed at any step: all is old before the folder has its name, and new to readers after."""
    monkeypatch.setattr(switching, "_exchange", lambda *_: False)
    count = []

    def dying(function):
        def die(*arguments, **named):
            count.append(1)
            if len(count) > calls:
                raise Killed
            return function(*arguments, **named)

        return die

    with monkeypatch.context() as patch:
        for name in ("replace", "unlink"):
            patch.setattr(Path, name, dying(getattr(Path, name)))
        # After a kill nothing is tidied up.
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with suppress(Killed):
            switch(old)
    # Of a link to the user's file that was not wanted, of the folder, then of files.
    complete = (old / ".complete-results").exists()
    assert complete == (calls > 1)
    switching.complete_switch(old)
    assert contents(old) == (NEW if complete else OLD)


def test_folder_with_another_one_in_it_keeps_it(old):
    (old / "mine").mkdir()
    (old / "mine" / "file").write_text("mine")
    switch(old)
    assert contents(old) == {**NEW, "mine/file": b"mine"}


def test_folder_in_which_a_shell_stands_stays_the_same(old, monkeypatch):
    monkeypatch.chdir(old)
    number = old.stat().st_ino
    switch(Path())
    assert old.stat().st_ino == number and contents(old) == NEW


def test_run_killed_while_it_writes_leaves_what_the_next_one_removes(whole, tmp_path, capsys):
    """SIGKILL while the figure is drawn: the results before stay, the temporary folder goes."""
    out = tmp_path / "out"
    shutil.copytree(whole.folder, out)
    before = contents(out)
    program = (
        "import os, signal, sys\n"
        "from monodir_plugin import figures\n"
        "figures.save_figure = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from monodir_plugin.cli import main\n"
        "main(sys.argv[1:])"
    )
    words = [sys.executable, "-c", program, "run", *whole.words, "-o", str(out)]
    environment = {**os.environ, "PYTHONPATH": ROOT}
    found = subprocess.run(words, env=environment, stderr=subprocess.DEVNULL, check=False)
    assert found.returncode == -signal.SIGKILL
    left = [name for name in names(tmp_path) if name.startswith(".writing-")]
    assert len(left) == 1
    kept = {k: v for k, v in contents(out).items() if not k.startswith(("parts", LOCK))}
    assert kept == before
    assert call(capsys, "run", *whole.words, "-o", out).status == 0
    assert names(tmp_path) == ["out"] and contents(out) == before


def test_leftover_of_a_program_that_runs_stays(tmp_path):
    with subprocess.Popen(["sleep", "60"]) as process:
        own = atomic.made_folder(tmp_path)
        parts = own.name.split("-")
        other = tmp_path / "-".join([*parts[:2], str(process.pid), "abc"])
        other.mkdir()
        atomic.remove_leftovers(tmp_path)
        assert names(tmp_path) == sorted([own.name, other.name])
        process.kill()
    atomic.remove_leftovers(tmp_path)
    assert names(tmp_path) == [own.name]


def test_what_is_done_is_said_to_be_kept_when_it_is(whole, tmp_path, capsys, monkeypatch):
    measured = commands.measured_rows

    def lost(after):
        def rows(*arguments):
            for number, row in enumerate(measured(*arguments)):
                if number == after:
                    raise LostWorkerError("a process was killed")
                yield row

        return rows

    for after, kept in ((3, False), (40, True)):
        monkeypatch.setattr(commands, "measured_rows", lost(after))
        outcome = call(capsys, "run", *whole.words, "-o", tmp_path / f"out{after}")
        assert outcome.status == 2 and "use fewer --threads" in outcome.err
        assert ("the same command continues" in outcome.err) == kept


@pytest.mark.parametrize("size", [33, 36, 75])
def test_power_of_the_noise_is_the_same_to_the_last_bit_for_any_number_of_threads(size):
    rng = np.random.default_rng(1)
    volume, region = rng.normal(size=(size,) * 3).astype(np.float32), rng.random((size,) * 3) < 0.5
    powers = [noise_power(volume, region, 1.0, threads).power for threads in (1, 2, 3)]
    assert np.array_equal(powers[0], powers[1]) and np.array_equal(powers[0], powers[2])


def test_one_and_two_threads_write_the_same_bytes(whole, tmp_path, capsys):
    words = [word for word in whole.words if word not in ("--no-diagnosis", "--threads", "2")]
    for threads in ("1", "2"):
        out = tmp_path / threads / "out"  # The title of the figure names the folder.
        assert call(capsys, "run", *words, "--threads", threads, "-o", out).status == 0
    first, second = contents(tmp_path / "1" / "out"), contents(tmp_path / "2" / "out")
    assert len(first) == 15 and first == second


def test_warnings_name_the_file_and_are_everywhere(whole, tmp_path, capsys):
    """One line, before the numbers, in the summary and in the report."""
    name = write(tmp_path / "map.mrc", sample(36))
    content = bytearray(Path(name).read_bytes())
    content[208:212] = bytes(4)
    Path(name).write_bytes(content)
    out = tmp_path / "out"
    outcome = call(capsys, "run", name, *whole.words[1:], "-o", out)
    stated = (
        f"map {name}: its header lacks the letters 'MAP ' at byte 208; it was read, because its "
        "size fits"
    )
    assert f"warning: {stated}\n" in outcome.err
    assert json.loads((out / "summary.json").read_text())["warnings"][0].startswith(stated)
    assert call(capsys, "report", out, "-o", tmp_path / "report.html").status == 0
    assert "lacks the letters" in (tmp_path / "report.html").read_text()
    assert read(out / "adr.mrc").max() > 0


def test_results_of_a_switch_that_cannot_be_completed_are_refused(whole, tmp_path, monkeypatch):
    def denied(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("monodir_plugin.files.loading.complete_switch", denied)
    with pytest.raises(InputError, match="was killed while it put its results there"):
        load_results(whole.folder)
