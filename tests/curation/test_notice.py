"""A checklist: everything that Messina's notice states is in the graph of that one source.

Each line names a statement of the notice and asks for it by query. The queries see
``graph/source/messina-2021`` alone, so that nothing another source says can stand in for it; names of
things, which other sources tell, are not asked here.
"""

from __future__ import annotations

import re

import pytest
from curation.coverage import HEADER

from mesmart_kg.namespaces import NAMESPACE, VOC, GraphNames
from mesmart_kg.store import Dataset

MESSINA = "id:city/it-messina"
TSCAI = "id:community/tscai"
OASC = "id:community/oasc"
CLUSTER = "id:community/smartcommunitiestech"
COMMUNITIES = (TSCAI, OASC, CLUSTER)
ITALIAN_CITIES = ("ancona", "cagliari", "genova", "lecce", "messina", "milano", "palermo", "terni")
TOPICS = ("digital-transformation", "smart-government", "smart-city", "green-transformation")
DOMAINS = (
    "mobilita",
    "sicurezza-del-territorio",
    "efficienza-energetica",
    "sostenibilita-ambientale",
    "amministrazione-digitale",
    "istruzione-e-formazione",
    "cultura-e-turismo",
    "salute-e-benessere",
)


def membership(city: str, community: str) -> str:
    return (
        f"?m a cc:Membership ; org:member {city} ; org:organization {community} ;"
        f" org:role <{VOC}role/member> ; {EVIDENCE}"
    )


def participation(event: str) -> str:
    return (
        f"{event} m8g:hasParticipation ?p . ?p a cc:Participation ; m8g:hasParticipant {MESSINA} ;"
        f" schema:about id:project/mesmart ; {EVIDENCE}"
    )


def statement(subject: str, property_slug: str, part: str, language: str = "it") -> str:
    """Ask for a statement whose text, in one language, holds the part."""
    return (
        f"{subject} schema:additionalProperty ?s . ?s a schema:PropertyValue ; {EVIDENCE}"
        f" ?s schema:propertyID <{VOC}property/{property_slug}> ; schema:value ?v ."
        f' FILTER(LANG(?v) = "{language}" && CONTAINS(LCASE(?v), "{part}"))'
    )


def alignment(programme: str) -> str:
    return (
        f"{CLUSTER} dcterms:relation {programme} ; schema:additionalProperty ?s . ?s {EVIDENCE}"
        f" ?s schema:propertyID <{VOC}property/aligned-with> ; schema:valueReference {programme} ."
    )


def count(measure: str, number: int, area: str = "") -> str:
    where = (
        f"?o sdmx-dimension:refArea {area} ."
        if area
        else "FILTER NOT EXISTS { ?o sdmx-dimension:refArea ?a }"
    )
    return (
        f"?o a qb:Observation ; cc:community {OASC} ; {measure} {number} ;"
        f' sdmx-dimension:refPeriod "2021"^^xsd:gYear ; {EVIDENCE} {where}'
    )


EVIDENCE = "prov:hadPrimarySource id:source/messina-2021 ."

