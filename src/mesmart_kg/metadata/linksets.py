"""What the dataset links to, and what others link to it: one ``void:Linkset`` for each.

``#links-wikidata`` holds all links to one dataset of others. Where they are of several predicates, a part
for each says how many (VoID, section 5.1: a set counts one predicate), such as
``#links-wikidata-skos-exactMatch``. ``#links-from-NAME`` are links that somebody gave us, with what the giver
says of them. All keep to the shape that we ask of others' (``shapes/linkset.ttl``).

Specification: https://www.w3.org/TR/void/, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Final

from mesmart_kg.metadata.counts import Counts, GivenLinks
from mesmart_kg.metadata.site import Site
from mesmart_kg.metadata.statements import Statements, typed
from mesmart_kg.metadata.targets import Target, find_target, namespace_of
from mesmart_kg.metadata.void import to_fragment
from mesmart_kg.namespaces import expand
from mesmart_kg.store import Literal

_OURS_TO_TELL: Final = frozenset(
    expand(f"void:{name}") for name in ("linkPredicate", "triples", "subjectsTarget", "objectsTarget")
)
"""What a giver says of a set that we count and name ourselves."""


def tell_linksets(statements: Statements, site: Site, day: date, counts: Counts) -> None:
    """Tell all sets of links, ours and those that were given."""
    for space, group in groupby(counts.links, key=lambda link: link.target):
        target = find_target(space)
        predicates = {link.predicate: link.triples for link in group}
        _tell_target(statements, site, target, counts.target_licences.get(space))
        _tell_own(statements, site, day, target, predicates)
    for given in counts.given:
        _tell_given(statements, site, given)


def _tell_target(statements: Statements, site: Site, target: Target, licence: str | None) -> None:
    node = _target_iri(site, target.slug)
    statements.classify(node, "void:Dataset")
    statements.tell(node, "void:uriSpace", Literal(target.space))
    statements.say(node, "dcterms:title", target.title_it, target.title_en)
    if licence is not None:
        statements.tell(node, "dcterms:license", licence)


def _target_iri(site: Site, slug: str) -> str:
    return f"{site.dataset}#target-{slug}"


def _tell_own(
    statements: Statements, site: Site, day: date, target: Target, predicates: Mapping[str, int]
) -> None:
    node = f"{site.dataset}#links-{target.slug}"
    title = f"Collegamenti a {target.title_it}", f"Links to {target.title_en}"
    statements.tell(site.dataset, "void:subset", node)
    _tell_downloads(statements, site, node, target.slug)
    _describe_own(statements, site, day, target, node, title, predicates)
    for predicate, triples in predicates.items() if len(predicates) > 1 else ():
        part = f"{node}-{to_fragment(predicate)}"
        statements.tell(node, "void:subset", part)
        _describe_own(statements, site, day, target, part, title, {predicate: triples})


def _describe_own(
    statements: Statements,
    site: Site,
    day: date,
    target: Target,
    node: str,
    title: tuple[str, str],
    predicates: Mapping[str, int],
) -> None:
    tell = statements.tell
    statements.classify(node, "void:Linkset")
    statements.say(node, "dcterms:title", *title)
    tell(node, "dcterms:publisher", site.publisher_iri)
    tell(node, "dcterms:license", site.licence_iri)
    tell(node, "dcterms:created", typed(day.isoformat(), "xsd:date"))
    tell(node, "void:subjectsTarget", site.dataset)
    tell(node, "void:objectsTarget", _target_iri(site, target.slug))
    _tell_size(statements, node, predicates)


def _tell_size(statements: Statements, node: str, predicates: Mapping[str, int]) -> None:
    statements.tell(node, "void:linkPredicate", *predicates)
    statements.tell(node, "void:triples", typed(sum(predicates.values()), "xsd:integer"))


def _tell_downloads(statements: Statements, site: Site, node: str, slug: str) -> None:
    address = f"{site.base}links/{slug}"
    statements.tell(node, "void:dataDump", f"{address}.ttl", f"{address}.nt")
    statements.tell(node, "dcat:landingPage", address)


def _tell_given(statements: Statements, site: Site, given: GivenLinks) -> None:
    tell = statements.tell
    slug = f"from-{given.name}"
    node, target = f"{site.dataset}#links-{slug}", _target_iri(site, slug)
    tell(site.dataset, "void:subset", node)
    tell(node, "prov:alternateOf", given.iri)
    _tell_downloads(statements, site, node, slug)
    _describe_given(statements, site, given, node, target, given.predicates)
    for predicate, triples in given.predicates.items() if len(given.predicates) > 1 else ():
        part = f"{node}-{to_fragment(predicate)}"
        tell(node, "void:subset", part)
        _describe_given(statements, site, given, part, target, {predicate: triples})
    statements.classify(target, "void:Dataset")
    tell(target, "void:uriSpace", Literal(given.space or namespace_of(given.iri)))
    statements.say(target, "dcterms:title", given.name, given.name)


def _describe_given(
    statements: Statements,
    site: Site,
    given: GivenLinks,
    node: str,
    target: str,
    predicates: Mapping[str, int],
) -> None:
    told = (quad for quad in given.described if quad.predicate.value not in _OURS_TO_TELL)
    statements.repeat(node, told)
    statements.tell(node, "void:subjectsTarget", target)
    statements.tell(node, "void:objectsTarget", site.dataset)
    _tell_size(statements, node, predicates)
