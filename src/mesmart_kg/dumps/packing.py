"""One gzip member made of blocks that are packed apart, on any core and at any time.

A block is a stretch of raw deflate that ends on a whole byte (a full flush) and looks back on nothing before
it, so blocks can be packed by several processes, kept, and put one after another. What the end of the file
says of the whole, its CRC, is found from the CRCs of the blocks. The header holds neither time nor name.

Specifications: RFC 1951 (deflate), RFC 1952 (gzip).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

# Level 6 takes a third of the time of level 9 and the files are 2 % larger.
_LEVEL: Final = 6
_RAW: Final = -zlib.MAX_WBITS
# Deflate, no flags, no time, no extra flags, the system unknown (RFC 1952, 2.3).
_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST: Final = b"\x03\x00"  # an empty block that says it is the last
_POLYNOMIAL: Final = 0xEDB88320
_ONE: Final = 1 << 31  # polynomials here have their highest power in the lowest bit


class Packed(NamedTuple):
    """A block in memory: its deflated bytes, CRC-32 and number of bytes of what is in it."""

    data: bytes
    crc: int
    size: int

    def read(self) -> bytes:
        """Return the deflated bytes."""
        return self.data


class Stored(NamedTuple):
    """A block in a file: ``length`` deflated bytes from ``start``; CRC-32 and size as in :class:`Packed`."""

    path: Path
    start: int
    length: int
    crc: int
    size: int

    def read(self) -> bytes:
        """Return the deflated bytes."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.length)


class Written(NamedTuple):
    """A file as it lies there, and the SHA-256 of what is packed in it where that was asked for."""

    bytes: int
    sha256: str
    content_sha256: str


def pack(content: bytes) -> Packed:
    """Return the content as a block; the same bytes each time for one version of zlib."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    data = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)
    return Packed(data, zlib.crc32(content), len(content))


def write_member(target: Path, blocks: Iterable[Packed | Stored], *, look_inside: bool = False) -> Written:
    """Write a gzip file of the blocks in this order; ``look_inside`` asks for the digest of the content."""
    whole, content = hashlib.sha256(), hashlib.sha256()
    crc = size = length = 0
    with target.open("wb") as file:

        def put(data: bytes) -> None:
            nonlocal length
            file.write(data)
            whole.update(data)
            length += len(data)

        put(_HEADER)
        for block in blocks:
            data = block.read()
            put(data)
            crc = combine_crcs(crc, block.crc, block.size)
            size += block.size
            if look_inside:
                content.update(zlib.decompress(data + _LAST, _RAW, block.size or 1))
        put(_LAST + crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"))
    return Written(length, whole.hexdigest(), content.hexdigest() if look_inside else "")


def combine_crcs(first: int, second: int, length: int) -> int:
    """Return the CRC-32 of two contents put together, from that of each and the length of the second.

    The first is multiplied by x to the power of the bits that follow, modulo the polynomial.
    """
    factor, power = _ONE, 3  # two to the third: a byte has so many bits
    while length:
        if length & 1:
            factor = _multiply(_square(power % 32), factor)
        length >>= 1
        power += 1
    return _multiply(factor, first) ^ second


@lru_cache(maxsize=32)
def _square(times: int) -> int:
    """Return x, squared so many times."""
    if times == 0:
        return _ONE >> 1
    root = _square(times - 1)
    return _multiply(root, root)


def _multiply(one: int, other: int) -> int:
    product, bit = 0, _ONE
    while bit:
        if one & bit:
            product ^= other
        other = other >> 1 ^ (_POLYNOMIAL if other & 1 else 0)
        bit >>= 1
    return product