CHECKLIST = {
    # The city and its project
    "the city joined TSCAI": membership(MESSINA, TSCAI),
    "the city joined OASC": membership(MESSINA, OASC),
    "the city joined the cluster": membership(MESSINA, CLUSTER),
    "the joining fell in the months before a notice about 2021": (
        f'?m org:organization {OASC} ; org:member {MESSINA} ; schema:startDate "2021"^^xsd:gYear .'
    ),
    "the memberships go with the project MEsM@RT": (
        f"id:project/mesmart a cc:Project ; dcterms:relation {TSCAI} , {OASC} , {CLUSTER} ."
    ),
    "the project is Messina's": f"id:project/mesmart dcterms:spatial {MESSINA} .",
    "the notice spells it MEsm@rt": 'id:project/mesmart skos:altLabel "MEsm@rt" .',
    "the project's communication opened Messina to the national and European scene": statement(
        "id:project/mesmart", "outcome", "scena nazionale ed europea"
    ),
    "the results back that communication": statement("id:project/mesmart", "outcome", "risultati"),
    "the response of the world of public administration was good": statement(
        "id:project/mesmart", "outcome", "pubblica amministrazione"
    ),
    # Why and how
    "the communities are places to meet public and private players": statement(
        MESSINA, "counterparts", "pubbliche e private"
    ),
    "workshops are a means": statement(MESSINA, "means", "workshops", "en"),
    "international events are a means": statement(MESSINA, "means", "international events", "en"),
    "the purpose is dissemination of the project": statement(MESSINA, "purpose", "dissemination", "en"),
    # Events
    "FORUM PA 2021": participation("id:event/forum-pa-2021"),
    "Ecomed 2021": participation("id:event/ecomed-2021"),
    "Ecomed is in Catania": "id:event/ecomed-2021 schema:location id:city/it-catania .",
    "Smart City Expo 2019": participation("id:event/scewc-2019"),
    "Smart City Expo is in Barcelona": "id:event/scewc-2019 schema:location id:city/es-barcelona .",
    # TSCAI
    "TSCAI is an association": f"{TSCAI} org:classification <{VOC}community-kind/association> .",
    "TSCAI is a cultural association": statement(TSCAI, "described-as", "associazione culturale"),
    "TSCAI's mission: partnerships of administrations and firms": statement(TSCAI, "mission", "partenariati"),
    "TSCAI's mission: social and economic growth of local communities": statement(
        TSCAI, "mission", "comunità locali"
    ),
    "TSCAI's driver: international good practice": statement(TSCAI, "driver", "internazionali"),
    "TSCAI's driver: skills in the public sector": statement(TSCAI, "driver", "competenze"),
    "TSCAI's driver: business through real cooperation": statement(TSCAI, "driver", "cooperazione"),
    # OASC
    "OASC is a global initiative": statement(OASC, "described-as", "iniziativa mondiale"),
    "OASC is global in scope": f"{OASC} dcterms:type <{VOC}scope/global> .",
    "OASC's mission: cities and communities of the whole world": statement(
        OASC, "mission", "ogni parte del mondo"
    ),
    "OASC's mission: a market of solutions, services and data": statement(
        OASC, "mission", "soluzioni, servizi e dati"
    ),
    "OASC's mission: based on what cities need": statement(OASC, "mission", "serve a loro"),
    "OASC promotes the MIMs": f"{OASC} cc:promotes id:mechanism/mims .",
    "the MIMs are practical capabilities on open specifications": statement(
        "id:mechanism/mims", "definition", "specifiche tecniche aperte"
    ),
    "the MIMs let solutions be replicated and scaled": statement(
        "id:mechanism/mims", "definition", "larga scala"
    ),
    "117 cities": count("cc:memberCities", 117),
    "24 nations": count("cc:memberCountries", 24),
    "8 Italian cities": count("cc:memberCities", 8, "id:country/it"),
    "members in Europe, Latin America and Asia-Pacific": (
        f"{OASC} dcterms:spatial id:region/europe , id:region/latin-america , id:region/asia-pacific ."
    ),
    "steady growth": statement(OASC, "growth", "crescita costante"),
    **{f"{city} is a member of OASC": membership(f"id:city/it-{city}", OASC) for city in ITALIAN_CITIES},
    # The cluster
    "the cluster is a cluster": f"{CLUSTER} org:classification <{VOC}community-kind/cluster> .",
    "the cluster is national": f"{CLUSTER} dcterms:type <{VOC}scope/national> .",
    "the cluster's mission: innovation projects": statement(CLUSTER, "mission", "progetti di innovazione"),
    "the cluster's mission: today's communities": statement(CLUSTER, "mission", "comunità di oggi"),
    "territorial actors": statement(CLUSTER, "member-profile", "territorio"),
    "industrial actors": statement(CLUSTER, "member-profile", "industria"),
    "research actors": statement(CLUSTER, "member-profile", "ricerca"),
    **{
        f"the cluster's domain {domain}": f"{CLUSTER} dcterms:subject <{VOC}topic/{domain}> ."
        for domain in DOMAINS
    },
    "in line with the PNR": alignment("id:project/pnr"),
    "in line with Horizon 2020": alignment("id:project/horizon-2020"),
    "skills on a national scale": statement(CLUSTER, "purpose", "competenze"),
    "industry, research and administrations set in motion together": statement(
        CLUSTER, "purpose", "nazionali e regionali"
    ),
    "common research agendas": statement(CLUSTER, "output", "agende di ricerca"),
    "shared technology roadmaps": statement(CLUSTER, "output", "sviluppo tecnologico"),
    # What the three have in common
    **{
        f"{community} deals with {topic}": f"{community} dcterms:subject <{VOC}topic/{topic}> ."
        for community in COMMUNITIES
        for topic in TOPICS
    },
    **{
        f"{community.rpartition('/')[2]} is among the most important": statement(
            community, "standing", "più importanti"
        )
        for community in COMMUNITIES
    },
}
"""What the notice states, and the pattern that finds it."""


def ask(dataset: Dataset, graph: str, pattern: str) -> bool:
    """Ask one graph. ``id:`` is short for the things under the base IRI."""
    text = re.sub(r"\bid:([a-z]+/[a-z0-9-]+)", lambda match: f"<{NAMESPACE}id/{match[1]}>", pattern)
    return dataset.ask(f"{HEADER}ASK {{ GRAPH <{graph}> {{ {text} }} }}")


@pytest.mark.parametrize("claim", CHECKLIST)
def test_the_notice_states(facts_dataset: Dataset, names: GraphNames, claim: str) -> None:
    assert ask(facts_dataset, names.source("messina-2021"), CHECKLIST[claim])


def test_the_checklist_can_fail(facts_dataset: Dataset, names: GraphNames) -> None:
    """The notice knows nothing of Catania as a member, nor of 152 cities."""
    graph = names.source("messina-2021")

    assert not ask(facts_dataset, graph, membership("id:city/it-catania", OASC))
    assert not ask(facts_dataset, graph, count("cc:memberCities", 152))


def test_no_other_city_is_a_member_of_oasc_by_the_notice(facts_dataset: Dataset, names: GraphNames) -> None:
    query = f"""{HEADER}SELECT ?city WHERE {{ GRAPH <{names.source("messina-2021")}> {{
        ?m org:organization <{NAMESPACE}id/community/oasc> ; org:member ?city }} }}"""
    cities = {str(row["city"].value) for row in facts_dataset.select(query)}

    assert cities == {f"{NAMESPACE}id/city/it-{name}" for name in ITALIAN_CITIES}


def test_both_origins_of_the_figure_117_stand(facts_dataset: Dataset) -> None:
    """OASC's own text of January 2018, and the notice that repeats it in 2021."""
    query = f"""{HEADER}SELECT ?source ?period WHERE {{
        ?o cc:community <{NAMESPACE}id/community/oasc> ; cc:memberCities 117 ;
           sdmx-dimension:refPeriod ?period ; prov:hadPrimarySource ?source }}"""
    found = {
        (str(row["source"].value).rpartition("/")[2], str(row["period"].value))
        for row in facts_dataset.select(query)
    }

    assert found == {("messina-2021", "2021"), ("oasc-2018-01-legal", "2018-01-26")}
