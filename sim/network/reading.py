"""Read anyone's signed network: how a file begins tells its format, and one file of `formats` reads it.

A matrix or an edge list as text (commas, semicolons, tabs, blanks), GraphML, GML, Pajek's, KONECT's and SNAP's. What is
wrong is said with the line it stands on.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np

from sim.errors import complain, suggest
from sim.network.edges import Network, refuse_many
from sim.network.formats.cells import read_lead, table_of
from sim.network.formats.gml import read_gml
from sim.network.formats.graphml import read_graphml
from sim.network.formats.lists import read_list
from sim.network.formats.matrix import read_matrix, some
from sim.network.formats.pajek import read_pajek
from sim.network.names import state_name
from sim.outcomes.measures import Vector

GRAPHML = (".graphml", ".xml")
PACKED = {
    b"PK\x03\x04": "a workbook or an archive; save its sheet as CSV",
    b"\x1f\x8b": "packed; unpack it first",
}
GML = re.compile(r"(graph\s*(\[|$)|(creator|version|comment)\s+\S)", re.IGNORECASE)
FOREIGN = {
    r"dl\b": "UCINET's DL", r"(strict\s+)?(di)?graph\b[^\[,;\t]*\{": "Graphviz's", r"[{\[]": "JSON",
}  # fmt: skip


def read_network(file: Path, most: int | None = None) -> Network:
    """Read a signed network.

    Parameters
    ----------
    file
        Text in any of the formats; names ending in ``.graphml`` or ``.xml`` are GraphML.
    most
        Refuse more states than this, as early as they can be counted.

    Raises
    ------
    InputError
        With the first thing wrong and its line.
    """
    with _opened(file) as handle:
        network = _read(file, handle, most)
    refuse_many(len(network.names), most, file)
    return network


def _read(file: Path, handle: io.BufferedReader, most: int | None) -> Network:
    begin = handle.peek(64)[:64]
    if file.suffix.lower() in GRAPHML or begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return read_graphml(file, handle)
    for magic, what in PACKED.items():
        if begin.startswith(magic):
            raise complain(what, file=file)
    with _text(handle) as text:
        return _read_text(file, text, most)


def _read_text(file: Path, text: io.TextIOWrapper, most: int | None) -> Network:
    lead = read_lead(text)
    if lead.first.lstrip().startswith("*"):
        return read_pajek(file, enumerate(chain([lead.first], text), lead.skipped + 1))
    if GML.match(lead.first.strip()):
        return read_gml(file, lead.first + text.read())
    for form, whose in FOREIGN.items():
        if re.match(form, lead.first.strip(), re.IGNORECASE):
            reason = f"{whose} form is not read; save the network as GraphML, or as a list of a, b and sign"
            raise complain(reason, file=file, line=lead.skipped + 1)
    table = table_of(file, lead, text)
    if not table.first.cells:
        raise complain("the file is empty", file=file)
    network = read_list(table)
    return read_matrix(table, most) if network is None else network


def read_sizes(file: Path, names: Sequence[str]) -> Vector:
    """Read the size of each state, columns `name` and `size`, in the order of these names; shape (N,).

    Raises
    ------
    InputError
        Where a size is missing, negative, not a number, or of nobody.
    """
    sizes: dict[str, float] = {}
    with _opened(file) as handle, _text(handle) as text:
        table = table_of(file, read_lead(text), text)
        header = table.header
        if not {"name", "size"} <= set(header):
            raise complain("sizes have columns name and size", file=file, line=1)
        for row in table.rows:
            table.check_width(row)
            name = state_name(row.cells[header.index("name")])
            if name not in names:
                reason = f"{name!r} is not in the network{suggest(name, names)}"
                raise complain(reason, file=file, line=row.line)
            if name in sizes:
                raise complain(f"the size of {name!r} appears twice", file=file, line=row.line)
            sizes[name] = table.number(row.cells[header.index("size")], f"the size of {name!r}", row.line)
            if sizes[name] < 0.0:
                raise complain(f"the size of {name!r} is {sizes[name]:g}, below 0", file=file, line=row.line)
    missing = [name for name in names if name not in sizes]
    if missing:
        raise complain(f"no size of {some(missing)}", file=file)
    return np.array([sizes[name] for name in names])


@contextmanager
def _opened(file: Path) -> Iterator[io.BufferedReader]:
    try:
        with file.open("rb") as handle:
            if stat.S_ISCHR(os.fstat(handle.fileno()).st_mode):
                raise complain("is a device, not a file", file=file)
            yield handle
    except OSError as error:
        raise complain(f"cannot be read: {error.strerror}", file=file) from error
    except UnicodeDecodeError as error:
        raise complain("not a text file in UTF-8", file=file) from error


def _text(handle: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(handle, encoding="utf-8-sig", newline="")
