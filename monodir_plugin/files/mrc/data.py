"""The values of an MRC file, plain, gzipped or bzip2ed, read a few sections at a time.

No memory is taken before the header has been checked against the file, and none beyond one box
of 32-bit reals and a few sections.
"""

from __future__ import annotations

import bz2
import gzip
import os
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Iterator, Optional, Tuple, cast

import numpy as np

from ...errors import InputError
from ...numerics.parallel.free_memory import free_memory
from ..regular import check_regular
from .header import HEADER_BYTES, MrcHeader, check_size, parse_header

__all__ = ["read_header", "read_pieces", "read_values"]

_PACKED = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open))
#: Bytes that are read at once.
_PIECE = 1 << 20
#: A gzipped file holds at most this many times its bytes.
_MOST_PACKED = 1040
#: A sparse file that takes less of the disk is first searched for values other than zero.
_SPARSE = 0.5


def read_header(path: Path, what: str) -> MrcHeader:
    """Read and check the header of a file; of the values nothing is read.

    Parameters
    ----------
    path : Path
    what : str
        What to call the file in messages.

    Raises
    ------
    InputError
        If it is not a regular file, cannot be read, is not a cubic map of real numbers, or is
        shorter or longer than its header says.
    """
    name = f"{what} {path}"
    with _failures_named(name), _opened(path, name) as (file, size):
        return _checked_header(file, size, path, name)


def read_values(path: Path, what: str, memory: int) -> Tuple[np.ndarray, MrcHeader]:
    """Read a whole file.

    Parameters
    ----------
    path : Path
    what : str
        What to call the file in messages.
    memory : int
        Bytes a voxel that must be free.

    Returns
    -------
    values : ndarray, shape (N, N, N), float32
        In the order of the file.
    header : MrcHeader

    Raises
    ------
    InputError
        As :func:`read_header`, and if memory is short.
    """
    name = f"{what} {path}"
    with _failures_named(name), _opened(path, name) as (file, size):
        header = _checked_header(file, size, path, name)
        voxels = header.data_bytes // header.dtype.itemsize
        if memory * voxels > free_memory():
            raise InputError(
                f"{name}: about {memory * voxels / 1e9:.1f} GB of memory are needed for its box of "
                f"{header.shape[0]} voxels and {free_memory() / 1e9:.1f} GB are free; bin or crop "
                "the map"
            )
        if size is not None and _is_sparse(file):
            _refuse_blank(file, header, name)
        file.seek(header.offset)
        values = np.empty(header.shape, np.float32)
        flat, done = values.reshape(-1), 0
        for piece in _pieces(file, header):
            # The types do not include 64-bit reals, so nothing can overflow here.
            flat[done : done + len(piece)] = piece
            done += len(piece)
        read = header.offset + done * header.dtype.itemsize
        check_size(header, name, read, more=size is None and bool(file.read(1)))
    return values, header


def read_pieces(path: Path, what: str) -> Iterator[np.ndarray]:
    """Read the values of a file some megabytes at a time, in the order of the file.

    Parameters
    ----------
    path : Path
    what : str
        What to call the file in messages.

    Yields
    ------
    ndarray, shape (values,)
        Of the type that the file holds.

    Raises
    ------
    InputError
        As :func:`read_header`.
    """
    name = f"{what} {path}"
    with _failures_named(name), _opened(path, name) as (file, size):
        header = _checked_header(file, size, path, name)
        file.seek(header.offset)
        yield from _pieces(file, header)


def _checked_header(file: IO[bytes], size: Optional[int], path: Path, name: str) -> MrcHeader:
    header = parse_header(file.read(HEADER_BYTES), name, size)
    if size is not None:
        check_size(header, name, size)
    elif isinstance(file, gzip.GzipFile):
        packed = path.stat().st_size
        if header.data_bytes > _MOST_PACKED * packed:
            raise InputError(
                f"{name}: the file is truncated; copy or download it again ({packed} packed bytes "
                f"do not hold the {header.data_bytes} that its header gives)"
            )
    return header


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Tuple[IO[bytes], Optional[int]]]:
    """A regular file as the bytes that it holds, and their number if it is not packed."""
    check_regular(path, name, "the map")
    with path.open("rb") as file:
        magic = file.read(3)
        file.seek(0)
        for start, unpacking in _PACKED:
            if magic.startswith(start):
                with unpacking(file, "rb") as unpacked:
                    yield cast(IO[bytes], unpacked), None
                return
        yield file, os.fstat(file.fileno()).st_size


@contextmanager
def _failures_named(name: str) -> Iterator[None]:
    """Failures to read as sentences."""
    try:
        yield
    except EOFError as error:
        raise InputError(f"{name}: the file is truncated; copy or download it again") from error
    except (OSError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise InputError(
                f"{name}: it cannot be read ({error.strerror}); check the file"
            ) from error
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"{name}: not a readable MRC file; give a map in MRC format ({first})"
        ) from error


def _pieces(file: IO[bytes], header: MrcHeader) -> Iterator[np.ndarray]:
    """The values from where the file stands on, until they are complete or the file ends."""
    size = header.dtype.itemsize
    dtype = np.dtype(np.uint8) if header.signed_bytes is False else header.dtype
    left = header.data_bytes
    while left:
        content = file.read(min(_PIECE, left))
        if not content:
            return
        if len(content) % size:
            content += file.read(size - len(content) % size)
        whole = len(content) // size * size
        left -= whole
        yield np.frombuffer(content[:whole], dtype)
        if whole < len(content):
            return


def _is_sparse(file: IO[bytes]) -> bool:
    found = os.fstat(file.fileno())
    blocks = getattr(found, "st_blocks", None)
    return blocks is not None and 512 * blocks < _SPARSE * found.st_size


def _refuse_blank(file: IO[bytes], header: MrcHeader, name: str) -> None:
    """Refuse a file of holes and zeros, before a box of memory is taken for it."""
    if not hasattr(os, "SEEK_DATA"):
        return
    end = header.offset + header.data_bytes
    at = header.offset
    while at < end:
        try:
            at = os.lseek(file.fileno(), at, os.SEEK_DATA)
        except OSError:  # nothing but a hole is left
            break
        file.seek(at)
        content = file.read(min(_PIECE, end - at))
        if any(content):
            return
        at += max(len(content), 1)
    raise InputError(f"{name}: every voxel has the same value; give another file")
