"""Whose work stands in ours: the sources of the data, the software that serves them, what goes to browsers.

Of sources the data themselves tell; of Python packages, their own metadata; of what goes to browsers, a list
that ``client/licences.mjs`` wrote when the assets were built.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from mesmart_kg.engine import Engine, Terms
from mesmart_kg.labels import Name, Reference, find_label
from mesmart_kg.namespaces import compact
from mesmart_kg.store import NamedNode
from mesmart_kg.web.once import once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUERY: Final = """PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX dc: <http://purl.org/dc/elements/1.1/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX schema: <https://schema.org/>

SELECT ?source ?what ?told
WHERE {
  ?source a cc:Source ;
    ?what ?told .
  FILTER(?what IN (
    rdf:type, dcterms:title, dc:publisher, dcterms:license, dcterms:rights, schema:creditText
  ))
}
ORDER BY ?source ?what ?told
"""
"""Every source, those that others were compiled from included: these ask for credit.

One row for each fact: a row for all of them would be there as often as titles times publishers times rights.
"""

_SOURCES: Final = "SELECT ?source { ?source a <https://w3id.org/city-communities/def#Source> }"
_TOLD: Final = QUERY.partition("ORDER BY")[0].replace(
    "  ?source a cc:Source ;\n    ?what ?told .", "  VALUES ?source { %s }\n  ?source ?what ?told ."
)
_TOGETHER: Final = 2000
MOST_ROWS: Final = 200_000

PAGE: Final = 500
"""Sources on a page."""


_REQUIREMENT: Final = re.compile(r"[A-Za-z0-9._-]+")
_LONG: Final = 60


@dataclass(frozen=True)
class Source:
    """A source: who published it, on what terms (its own words, the licence's IRI), how to credit it."""

    reference: Reference
    publisher: str
    licence: str | None
    rights: str
    credit: str


@dataclass(frozen=True)
class Work:
    """A piece of software, or a font: licence as its makers name it, address if they give one."""

    name: str
    version: str
    licence: str
    url: str
    notice: str = ""


def list_sources(engine: Engine, language: str, terms: Terms) -> tuple[Source, ...]:
    """Return the sources by name, each once. Raises what a query may raise."""
    return once(("credits", language), lambda: _ask(engine, language, terms))


def group_credits(sources: Sequence[Source]) -> tuple[tuple[str, tuple[Source, ...]], ...]:
    """Return the words in which sources ask to be credited, sorted, each with those that do."""
    groups: dict[str, list[Source]] = {}
    for each in sources:
        if each.credit:
            groups.setdefault(each.credit, []).append(each)
    return tuple((text, tuple(groups[text])) for text in sorted(groups, key=str.casefold))


def _ask(engine: Engine, language: str, terms: Terms) -> tuple[Source, ...]:
    texts = once("credits", lambda: _read(engine, terms))
    sources = [_to_source(iri, told, language) for iri, told in texts.items()]
    return tuple(sorted(sources, key=lambda each: (each.reference.name.value.casefold(), each.reference.iri)))


def _read(engine: Engine, terms: Terms) -> dict[str, dict[str, list[Name]]]:
    """Return what is told of each source, by property: some thousand sources at a time, none sorted there."""
    found = engine.select(_SOURCES, MOST_ROWS, terms=terms).rows
    iris = sorted(row["source"].value for row in found)
    texts: dict[str, dict[str, list[Name]]] = {iri: {} for iri in iris}
    for begin in range(0, len(iris), _TOGETHER):
        asked = " ".join(str(NamedNode(iri)) for iri in iris[begin : begin + _TOGETHER])
        rows = engine.select(_TOLD % asked, MOST_ROWS, terms=terms).rows
        for row in sorted(rows, key=lambda row: row["told"].value):
            name, term = compact(row["what"].value), row["told"]
            told = texts[row["source"].value].setdefault(name, [])
            told.append(Name(term.value, getattr(term, "language", None) or None))
    return texts


def _to_source(iri: str, told: Mapping[str, Sequence[Name]], language: str) -> Source:
    def find(name: str) -> str:
        found = find_label(told.get(name, ()), (language,))
        return found.value if found else ""

    title = find_label(told.get("dcterms:title", ()), (language,)) or Name(iri.rpartition("/")[2])
    return Source(
        Reference(iri, title),
        find("dc:publisher"),
        find("dcterms:license") or None,
        find("dcterms:rights"),
        find("schema:creditText"),
    )


@lru_cache(maxsize=1)
def list_software() -> tuple[Work, ...]:
    """Return the Python packages that run here, those that others need included, by name."""
    found: dict[str, Work] = {}
    waiting = ["mesmart_kg"]
    while waiting:
        name = waiting.pop()
        key = _normalise(name)
        if key in found:
            continue
        try:
            told = distribution(name)
        except PackageNotFoundError:  # needed elsewhere only, such as on another system
            continue
        fields: Mapping[str, str] = told.metadata  # type: ignore[assignment]  # a message, by its type
        urls = dict(_read_urls(told.metadata.get_all("Project-URL") or []))
        url = (
            fields.get("Home-page")
            or urls.get("homepage")
            or urls.get("source")
            or urls.get("repository")
            or ""
        )
        licence = _find_licence(fields, told.metadata.get_all("Classifier") or [])
        found[key] = Work(fields["Name"], told.version, licence, url if url.startswith("http") else "")
        # What is only for an extra or another system says so behind a semicolon.
        waiting += [
            _REQUIREMENT.match(each)[0]  # type: ignore[index]  # every requirement begins with a name
            for each in told.requires or ()
            if "extra ==" not in each
        ]
    found.pop(_normalise("mesmart_kg"))
    return tuple(sorted(found.values(), key=lambda each: each.name.casefold()))


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()  # the simple form of PEP 503


def _read_urls(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        label, _, url = line.partition(",")
        yield label.strip().lower(), url.strip()


def _find_licence(fields: Mapping[str, str], classifiers: list[str]) -> str:
    """Return a package's licence: as an expression, in its own words if short, else by its classifiers."""
    told = fields.get("License-Expression") or fields.get("License") or ""
    if told and len(told) <= _LONG and "\n" not in told:
        return told
    names = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: ")]
    return ", ".join(names) or told.strip().partition("\n")[0][:_LONG]


def list_assets() -> tuple[Work, ...]:
    """Return what goes to browsers, with its notices; nothing where the assets were never built."""
    folder = files("mesmart_kg.web") / "static"
    try:
        names = json.loads((folder / "assets.json").read_text("utf-8"))
        told = json.loads((folder / names["licences.json"]).read_text("utf-8"))
    except (OSError, KeyError, ValueError):
        return ()
    return tuple(Work(**each) for each in told)


def to_notices(works: Sequence[Work]) -> str:
    """Return the notices of what goes to browsers in one text."""
    rule = "=" * 78
    parts = [
        f"{rule}\n{each.name} {each.version}\n{each.licence}\n{rule}\n\n{each.notice}\n" for each in works
    ]
    return "\n".join(parts)
