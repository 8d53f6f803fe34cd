"""The sources of this program by two hashes: of their bytes, which any edit changes, and of the code that they hold."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent


def read_sources() -> dict[str, bytes]:
    """Read every source file of the package, by its path in it."""
    files = sorted(PACKAGE.rglob("*.py"))
    return {file.relative_to(PACKAGE).as_posix(): file.read_bytes() for file in files}


def bytes_hash(sources: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents: quick, and another after any edit."""
    digest = hashlib.sha256()
    for name, source in sources.items():
        digest.update(f"{name} {len(source)} ".encode())
        digest.update(source)
    return digest.hexdigest()


def tree_hash(sources: Mapping[str, bytes]) -> str:
    """SHA-256 over names and syntax trees: the same whatever comments and docstrings say, and however code is laid out.

    It takes a second, where the bytes take milliseconds.
    """
    digest = hashlib.sha256()
    for name, source in sources.items():
        digest.update(f"{name} {_text(ast.parse(source))} ".encode())
    return digest.hexdigest()


def _text(tree: Any) -> str:
    """Write a syntax tree without places, what is empty, and statements that are nothing but a string."""
    if isinstance(tree, list):
        return f"[{' '.join(_text(item) for item in tree if not _is_docstring(item))}]"
    if not isinstance(tree, ast.AST):
        return repr(tree)
    fields = [(name, getattr(tree, name, None)) for name in tree._fields]
    parts = [f"{name}={_text(value)}" for name, value in fields if value is not None and value != []]
    return f"{type(tree).__name__}({' '.join(parts)})"


def _is_docstring(statement: Any) -> bool:
    is_constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_constant and isinstance(statement.value.value, str)
