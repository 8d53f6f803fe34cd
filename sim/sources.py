"""The sources of this program, by one hash: what names compiled code and results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).parent


def source_hash(rooms: Iterable[str] = (".",)) -> str:
    """SHA-256 over the names and contents of the source files of some rooms, or of all."""
    digest = hashlib.sha256()
    for file in sorted(f for room in rooms for f in (PACKAGE / room).rglob("*.py")):
        digest.update(file.relative_to(PACKAGE).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
