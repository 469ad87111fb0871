"""Kinds of thing as people speak of them: what many of them are called, and which belong side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mesmart_kg.label_index import Entry, Kind
from mesmart_kg.namespaces import expand
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.publication import published


@dataclass(frozen=True)
class KindGroup:
    """Kinds that belong together, under a heading."""

    heading: str
    kinds: tuple[Kind, ...]


def name_kind(key: str, class_iri: str = "") -> str:
    """Return what the things of a kind are called, many of them; a foreign kind has its class's name."""
    names = {
        "city": translate("Cities"),
        "community": translate("Communities of cities"),
        "country": translate("Countries"),
        "region": translate("Regions and provinces"),
        "place": translate("Venues"),
        "organization": translate("Organisations"),
        "event": translate("Events and waves of accessions"),
        "series": translate("Series of events"),
        "project": translate("Projects and programmes"),
        "mechanism": translate("Mechanisms for interoperability"),
        "membership": translate("Memberships"),
        "participation": translate("Participations and signatures"),
        "observation": translate("Counts and populations"),
        "statement": translate("Other facts"),
        "source": translate("Sources cited"),
        "concept": translate("Concepts"),
        "scheme": translate("Lists of concepts"),
        "collection": translate("Collections of concepts"),
        "class": translate("Classes of the vocabulary"),
        "property": translate("Properties of the vocabulary"),
        "geometry": translate("Positions"),
        "thing": translate("Things of no class"),
    }
    found = names.get(key)
    if found is None and class_iri:
        found = _name_machinery(class_iri) or published().glossary.name(class_iri, language())
    return found or key


def _name_machinery(class_iri: str) -> str | None:
    """Return what many things of a class of other ontologies are called, which its own label says of one."""
    names = {
        expand("prov:Activity"): translate("Activities"),
        expand("prov:Agent"): translate("Agents"),
        expand("foaf:Agent"): translate("Agents"),
        expand("prov:Association"): translate("Rules applied"),
        expand("void:Linkset"): translate("Sets of links"),
        expand("prov:Plan"): translate("Rules"),
        expand("prov:Entity"): translate("Parts of the data with their origin"),
        expand("qb:ComponentSpecification"): translate("Components of structures of figures"),
        expand("qb:DataSet"): translate("Sets of figures"),
        expand("qb:DataStructureDefinition"): translate("Structures of sets of figures"),
        expand("rdfs:Datatype"): translate("Datatypes"),
        expand("dcat:Distribution"): translate("Data files"),
        expand("owl:Ontology"): translate("Ontologies"),
        expand("dqv:QualityAnnotation"): translate("Remarks on quality"),
    }
    return names.get(class_iri)


def name_one(key: str, class_iri: str = "") -> str:
    """Return what one thing of a kind is called, for the badge beside its name."""
    names = {
        "city": translate("City"),
        "community": translate("Community"),
        "country": translate("Country"),
        "region": translate("Region"),
        "place": translate("Venue"),
        "organization": translate("Organisation"),
        "event": translate("Event"),
        "series": translate("Series of events"),
        "project": translate("Project"),
        "mechanism": translate("Mechanism"),
        "membership": translate("Membership"),
        "participation": translate("Participation"),
        "observation": translate("Count"),
        "statement": translate("Fact"),
        "source": translate("Source"),
        "concept": translate("Concept"),
        "scheme": translate("List of concepts"),
        "collection": translate("Collection of concepts"),
        "class": translate("Class"),
        "property": translate("Property"),
        "geometry": translate("Position"),
    }
    found = names.get(key)
    if found is None and class_iri:
        found = published().glossary.name(class_iri, language())
    return found or key


def name_badge(entry: Entry) -> str:
    """Return what the badge beside a thing's name says; of a region, what it is: a province, a region."""
    if entry.kind == "region" and entry.kinds:
        name = entry.kinds[0].name.value
        return name[:1].upper() + name[1:60]
    return name_one(entry.kind, entry.class_iri)


def about_kind(key: str) -> str:
    """Return a sentence on what a list of a kind holds; empty for kinds that need none."""
    sentences = {
        "city": translate("Cities that a source names, and every Italian municipality."),
        "community": translate("Associations, networks and programmes in which cities work together."),
        "event": translate("Congresses, assemblies, and the days on which cities joined together."),
        "membership": translate("Which city belongs to which community, since when."),
        "participation": translate("Who signed, was chosen, spoke, exhibited or took part."),
        "source": translate("Where every statement comes from."),
        "statement": translate("What sources tell beyond the usual: purposes, means, figures."),
        "observation": translate("How many members a community counted, how many people live in a city."),
    }
    return sentences.get(key, "")


def group_kinds(kinds: Iterable[Kind]) -> tuple[KindGroup, ...]:
    """Return the kinds in the groups in which people look for them, and what is in none at the end."""
    by_key = {kind.key: kind for kind in kinds}
    order = (
        (translate("Cities and who they work with"), ("city", "community", "organization")),
        (translate("What happens"), ("event", "series", "project", "mechanism")),
        (translate("Where"), ("country", "region", "place")),
        (translate("Who is in what"), ("membership", "participation")),
        (translate("Who says so, and what else they say"), ("source", "statement", "observation")),
        (translate("The words of the data"), ("concept", "scheme", "collection", "class", "property")),
    )
    groups = [
        KindGroup(heading, tuple(by_key.pop(key) for key in keys if key in by_key)) for heading, keys in order
    ]
    groups.append(KindGroup(translate("Behind the scenes"), tuple(by_key[key] for key in sorted(by_key))))
    return tuple(group for group in groups if group.kinds)
