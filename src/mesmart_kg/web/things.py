"""A resource over HTTP: its page for people, its data for programs, at one address.

The address is of the document; what it is about is named by its IRI. Which of the formats is given is told
by the address's ending, else by ``?format``, else by Accept; who asks for nothing gets JSON-LD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Response, request

from mesmart_kg import formats
from mesmart_kg.descriptions.documents import DATA_FORMATS, Document, add_parts, write_document
from mesmart_kg.descriptions.search_engines import find_type
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.metadata.site import NAME
from mesmart_kg.namespaces import PREFIXES, GraphNames
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.languages import language
from mesmart_kg.web.links import absolute, root
from mesmart_kg.web.naming import dataset_iri, release_iri
from mesmart_kg.web.negotiation import HTML, Choice, choose_format
from mesmart_kg.web.publication import published
from mesmart_kg.web.signposting import LINKSET, Signposts, to_header, to_linkset
from mesmart_kg.web.thing_page import (
    Topic,
    client_terms,
    describe_graph,
    describe_here,
    find_list,
    render_graph,
    render_thing,
)

if TYPE_CHECKING:
    from mesmart_kg.descriptions import Description
    from mesmart_kg.formats import Format

__all__ = ["Topic", "answer_graph", "answer_thing", "split_ending"]

OFFERED: Final = (formats.JSONLD, HTML, *(each for each in DATA_FORMATS if each is not formats.JSONLD))
"""What a document is given in, besides its links alone; who likes all gets the first."""

_ENDINGS: Final = {f".{each.extension}": each for each in (LINKSET, *OFFERED)}
_WITH_LINKS: Final = (*OFFERED, LINKSET)


def split_ending(path: str) -> tuple[str, Format | None]:
    """Return a path without the ending that names a format, and that format, if it has one."""
    for ending, named in _ENDINGS.items():
        if path.endswith(ending) and not path.endswith(f"/{ending}"):
            return path.removesuffix(ending), named
    return path, None


def answer_thing(topic: Topic, ending: Format | None = None) -> Response:
    """Answer a request for the document of a thing.

    Raises NotAcceptable, ResourceNotFound, ResourceGone, and what the engine raises.
    """
    choice = _choose(ending)
    name = f"thing-{choice.format.name}"
    known = unchanged(name)
    if known is not None:
        return known
    description = describe_here(topic.iri)
    if choice.format is LINKSET:
        text = to_linkset(_to_signposts(topic, description, absolute("/")))
        return finish(Response(text, content_type=LINKSET.media_type), name)
    document = _to_document(topic, description)
    if choice.format is HTML:
        files = [(each.label, f"{topic.path}.{each.extension}", each.media_type) for each in DATA_FORMATS]
        response = Response(render_thing(topic, description, document, files))
        response.headers["Content-Location"] = f"{topic.path}.html?lang={language()}"
    else:
        whole = add_parts(published().engine, client_terms(), document, description)
        data = write_document(whole, choice.format, published().config.site.base_iri)
        response = Response(data, content_type=choice.content_type)
        response.headers["Content-Location"] = f"{topic.path}.{choice.format.extension}"
    finish(response, name)
    response.headers.add("Link", to_header(_to_signposts(topic, description, root()).links(choice.format)))
    return response


def answer_graph(topic: Topic) -> Response:
    """Answer a browser's request for a named graph, by a page about it. Raises as :func:`answer_thing`."""
    name = "graph-html"
    known = unchanged(name)
    if known is not None:
        return known
    release = published().release
    size = release.manifest.figures["graphs"].get(topic.iri)
    metadata = GraphNames(published().config.site.base_iri).metadata
    if size is None and (release.is_preview or topic.iri != metadata):
        raise ResourceNotFound("there is no such graph")
    files = [
        (each.label, f"{topic.path}?format={each.name}", each.media_type) for each in formats.RDF_FORMATS
    ]
    # The graph of the metadata is made after the others were counted.
    response = Response(render_graph(topic, describe_graph(topic.iri), size or 0, files))
    return finish(response, name)


def _choose(ending: Format | None) -> Choice:
    if ending is not None:
        return Choice(ending, ending.media_type)
    return choose_format(request.headers.get("Accept"), request.args.get("format"), _WITH_LINKS)


def _to_document(topic: Topic, description: Description) -> Document:
    here = published()
    is_told = not here.release.is_preview  # of files as they are nobody has told a dataset or a licence
    return Document(
        topic.iri,
        # The document's own IRI goes on after the base as its path does.
        here.config.site.base_iri + topic.path.removeprefix("/"),
        release_iri(here.config, here.release),
        description.triples,
        dataset_iri(here.config) if is_told else None,
        _licence_iri() if is_told else None,
    )


def _licence_iri() -> str:
    """Return the licence as the metadata name it: DCAT-AP_IT wants the http form of Creative Commons."""
    licence = published().config.site.licence
    return licence.replace("https://creativecommons.org/", "http://creativecommons.org/", 1)


def _to_signposts(topic: Topic, description: Description, start: str) -> Signposts:
    """Return the links of a document, whose addresses here begin with ``start``, which ends in a slash."""
    here = published()
    site = here.config.site
    is_told = not here.release.is_preview
    kind = find_type(description.classes)
    types = [each.iri for each in description.classes]
    if kind:
        types.append(PREFIXES["schema"] + kind)
    listed = find_list(topic.iri)
    paths = [f"set/{NAME}", *([listed.removeprefix("/")] if listed else [])]
    return Signposts(
        document=start + topic.path.removeprefix("/"),
        thing=description.iri,
        formats=DATA_FORMATS,
        languages=tuple(site.languages),
        types=tuple(dict.fromkeys(types)),
        collections=tuple(start + path for path in paths) if is_told else (),
        licence=site.licence if is_told else None,
        author=f"{start}doc/agent/publisher" if is_told else None,
    )
