"""Names of states, so that what looks the same is the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

UNSEEN = {  # nothing is drawn for these either, though Unicode does not class them as format characters
    0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0,
    *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0),
}  # fmt: skip


def state_name(text: str) -> str:
    """Fold what the eye cannot tell apart: composed letters (NFC), blanks of all kinds, characters without a shape."""
    if not text.isascii():
        seen = (c for c in text if unicodedata.category(c) != "Cf" and ord(c) not in UNSEEN)
        text = unicodedata.normalize("NFC", "".join(seen))
    return " ".join(text.split())


def equal_but_for_case(names: Iterable[str]) -> list[tuple[str, str]]:
    """Find pairs of names that differ in capitals alone, the first of each with every later one."""
    first: dict[str, str] = {}
    folded = ((name, first.setdefault(name.casefold(), name)) for name in names)
    return [(earlier, name) for name, earlier in folded if earlier != name]
