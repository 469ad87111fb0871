"""Requests of both versions to the model: strictly by the schemas, within limits, never beyond them.

Whatever breaks a schema is a BadRequest (400) that names the place; what is more than the limits allow is one
with 413. Members that a schema does not know are errors where it says so, else passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.reconciling.model import Condition, Extension, Plain, Query, Settings, Wanted

LIMIT: Final = 10
"""Candidates of a query that asks for no other number."""

MOST_CANDIDATES: Final = 50
MOST_CONDITIONS: Final = 20
"""Conditions of a query, and values of one of them."""

MOST_PROPERTIES: Final = 50
LONGEST: Final = 1000
"""Characters of one text in a query; of a name, fewer are read."""

# Tuples: what a client sends may be anything, and not all of it can be looked up in a set.
_STRICT: Final = ("any", "all", "should")
_QUANTIFIERS: Final = ("any", "all", "none")
_CONTENTS: Final = ("name", "literal", "id")
_CLOSE: Final = ("rather", "always", "never")
_QUERY: Final = frozenset(("query", "type", "limit", "properties", "type_strict"))
_DRAFT_QUERY: Final = frozenset(("type", "limit", "lang", "dir", "conditions"))


def read_json(text: str | bytes, what: str) -> object:
    """Return what a JSON text says; numbers that are none are errors."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest(400, "not-json", "“%(name)s” is not valid JSON.", name=what) from error


def read_batch(document: object, most: int) -> tuple[Query, ...]:
    """Return the queries of a batch as 0.2 sends them, in order."""
    if not isinstance(document, dict):
        _refuse("queries", "object")
    _count("queries", len(document), most)
    return tuple(_read_query(key, query) for key, query in document.items())


def read_draft_batch(document: object, most: int) -> tuple[Query, ...]:
    """Return the queries of a batch as the draft sends them, in order."""
    queries = _member(document, "queries", "queries")
    if not isinstance(queries, list):
        _refuse("queries", "array")
    _count("queries", len(queries), most)
    return tuple(_read_draft_query(str(place), query) for place, query in enumerate(queries))


def read_extension(document: object, most: int) -> Extension:
    """Return a data extension query, which both versions send alike."""
    ids, properties = _member(document, "ids", "ids"), _member(document, "properties", "properties")
    if not isinstance(ids, list) or not isinstance(properties, list):
        _refuse("ids, properties", "array")
    _count("ids", len(ids), most)
    _count("properties", len(properties), MOST_PROPERTIES)
    things = tuple(_text(each, "ids") for each in ids)
    return Extension(tuple(dict.fromkeys(things)), tuple(_read_wanted(each) for each in properties))


def read_number(value: object, where: str, least: int, most: int) -> int:
    """Return a whole number that may come as a text; more than ``most`` is taken for that."""
    if isinstance(value, str) and value.strip().isdecimal() and value.isascii() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or value < least:
        _refuse(where, "integer", least)
    return int(min(value, most))


# --- 0.2 ---


def _read_query(key: str, query: object) -> Query:
    where = f"queries.{key[:40]}"
    _check_members(query, where, _QUERY)
    assert isinstance(query, dict)  # noqa: S101 - it was just checked
    text = _text(query["query"], f"{where}.query") if "query" in query else ""
    properties = _list(query.get("properties", []), f"{where}.properties")
    if "query" not in query and not properties:
        _refuse(where, "query | properties")
    strict = query.get("type_strict", "any")
    if strict not in _STRICT:
        _refuse(f"{where}.type_strict", "any | all | should")
    types = query.get("type", [])
    types = [types] if isinstance(types, str) else _list(types, f"{where}.type")
    return Query(
        key,
        names=(text,) if text.strip() else (),
        types=tuple(_text(each, f"{where}.type") for each in types),
        strict=strict,
        conditions=tuple(
            Condition(
                _text(_member(each, "pid", f"{where}.properties"), f"{where}.properties.pid"),
                _values(_member(each, "v", f"{where}.properties"), f"{where}.properties.v"),
            )
            for each in properties
        ),
        limit=_read_limit(query, where),
    )


# --- the draft ---


