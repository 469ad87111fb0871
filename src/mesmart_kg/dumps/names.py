"""What things are called and where they lie, looked up while tables are written, without holding all names.

Each slice of the dataset has a section on its own subjects; they are in order, so a thing is found by the
first subjects of the slices. Of the sections some are held, the last ones used.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from mesmart_kg.dumps.bundles import Bundle, open_bundle
from mesmart_kg.dumps.lines import Grouped, LiteralParts, read_literal
from mesmart_kg.labels import find_label
from mesmart_kg.namespaces import expand
from mesmart_kg.work_cache import make_key

LANGUAGES: Final = ("it", "en")
LABELS: Final = (expand("skos:prefLabel"), expand("rdfs:label"), expand("dcterms:title"))
SECTION: Final = "names"
"""The part of a slice's bundle that is its section."""

_HELD: Final = 2048
"""Sections held by a process: some 0.2 MB each. If there are more that things are named in, they
are read over and over: with 256 of them, at ten million triples, that took longer than all else."""

_TERMS: Final = tuple(f"<{iri}>" for iri in LABELS)
_WKT: Final = f"<{expand('geo:asWKT')}>"
_POINT: Final = re.compile(r"POINT\s*\(\s*([-+.0-9eE]+)\s+([-+.0-9eE]+)\s*\)", re.IGNORECASE)


class Known(NamedTuple):
    """The label for an Italian and for an English reader, longitude and latitude; each empty if unknown."""

    it: str = ""
    en: str = ""
    longitude: str = ""
    latitude: str = ""

    def label(self, language: str) -> str:
        """Return the label for a reader of one of LANGUAGES."""
        return self.it if language == "it" else self.en


_NOTHING: Final = Known()


def make_section(subjects: Iterable[Grouped]) -> bytes:
    """Return the section on subjects of the default graph."""
    section = {}
    for subject, properties in subjects:
        told = dict(properties)
        texts = next(filter(None, (_read_texts(told.get(each, ())) for each in _TERMS)), [])
        point = _read_point(told[_WKT]) if _WKT in told else ("", "")
        if texts or any(point):
            section[subject[1:-1]] = (*(_choose(texts, language) for language in LANGUAGES), *point)
    return json.dumps(section, ensure_ascii=False).encode()


def _read_texts(terms: Iterable[str]) -> list[LiteralParts]:
    return [read_literal(term) for term in terms if term[0] == '"']


def _choose(texts: list[LiteralParts], language: str) -> str:
    # What find_label would do first, without ranking the others.
    exact = [text.value for text in texts if text.language.lower() == language]
    if exact:
        return min(exact)
    label = find_label(texts, (language,))
    return label.value if label else ""


def _read_point(terms: Iterable[str]) -> tuple[str, str]:
    """Return longitude and latitude, the order of WKT that names no system (GeoSPARQL 1.1, 8.5.1)."""
    point = ("", "")
    for term in terms:
        if term[0] == '"' and (found := _POINT.fullmatch(read_literal(term).value.strip())):
            point = (found[1], found[2])
    return point


def write_index(folder: Path, slices: Sequence[tuple[str, Bundle]]) -> Path:
    """Write the index of the sections: the first subject of each slice, a term, and the slice's bundle."""
    text = json.dumps([(first, str(bundle.path)) for first, bundle in slices])
    path = folder / f"names-{make_key(text)}.json"
    path.write_text(text, "utf-8")
    return path


class Names:
    """The names of all things, by the index of their sections."""

    def __init__(self, index: Path) -> None:
        self._firsts, self._bundles = _read_index(index)
        self._found: dict[str, Known] = {}

    def find(self, iri: str) -> Known:
        """Return what is known of a thing."""
        found = self._found.get(iri)
        if found is None:
            place = bisect_right(self._firsts, f"<{iri}>") - 1
            found = _read_section(self._bundles[place]).get(iri, _NOTHING) if place >= 0 else _NOTHING
            self._found[iri] = found
        return found

    def titles(self, iri: str) -> tuple[tuple[str, str], ...]:
        """Return the labels of a class or a property, by language."""
        known = self.find(iri)
        return tuple((language, text) for language in LANGUAGES if (text := known.label(language)))


@lru_cache(maxsize=2)
def _read_index(path: Path) -> tuple[list[str], list[str]]:
    entries = json.loads(path.read_text("utf-8"))
    return [first for first, _ in entries], [bundle for _, bundle in entries]


@lru_cache(maxsize=_HELD)
def _read_section(bundle: str) -> dict[str, Known]:
    content = json.loads(open_bundle(Path(bundle)).read(SECTION))
    return {iri: Known(*values) for iri, values in content.items()}
