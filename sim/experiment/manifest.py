"""Manifests: JSON that carries a checksum of itself and of every file it speaks for, checked whenever it is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from sim.errors import complain

FORMAT = 3  # of result folders; raise it when a table or manifest changes, so that older folders are refused
MANIFEST = "manifest.json"
Kind = Literal["run", "belief", "backtest", "sweep", "answers"]
DAMAGED = "damaged or edited: its checksum is not the one noted when it was written"


def write_json(path: Path, content: Any) -> None:
    """Write JSON for people and machines: sorted keys, two spaces, a newline at the end."""
    path.write_text(json.dumps(content, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content as JSON holds it, with the format of result folders and a checksum of all the rest."""
    plain = json.loads(json.dumps({**content, "format": FORMAT}, default=str))
    return plain | {"checksum": _checksum(plain)}


def _checksum(content: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in content.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def is_file(file: Path) -> bool:
    """Whether there is such a file: no folder, pipe or device.

    Raises
    ------
    InputError
        Where it cannot be told: its name is too long, or a folder above is closed.
    """
    try:
        return file.is_file()
    except OSError as error:
        raise complain(f"cannot be read: {error.strerror}", file=file) from error


def read_sealed(file: Path) -> dict[str, Any] | None:
    """Read what `sealed` gave, or `None` where there is no such file.

    Raises
    ------
    InputError
        Where it cannot be read, was written by another version of the program, or is not what was written.
    """
    if not is_file(file):
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise complain(f"cannot be read: {error.strerror}", file=file) from error
    except (ValueError, RecursionError):
        raise complain("damaged or edited: it is not JSON", file=file) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise complain("another program or another version of this one wrote it; run it again", file=file)
    if content.get("checksum") != _checksum(content):
        raise complain(DAMAGED, file=file)
    return content


def file_entry(file: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file, as manifests note them."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"bytes": file.stat().st_size, "sha256": digest}


def check_files(folder: Path, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Compare files with what a manifest notes of them.

    Raises
    ------
    InputError
        Naming the first file that is missing, cannot be read, or is not what was written.
    """
    for name, entry in entries.items():
        file = folder / name
        try:
            is_whole = is_file(file) and file_entry(file).items() <= entry.items()
        except OSError as error:
            raise complain(f"cannot be read: {error.strerror}", file=file) from error
        if not is_whole:
            raise complain(DAMAGED if file.exists() else "missing", file=file)


def write_manifest(folder: Path, kind: Kind, content: Mapping[str, Any]) -> dict[str, Any]:
    """Write the manifest of a folder of results: what is said of its tables, and checksums of its other files."""
    others = {
        file.name: file_entry(file)
        for file in sorted(folder.iterdir())
        if file.name not in content["tables"] and not file.name.startswith(".")
    }
    manifest = sealed({**content, "kind": kind, "files": others})
    write_json(folder / MANIFEST, manifest)
    return manifest


def read_manifest(folder: Path, kind: Kind) -> dict[str, Any] | None:
    """Manifest of a finished folder of results, every file of which is checked; `None` where there is none.

    Raises
    ------
    InputError
        Where one of its files is missing, damaged, edited, or of another version of the program.
    """
    manifest = read_sealed(folder / MANIFEST)
    if manifest is None or manifest.get("kind") != kind:
        return None
    check_files(folder, manifest["tables"] | manifest["files"])
    return manifest
