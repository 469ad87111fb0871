"""VoID: how large the dataset is, what it is made of. What it links to is told by ``linksets``.

Partitions are described by IRIs under the dataset's own, ``#class-…`` and ``#property-…``. Figures are of the
default graph. The partition of a class is parted again by the properties of its instances, and each of these
by the classes and the datatypes of what they lead to: what an editor needs to complete a query, told as SIB's
tools read it (``void-ext`` adds datatypes to VoID).

Specifications: https://www.w3.org/TR/void/, http://ldf.fi/void-ext,
https://github.com/sib-swiss/sparql-guidelines
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from mesmart_kg.metadata.counts import Counts
from mesmart_kg.metadata.site import Site
from mesmart_kg.metadata.statements import Statements, typed
from mesmart_kg.metadata.targets import namespace_of
from mesmart_kg.metadata.uses import Use
from mesmart_kg.namespaces import PREFIXES, compact
from mesmart_kg.store import Literal


def tell_void(
    statements: Statements, site: Site, counts: Counts, downloads: Iterable[str], examples: Iterable[str]
) -> None:
    """Tell sizes and partitions. ``examples`` are IRIs of things that show what there is."""
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
    for iri, number in counts.classes.items():
        node = _tell_partition(statements, dataset, "class", iri, "void:entities", number)
        statements.classify(node, "void:Dataset")
    for iri, number in counts.properties.items():
        node = _tell_partition(statements, dataset, "property", iri, "void:triples", number)
        statements.classify(node, "void:Dataset")
        tell(node, "void:distinctSubjects", typed(counts.property_subjects[iri], "xsd:integer"))
        tell(node, "void:distinctObjects", typed(counts.property_objects[iri], "xsd:integer"))
    for use in counts.uses:
        _tell_use(statements, f"{dataset}#class-{to_fragment(use.subject_class)}", use)


def _tell_partition(statements: Statements, whole: str, kind: str, iri: str, size: str, number: int) -> str:
    """Tell a part of a dataset, by class or by property; return its IRI, made from that of the whole."""
    separator = "." if "#" in whole else "#"
    node = f"{whole}{separator}{kind}-{to_fragment(iri)}"
    statements.tell(whole, f"void:{kind}Partition", node)
    statements.tell(node, f"void:{kind}", iri)
    statements.tell(node, size, typed(number, "xsd:integer"))
    return node


def _tell_use(statements: Statements, whole: str, use: Use) -> None:
    node = _tell_partition(statements, whole, "property", use.property, "void:triples", use.triples)
    for iri, number in use.classes.items():
        _tell_partition(statements, node, "class", iri, "void:triples", number)
    for iri, number in use.datatypes.items():
        part = f"{node}.datatype-{to_fragment(iri)}"
        statements.tell(node, "void-ext:datatypePartition", part)
        statements.tell(part, "void-ext:datatype", iri)
        statements.tell(part, "void:triples", typed(number, "xsd:integer"))


def _vocabularies(counts: Counts) -> list[str]:
    """Return the namespaces of all terms in use, those without a prefix too.

    A reader may take the list as complete, and leave out a source for a property that none of them holds.
    """
    used = {*counts.classes, *counts.properties}
    known = tuple(PREFIXES.values())
    of_others = {namespace_of(term) for term in used if not term.startswith(known)}
    return sorted({iri for iri in known if any(term.startswith(iri) for term in used)} | of_others)


def to_fragment(iri: str) -> str:
    """Return what may stand behind a hash and is different for different terms: ``skos-prefLabel``."""
    name = compact(iri)
    fragment = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
    # Only a prefixed name keeps all that tells it apart: of an IRI, a slash and a hash become the same.
    return fragment if name[0] != "<" else f"{fragment}-{hashlib.sha256(iri.encode()).hexdigest()[:8]}"