def _read_draft_query(key: str, query: object) -> Query:
    where = f"queries[{key}]"
    _check_members(query, where, _DRAFT_QUERY)
    assert isinstance(query, dict)  # noqa: S101 - it was just checked
    told = _list(_member(query, "conditions", where), f"{where}.conditions")
    if not told:
        _refuse(f"{where}.conditions", "array, length ≥ 1")
    names: list[str] = []
    ids: list[str] = []
    conditions = []
    for each in told:
        place = f"{where}.conditions"
        kind = _member(each, "matchType", place)
        values = _values(_member(each, "propertyValue", place), f"{place}.propertyValue")
        match kind:
            case "name":
                names += [str(value) for value in values]
            case "id":
                ids += [str(value) for value in values]
            case "property":
                conditions.append(_read_condition(each, values, place))
            case _:
                _refuse(f"{place}.matchType", "name | id | property")
    kind = query.get("type")
    return Query(
        key,
        tuple(name for name in dict.fromkeys(names) if name.strip()),
        tuple(dict.fromkeys(ids)),
        () if kind is None else (_text(kind, f"{where}.type"),),
        "any",
        tuple(conditions),
        _read_limit(query, where),
    )


def _read_condition(told: Mapping[str, Any], values: tuple[Plain, ...], where: str) -> Condition:
    required, quantifier = told.get("required", False), told.get("matchQuantifier", "any")
    qualifier = told.get("matchQualifier")
    if not isinstance(required, bool):
        _refuse(f"{where}.required", "boolean")
    if quantifier not in _QUANTIFIERS:
        _refuse(f"{where}.matchQuantifier", "any | all | none")
    if qualifier is not None:
        qualifier = _text(qualifier, f"{where}.matchQualifier")
    named = _text(_member(told, "propertyId", where), f"{where}.propertyId")
    return Condition(named, values, required, quantifier, qualifier)


# --- both ---


def _read_wanted(told: object) -> Wanted:
    settings = told.get("settings", {}) if isinstance(told, dict) else {}
    if not isinstance(settings, dict):
        _refuse("properties.settings", "object")
    content, language = settings.get("content", "name"), settings.get("language", "")
    close = settings.get("close", "rather")
    if content not in _CONTENTS:
        _refuse("settings.content", "name | literal | id")
    if close not in _CLOSE:
        _refuse("settings.close", "rather | always | never")
    return Wanted(
        _text(_member(told, "id", "properties"), "properties.id"),
        Settings(
            read_number(settings.get("limit") or 0, "settings.limit", 0, 1_000_000),
            read_number(settings.get("offset") or 0, "settings.offset", 0, 1_000_000),
            content,
            _text(language, "settings.language")[:35].strip().lower(),
            close,
        ),
    )


def _read_limit(query: Mapping[str, Any], where: str) -> int:
    # OpenRefine sends 0 where its user has chosen no number.
    if query.get("limit", 0) == 0:
        return LIMIT
    return read_number(query["limit"], f"{where}.limit", 1, MOST_CANDIDATES)


def _values(told: object, where: str) -> tuple[Plain, ...]:
    """Return the values of a property: texts, numbers, truths; of an entity its id."""
    values = _list(told, where) if isinstance(told, list) else [told]
    return tuple(_value(each, where) for each in values)


def _value(told: object, where: str) -> Plain:
    if isinstance(told, dict):
        return _text(_member(told, "id", where), f"{where}.id")
    if isinstance(told, bool | int | float):
        return told
    return _text(told, where)


def _text(told: object, where: str) -> str:
    if not isinstance(told, str):
        _refuse(where, "string")
    if len(told) > LONGEST:
        raise BadRequest(
            413,
            "text-too-long",
            "%(where)s: this is too long; %(most)s characters are read.",
            where=where,
            most=LONGEST,
        )
    return told


def _list(told: object, where: str) -> list[Any]:
    if not isinstance(told, list):
        _refuse(where, "array")
    _count(where, len(told), MOST_CONDITIONS)
    return told


def _member(told: object, name: str, where: str) -> Any:
    if not isinstance(told, dict) or name not in told:
        _refuse(where, f"{{ {name}: … }}")
    return told[name]


def _check_members(told: object, where: str, known: frozenset[str]) -> None:
    if not isinstance(told, dict):
        _refuse(where, "object")
    for name in told:
        if name not in known:
            raise BadRequest(
                400,
                "malformed-query",
                "%(where)s: the specification knows no “%(name)s” here.",
                where=where,
                name=name[:40],
            )


def _count(where: str, count: int, most: int) -> None:
    if count > most:
        raise BadRequest(
            413,
            "too-many",
            "%(where)s: there are %(count)s, and %(most)s are taken at once. Send them in several requests.",
            where=where,
            count=count,
            most=most,
        )


def _refuse(where: str, wanted: str, least: int | None = None) -> NoReturn:
    told = wanted if least is None else f"{wanted} ≥ {least}"
    raise BadRequest(
        400,
        "malformed-query",
        "%(where)s does not follow the specification; it has to be: %(wanted)s",
        where=where[:200],
        wanted=told,
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")
