"""What documentation pages need of terms: how they are called, where they lead, in which formats they come.

The same address gives the page and the RDF: by ``Accept``, by ``?format=``, or by a suffix (``/def.ttl``).
Turtle comes first: it is what a tool that takes anything does best with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from flask import Response, request

from mesmart_kg import formats
from mesmart_kg.engine import Terms
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.labels import Name, Reference, find_label
from mesmart_kg.namespaces import NAMESPACE, compact
from mesmart_kg.terminology import (
    Entry,
    Example,
    Match,
    Ontology,
    Shapes,
    find_examples,
    list_matches,
    list_rules,
    read_ontology,
    read_shapes,
    read_statements,
)
from mesmart_kg.web.conditional import finish
from mesmart_kg.web.languages import language
from mesmart_kg.web.links import to_path
from mesmart_kg.web.negotiation import HTML, Choice, choose_format
from mesmart_kg.web.once import once
from mesmart_kg.web.publication import published
from mesmart_kg.web.signposting import LINKSET, Signposts, to_header, to_linkset

__all__ = [
    "RDF",
    "best",
    "choose",
    "examples",
    "matches",
    "ontology",
    "prefixed",
    "refer",
    "rules",
    "send",
    "shapes",
    "terms",
    "to_term",
]

RDF: Final = (formats.TURTLE, formats.JSONLD, formats.NTRIPLES, formats.RDFXML)
_OFFERED: Final = (formats.TURTLE, HTML, formats.JSONLD, formats.NTRIPLES, formats.RDFXML)
_SUFFIXES: Final = {each.extension: each for each in (*_OFFERED, LINKSET)}


def choose(suffix: str | None) -> Choice:
    """Return the format to answer in: the one of the suffix, else what the client prefers.

    Raises ResourceNotFound for a suffix that means nothing, NotAcceptable.
    """
    if suffix is None:
        return choose_format(request.headers.get("Accept"), request.args.get("format"), _OFFERED)
    found = _SUFFIXES.get(suffix)
    if found is None:
        raise ResourceNotFound(f"nothing is given as {suffix}")
    return Choice(found, found.media_type)


def send(
    choice: Choice,
    iri: str,
    types: Iterable[str],
    page: Callable[[], str],
    rdf: Callable[[formats.Format], bytes],
    collections: tuple[str, ...] = (),
) -> Response:
    """Return a document in the chosen format, with the links that belong to it.

    ``iri`` is what it is about, ``types`` the classes of that, ``collections`` what it is listed in.
    """
    site = published().config.site
    path = to_path(iri) or request.path
    signs = Signposts(path, iri, RDF, tuple(site.languages), tuple(types), collections, site.licence or None)
    if choice.format is HTML:
        response = Response(page())
    elif choice.format is LINKSET:
        response = Response(to_linkset(signs))
    else:
        response = Response(rdf(choice.format))
    response.content_type = choice.content_type
    if choice.format is not LINKSET:
        response.headers.add("Link", to_header(signs.links(choice.format)))
    if request.path == path:
        response.headers["Content-Location"] = signs.address(choice.format)
    return finish(response, choice.format.name)


def terms() -> Terms:
    """Return on whose behalf the engine is asked."""
    return Terms(request.environ.get("mesmart.client", ""))


def ontology() -> Ontology | None:
    """Return the ontology of the release that is served."""
    return once("terminology.ontology", lambda: read_ontology(published().release.inputs / "ontology.ttl"))


def shapes() -> Shapes | None:
    """Return its shapes."""
    return once("terminology.shapes", lambda: read_shapes(published().release.inputs / "shapes.ttl"))


def rules() -> tuple[Entry, ...]:
    """Return the rules of inference of the release that is served."""
    return once("terminology.rules", lambda: list_rules(published().engine, terms()))


def matches() -> tuple[Match, ...]:
    """Return how its terms correspond to those of others."""
    graph = f"{published().config.site.base_iri}graph/alignment"
    return once("terminology.matches", lambda: list_matches(published().engine, graph, terms()))


def examples() -> dict[str, Example]:
    """Return an example of each term of ours, by IRI."""
    return once("terminology.examples", _find_examples)


def _find_examples() -> dict[str, Example]:
    here, told = published(), ontology()
    if told is None:
        return {}
    described = read_statements(here.release.metadata)
    dataset = f"{here.config.site.base_iri}set/city-communities"
    known = described.iris(dataset, "void:exampleResource") if described else ()
    return dict(
        find_examples(
            here.engine,
            [term.iri for term in told.of_kind("class")],
            [term.iri for term in told.of_kind("property")],
            known,
            terms(),
        )
    )


def refer(iris: Iterable[str]) -> dict[str, Reference]:
    """Return things and terms as pages speak of them: terms by the glossary, things by the index of names."""
    glossary, wanted = published().glossary, dict.fromkeys(iris)
    found = {iri: Reference(iri, name) for iri in wanted if (name := glossary.find_name(iri, language()))}
    rest = [iri for iri in wanted if iri not in found]
    return found | published().index.references(rest, (language(),))


def to_term(iri: str) -> Reference:
    """Return a term as pages speak of it: by its name, else by its prefixed name."""
    name = published().glossary.find_name(iri, language())
    return Reference(iri, name or Name(prefixed(iri)))


def best(names: Iterable[Name]) -> Name | None:
    """Return the text that suits the reader."""
    return find_label(names, (language(),))


def prefixed(iri: str) -> str:
    """Return ``skos:Concept`` and the like; of what is ours and has no prefix, the path in the namespace."""
    return compact(iri).strip("<>").removeprefix(NAMESPACE)
