"""Properties of the API: what a query may say of a thing beside its name, and what can be told of it.

Those with a short id (``country``, ``istat``, ``communities``) are made for tables: they go over what the
data put in between. All others are the properties of the data themselves, by prefixed name or IRI, called as
the release calls them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mesmart_kg.label_index import fold
from mesmart_kg.label_index.terms import SOUGHT
from mesmart_kg.namespaces import PREFIXES, compact, expand
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.publication import published
from mesmart_kg.web.reconciling.kinds import EntityType
from mesmart_kg.web.schemes import name_scheme

_PLACED: Final = ("city", "event", "place", "organization", "community")
_WITHIN: Final = ("city", "region", "place", "event", "organization", "community")
_JOINING: Final = ("city", "region", "organization")
_TIMED: Final = ("event", "project", "community", "organization", "series")

SCHEMES: Final = {
    "istat": ("city",),
    "istat-province": ("region",),
    "istat-region": ("region",),
    "istat-uts": ("region",),
    "cadastral": ("city",),
    "nuts": ("city", "region"),
    "lau": ("city",),
    "iso3166-1": ("country",),
    "eu-authority": ("city", "country"),
    "wikidata": ("city", "country", "region"),
    "geonames": ("city", "country", "region"),
}
"""Registers whose codes things have, with the kinds of thing that have them."""

_OTHER_NAMES: Final = {
    "cc:within": "region",
    "schema:containedInPlace": "region",
    "countryCode": "country-code",
    "community": "communities",
    "org:memberOf": "communities",
    "latitude-longitude": "coordinates",
    "id": "iri",
    "dcterms:identifier": "code",
}
"""What else a query may call a property; as a column of its own, a prefixed name stays what it says."""

_MACHINERY: Final = frozenset(
    expand(name)
    for name in (
        "rdf:type",
        "skos:prefLabel",
        "geo:hasDefaultGeometry",
        "org:hasMembership",
        "m8g:participates",
        "m8g:hasParticipation",
        "schema:additionalProperty",
        "skos:inScheme",
    )
)
"""Properties of the data whose values say nothing in a cell, or that a short id tells better."""


@dataclass(frozen=True)
class Property:
    """A property as it is told: id, name in the reader's language, a sentence, kinds of thing that have it.

    ``iri`` is that of a property of the data; empty for those with a short id.
    """

    id: str
    name: str
    about: str = ""
    kinds: tuple[str, ...] = ()
    iri: str = ""

    def suits(self, entity_type: EntityType | None) -> bool:
        """Tell whether things of a type may have it."""
        return entity_type is None or not self.kinds or entity_type.kind in self.kinds


def list_short() -> tuple[Property, ...]:
    """Return the properties that are made for tables, the most wanted first."""
    return (
        Property("country", translate("Country"), "", _WITHIN),
        Property(
            "country-code", translate("Code of the country"), translate("Two letters, ISO 3166-1."), _WITHIN
        ),
        Property("region", translate("Region"), "", _WITHIN),
        Property("province", translate("Province"), "", _WITHIN),
        *(Property(scheme, _capital(name_scheme(scheme)), "", kinds) for scheme, kinds in SCHEMES.items()),
        Property(
            "coordinates", translate("Coordinates"), translate("Latitude, longitude, in degrees."), _PLACED
        ),
        Property("latitude", translate("Latitude"), translate("In degrees, WGS 84."), _PLACED),
        Property("longitude", translate("Longitude"), translate("In degrees, WGS 84."), _PLACED),
        Property("population", translate("Inhabitants"), translate("The newest figure first."), ("city",)),
        Property(
            "population-year",
            translate("Year of the inhabitants"),
            translate("In the order of the inhabitants."),
            ("city",),
        ),
        Property(
            "communities",
            translate("Communities it joined"),
            translate("By the word of a source; nobody says that it still is a member."),
            _JOINING,
        ),
        Property(
            "communities-from",
            translate("Joined on"),
            translate("In the order of the communities."),
            _JOINING,
        ),
        Property(
            "communities-until", translate("Left on"), translate("In the order of the communities."), _JOINING
        ),
        Property(
            "communities-role",
            translate("Role in the community"),
            translate("In the order of the communities."),
            _JOINING,
        ),
        Property(
            "events",
            translate("Events it took part in"),
            translate("The newest first."),
            (*_JOINING, "community"),
        ),
        Property(
            "events-date",
            translate("Dates of these events"),
            translate("In the order of the events."),
            (*_JOINING, "community"),
        ),
        Property("start", translate("Begins, or was founded, on"), "", _TIMED),
        Property("end", translate("Ends on"), "", _TIMED),
        Property("name", translate("Name"), translate("In the language that the settings choose."), ()),
        Property(
            "other-names",
            translate("Other names"),
            translate("In all languages, unless the settings choose one."),
            (),
        ),
        Property("kind", translate("What it is"), "", ()),
        Property("iri", translate("Its lasting address (IRI)"), "", ()),
        Property("page", translate("Its page on this site"), "", ()),
    )


SHORT: Final = frozenset(
    (
        *("country", "country-code", "region", "province", *SCHEMES, "coordinates", "latitude", "longitude"),
        *("population", "population-year", "communities", "communities-from", "communities-until"),
        *("communities-role", "events", "events-date", "start", "end", "name", "other-names", "kind"),
        *("iri", "page"),
    )
)
"""Ids of the properties that :func:`list_short` returns."""


def list_own(entity_type: EntityType | None = None) -> Iterator[Property]:
    """Yield the properties of the data; of a type's things, those that its shape speaks of."""
    here = published()
    used = here.release.manifest.figures.get("properties", {})
    told = used
    if entity_type is not None:
        classes = (entity_type.class_iri, *here.glossary.above.get(entity_type.class_iri, ()))
        told = {iri: None for each in classes for iri in here.glossary.of_class.get(each, ())}
    for iri in sorted(told):
        if iri in used and iri not in _MACHINERY:
            yield _make_own(iri, entity_type)


def _make_own(iri: str, entity_type: EntityType | None = None) -> Property:
    glossary, reader = published().glossary, language()
    of_class = entity_type.class_iri if entity_type else None
    about = glossary.about(iri, reader) or ""
    return Property(compact(iri).strip("<>"), glossary.name(iri, reader, of_class), about, (), iri)


def find_property(text: str) -> Property | None:
    """Return the property with an id: one made for tables, else one of the data; None if there is none."""
    if text in SHORT:
        return next(each for each in list_short() if each.id == text)
    iri = to_property_iri(text)
    used = published().release.manifest.figures.get("properties", {})
    return _make_own(iri) if iri in used else None


def to_property_iri(text: str) -> str:
    """Return the IRI that a prefixed name stands for; any other text as it is."""
    prefix, colon, local = text.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES and not local.startswith("//") else text


def find_short(text: str) -> str:
    """Return the short id that a query means by the name of a property, else the text as it is."""
    plain = compact(text).strip("<>") if "://" in text else text
    return _OTHER_NAMES.get(plain, plain)


def find_like(words: str, entity_type: EntityType | None) -> list[Property]:
    """Return the properties whose name or id has a word that begins so, those made for tables first."""
    asked = fold(words).split()
    known = [each for each in list_short() if each.suits(entity_type)]
    known += list_own(entity_type) if entity_type and entity_type.kind in SOUGHT else list_own()
    return [each for each in known if _fits(asked, f"{each.name} {each.id}")]


def _fits(asked: list[str], text: str) -> bool:
    words = fold(text.replace("-", " ").replace(":", " ")).split()
    return all(any(word.startswith(each) for word in words) for each in asked)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
