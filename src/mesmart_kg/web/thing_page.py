"""The page of a thing, of the values that its template shows; and the JSON-LD that stands in it.

What people want to know of a thing of its class is read by ``profiles``; this is what every page has: names,
permanent identifier, all statements with who says so, what leads here, the same as files, how to cite it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from flask import render_template, request
from markupsafe import Markup

from mesmart_kg.descriptions import Description, describe, describe_known
from mesmart_kg.descriptions.documents import Document, own_jsonld, read_point
from mesmart_kg.descriptions.search_engines import to_schema_org
from mesmart_kg.engine import Terms
from mesmart_kg.namespaces import expand
from mesmart_kg.profiles import READERS, Sources, choose_reader
from mesmart_kg.profiles.values import Listing
from mesmart_kg.store import NamedNode
from mesmart_kg.web.filtering import read_page, to_address, to_canonical
from mesmart_kg.web.kinds import name_kind
from mesmart_kg.web.languages import language, reader_languages, translate
from mesmart_kg.web.links import absolute, cut, to_href
from mesmart_kg.web.naming import dataset_iri
from mesmart_kg.web.navigation import keep_language
from mesmart_kg.web.publication import published

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BROWSED",
    "Topic",
    "client_terms",
    "describe_graph",
    "describe_here",
    "embed",
    "find_list",
    "render_thing",
]

BROWSED: Final = frozenset(
    (
        *("city", "community", "country", "event", "mechanism", "membership", "observation", "organization"),
        *("participation", "place", "project", "region", "series", "source", "statement"),
    )
)
"""Kinds of thing, as their IRIs name them, that have a list under ``/browse``."""

LONGEST_CRUMB: Final = 60
LONGEST_EMBEDDED: Final = 50_000
"""Characters of JSON-LD that a page carries; what is longer is one link away."""

_SAFE: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
"""JSON's own escapes for what could end a script element, or a line of it."""


Files: TypeAlias = Sequence[tuple[str, str, str]]
"""What there is to download: a label, an address, a media type."""


@dataclass(frozen=True)
class Topic:
    """What a document is about: the IRI of the thing, and the document's path, without an ending."""

    iri: str
    path: str


@dataclass(frozen=True)
class Paging:
    """Which page of a list is shown, from 1, of how many; which of its ``total`` entries are on it.

    ``canonical`` is the address of this part in full, without a language.
    """

    page: int
    pages: int
    first: int
    last: int
    total: int
    url_of: Callable[[int], str]
    canonical: str


def client_terms() -> Terms:
    """Return the terms on which the present client asks the engine."""
    return Terms(request.environ.get("mesmart.client", ""))


def describe_here(iri: str) -> Description:
    """Return what the release says of a thing, in the reader's words.

    Raises ResourceNotFound, ResourceGone, and what the engine raises.
    """
    here = published()
    base = here.config.site.base_iri
    return describe(here.engine, here.index, here.glossary, client_terms(), base, iri, reader_languages())


def describe_graph(iri: str) -> Description:
    """Return what the release says of a graph that it holds, be it nothing. Raises what the engine raises."""
    here = published()
    base = here.config.site.base_iri
    return describe_known(
        here.engine, here.index, here.glossary, client_terms(), base, iri, reader_languages()
    )


def find_list(iri: str) -> str | None:
    """Return the path of the list that a thing stands in; None if there is none."""
    things = f"{published().config.site.base_iri}id/"
    kind, slash, _ = iri.removeprefix(things).partition("/")
    return f"/browse/{kind}" if iri.startswith(things) and slash and kind in BROWSED else None


def render_thing(topic: Topic, description: Description, document: Document, files: Files) -> str:
    """Return the page of a thing, in the way of its class where people have one to look at it."""
    context = _prepare(topic, description, files)
    context |= _prepare_data(topic, description, document)
    key = choose_reader(each.iri for each in description.classes)
    if key is None:
        return render_template("thing.html", profile=None, **context)
    here = published()
    web = here.config.web
    sources = Sources(
        here.engine,
        here.index,
        here.glossary,
        client_terms(),
        here.config.site.base_iri,
        read_page(),
        web.listed,
        web.drawn,
    )
    profile = READERS[key](sources, topic.iri, reader_languages())
    paging = _turn(topic, getattr(profile, "paged", None))
    return render_template(
        [f"things/{key}.html", "thing.html"], profile=profile, **(context | {"paging": paging})
    )


