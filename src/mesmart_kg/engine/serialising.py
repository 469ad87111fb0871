"""What the engine's own serialisers leave to be mended, as filters over bytes on their way out.

XML 1.0 has no way to write some characters that an RDF literal may hold: most control characters, U+FFFE and
U+FFFF (section 2.2). Oxigraph writes them as they are, and no XML parser reads past them. They become U+FFFD,
the replacement character. A carriage return may stand in XML, but a parser reads it as a line feed
(section 2.11): it is written as a character reference. For SPARQL results in XML and for RDF/XML.
"""

from __future__ import annotations

import re
from typing import Final

from mesmart_kg import formats

XML_FORMATS: Final = frozenset({formats.RESULTS_XML.name, formats.RDFXML.name})
"""The names of the formats whose answers go through :class:`XmlCleaner`."""

_ODD: Final = re.compile(rb"[\x00-\x08\x0b-\x1f]|\xef\xbf[\xbe\xbf]")
_CONTROLS: Final = bytes([*range(0x09), *range(0x0B, 0x20)])
_NONCHARACTER: Final = b"\xef\xbf"
"""How U+FFFE and U+FFFF begin in UTF-8; few other characters begin so, and none is common."""

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}".encode()


def clean_xml(data: bytes) -> bytes:
    """Return an XML document, or a part of it that ends between two characters, with what XML can hold."""
    # Nearly all data are clean, and these two looks are ten times as fast as the expression.
    if _NONCHARACTER not in data and len(data.translate(None, _CONTROLS)) == len(data):
        return data
    return _ODD.sub(_mend, data)


def _mend(found: re.Match[bytes]) -> bytes:
    return b"&#13;" if found[0] == b"\r" else _REPLACEMENT


class XmlCleaner:
    """Cleans one document whose bytes come in parts, cut anywhere."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Return what is sure of the bytes so far; up to two are held back."""
        data = self._held + data
        if data.endswith(_NONCHARACTER):
            keep = 2
        elif data.endswith(_NONCHARACTER[:1]):
            keep = 1
        else:
            keep = 0
        cut = len(data) - keep
        self._held = data[cut:]
        return clean_xml(data[:cut])

    def finish(self) -> bytes:
        """Return what was held back: nothing, in UTF-8 that is whole."""
        rest, self._held = self._held, b""
        return rest
