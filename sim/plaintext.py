"""TEXT of strangers, made harmless: what a terminal would obey is shown, what a spreadsheet would compute is quoted."""

from __future__ import annotations

import re

UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)  # controls, invisible marks, reversals of the writing direction, halves of characters
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what a cell that a spreadsheet computes begins with


def visible(text: str, keep: str = "") -> str:
    r"""Write characters that steer a terminal, or cannot be seen, as their escapes, such as ``\x1b``.

    Parameters
    ----------
    text
        Names, notes, file names: anything that somebody else wrote.
    keep
        Characters to leave alone, such as line breaks.
    """
    return UNSEEN.sub(lambda match: match[0] if match[0] in keep else _escape(match[0]), text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def inert(cell: str) -> str:
    """Put an apostrophe before a cell of text that a spreadsheet would take for a formula; numbers stay as they are."""
    return f"'{cell}" if cell.startswith(FORMULA) and not _is_number(cell) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
