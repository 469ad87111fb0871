"""VoID: how large the dataset is, what it is made of, what it links to.

Partitions are described by IRIs under the dataset's own, ``#class-…`` and ``#property-…``. Figures are of the
default graph. Specification: https://www.w3.org/TR/void/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from mesmart_kg.metadata.counts import Counts, LinkCount
from mesmart_kg.metadata.site import Site
from mesmart_kg.metadata.statements import Statements, typed
from mesmart_kg.namespaces import PREFIXES, compact
from mesmart_kg.store import Literal

_ITALIAN = PREFIXES["cv"] + "territorial-classifications/"
# What people call the datasets that links go to; others are named by their namespace.
_TARGETS = {
    "http://www.wikidata.org/entity/": "Wikidata",
    "https://sws.geonames.org/": "GeoNames",
    "http://data.europa.eu/nuts/code/": "NUTS",
    PREFIXES["at"] + "country/": "EU Publications Office: countries",
    PREFIXES["at"] + "place/": "EU Publications Office: places",
    PREFIXES["at"] + "data-theme/": "EU Publications Office: data themes",
    "http://eurovoc.europa.eu/": "EuroVoc",
    _ITALIAN + "cities/": "Italian controlled vocabularies: cities",
    _ITALIAN + "provinces/": "Italian controlled vocabularies: provinces",
    _ITALIAN + "regions/": "Italian controlled vocabularies: regions",
}


def tell_void(
    statements: Statements, site: Site, counts: Counts, downloads: Iterable[str], examples: Iterable[str]
) -> None:
    """Tell sizes, partitions and linksets. ``examples`` are IRIs of things that show what there is."""
    tell = statements.tell
    dataset = site.dataset
    tell(dataset, "void:uriSpace", Literal(site.base))
    tell(dataset, "void:sparqlEndpoint", site.endpoint)
    tell(dataset, "void:exampleResource", *examples)
    tell(dataset, "void:dataDump", *downloads)
    tell(dataset, "void:vocabulary", *_vocabularies(counts))
    figures = {
        "triples": counts.triples,
        "entities": counts.entities,
        "classes": len(counts.classes),
        "properties": len(counts.properties),
        "distinctSubjects": counts.subjects,
        "distinctObjects": counts.objects,
    }
    for name, number in figures.items():
        tell(dataset, f"void:{name}", typed(number, "xsd:integer"))
    for kind, size, table in (
        ("class", "void:entities", counts.classes),
        ("property", "void:triples", counts.properties),
    ):
        for iri, number in table.items():
            node = f"{dataset}#{kind}-{_fragment(iri)}"
            tell(dataset, f"void:{kind}Partition", node)
            statements.classify(node, "void:Dataset")
            tell(node, f"void:{kind}", iri)
            tell(node, size, typed(number, "xsd:integer"))
    _tell_linksets(statements, site, counts.links)


def _tell_linksets(statements: Statements, site: Site, links: tuple[LinkCount, ...]) -> None:
    """Tell one linkset for each target; a target linked by two predicates has two (VoID, section 5.1)."""
    per_target = Counter(link.target for link in links)
    for link in links:
        title = _TARGETS.get(link.target, link.target)
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        node = f"{site.dataset}#links-{slug}"
        if per_target[link.target] > 1:
            node += f"-{_fragment(link.predicate)}"
        target = f"{site.dataset}#target-{slug}"
        statements.tell(site.dataset, "void:subset", node)
        statements.classify(node, "void:Linkset")
        statements.say(node, "dcterms:title", f"Collegamenti a {title}", f"Links to {title}")
        statements.tell(node, "void:subjectsTarget", site.dataset)
        statements.tell(node, "void:objectsTarget", target)
        statements.tell(node, "void:linkPredicate", link.predicate)
        statements.tell(node, "void:triples", typed(link.triples, "xsd:integer"))
        statements.classify(target, "void:Dataset")
        statements.tell(target, "void:uriSpace", Literal(link.target))
        statements.say(target, "dcterms:title", title, title)


def _vocabularies(counts: Counts) -> list[str]:
    used = {*counts.classes, *counts.properties}
    return sorted({iri for iri in PREFIXES.values() if any(term.startswith(iri) for term in used)})


def _fragment(iri: str) -> str:
    """Return what may stand behind a hash and is different for different terms: ``skos-prefLabel``."""
    return re.sub(r"[^A-Za-z0-9]+", "-", compact(iri)).strip("-")
