"""The service that finds a thing by its code elsewhere, as the catalogue tells of it (DCAT 3, 6.9)."""

from __future__ import annotations

from collections.abc import Sequence

from mesmart_kg.metadata.site import Site
from mesmart_kg.metadata.statements import Statements


def tell_lookup(statements: Statements, site: Site, themes: Sequence[str]) -> None:
    """Tell of the service; ``themes`` are those of the dataset."""
    tell, service = statements.tell, f"{site.base}lookup"
    tell(site.catalogue, "dcat:service", service)
    statements.classify(service, "dcat:DataService")
    tell(service, "dcat:endpointURL", service)
    tell(service, "dcat:endpointDescription", service)
    tell(service, "dcat:servesDataset", site.dataset)
    tell(service, "dcterms:publisher", site.publisher_iri)
    tell(service, "dcat:contactPoint", site.contact_iri)
    tell(service, "dcat:theme", *themes)
    tell(service, "dcterms:license", site.licence_iri)
    statements.say(service, "dcat:keyword", "codici", "codes")
    statements.say(service, "dcterms:title", "Ricerca per codice", "Look-up by code")
    statements.say(
        service,
        "dcterms:description",
        "Porta da un codice (ISTAT, NUTS, Wikidata…) o da un indirizzo altrui alla cosa che indica.",
        "Leads from a code (ISTAT, NUTS, Wikidata …) or an address elsewhere to the thing that it means.",
    )
