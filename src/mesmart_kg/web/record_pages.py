"""What the page about contexts shows: classes to write records of, keys to write in, how to check them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for

from mesmart_kg.contexts import Context, Frame, relocate
from mesmart_kg.labels import Reference
from mesmart_kg.web.languages import translate
from mesmart_kg.web.links import absolute, to_path
from mesmart_kg.web.vocabulary_pages import to_term

_COMMANDS: Final = """\
pip install pyshacl
curl -o record.json {example}
curl -o shapes.ttl {shapes}
curl -G -o known.nt -H 'Accept: application/n-triples' {endpoint} \\
  --data-urlencode 'query=CONSTRUCT {{ ?thing a ?kind }} WHERE {{ ?thing a ?kind }}'
pyshacl --allow-warnings -s shapes.ttl --focus {iri} record.json known.nt"""
"""The ending tells pyshacl that a record is JSON-LD; ``.jsonld`` is unknown to it."""

_PROGRAM: Final = """\
import json
from urllib.request import urlopen
from pyld import jsonld


def load(url, options):
    return {{"document": json.load(urlopen(url)), "documentUrl": url, "contextUrl": None}}


record = jsonld.frame(
    "{document}",
    "{frame}",
    {{"omitGraph": True, "documentLoader": load}},
)
print(json.dumps(record, indent=2, ensure_ascii=False))"""


@dataclass(frozen=True)
class Checking:
    """How to check a record, by an example: shell commands; and a program that makes one of our data."""

    commands: str
    program: str


@dataclass(frozen=True)
class Record:
    """A class, with the addresses of its frame and its example, and the example itself."""

    name: str
    term: Reference
    frame: str
    example: str
    text: str


@dataclass(frozen=True)
class Key:
    """A key: the term that it stands for, and in a few words what to write after it."""

    name: str
    term: Reference
    kind: str


def list_records(context: Context, frames: Iterable[Frame], root: str) -> tuple[Record, ...]:
    """Return the classes that have a frame; ``root`` is where this site gives contexts."""
    return tuple(
        Record(
            each.name,
            to_term(context.expand(each.name)),
            url_for("contexts.frame", name=each.name),
            url_for("contexts.example", name=each.name),
            relocate(each.example, root),
        )
        for each in frames
    )


def describe_checking(context: Context, frame: Frame) -> Checking:
    """Return how the example of a frame is checked, with the addresses of this site."""
    iri = context.expand(str(frame.record["id"]))
    return Checking(
        _COMMANDS.format(
            example=absolute(url_for("contexts.example", name=frame.name)),
            shapes=absolute("/shapes.ttl"),
            endpoint=absolute(url_for("sparql.answer")),
            iri=iri,
        ),
        _PROGRAM.format(
            document=absolute(f"{to_path(iri)}.jsonld"),
            frame=absolute(url_for("contexts.frame", name=frame.name)),
        ),
    )


def list_keys(context: Context) -> tuple[Key, ...]:
    """Return the keys of a context that stand for properties, in alphabetical order."""
    return tuple(
        Key(name, to_term(context.expand(name)), _word(meaning))
        for name, meaning in sorted(context.definitions.items(), key=lambda item: item[0].casefold())
        if isinstance(meaning, dict)
    )


def _word(meaning: Mapping[str, Any]) -> str:
    kind = meaning.get("@type", "")
    if "@language" in (meaning.get("@container") or ()):
        return translate("texts by language")
    words = {
        "@id": translate("the address or short name of another thing"),
        "xsd:date": translate("a day: 2026-11-22"),
        "xsd:gYearMonth": translate("a month: 2026-11"),
        "xsd:gYear": translate("a year: 2026"),
        "xsd:dateTime": translate("a time: 2026-11-22T10:30:00Z"),
        "xsd:decimal": translate("an amount in quotation marks"),
        "geo:wktLiteral": translate("a place as longitude and latitude: POINT(15.55 38.19)"),
    }
    return words.get(kind, translate("a text, or a number where one counts"))
