"""What a preview says of itself: as little as is true of files that nobody has looked at.

No title, publisher or licence of the site's: those are words about its own releases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesmart_kg.metadata.statements import Statements, typed
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.store import Literal


def describe_preview(iri: str, preview_id: str, figures: Mapping[str, Any], names: GraphNames) -> Statements:
    """Return a description as VoID, with the figures of the manifest; no query ever sees it as a graph."""
    statements = Statements(names.metadata)
    statements.classify(iri, "void:Dataset")
    statements.say(
        iri, "dcterms:title", "Anteprima di file, non convalidata", "A preview of files, not validated"
    )
    statements.say(
        iri,
        "dcterms:description",
        "File RDF serviti come sono stati dati: nessuno li ha convalidati, e nulla ne è stato dedotto.",
        "RDF files served as they were given: nobody has validated them, and nothing was inferred.",
    )
    statements.tell(iri, "owl:versionInfo", Literal(preview_id))
    for name, number in (
        ("triples", figures["triples"]),
        ("distinctSubjects", figures["entities"]),
        ("classes", len(figures["classes"])),
        ("properties", len(figures["properties"])),
    ):
        statements.tell(iri, f"void:{name}", typed(number, "xsd:integer"))
    return statements
