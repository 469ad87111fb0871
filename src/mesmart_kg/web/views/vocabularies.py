"""The words that the data are written in: ``/def`` (ontology, rules), ``/shapes``, ``/voc`` (vocabularies).

Each is documentation for people and, at the same address, RDF. A term's IRI ends in a fragment, ``def#City``,
so the page has a section of that name; a concept has a page of its own. ``/def/{date}`` is a version of the
ontology: that of the release which is served, or of an older one on the shelf.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Final

from flask import Blueprint, Response, render_template, url_for

from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.formats import Format
from mesmart_kg.labels import Name, Reference
from mesmart_kg.namespaces import NAMESPACE, VOC, expand
from mesmart_kg.release import Release
from mesmart_kg.terminology import (
    KINDS,
    Concept,
    Entry,
    Ontology,
    describe_concept,
    list_collections,
    list_concepts,
    list_schemes,
    read_concept,
    read_ontology,
)
from mesmart_kg.web import vocabulary_pages as pages
from mesmart_kg.web.conditional import unchanged
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.links import to_path
from mesmart_kg.web.negotiation import Choice
from mesmart_kg.web.once import once
from mesmart_kg.web.publication import published
from mesmart_kg.web.release_files import translate as translate_file
from mesmart_kg.web.release_files import write

blueprint = Blueprint("vocabularies", __name__)

_DEF: Final = NAMESPACE + "def"
_SHAPES: Final = NAMESPACE + "shapes"
_LIST: Final = NAMESPACE + "voc"
_RULES: Final = VOC + "rule"
_SLUG: Final = re.compile(r"[A-Za-z0-9]+(-+[A-Za-z0-9]+)*")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ONTOLOGY: Final = expand("owl:Ontology")
_SHAPE: Final = expand("sh:NodeShape")
_SCHEME: Final = expand("skos:ConceptScheme")
_MATCHES: Final = tuple(f"skos:{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related"))

blueprint.add_app_template_filter(pages.to_term, "term")
blueprint.add_app_template_filter(pages.best, "best")
blueprint.add_app_template_filter(pages.prefixed, "prefixed")


@blueprint.get("/def")
@blueprint.get("/def.<suffix>")
def ontology(suffix: str | None = None) -> Response:
    """Document the ontology and the rules of inference."""
    choice = pages.choose(suffix)
    return unchanged(choice.format.name) or _send_ontology(choice, published().release, _DEF)


@blueprint.get("/def/<version>")
def ontology_version(version: str) -> Response:
    """Document the ontology as it was on a day; ``{version}.ttl`` and so on give its RDF."""
    day, suffix = _split(version)
    choice = pages.choose(suffix)
    release = _find_version(day)
    return unchanged(choice.format.name) or _send_ontology(choice, release, f"{_DEF}/{day}")


def _send_ontology(choice: Choice, release: Release, iri: str) -> Response:
    told = _read_ontology(release)
    if told is None:
        raise ResourceNotFound("these data come without an ontology of their own")
    file = release.inputs / "ontology.ttl"
    return pages.send(
        choice,
        iri,
        (_ONTOLOGY,),
        lambda: _show_ontology(release, told),
        lambda wanted: translate_file(file, wanted),
    )


def _read_ontology(release: Release) -> Ontology | None:
    if release.id == published().release.id:
        return pages.ontology()
    return read_ontology(release.inputs / "ontology.ttl")


def _find_version(day: str) -> Release:
    """Return the newest release that holds the ontology of a day. Raises ResourceNotFound."""
    here = published()
    if _DAY.fullmatch(day):
        for release in (here.release, *here.catalog.releases()):
            told = once(("terminology.version", release.id), partial(_version_of, release))
            if told == day:
                return release
    raise ResourceNotFound(f"there is no ontology of {day}")


def _version_of(release: Release) -> str | None:
    told = _read_ontology(release)
    return told.version if told else None


def _show_ontology(release: Release, told: Ontology) -> str:
    here = published()
    is_served = release.id == here.release.id
    examples = pages.examples() if is_served else {}
    figures = release.manifest.figures
    named = [each.thing for each in examples.values()]
    named += [each.value for each in examples.values() if isinstance(each.value, str)]
    return render_template(
        "ontology.html",
        crumbs=[(translate("What the data can say"), None)],
        ontology=told,
        kinds=[(kind, told.of_kind(kind)) for kind in KINDS if told.of_kind(kind)],
        uses={**figures["properties"], **figures["classes"]},
        examples=examples,
        references=pages.refer(named),
        matches=pages.matches() if is_served else (),
        rules=pages.rules() if is_served else (),
        shapes=pages.shapes() if is_served else None,
        formats=pages.RDF,
        is_served=is_served,
    )


@blueprint.get("/shapes")
@blueprint.get("/shapes.<suffix>")
def shapes(suffix: str | None = None) -> Response:
    """Document what must hold of the data."""
    choice = pages.choose(suffix)
    return unchanged(choice.format.name) or _send_shapes(choice)


def _send_shapes(choice: Choice) -> Response:
    told = pages.shapes()
    if told is None:
        raise ResourceNotFound("these data come without shapes")
    file = published().release.inputs / "shapes.ttl"
    return pages.send(
        choice,
        _SHAPES,
        (_SHAPE,),
        lambda: render_template(
            "shapes.html",
            crumbs=[
                (translate("What the data can say"), url_for("vocabularies.ontology")),
                (translate("What must hold"), None),
            ],
            shapes=told,
            formats=pages.RDF,
        ),
        lambda wanted: translate_file(file, wanted),
    )


@blueprint.get("/voc")
@blueprint.get("/voc.<suffix>")
def schemes(suffix: str | None = None) -> Response:
    """List the vocabularies."""
    choice = pages.choose(suffix)
    return unchanged(choice.format.name) or _send_schemes(choice)


def _send_schemes(choice: Choice) -> Response:
    here = published()
    found = list_schemes(here.engine, pages.terms())

    def rdf(format: Format) -> bytes:
        told = (describe_concept(here.engine, each.iri, pages.terms()) for each in found)
        return write((triple for triples in told for triple in triples), format)

    return pages.send(
        choice,
        _LIST,
        (),
        lambda: render_template(
            "schemes.html",
            crumbs=[(translate("Vocabularies"), None)],
            schemes=found,
            rules=len(pages.rules()),
            formats=pages.RDF,
        ),
        rdf,
    )


@blueprint.get("/voc/<scheme>")
def scheme(scheme: str) -> Response:
    """Document a vocabulary and list its concepts."""
    name, suffix = _split(scheme)
    choice = pages.choose(suffix)
    return unchanged(choice.format.name) or _send_scheme(choice, VOC + name)


def _send_scheme(choice: Choice, iri: str) -> Response:
    engine, terms = published().engine, pages.terms()
    is_rules = iri == _RULES
    concepts = pages.rules() if is_rules else list_concepts(engine, iri, terms)
    told = None if is_rules else read_concept(engine, iri, terms)
    if is_rules and not concepts:
        raise ResourceNotFound("these data come without rules")
    collections = () if is_rules else list_collections(engine, iri, terms)
    return pages.send(
        choice,
        iri,
        () if is_rules else (_SCHEME,),
        lambda: _show_scheme(iri, told, concepts, collections),
        lambda wanted: write(describe_concept(engine, iri, terms), wanted),
        _addresses(_LIST),
    )


def _show_scheme(
    iri: str, told: Concept | None, concepts: tuple[Entry, ...], collections: tuple[Entry, ...]
) -> str:
    name = (
        pages.best(told.names("skos:prefLabel"))
        if told
        else Name(translate("Rules of inference"), language())
    )
    title = name or Name(pages.prefixed(iri))
    return render_template(
        "scheme.html",
        crumbs=[(translate("Vocabularies"), url_for("vocabularies.schemes")), (title.value, None)],
        iri=iri,
        title=title,
        definition=pages.best(told.names("skos:definition")) if told else None,
        concepts=sorted(concepts, key=_by_name),
        collections=sorted(collections, key=_by_name),
        is_rules=told is None,
        references=pages.refer(
            each for entry in concepts for each in (*entry.broader, *entry.concludes, *entry.requires)
        ),
        formats=pages.RDF,
    )


def _by_name(entry: Entry) -> tuple[str, str]:
    name = pages.best(entry.names)
    return (name.value.casefold() if name else "", entry.iri)


@blueprint.get("/voc/<scheme>/<concept>")
def concept(scheme: str, concept: str) -> Response:
    """Document a concept, a collection of them or a rule of inference."""
    name, suffix = _split(concept)
    choice = pages.choose(suffix)
    if not _SLUG.fullmatch(scheme):
        raise ResourceNotFound("there is no such vocabulary")
    return unchanged(choice.format.name) or _send_concept(choice, f"{VOC}{scheme}", name)


def _send_concept(choice: Choice, scheme: str, name: str) -> Response:
    engine, terms, iri = published().engine, pages.terms(), f"{scheme}/{name}"
    told = read_concept(engine, iri, terms)
    return pages.send(
        choice,
        iri,
        told.iris("rdf:type"),
        lambda: _show_concept(told, scheme),
        lambda wanted: write(describe_concept(engine, iri, terms), wanted),
        _addresses(scheme),
    )


@dataclass(frozen=True)
class Use:
    """How a concept is used: the property, how often, the first things that have it."""

    property: Reference
    count: int
    things: tuple[Reference, ...]
    query: str
    is_least: bool


def _show_concept(told: Concept, scheme: str) -> str:
    schemes = told.iris("skos:inScheme") or ((scheme,) if scheme != _RULES else ())
    matches = [(name, other) for name in _MATCHES for other in told.iris(name)]
    linked = (
        *schemes,
        *told.narrower,
        *told.related,
        *told.collections,
        *(
            each
            for name in ("skos:broader", "skos:related", "skos:member", "dcterms:source")
            for each in told.iris(name)
        ),
        *told.iris("cc:concludes"),
        *told.iris("dcterms:requires"),
        *(thing for use in told.uses for thing in use.things),
    )
    references = pages.refer(linked)
    names = told.names("skos:prefLabel")
    title = pages.best(names) or Name(pages.prefixed(told.iri))
    parent = references[schemes[0]].name.value if schemes else translate("Rules of inference")
    return render_template(
        "concept.html",
        crumbs=[
            (translate("Vocabularies"), url_for("vocabularies.schemes")),
            (parent, to_path(scheme)),
            (title.value, None),
        ],
        concept=told,
        title=title,
        other_names=[each for each in names if each != title],
        types=[pages.to_term(each) for each in told.iris("rdf:type")],
        matches=[(expand(name), other) for name, other in matches],
        uses=[
            Use(
                pages.to_term(use.property),
                use.count,
                tuple(references[thing] for thing in use.things),
                f"SELECT ?thing\nWHERE {{\n  ?thing <{use.property}> <{told.iri}>\n}}\nORDER BY ?thing",
                use.is_least,
            )
            for use in told.uses
        ],
        references=references,
        formats=pages.RDF,
    )


def _split(text: str) -> tuple[str, str | None]:
    """Return a slug, and the suffix of a format if there is one. Raises ResourceNotFound for no slug."""
    slug, dot, suffix = text.partition(".")
    if not _SLUG.fullmatch(slug):
        raise ResourceNotFound("this is no name of ours")
    return slug, suffix if dot else None


def _addresses(iri: str) -> tuple[str, ...]:
    path = to_path(iri)
    return (path,) if path else ()
