"""Two processes in one folder: the second names the holder of the lock; a killed one holds none."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from monodir_plugin.cli import main
from monodir_plugin.errors import InputError
from monodir_plugin.files import locking
from monodir_plugin.files.locking import LOCK, folder_lock, locked_by

from ..fixtures.maps import ROOT, SHORT, call, particle, sample, write

HOLDER = (
    "import sys; from pathlib import Path; from monodir_plugin.files.locking import folder_lock\n"
    "with folder_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


@contextmanager
def held(folder):
    """Another process that holds a folder."""
    words = [sys.executable, "-c", HOLDER, str(folder)]
    environment = {**os.environ, "PYTHONPATH": ROOT}
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout.readline() == b"held\n"
            yield process
        finally:
            process.kill()


def owner(process):
    return f"process {process.pid} on {socket.gethostname()}, since 20"


def test_second_process_names_the_holder_of_the_folder(tmp_path):
    folder = tmp_path / "out"
    with held(folder) as process:
        for _ in range(2):
            assert owner(process) in locked_by(folder)
        with pytest.raises(InputError) as caught, folder_lock(folder):
            raise AssertionError("two processes hold it")
        assert owner(process) in str(caught.value)
        assert str(caught.value).startswith(f"folder {folder}: another run computes in it (")
        assert (folder / LOCK).exists(), "the lock of the other process stays"
        process.stdin.close()
        process.wait()
    assert not folder.exists(), "the folder was created, and nothing was written"
    with folder_lock(folder):
        assert locked_by(folder) is None, "the process itself may ask"
    assert list(tmp_path.iterdir()) == []


def test_killed_process_holds_nothing(tmp_path):
    with held(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert str(process.pid) in (tmp_path / LOCK).read_text()
    assert locked_by(tmp_path) is None
    with folder_lock(tmp_path):
        assert f"process {os.getpid()} on " in (tmp_path / LOCK).read_text()
    assert list(tmp_path.iterdir()) == []


def test_lock_stays_while_folders_change_names(tmp_path):
    """Results take the place of older ones by an exchange of folders: the lock goes along."""
    from monodir_plugin.files.switching import results_folder

    folder = tmp_path / "out"
    with folder_lock(folder):
        (folder / "old.txt").write_text("old")
        with results_folder(folder, lambda name: name == "old.txt") as new:
            (new / "new.txt").write_text("new")
        code = (
            "import sys; from pathlib import Path\n"
            "from monodir_plugin.files.locking import locked_by\n"
            "print(locked_by(Path(sys.argv[1])))"
        )
        asked = subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            env={**os.environ, "PYTHONPATH": ROOT},
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"process {os.getpid()} on" in asked.stdout
    assert [path.name for path in folder.iterdir()] == ["new.txt"]


def test_threads_of_one_process_exclude_each_other(tmp_path):
    found = []

    def second():
        try:
            with folder_lock(tmp_path):
                found.append("held twice")
        except InputError as error:
            found.append(str(error))

    with folder_lock(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        assert (tmp_path / LOCK).exists()
    assert len(found) == 1 and "this process" in found[0]


def test_file_system_without_locks_is_warned_about(tmp_path, monkeypatch, caplog):
    def refused(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(locking.fcntl, "lockf", refused)
    # The command line, which may have run before, keeps messages to itself.
    monkeypatch.setattr(locking.log, "propagate", True)
    with folder_lock(tmp_path):
        (tmp_path / "result").write_text("")
    assert "its file system has no locks (No locks available)" in caplog.text
    assert locked_by(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


@pytest.mark.parametrize("command", ["run", "combine"])
def test_commands_end_with_a_sentence(command, tmp_path, capsys):
    """Nothing is measured or written; when the other process has ended, the command works."""
    words = [write(tmp_path / "map.mrc", sample(32)), "--no-diagnosis", *SHORT]
    words += ["--mask", write(tmp_path / "mask.mrc", particle(32)[1])]
    folder = tmp_path / "out"
    if command == "combine":
        assert main(["run", *words, "-o", str(tmp_path / "first")]) == 0
        words += ["--parts", str(tmp_path / "first" / "table.npz")]
    with held(folder) as process:
        outcome = call(capsys, command, *words, "-o", folder)
        assert outcome.status == 2
        assert outcome.err.splitlines()[-1].startswith(
            f"monodir: folder {folder}: another run computes in it ({owner(process)}"
        )
        assert [path.name for path in folder.iterdir()] == [LOCK]
    assert call(capsys, command, *words, "-o", folder).status == 0
    assert (folder / "adr.mrc").exists() and not (folder / LOCK).exists()
