"""The links as RDF: one Turtle file, a VoID linkset and its links; the same bytes for the same links.

Each link leads from their thing to ours. ``skos:exactMatch`` where the match is safe or a person confirmed
it, ``skos:closeMatch`` only where a person said so. No blank nodes.

Specification: VoID (W3C Interest Group Note, 2011), section 5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from mesmart_kg.linking.model import Linked
from mesmart_kg.linking.subjects import Naming, is_iri
from mesmart_kg.namespaces import PREFIXES

EXACT: Final = "skos:exactMatch"
CLOSE: Final = "skos:closeMatch"
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_USED: Final = ("dcterms", "skos", "void", "xsd")


@dataclass(frozen=True)
class About:
    """What is said of a set of links. ``titles`` are (language, text); ``target`` is the IRI of our data.

    ``publisher`` is an IRI or a name; where it is empty, only the tool is named, as creator.
    """

    titles: tuple[tuple[str, str], ...]
    licence: str
    day: date
    target: str
    publisher: str = ""
    tool: str = "mesmart link"


@dataclass(frozen=True, order=True)
class Link:
    """One link, with what a table of mappings tells besides. ``by_person`` if a person chose it."""

    subject: str
    predicate: str
    target: str
    subject_name: str = ""
    target_name: str = ""
    by_person: bool = False
    is_compound: bool = False
    """Whether more than a name was asked: a country, a region, a code."""

    confidence: float = 1.0


def to_links(linked: Linked) -> tuple[Link, ...]:
    """Return the links of a table, sorted, each once."""
    found: dict[tuple[str, str, str], Link] = {}
    for each in linked.outcomes:
        target = each.target
        if target is None:
            continue
        question = each.question
        link = Link(
            each.iri,
            CLOSE if each.is_close else EXACT,
            target.iri,
            question.text,
            target.name,
            each.choice is not None,
            bool(question.codes or question.countries or question.regions),
            1.0 if each.choice is not None else round(target.score / 100, 3),
        )
        found.setdefault((link.subject, link.predicate, link.target), link)
    return tuple(sorted(found.values()))


def to_turtle(links: tuple[Link, ...], naming: Naming, about: About) -> str:
    """Return the Turtle file of a set of links."""
    predicates = sorted({link.predicate for link in links}, reverse=True) or [EXACT]
    titles = ", ".join(f"{quote_text(text)}@{language}" for language, text in sorted(about.titles))
    agent = "dcterms:publisher" if about.publisher else "dcterms:creator"
    name = about.publisher or about.tool
    lines = [
        *(f"@prefix {prefix}: <{PREFIXES[prefix]}> ." for prefix in _USED),
        "",
        f"<{naming.linkset}> a void:Linkset ;",
        f"    dcterms:title {titles} ;",
        f"    {agent} {f'<{name}>' if is_iri(name) else quote_text(name)} ;",
        f"    dcterms:license <{about.licence}> ;",
        f'    dcterms:created "{about.day.isoformat()}"^^xsd:date ;',
        f"    void:subjectsTarget <{naming.dataset}> ;",
        f"    void:objectsTarget <{about.target}> ;",
        f"    void:linkPredicate {', '.join(predicates)} ;",
        f"    void:triples {len(links)} .",
        "",
        *(f"<{link.subject}> {link.predicate} <{link.target}> ." for link in links),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def quote_text(text: str) -> str:
    """Return a literal of Turtle; signs that no document may hold are left out."""
    return '"' + "".join(_ESCAPES.get(sign, sign) for sign in _CONTROL.sub("", text)) + '"'
