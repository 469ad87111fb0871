"""Things as people think of them: for each class, a reader that makes a frozen profile of one thing.

A reader asks the engine a few bounded questions and names what comes back with the label index; it knows
nothing of pages. Every fact that it gives tells who says it; every list gives the query that found it.

Of the modules, ``values`` has what profiles are made of; ``questions``, ``desk`` and ``about`` how they are
asked for and named; ``ties`` (to communities), ``crowds`` (what many ties tell together), ``parts`` (in
events and projects), ``kin`` (what leads to a thing), ``places``, ``population``, ``codes`` and ``growth``
what several classes share. The rest is a reader for a class or two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from mesmart_kg.namespaces import expand
from mesmart_kg.profiles.bond import read_membership, read_participation
from mesmart_kg.profiles.city import read_city
from mesmart_kg.profiles.community import read_community
from mesmart_kg.profiles.concept import read_concept
from mesmart_kg.profiles.desk import Index, Sources
from mesmart_kg.profiles.event import read_event, read_series
from mesmart_kg.profiles.mechanism import read_mechanism
from mesmart_kg.profiles.observation import read_observation, read_statement
from mesmart_kg.profiles.organization import read_organization
from mesmart_kg.profiles.place import read_geometry, read_place
from mesmart_kg.profiles.project import read_project
from mesmart_kg.profiles.source import read_source
from mesmart_kg.profiles.territory import read_territory

__all__ = ["READERS", "Index", "Sources", "choose_reader"]

Reader: TypeAlias = Callable[[Sources, str, tuple[str, ...]], object]

READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "city": read_city,
        "community": read_community,
        "event-series": read_series,
        "event": read_event,
        "country": read_territory,
        "region": read_territory,
        "mechanism": read_mechanism,
        "project": read_project,
        "membership": read_membership,
        "participation": read_participation,
        "source": read_source,
        "place": read_place,
        "observation": read_observation,
        "property-value": read_statement,
        "geometry": read_geometry,
        "organizational-unit": read_organization,
        "formal-organization": read_organization,
        "organization": read_organization,
        "concept": read_concept,
        "concept-scheme": read_concept,
        "data-set": read_concept,
    }
)
"""Reader by class: its local name in lower case with hyphens. Where a thing has several, the first here."""

_CLASSES: Final = {
    expand(name): key
    for key, name in {
        "city": "cc:City",
        "community": "cc:Community",
        "event-series": "cc:EventSeries",
        "event": "cc:Event",
        "country": "cc:Country",
        "region": "cc:Region",
        "mechanism": "cc:Mechanism",
        "project": "cc:Project",
        "membership": "cc:Membership",
        "participation": "cc:Participation",
        "source": "cc:Source",
        "place": "schema:Place",
        "observation": "qb:Observation",
        "property-value": "schema:PropertyValue",
        "geometry": "geo:Geometry",
        "organizational-unit": "org:OrganizationalUnit",
        "formal-organization": "org:FormalOrganization",
        "organization": "org:Organization",
        "concept": "skos:Concept",
        "concept-scheme": "skos:ConceptScheme",
        "data-set": "qb:DataSet",
    }.items()
}


def choose_reader(classes: Iterable[str]) -> str | None:
    """Return the key of the reader that suits a thing of these classes (IRIs) best; None if none does."""
    found = {_CLASSES[each] for each in classes if each in _CLASSES}
    return next((key for key in READERS if key in found), None)
