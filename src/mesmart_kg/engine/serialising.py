"""What the engine's own serialisers leave to be mended, as filters over bytes on their way out.

Characters that XML can't hold are mended by ``store.clean_xml``; here the bytes come in parts. For SPARQL
results in XML and for RDF/XML.
"""

from __future__ import annotations

from typing import Final

from mesmart_kg import formats
from mesmart_kg.store import clean_xml

__all__ = ["XML_FORMATS", "XmlCleaner", "clean_xml"]

XML_FORMATS: Final = frozenset({formats.RESULTS_XML.name, formats.RDFXML.name})
"""The names of the formats whose answers go through :class:`XmlCleaner`."""

_NONCHARACTER: Final = b"\xef\xbf"
"""How U+FFFE and U+FFFF begin in UTF-8; few other characters begin so, and none is common."""


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
