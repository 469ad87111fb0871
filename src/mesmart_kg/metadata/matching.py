"""The service that matches names, as the catalogue tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mesmart_kg.metadata.site import Site
from mesmart_kg.metadata.statements import Statements

_RECONCILIATION: Final = "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/"


def tell_matching(statements: Statements, site: Site, themes: Sequence[str]) -> None:
    """Tell of the service that matches names, and of what it speaks."""
    tell, service = statements.tell, f"{site.base}reconcile"
    tell(site.catalogue, "dcat:service", service)
    statements.classify(service, "dcat:DataService")
    tell(service, "dcat:endpointURL", service)
    tell(service, "dcat:endpointDescription", service)
    tell(service, "dcat:servesDataset", site.dataset)
    tell(service, "dcterms:publisher", site.publisher_iri)
    tell(service, "dcat:contactPoint", site.contact_iri)
    tell(service, "dcat:theme", *themes)
    tell(service, "dcterms:conformsTo", _RECONCILIATION)
    tell(service, "dcterms:license", site.licence_iri)
    statements.say(service, "dcat:keyword", "OpenRefine", "OpenRefine")
    statements.say(service, "dcterms:title", "Abbinamento dei nomi", "Matching of names")
    statements.say(
        service,
        "dcterms:description",
        "Dice quale cosa indica un nome, e ne dà codici, posizione e comunità: "
        "per OpenRefine e altri programmi.",
        "Tells which thing a name means, and gives its codes, position and communities: "
        "for OpenRefine and other programs.",
    )
    statements.classify(_RECONCILIATION, "dcterms:Standard")
