"""What is kept of one piece of work: a note on it, and parts of bytes, in one file of the work cache.

The file is the length of the note (8 bytes), the note (JSON), and the parts one after another. The note is
small and is read each time; a part is read where it is wanted.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mesmart_kg.dumps.packing import Packed, Stored

_LENGTH: Final = 8
_PARTS: Final = "parts"
# What is only read by ourselves is packed as fast as can be.
_FAST: Final = 1


@dataclass(frozen=True)
class Bundle:
    """A kept file, open to be read in parts; ``start`` is the place of the first one."""

    path: Path
    note: Mapping[str, Any]
    start: int

    def __contains__(self, name: str) -> bool:
        return name in self.note[_PARTS]

    def block(self, name: str) -> Stored:
        """Return the place of a part that is a block of a gzip file."""
        offset, length, crc, size = self.note[_PARTS][name]
        return Stored(self.path, self.start + offset, length, crc, size)

    def read(self, name: str) -> bytes:
        """Return a part that is not a block; nothing where there is none."""
        if name not in self:
            return b""
        return zlib.decompress(self.block(name).read())


def make_bundle(note: Mapping[str, Any], parts: Mapping[str, Packed | bytes]) -> bytes:
    """Return the bytes of a file with a note and parts: blocks as they are, other bytes packed."""
    places: dict[str, tuple[int, ...]] = {}
    pieces: list[bytes] = []
    offset = 0
    for name, part in parts.items():
        data, crc, size = part if isinstance(part, Packed) else (zlib.compress(part, _FAST), 0, len(part))
        places[name] = (offset, len(data), crc, size)
        pieces.append(data)
        offset += len(data)
    head = json.dumps({**note, _PARTS: places}, separators=(",", ":")).encode()
    return b"".join((len(head).to_bytes(_LENGTH, "big"), head, *pieces))


def open_bundle(path: Path) -> Bundle:
    """Read the note of a kept file."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "big")
        return Bundle(path, json.loads(file.read(length)), _LENGTH + length)
