"""Answers in the words of the two versions.

``lang`` marks a text whose language is another than the answer's, which its header tells; only the draft
knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mesmart_kg.label_index import Entry
from mesmart_kg.labels import Name
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.publication import published
from mesmart_kg.web.reconciling.comparing import QUALIFIERS
from mesmart_kg.web.reconciling.extending import Values
from mesmart_kg.web.reconciling.kinds import EntityType, cut, describe, find_type, to_id, type_of
from mesmart_kg.web.reconciling.model import (
    Extension,
    Found,
    Moment,
    Nothing,
    Proposed,
    Text,
    Thing,
    Value,
)
from mesmart_kg.web.reconciling.properties import Property, find_property
from mesmart_kg.web.reconciling.versions import Version

Json = dict[str, Any]

_MIDNIGHT: Final = "T00:00:00Z"


def write_results(found: Iterable[Found], version: Version) -> Json:
    """Return the candidates of a batch."""
    if version is Version.FINAL:
        return {each.key: _write_found(each, "result", version) for each in found}
    return {"results": [_write_found(each, "candidates", version) for each in found]}


def _write_found(found: Found, member: str, version: Version) -> Json:
    told: Json = {member: [_write_candidate(each, version) for each in found.candidates]}
    if found.is_broad:
        told["error"] = translate("Looking for this would take too long. Write more of the name.")
    return told


def _write_candidate(proposed: Proposed, version: Version) -> Json:
    entry = proposed.entry
    is_draft = version is Version.DRAFT
    return {
        "id": to_id(entry.iri),
        **_write_name(entry.name, is_draft),
        "description": describe(entry, proposed.name),
        "score": proposed.score,
        "match": proposed.match,
        "type": [_write_type(type_of(entry), with_about=False)],
        "features": [
            {"id": key, **({"name": name_feature(key)} if is_draft else {}), "value": value}
            for key, value in proposed.features.items()
        ],
    }


def name_feature(key: str) -> str:
    """Return what a feature of a candidate is called; of a property that was compared, how that is."""
    names = {
        "name": translate("How alike the names are"),
        "code": translate("The code"),
        "country": translate("The country"),
        "region": translate("The region or province"),
        "community": translate("The community"),
        "point": translate("How near it is"),
        "kind": translate("What the text says it is"),
        "id": translate("Named by its address"),
    }
    if key in names:
        return names[key]
    own = find_property(key.removeprefix("property:"))
    return own.name if own else key


def _write_name(name: Name, is_draft: bool) -> Json:
    told: Json = {"name": cut(name.value)}
    if is_draft and name.language and name.language != language():
        told["lang"] = name.language
    return told


def _write_type(entity_type: EntityType, *, with_about: bool = True) -> Json:
    told: Json = {"id": entity_type.id, "name": entity_type.name}
    about = published().glossary.about(entity_type.class_iri, language()) if with_about else None
    return told | ({"description": about} if about else {})


# --- suggestions ---


def write_entities(entries: Iterable[Entry]) -> Json:
    """Return suggested things."""
    return {
        "result": [
            {
                "id": to_id(entry.iri),
                **_write_name(entry.name, is_draft=True),
                "description": describe(entry),
                "notable": [_write_type(type_of(entry), with_about=False)],
            }
            for entry in entries
        ]
    }


def write_types(types: Iterable[EntityType]) -> Json:
    """Return suggested types."""
    return {"result": [_write_type(each) for each in types]}


def write_properties(properties: Iterable[Property]) -> Json:
    """Return suggested properties."""
    names = (translate("The same words"), translate("The same words, with * for any others"))
    ways = [{"id": key, "name": name} for key, name in zip(QUALIFIERS, names, strict=True)]
    return {"result": [{**_write_property(each), "matchQualifiers": ways} for each in properties]}


def write_proposal(properties: Iterable[Property], type_id: str | None, limit: int) -> Json:
    """Return the properties proposed for a type."""
    told: Json = {"properties": [_write_property(each) for each in properties]}
    if type_id:
        told["type"] = type_id
    if limit:
        told["limit"] = limit
    return told


def _write_property(own: Property) -> Json:
    return {"id": own.id, "name": own.name} | ({"description": own.about} if own.about else {})


# --- values ---


def write_extension(asked: Extension, iris: Mapping[str, str], values: Values, version: Version) -> Json:
    """Return the values of properties; ``iris`` leads from the ids that were sent to things."""
    is_draft = version is Version.DRAFT
    meta = []
    for wanted in asked.wanted:
        own = find_property(wanted.id)
        told: Json = {"id": wanted.id, "name": own.name if own else wanted.id}
        target = find_type(_TARGETS.get(wanted.id, ""))
        if target is not None and wanted.settings.content == "name":
            told["type"] = {"id": target.id, "name": target.name}
        meta.append(told)
    cells = {
        thing: {
            wanted.id: [
                _write_value(value, is_draft) for value in values.get(iris[thing], wanted.id, wanted.settings)
            ]
            for wanted in asked.wanted
        }
        for thing in asked.ids
    }
    if not is_draft:
        return {"meta": meta, "rows": cells}
    rows = [
        {"id": thing, "properties": [{"id": key, "values": told} for key, told in row.items()]}
        for thing, row in cells.items()
    ]
    return {"meta": meta, "rows": rows}


_TARGETS: Final = {
    "country": "country",
    "region": "region",
    "province": "region",
    "communities": "community",
    "events": "event",
}
"""Kinds of the things that some properties lead to."""


def _write_value(value: Value, is_draft: bool) -> Json:
    match value:
        case Thing():
            told: Json = {"id": to_id(value.iri), "name": value.name}
            return told | _mark(value.language, is_draft)
        case Text():
            return {"str": value.value} | _mark(value.language, is_draft)
        case Moment():
            return {"date": _write_moment(value.value)}
        case Nothing():
            return {}
        case int():
            return {"int": value}
        case float():
            return {"float": value}


def _mark(told: str | None, is_draft: bool) -> Json:
    return {"lang": told} if is_draft and told and told != language() else {}


def _write_moment(text: str) -> str:
    """Return a day or a time in full, as both versions want it; a day begins at midnight, UTC."""
    day, separator, time = text.partition("T")
    return f"{day[:10]}T{time}" if separator else f"{day[:10]}{_MIDNIGHT}"
