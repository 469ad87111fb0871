"""Kinds of thing as the API's types, and things as its entities.

An entity's id is the path of its IRI below the base: ``city/it-messina``. What has no such IRI, such as the
terms of a vocabulary, is no entity, and stands as text where it is a value. A type's id is its class's own
name, ``City``; the kind's key, the prefixed name and the IRI of the class are understood as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mesmart_kg.label_index import Entry, LabelIndex
from mesmart_kg.label_index.terms import KINDS, SOUGHT, UNSOUGHT
from mesmart_kg.labels import Reference
from mesmart_kg.namespaces import compact
from mesmart_kg.web.kinds import name_badge, name_one
from mesmart_kg.web.languages import language
from mesmart_kg.web.once import once
from mesmart_kg.web.publication import published

_THINGS: Final = "id/"
_ORDER: Final = (
    "city",
    "community",
    "organization",
    "event",
    "series",
    "project",
    "mechanism",
    "country",
    "region",
    "place",
)
_OWN_NAMES: Final = {"organization": "Organization"}
"""Types whose things are of several classes; the most general names them."""

LONGEST_NAME: Final = 300
"""Characters of a name or description that is told; nobody reads more in a cell."""


def _end_of(iri: str) -> str:
    return iri.rstrip("/#").rpartition("/")[2].rpartition("#")[2]


_BY_CLASS: Final = {
    name: kind for iri, kind in KINDS.items() for name in (iri, compact(iri), _end_of(iri))
}  # fmt: skip


@dataclass(frozen=True)
class EntityType:
    """A type of the API: its id, the kind of thing it stands for, the class that makes it."""

    id: str
    kind: str
    class_iri: str

    @property
    def name(self) -> str:
        """What one thing of the type is called, in the reader's language."""
        return once(("type name", self.kind, language()), lambda: name_one(self.kind, self.class_iri))

    @property
    def is_common(self) -> bool:
        """Whether people look for things of this type, rather than meet them on the way."""
        return self.kind in SOUGHT


def space() -> str:
    """Return what the ids of entities stand below."""
    return f"{published().config.site.base_iri}{_THINGS}"


def to_id(iri: str) -> str | None:
    """Return the id of an entity; None for what is none."""
    rest = iri.removeprefix(space())
    return rest if rest != iri and rest else None


def to_iri(text: str) -> str:
    """Return the IRI that an id stands for; an IRI is itself."""
    return text if "://" in text else f"{space()}{text}"


def list_types() -> tuple[EntityType, ...]:
    """Return the types of which the release holds entities: those that people look for, then the rest."""
    return once("reconciliation-types", _find_types)


def _find_types() -> tuple[EntityType, ...]:
    here = published()
    found: dict[str, EntityType] = {}
    for kind in sorted(here.index.classes(), key=lambda each: _rank(each.key)):
        first = here.index.browse(kind.key, limit=1).entries if kind.key not in UNSOUGHT else ()
        if first and kind.class_iri and to_id(first[0].iri) is not None:
            own = _OWN_NAMES.get(kind.key) or _end_of(kind.class_iri)
            found.setdefault(own, EntityType(own, kind.key, kind.class_iri))
    return tuple(found.values())


def _rank(key: str) -> tuple[int, str]:
    return (_ORDER.index(key) if key in _ORDER else len(_ORDER), key)


def find_type(text: str) -> EntityType | None:
    """Return the type that a text means: by its id, or by any class that makes its kind; None if none is."""
    types = list_types()
    for each in types:
        if text in {each.id, each.kind, each.class_iri, compact(each.class_iri)}:
            return each
    kind = _BY_CLASS.get(text)
    return next((each for each in types if each.kind == kind), None)


def type_of(entry: Entry) -> EntityType:
    """Return the type of a thing."""
    known = next((each for each in list_types() if each.kind == entry.kind), None)
    return known or EntityType(entry.kind, entry.kind, entry.class_iri)


def find_entries(index: LabelIndex, iris: Iterable[str]) -> dict[str, Entry]:
    """Return those of some things that the index has, by IRI, named for the reader. Raises TooBroad."""
    with index.propose() as proposals:
        numbers = proposals.find_by_iris(iris)
    return {entry.iri: entry for entry in index.entries_of(numbers, (language(),))}


def describe(entry: Entry, also: str = "") -> str:
    """Return in a few words which thing this is: what, where, when, and by which other name it was found."""
    # Of regions the badge tells the level.
    words = [name_badge(entry) if entry.kind == "region" else type_of(entry).name]
    words += [each.name.value for each in _nearest_first(entry)]
    words += [entry.start[:10]] if entry.start and entry.kind in {"event", "project"} else []
    if also and also.casefold() != entry.name.value.casefold():
        words.append(also)
    return cut(" · ".join(words))


def _nearest_first(entry: Entry) -> Sequence[Reference]:
    """Return the regions and countries of a thing."""
    return (*entry.regions[:2], *entry.countries[:1])


def cut(text: str) -> str:
    """Return a text, or its beginning."""
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"