def _turn(topic: Topic, listing: Listing[Any] | None) -> Paging | None:
    """Return how to turn the pages of the list that a page shows in parts; None where it shows all."""
    if listing is None or listing.pages < 2:
        return None

    def url_of(number: int) -> str:
        return to_address(topic.path, (), page=number if number > 1 else None)

    first = (listing.page - 1) * published().config.web.listed + 1
    last = first + len(listing.items) - 1
    whole = to_canonical(topic.path, listing.page)
    return Paging(listing.page, listing.pages, first, last, listing.total, url_of, whole)


def render_graph(topic: Topic, description: Description, size: int, files: Files) -> str:
    """Return the page about a named graph; ``size`` tells its statements, ``files`` its content."""
    sources = description.find_values(expand("prov:hadPrimarySource"))
    sample = (
        f"SELECT ?subject ?property ?value\nWHERE {{ GRAPH {NamedNode(topic.iri)} "
        "{ ?subject ?property ?value } }\nORDER BY ?subject ?property ?value\nLIMIT 500\n"
    )
    context = _prepare(topic, description, files)
    return render_template(
        "graph.html", profile=None, size=size, source=next(iter(sources), None), sample=sample, **context
    )


def _prepare(topic: Topic, description: Description, files: Files) -> dict[str, Any]:
    here = published()
    listed = find_list(topic.iri)
    crumbs: list[tuple[str, str | None]] = []
    if listed and description.classes:
        kind = name_kind(listed.rpartition("/")[2], description.classes[0].iri)
        crumbs.append((kind, keep_language(listed)))
    crumbs.append((cut(description.name.value, LONGEST_CRUMB), None))
    return {
        "description": description,
        "crumbs": crumbs,
        "files": files,
        "document_address": absolute(topic.path),
        "paging": None,
        "summary": _summarise(description),
        "count": sum(group.total for group in description.own),
        "has_inferred": any(
            each.is_inferred
            for group in (*description.own, *description.incoming)
            for each in group.statements
        ),
        "graph_path": _find_graph(topic.iri),
        "year": here.release.day.year,
        "jsonld": None,
        "schema_org": None,
    }


def _prepare_data(topic: Topic, description: Description, document: Document) -> dict[str, Any]:
    """Return the JSON-LD that stands in the page: ours, and the one for search engines."""
    here = published()
    site = here.config.site
    title = site.title_it if language() == "it" else site.title_en
    dataset = None if here.release.is_preview else (dataset_iri(here.config), title, site.licence)
    schema_org = to_schema_org(
        description,
        language(),
        absolute(topic.path),
        dataset,
        read_point(here.engine, client_terms(), description),
    )
    own = own_jsonld(document)
    return {
        "jsonld": embed(own) if len(own) <= LONGEST_EMBEDDED else None,
        "schema_org": embed(schema_org) if schema_org else None,
    }


def _summarise(description: Description) -> str:
    """Return a sentence about the thing for lists of results: what it is, what it is called."""
    name = cut(description.name.value)
    classes = ", ".join(each.name.value for each in description.classes[:2])
    if not classes:
        return translate("%(name)s: open data, with a source for each statement.", name=name)
    return translate(
        "%(name)s (%(classes)s): open data, with a source for each statement.", name=name, classes=classes
    )


def _find_graph(iri: str) -> str | None:
    """Return what an ``href`` holds to lead to all that a source states; None if it states nothing."""
    here = published()
    base = here.config.site.base_iri
    sources = f"{base}id/source/"
    graph = f"{base}graph/source/{iri.removeprefix(sources)}"
    known: Mapping[str, int] = here.release.manifest.figures["graphs"]
    return to_href(graph) if iri.startswith(sources) and graph in known else None


def embed(text: str) -> Markup:
    """Return JSON to stand in a script element: nothing in it can end the element, or be run."""
    return Markup(text.translate(_SAFE))  # noqa: S704 - no angle bracket is left
