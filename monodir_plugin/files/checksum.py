"""Checksums of files, by which a changed input is recognised."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["sha256_of"]

#: Bytes that are read at once.
_BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 checksum of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()
