"""Every competency question is answered from the real release, and the answer is right.

What is right is worked out from the CSV files of the shared facts (``expectations.World``), never from
``data/``. The federated questions ask a second server on this machine, which stands in for Wikidata or an
older release. The file is long because it has at least one test for each of 45 questions, all of one world.
"""

from __future__ import annotations

import calendar
import inspect
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from pathlib import Path

import pytest
from curation.expectations import NOTICE, REGIONS, SEED_CITIES, Row, World, kilometres, slug
from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from mesmart_kg.engine import Solutions
from mesmart_kg.engine.loading import load_release
from mesmart_kg.engine.relay import Relay, Service
from mesmart_kg.engine.solutions import read_solutions
from mesmart_kg.namespaces import CC, NAMESPACE, PREFIXES, GraphNames, expand
from mesmart_kg.queries import NamedQuery, bind, find_query, read_queries
from mesmart_kg.query_text import examine
from mesmart_kg.release import Release

pytestmark = pytest.mark.slow

STUB = Path(__file__).with_name("stub_endpoint.py")
OASC = "id/community/oasc"
MESSINA = "id/city/it-messina"
ITALIAN = {f"id/city/it-{slug(city)}" for city in SEED_CITIES}
Answer = Callable[..., list[Row]]


@pytest.fixture(scope="module")
def world(shared: Path) -> World:
    return World(shared / "facts")


@pytest.fixture(scope="module")
def queries(project: Path) -> tuple[NamedQuery, ...]:
    return read_queries(project / "queries")


@pytest.fixture(scope="module")
def store(release: Release) -> Store:
    """What the endpoint serves: default graph, named graphs and metadata of the release."""
    return load_release(release.path, GraphNames().metadata).store


@pytest.fixture(scope="module")
def ask(queries: tuple[NamedQuery, ...]) -> Callable[..., list[Row]]:
    """Ask a named query of a store; answers name our own things relative to the base, and "" for nothing."""

    def asked(store: Store, number: int, **values: str) -> list[Row]:
        query = find_query(queries, str(number))
        assert query is not None
        text = bind(query, values)
        columns, rows = rows_of(store, text)
        if examine(text).services:
            # Asked in Oxigraph's own way; ours, which asks the others beforehand, must agree.
            ours = rows_of(store, resolve(store, text))[1]
            assert sorted(map(sorted, map(dict.items, ours))) == sorted(map(sorted, map(dict.items, rows)))
        if not values:
            assert columns == query.expectation.columns
            assert len(rows) >= query.expectation.at_least
        return rows

    return asked


@pytest.fixture(scope="module")
def answer(ask: Callable[..., list[Row]], store: Store) -> Answer:
    """Ask a named query of the release."""
    return lambda number, **values: ask(store, number, **values)


def rows_of(store: Store, text: str) -> tuple[tuple[str, ...], list[Row]]:
    solutions = store.query(text)
    assert isinstance(solutions, QuerySolutions)
    columns = tuple(variable.value for variable in solutions.variables)
    return columns, [
        {name: short(term) for name, term in zip(columns, row, strict=True)} for row in solutions
    ]


def resolve(store: Store, text: str) -> str:
    """Return the query with what other endpoints answered in the place of its calls, as the site does."""

    def select(query: str) -> Solutions:
        answer = store.query(query)
        assert isinstance(answer, QuerySolutions)
        return read_solutions(answer.serialize(format=QueryResultsFormat.JSON) or b"")

    called = {call.iri for call in examine(text).services if call.iri is not None}
    relay = Relay((Service(iri, is_private=True) for iri in called), rows=100_000)
    return relay.resolve(text, select)[0]


def short(term: object) -> str:
    return "" if term is None else str(term.value).removeprefix(NAMESPACE)  # type: ignore[attr-defined]


def pairs(rows: list[Row], *columns: str) -> set[tuple[str, ...]]:
    return {tuple(row[column] for column in columns) for row in rows}


def copy_of(store: Store, added: str = "", removed: str = "") -> Store:
    """Return the store with triples of the default graph (Turtle, our prefixes) added and removed."""
    copy = Store()
    copy.bulk_extend(store.quads_for_pattern(None, None, None, None))
    for text, change in ((added, copy.add), (removed, copy.remove)):
        for quad in triples(text):
            change(quad)
    return copy


def triples(text: str) -> list[Quad]:
    header = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    scratch = Store()
    scratch.load(input=f"BASE <{NAMESPACE}>\n{header}{text}", format=RdfFormat.TURTLE)
    return list(scratch)


# -- membership ------------------------------------------------------------------------------------


def test_01_italian_cities_of_oasc_come_with_their_date_and_every_source(
    answer: Answer, world: World
) -> None:
    rows = answer(1)

    assert [row["name"] for row in rows] == list(SEED_CITIES)
    given = {
        (row["city"], row["since"], frozenset(world.source(s) for s in row["evidence"].split()))
        for row in rows
    }
    assert given == {(m.agent, m.since, m.sources) for m in world.of("oasc") if m.agent in ITALIAN}
    assert [row["name"] for row in answer(1, lang="en")][2] == "Genoa"


def test_02_messinas_communities_come_with_role_date_source_and_graph(answer: Answer, world: World) -> None:
    rows = answer(2)

    given = {(r["community"], r["since"], world.source(r["source"]), world.source(r["graph"])) for r in rows}
    notice = world.source(NOTICE)
    mine = [m for m in world.members if m.agent == MESSINA]
    assert given == {(f"id/community/{m.community}", m.since, notice, notice) for m in mine}
    assert {m.sources for m in mine} == {frozenset({notice})}
    assert {row["role"] for row in rows} == {"membro"}


def shared_members(world: World) -> dict[tuple[str, str], int]:
    names = sorted(world.members_of)
    return {(a, b): len(world.members_of[a] & world.members_of[b]) for a, b in combinations(names, 2)}


def test_03_communities_that_share_members_come_with_how_many(answer: Answer, world: World) -> None:
    given = pairs(answer(3), "first", "second", "shared")

    expected = {
        (f"id/community/{a}", f"id/community/{b}", str(n)) for (a, b), n in shared_members(world).items() if n
    }
    assert given == expected


def test_04_communities_without_a_common_member_are_all_other_pairs(answer: Answer, world: World) -> None:
    given = pairs(answer(4), "first", "second")

    assert given == {
        (f"id/community/{a}", f"id/community/{b}") for (a, b), n in shared_members(world).items() if not n
    }


def test_05_cities_in_several_communities_are_counted(answer: Answer, world: World) -> None:
    for minimum in ("2", "3"):
        expected = {
            (city, str(len(found)))
            for city, found in world.communities_of.items()
            if len(found) >= int(minimum)
        }
        assert pairs(answer(5, minimum=minimum), "city", "communities") == expected


def test_06_active_cities_nearby_are_found_by_distance(answer: Answer, world: World) -> None:
    here = world.point(MESSINA)
    near = {
        city: kilometres(here, world.point(city))
        for city, found in world.involved.items()
        if city in world.cities and city != MESSINA and len(found) >= 2
    }
    for limit in (100, 250):
        rows = answer(6, kilometres=str(limit))
        assert {row["near"] for row in rows} == {city for city, distance in near.items() if distance <= limit}
        for row in rows:
            assert float(row["distance"]) == pytest.approx(near[row["near"]], rel=0.006, abs=0.6)


def test_07_the_nearest_fellow_member_is_the_nearest(answer: Answer, world: World) -> None:
    rows = answer(7)

    members = [m.agent for m in world.of("oasc") if m.agent in world.cities]
    assert {row["city"] for row in rows} == ITALIAN
    for row in rows:
        here = world.point(row["city"])
        distances = {other: kilometres(here, world.point(other)) for other in members if other != row["city"]}
        assert row["nearest"] == min(distances, key=lambda city: distances[city])
        assert float(row["distance"]) == pytest.approx(min(distances.values()), rel=0.006, abs=0.6)


# -- events ----------------------------------------------------------------------------------------


def messinas_events(world: World) -> dict[str, list[str]]:
    events: dict[str, list[str]] = defaultdict(list)
    for row in world.rows("participations"):
        if row["agent"] == "Comune di Messina":
            events[f"id/event/{row['event_id']}"].append(row["role_or_what_was_presented"])
    return events


def test_08_messinas_events_come_by_year_with_what_was_shown(answer: Answer, world: World) -> None:
    rows = answer(8, lang="en")

    events = messinas_events(world)
    years = {f"id/event/{row['id']}": row["start"][:4] for row in world.rows("events")}
    assert pairs(rows, "year", "event") == {(years[event], event) for event in events}
    assert [row["year"] for row in rows] == sorted(row["year"] for row in rows)
    for row in rows:
        assert all(note in row["notes"] for note in events[row["event"]])
        assert row["roles"]


def test_09_events_of_many_countries_count_countries_not_cities(answer: Answer, world: World) -> None:
    countries: dict[str, set[str]] = defaultdict(set)
    for member in world.of("oasc"):
        if member.wave:
            countries[f"id/event/oasc-wave-{member.wave}"].add(world.country(member.agent))

    for minimum in (3, 5):
        given = pairs(answer(9, minimum=str(minimum)), "event", "countries")
        assert given == {
            (wave, str(len(found))) for wave, found in countries.items() if len(found) >= minimum
        }
    # Turku and Eurocities, whose seat is in Brussels, took part in the conference of 2020.
    assert ("id/event/cscc-2020", "2") in pairs(answer(9, minimum="2"), "event", "countries")


def test_10_editions_come_in_order_with_the_missing_years(answer: Answer, world: World) -> None:
    editions: dict[str, dict[str, str]] = defaultdict(dict)
    for row in world.rows("events"):
        if row["series"]:
            editions[row["series"]][row["start"][:4]] = f"id/event/{row['id']}"
    expected = {
        (f"id/series/{series}", str(year), held.get(str(year), ""))
        for series, held in editions.items()
        for year in range(int(min(held)), int(max(held)) + 1)
    }

    rows = [row for row in answer(10) if row["series"] != "id/series/oasc-waves"]

    assert pairs(rows, "series", "year", "edition") == expected
    assert ("id/series/forum-pa", "2024", "") in expected
    assert [(row["series"], row["year"]) for row in rows] == sorted(
        (row["series"], row["year"]) for row in rows
    )


def test_11_fellow_participants_are_all_others_at_messinas_events(answer: Answer, world: World) -> None:
    rows = answer(11)

    mine = set(messinas_events(world))
    expected = Counter(
        f"id/event/{row['event_id']}"
        for row in world.rows("participations")
        if f"id/event/{row['event_id']}" in mine and row["agent"] != "Comune di Messina"
    )
    assert Counter(row["event"] for row in rows) == expected
    named = {row["agent"] for row in world.rows("participations")}
    # The programme has a longer name of its own.
    assert {row["name"] for row in rows} - {"PON Città Metropolitane 2014-2020"} <= named


# -- growth and counts -----------------------------------------------------------------------------


def test_12_growth_counts_new_and_cumulative_members(answer: Answer, world: World) -> None:
    entered = Counter(member.wave for member in world.of("oasc") if member.wave)
    total = 0
    expected = []
    for wave in sorted(entered):
        total += entered[wave]
        expected.append((f"id/event/oasc-wave-{wave}", str(entered[wave]), str(total)))

    rows = answer(12)

    assert [(row["wave"], row["entered"], row["cumulative"]) for row in rows] == expected
    for row in rows:
        assert row["date"] in world.wave_dates[row["wave"][-1]]


def test_13_members_by_country_come_with_their_share(answer: Answer, world: World) -> None:
    cities = [m.agent for m in world.of("oasc") if m.agent in world.cities]
    per_country = Counter(world.country(city) for city in cities)

    rows = answer(13)

    assert pairs(rows, "country", "name", "cities") == {
        (f"id/country/{iso.lower()}", world.country_name(iso, "it"), str(n)) for iso, n in per_country.items()
    }
    for row in rows:
        assert float(row["share"]) == pytest.approx(100 * int(row["cities"]) / len(cities), abs=0.06)


def test_14_new_countries_of_each_wave_were_in_none_before(answer: Answer, world: World) -> None:
    in_wave: dict[str, Counter[str]] = defaultdict(Counter)
    for member in world.of("oasc"):
        if member.wave:
            in_wave[member.wave][world.country(member.agent)] += 1
    known: set[str] = set()
    expected = set()
    for wave in sorted(in_wave):
        for iso in set(in_wave[wave]) - known:
            name = world.country_name(iso, "it")
            expected.add((f"id/event/oasc-wave-{wave}", name, str(in_wave[wave][iso])))
        known |= set(in_wave[wave])

    assert pairs(answer(14), "wave", "name", "cities") == expected


def test_15_every_stated_count_stands_with_its_source(answer: Answer, world: World) -> None:
    rows = answer(15, lang="en")

    kinds = {"member cities": "cities", "member countries": "countries"}
    whole = {
        (r["period"], kinds[r["counted"]], int(r["value"]), r["precision"], world.source(r["source"]))
        for r in rows
        if not r["area"]
    }
    assert whole == world.counts
    for row in rows:
        assert world.source(row["source"]) == world.source(row["graph"])
        assert row["title"]
        assert row["publisher"]


def test_15_117_and_24_come_from_oasc_itself_and_from_the_notice(answer: Answer, world: World) -> None:
    sources = defaultdict(set)
    for row in answer(15):
        if not row["area"]:
            sources[row["value"]].add((row["period"], world.source(row["source"])))

    both = {("2018-01-26", world.source("oasc-2018-01-legal")), ("2021", world.source(NOTICE))}
    assert sources["117"] == both
    assert sources["24"] == both


def test_15_the_eight_of_italy_are_a_count_of_their_own(answer: Answer) -> None:
    assert ("8", "id/country/it") in pairs(answer(15), "value", "area")


def test_16_stated_and_listed_members_are_compared_at_each_date(answer: Answer, world: World) -> None:
    starts = [member.since for member in world.of("oasc") if member.since]
    expected = set()
    for date, kind, stated, _, source in world.counts:
        if kind == "cities" and date:
            # Who joined at some time in 2015 had not surely joined by March.
            surely = [start for start in starts if start == date or not date.startswith(start)]
            listed = sum(start[: len(date)] <= date for start in surely)
            if stated != listed:
                expected.add((date, source, stated, listed, stated - listed))

    given = {
        (r["period"], world.source(r["source"]), int(r["stated"]), int(r["listed"]), int(r["difference"]))
        for r in answer(16)
    }
    assert given == expected
    assert "2015-03" not in {row["period"] for row in answer(16)}, "the first wave is listed whole"


def test_16_the_members_that_no_source_names_are_told_beside_the_stated_number(
    answer: Answer, queries: tuple[NamedQuery, ...]
) -> None:
    """notes-oasc.md, section 8: of the 117 of January 2018, 64 are named."""
    query = find_query(queries, "16")
    assert query is not None
    assert f"{117 - 64} delle 117" in query.summary["it"]
    assert f"{117 - 64} of OASC's 117" in query.summary["en"]
    told = {(row["period"], row["stated"], row["unnamed"]) for row in answer(16) if row["unnamed"]}

    assert told == {("2018-01-26", "117", str(117 - 64))}


# -- evidence --------------------------------------------------------------------------------------


def test_17_the_eight_seed_cities_are_present_and_no_other(answer: Answer) -> None:
    assert pairs(answer(17), "city", "status") == {(city, "present") for city in ITALIAN}


def test_17_a_missing_and_an_extra_city_are_told(ask: Callable[..., list[Row]], store: Store) -> None:
    changed = copy_of(
        store,
        added="<urn:x> org:member <id/city/it-trento> ; org:organization <id/community/oasc> .",
        removed="<id/membership/oasc--it-terni> org:member <id/city/it-terni> .",
    )

    status = {row["city"]: row["status"] for row in ask(changed, 17)}

    assert status["id/city/it-terni"] == "missing"
    assert status["id/city/it-trento"] == "extra"
    assert Counter(status.values()) == {"present": 7, "missing": 1, "extra": 1}


def test_18_memberships_with_one_source_are_those_that_one_file_row_states(
    answer: Answer, world: World
) -> None:
    given = {(row["member"], world.source(row["graph"])) for row in answer(18)}

    assert given == {(m.agent, next(iter(m.sources))) for m in world.of("oasc") if len(m.sources) == 1}
    assert "id/city/it-milano" not in {member for member, _ in given}


def test_19_contradicting_dates_are_those_neither_of_which_refines_the_other(
    answer: Answer, world: World
) -> None:
    dates: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in world.rows("communities"):
        if row["founded"]:
            dates[f"id/community/{row['id']}"].add((row["founded"], world.source(row["source_id"])))
    for row in world.rows("community_facts"):
        if row["property"] == "founded" and re.fullmatch(r"\d{4}(-\d\d)*", row["value"]):
            dates[f"id/community/{row['subject']}"].add((row["value"], world.source(row["source_id"])))
    months = {month: f"{number:02}" for number, month in enumerate(calendar.month_name) if month}
    for row in world.rows("oasc_facts"):
        if row["subject"] == "OASC" and row["property"].startswith("founded"):
            # “March 2015, in Brussels” dates it as well.
            date = re.sub(r"^(\w+) (\d{4}),.*", lambda m: f"{m[2]}-{months[m[1]]}", row["value"])
            dates[OASC].add((date, world.source(row["source_id"])))
    expected = {
        (thing, *sorted([one, other]))
        for thing, found in dates.items()
        for (one, _), (other, _) in combinations(sorted(found), 2)
        if not other.startswith(one)
    }

    given = pairs(answer(19), "thing", "firstDate", "secondDate")

    assert {row for row in given if row[0].startswith("id/community/")} == expected
    assert ("id/community/open-data-dk", "2015", "2016") in given
    assert (OASC, "2015-01", "2015-03") in given


def test_20_memberships_from_the_municipality_have_it_for_a_publisher(answer: Answer, world: World) -> None:
    rows = answer(20)

    ours = {world.source(row["graph"]) for row in rows}
    assert {"poznan-oasc", "wien-oasc", "ctx-bo-eurocities", "garanhuns-2017"} <= ours
    assert world.source(NOTICE) in ours
    offices = r"\b(Comune di|Stadt|Miasto|Prefeitura de|City of|Municipality of|Gemeente|Ville de) "
    expected = set()
    for member in world.members:
        city = world.cities.get(member.agent)
        for source_id in world.sources if city else ():
            publisher = world.sources[source_id]["publisher"]
            names = {city["name"], city["name_it"], city["name_en"]} if city else set()
            if world.source(source_id) in member.sources and any(
                re.search(offices + re.escape(name), publisher) for name in names
            ):
                expected.add((member.agent, f"id/community/{member.community}"))
    assert pairs(rows, "city", "community") == expected


def test_21_what_was_known_rests_on_sources_published_by_then(answer: Answer, world: World) -> None:
    for day in ("2015-12-31", "2018-12-31"):
        given = {(r["member"], r["issued"], world.source(r["source"])) for r in answer(21, day=day)}
        expected = set()
        for member in world.of("oasc"):
            for source_id, row in world.sources.items():
                published = row.get("published", "")
                if world.source(source_id) in member.sources and published and published <= day:
                    expected.add((member.agent, published, world.source(source_id)))
        assert given == expected
    assert {row["recorded"][:4] for row in answer(21)} == {"2026"}


def test_22_vague_start_dates_are_empty_or_a_year(answer: Answer, world: World) -> None:
    given = Counter((row["communityName"], row["known"]) for row in answer(22, lang="en"))

    names = {row["id"]: row["name"] for row in world.rows("communities")} | {
        "oasc": "Open & Agile Smart Cities"
    }
    expected = Counter(
        (names[member.community], member.since) for member in world.members if len(member.since) in (0, 4)
    )
    # English names of communities are not always those of the file: compare how many of each kind.
    assert Counter(known for _, known in given.elements()) == Counter(k for _, k in expected.elements())
    assert given["Open & Agile Smart Cities", "2015"] == expected["Open & Agile Smart Cities", "2015"] == 5


def test_23_what_ended_comes_with_its_years(answer: Answer, world: World) -> None:
    expected = set()
    for row in world.rows("memberships_other"):
        if found := re.search(r"\((\d{4})(?: to |-)(\d{4})\)", row["role"]):
            years = int(found[2]) - int(found[1])
            expected.add((row["city"], found[1], found[2], str(years)))

    assert pairs(answer(23), "name", "start", "end", "years") >= expected
    assert {row["name"] for row in answer(23)} <= {row["city"] for row in world.rows("memberships_other")}


def test_23_an_ended_membership_is_told(ask: Callable[..., list[Row]], store: Store) -> None:
    changed = copy_of(
        store, added='<id/membership/oasc--it-milano> schema:endDate "2020-05"^^xsd:gYearMonth .'
    )

    rows = [row for row in ask(changed, 23) if row["fact"] == "id/membership/oasc--it-milano"]

    assert pairs(rows, "name", "start", "end", "years") == {("Milano", "2015-03", "2020-05", "5")}


# -- topics and mechanisms -------------------------------------------------------------------------


def test_24_mechanisms_come_by_edition(answer: Answer, world: World) -> None:
    expected: Counter[tuple[str, str, str]] = Counter()
    for row in world.rows("mims"):
        edition = "voc/mims-2022" if row["status_version"].startswith("2022") else "voc/mims-plus-9"
        expected[edition, row["mim_id"], row["name_en"]] += 1

    rows = answer(24, lang="en")

    assert Counter((r["edition"], r["notation"], r["name"]) for r in rows) == expected
    plus = [row["notation"] for row in rows if row["edition"] == "voc/mims-plus-9"]
    assert plus == ["MIM0", "MIM1", "MIM2", "MIM3", "MIM6", "MIM7", "MIM8"]


def test_24_a_city_that_conforms_is_told(ask: Callable[..., list[Row]], store: Store) -> None:
    changed = copy_of(store, added="<id/city/it-messina> dcterms:conformsTo <id/mechanism/mims-2022--mim1> .")

    rows = [row for row in ask(changed, 24) if row["conforming"]]

    assert pairs(rows, "mechanism", "conforming", "conformingName") == {
        ("id/mechanism/mims-2022--mim1", MESSINA, "Messina")
    }


def seed_topics(world: World) -> dict[str, Row]:
    return {f"voc/topic/{r['id']}": r for r in world.rows("topics") if r["scheme"] == "seed-topics"}


def test_25_the_common_topics_are_the_four_themes_of_the_notice(answer: Answer, world: World) -> None:
    assert pairs(answer(25), "topic", "name", "communities") == {
        (topic, row["label_it"], "3") for topic, row in seed_topics(world).items()
    }


def test_26_communities_on_a_topic_include_narrower_ones(
    answer: Answer, ask: Callable[..., list[Row]], store: Store, world: World
) -> None:
    three = {f"id/community/{m.community}" for m in world.members if m.agent == MESSINA}
    assert {row["community"] for row in answer(26)} == three

    mechanisms = answer(26, topic="id/mechanism/mims-plus")
    edition = [row for row in world.rows("mims") if not row["status_version"].startswith("2022")]
    covered = {row["covered"] for row in mechanisms}
    assert {f"id/mechanism/mims-plus-9--{row['mim_id'].lower()}" for row in edition} <= covered
    assert {row["community"] for row in mechanisms} == {OASC, "id/community/living-in-eu"}

    narrower = "<https://w3id.org/city-communities/voc/topic/mobilita> skos:broader voc:topic_x ."
    changed = copy_of(store, added=narrower)
    rows = ask(changed, 26, topic="https://w3id.org/city-communities/voc/topic_x")
    assert pairs(rows, "community", "covered") == {
        ("id/community/smartcommunitiestech", "voc/topic/mobilita")
    }


def test_27_data_themes_are_those_of_the_topics(answer: Answer, world: World) -> None:
    topics: dict[str, set[str]] = defaultdict(set)
    for row in world.rows("community_facts"):
        if row["property"] == "domain":
            topics[f"id/community/{row['subject']}"].add(row["value"])
    for community in ("oasc", "tscai", "smartcommunitiestech"):
        topics[f"id/community/{community}"] |= {iri.rpartition("/")[2] for iri in seed_topics(world)}
    expected = {
        (community, row["target_uri"])
        for community, found in topics.items()
        for row in world.rows("topic_matches")
        if row["topic_id"] in found and "data-theme" in row["target_uri"]
    }

    assert pairs(answer(27), "community", "theme") == expected


def test_28_projects_are_linked_to_communities_and_events(answer: Answer, world: World) -> None:
    linked = {(row["project"], row["kind"]): set(row["linked"].split("; ")) for row in answer(28, lang="en")}

    names = {row["id"]: row["name"] for row in world.rows("events")}
    facts = {(r["subject"], r["property"], r["value"]) for r in world.rows("project_facts")}
    assert ("digiplace", "finalMeeting", "digiplace-final-2022") in facts
    assert names["digiplace-final-2022"] in linked["id/project/digiplace", "Event"]
    # What Messina showed is MEsM@RT; the notice says that it opened the three communities.
    shown = {
        names[row["event_id"]]
        for row in world.rows("participations")
        if row["agent"] == "Comune di Messina" and "MEsM@RT" in row["role_or_what_was_presented"]
    }
    assert shown - linked["id/project/mesmart", "Event"] <= {names["iurc-assembly-2022"]}
    assert len(linked["id/project/mesmart", "Community"]) == 3
    aligned = {row["value"] for row in world.rows("community_facts") if row["property"] == "alignedWith"}
    for project in aligned:
        assert linked[f"id/project/{project}", "Community"] == {"SmartCommunitiesTech"} or any(
            "SmartCommunitiesTech" in name for name in linked[f"id/project/{project}", "Community"]
        )


# -- places and networks ---------------------------------------------------------------------------


def test_29_cities_of_sicily_in_no_community_are_all_but_the_involved(answer: Answer, world: World) -> None:
    def left(*regions: str) -> set[tuple[str, str]]:
        return {
            (city, row["istat_code"])
            for city, row in world.municipalities.items()
            if row["region_name"] in regions and city not in world.involved
        }

    assert pairs(answer(29), "city", "istat") == left("Sicilia")
    assert MESSINA not in {row["city"] for row in answer(29)}
    two = answer(29, region="id/region/it-sicilia id/region/it-puglia")
    assert pairs(two, "city", "istat") == left("Sicilia", "Puglia")


def test_30_members_that_are_not_cities(answer: Answer, world: World) -> None:
    rows = answer(30)

    assert {row["member"] for row in rows if row["community"] == OASC} == set(REGIONS.values())
    others = [row["name"] for row in rows if row["community"] != OASC]
    bodies = {member.agent for member in world.members if not member.agent.startswith("id/")}
    # The file says “ASTER (Emilia-Romagna)” and tells the region apart.
    assert len(others) == len(bodies)
    assert all(any(body.startswith(name.split(" (")[0]) for body in bodies) for name in others)


def within_steps(world: World, start: str) -> dict[str, int]:
    cities = {c: {a for a in found if a in world.cities} for c, found in world.members_of.items()}
    # The walk may pass through any member, but only cities are asked for.
    first = set().union(*(world.members_of[c] for c in world.communities_of[start]))
    reached_communities = {m.community for m in world.members if m.agent in first}
    second = set().union(*(cities[c] for c in reached_communities))
    steps = dict.fromkeys(second, 2) | dict.fromkeys((a for a in first if a in world.cities), 1)
    steps.pop(start)
    return steps


def test_31_two_steps_reach_contacts_of_contacts(answer: Answer, world: World) -> None:
    expected = {(city, str(steps)) for city, steps in within_steps(world, MESSINA).items()}

    assert pairs(answer(31), "reached", "steps") == expected
    assert {steps for _, steps in expected} == {"1", "2"}


def test_32_the_most_central_cities_have_the_most_companions(answer: Answer, world: World) -> None:
    companions = {
        city: {
            other
            for community in found
            for other in world.members_of[community]
            if other in world.cities and other != city
        }
        for city, found in world.communities_of.items()
    }
    # A community in which no source names another city adds no companion.
    shared = {
        city: sum(any(o != city and o in world.cities for o in world.members_of[c]) for c in found)
        for city, found in world.communities_of.items()
    }
    ranked = sorted(companions, key=lambda city: (-len(companions[city]), -shared[city], city))[:10]

    assert [(row["city"], row["companions"], row["communities"]) for row in answer(32)] == [
        (city, str(len(companions[city])), str(shared[city])) for city in ranked
    ]


# -- other endpoints -------------------------------------------------------------------------------


class Stand:
    """A SPARQL endpoint in a process of its own, with a few triples; it stands in for a server elsewhere."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[str]] = []

    def serve(self, text: str) -> str:
        """Serve triples, in Turtle with our prefixes, and return the endpoint's address."""
        store = Store()
        store.extend(triples(text))
        path = self._folder / f"stand-{len(self._processes)}.nt"
        store.dump(path, format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
        process = subprocess.Popen([sys.executable, str(STUB), str(path)], stdout=subprocess.PIPE, text=True)
        self._processes.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
            process.communicate(timeout=10)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path)
    yield stand
    stand.close()


def test_33_the_people_of_italian_members_are_added_up(answer: Answer, world: World, stand: Stand) -> None:
    people = {city: int(world.cities[city]["population"]) for city in ITALIAN}
    lines = [
        f'wd:{world.cities[c]["wikidata_qid"]} wdt:P635 "{world.cities[c]["istat_code"]}" ; wdt:P1082 {n} .'
        for c, n in sorted(people.items())
    ]
    # An older figure of Messina, and a town that is no member: neither may count.
    older = 'wd:Q13666 wdt:P1082 1 . wd:Q13463 wdt:P635 "080063" ; wdt:P1082 180000 .'

    rows = answer(33, endpoint=stand.serve("\n".join([*lines, older])))

    assert rows == [{"cities": "8", "population": str(sum(people.values()))}]


def test_34_memberships_wikidata_disagrees_with_are_told_both_ways(
    answer: Answer, world: World, stand: Stand
) -> None:
    milan, lecce = (world.cities[f"id/city/it-{c}"]["wikidata_qid"] for c in ("milano", "lecce"))
    sites = {row["id"]: row["website"] for row in world.rows("communities")}
    endpoint = stand.serve(f"""
        wd:{milan} wdt:P635 "015146" ; wdt:P463 wd:Q1, wd:Q2 .
        wd:{lecce} wdt:P635 "075035" ; wdt:P463 wd:Q3 .
        wd:Q1 wdt:P856 <{sites["eurocities"]}/> .
        wd:Q2 wdt:P856 <{sites["c40"]}> .
        wd:Q3 wdt:P856 <{sites["polis"]}> .""")

    given = pairs(answer(34, endpoint=endpoint), "city", "community", "only")

    ours = {("milano", c) for c in world.communities_of["id/city/it-milano"]} | {("lecce", "oasc")}
    theirs = {("milano", "eurocities"), ("milano", "c40"), ("lecce", "polis")}
    expected = {(f"id/city/it-{city}", f"id/community/{c}", "here") for city, c in ours - theirs}
    expected |= {(f"id/city/it-{city}", f"id/community/{c}", "there") for city, c in theirs - ours}
    assert given == expected
    assert ("id/city/it-milano", "id/community/eurocities") not in {row[:2] for row in given}


def test_35_cities_elsewhere_are_matched_by_code(answer: Answer, world: World, stand: Stand) -> None:
    messina, vienna = (world.cities[c] for c in (MESSINA, "id/city/at-wien"))
    endpoint = stand.serve(f"""
        <urn:me> wdt:P635 "{messina["istat_code"]}" ; wdt:P605 "{messina["nuts3"]}" .
        <urn:vie> wdt:P782 "AT{vienna["lau_code"]}" .
        <urn:other> wdt:P635 "999999" ; wdt:P782 "{messina["istat_code"]}" .""")

    given = pairs(answer(35, endpoint=endpoint), "city", "scheme", "code", "place")

    assert given == {
        (MESSINA, "istat", messina["istat_code"], "urn:me"),
        (MESSINA, "nuts", messina["nuts3"], "urn:me"),
        ("id/city/at-wien", "lau", f"AT{vienna['lau_code']}", "urn:vie"),
    }


# -- names and descriptions ------------------------------------------------------------------------


def test_36_every_community_has_a_name_in_both_languages(answer: Answer, world: World) -> None:
    rows = answer(36)

    expected = {f"id/community/{row['id']}" for row in world.rows("communities")} | {OASC}
    assert {row["community"] for row in rows} == expected
    given = {row["community"]: row for row in rows}
    for row in world.rows("communities"):
        names = {row["name"], *row["alt_name"].split("; ")}
        found = given[f"id/community/{row['id']}"]
        assert names & {found["italian"], found["english"]}, row["id"]
    assert given["id/community/covenant-of-mayors"]["italian"].startswith("Patto dei Sindaci")


def test_36_a_missing_name_falls_back(ask: Callable[..., list[Row]]) -> None:
    few = Store()
    few.extend(
        triples("""
        <urn:a> a cc:Community ; skos:prefLabel "uno"@it .
        <urn:b> a cc:Community ; skos:prefLabel "two"@en-GB .
        <urn:c> a cc:Community ; skos:altLabel "C3"@de .""")
    )

    rows = pairs(ask(few, 36), "community", "italian", "english")

    assert rows == {("urn:a", "uno", "uno"), ("urn:b", "two", "two"), ("urn:c", "C3", "C3")}


def construct(store: Store, query: NamedQuery | None, **values: str) -> set[tuple[str, str, str]]:
    assert query is not None
    found = store.query(bind(query, values))
    assert isinstance(found, QueryTriples)
    graph = {(short(t.subject), t.predicate.value, short(t.object)) for t in found}
    assert len(graph) >= query.expectation.at_least
    return graph


def test_37_everything_about_messina_comes_with_its_graphs(
    store: Store, queries: tuple[NamedQuery, ...], world: World
) -> None:
    graph = construct(store, find_query(queries, "37"))

    codes = {value for subject, p, value in graph if (subject, p) == (MESSINA, expand("dcterms:identifier"))}
    row = world.cities[MESSINA]
    assert {f"istat:{row['istat_code']}", f"nuts:{row['nuts3']}"} <= codes
    members = {value for _, p, value in graph if p == expand("org:organization")}
    assert members == {f"id/community/{m.community}" for m in world.members if m.agent == MESSINA}
    held = {(s, v) for s, p, v in graph if p == expand("dcterms:isReferencedBy")}
    assert (f"id/membership/oasc--{MESSINA.rpartition('/')[2]}", "graph/source/messina-2021") in held
    told = {(s, v) for s, p, v in graph if p == expand("prov:hadPrimarySource")}
    assert ("graph/source/messina-2021", "id/source/messina-2021") in told
    others = {value for _, p, value in graph if p == expand("org:member")}
    assert others == {MESSINA}


def test_38_members_to_invite_are_near_and_were_not_there(answer: Answer, world: World) -> None:
    catania = world.point("id/city/it-catania")
    near = {
        city: kilometres(catania, world.point(city))
        for city in world.communities_of
        if city.startswith("id/city/it-") and city != MESSINA
    }
    for limit in (200, 700):
        rows = answer(38, kilometres=str(limit))
        assert {row["city"] for row in rows} == {city for city, distance in near.items() if distance <= limit}
        for row in rows:
            assert float(row["distance"]) == pytest.approx(near[row["city"]], rel=0.006, abs=0.6)
            assert int(row["communities"]) == len(world.communities_of[row["city"]])


# -- the dataset itself ----------------------------------------------------------------------------


def test_39_inferred_statements_name_their_rule(answer: Answer, world: World) -> None:
    rows = answer(39)

    member_of = {(r["value"], r["rule"]) for r in rows if r["property"] == expand("org:memberOf")}
    mine = {f"id/community/{m.community}" for m in world.members if m.agent == MESSINA}
    assert member_of == {(community, "voc/rule/member-of") for community in mine}
    within = {(r["value"], r["rule"]) for r in rows if r["property"] == CC.removeprefix(NAMESPACE) + "within"}
    assert within == {("id/region/it-sicilia", "voc/rule/transitive-cc-within")}
    assert all(row["rule"] and row["ruleName"] for row in rows), "a statement that no rule explains"
    # Countries and regions are features too; that a city is one follows from its being a city.
    feature = {row["rule"] for row in rows if row["value"] == expand("geo:Feature")}
    assert feature == {"voc/rule/subclass-cc-city-geo-feature"}
    names = {lang: {row["ruleName"] for row in answer(39, lang=lang)} for lang in ("it", "en")}
    assert "Has the membership" in names["en"] - names["it"]


def test_39_several_rules_are_told_where_several_arrive_at_it(answer: Answer) -> None:
    rows = answer(39, subject="id/series/forum-pa")

    event = {row["rule"].rpartition("/")[2] for row in rows if row["value"] == expand("schema:Event")}
    assert event == {"subclass-cc-event-schema-event", "subclass-cc-eventseries-schema-event"}


def listed(agents: Iterable[str]) -> list[str]:
    """Return the memberships of OASC as another release may hold them."""
    return [
        f"<id/membership/oasc--{agent.rpartition('/')[2]}> org:organization <{OASC}> ; org:member <{agent}> ."
        for agent in agents
    ]


def test_40_changes_between_releases_go_both_ways(answer: Answer, world: World, stand: Stand) -> None:
    still = {member.agent for member in world.of("oasc")} - {MESSINA, "id/city/ro-iasi"}
    lines = listed(still)
    gone = f"<id/membership/oasc--it-roma> org:organization <{OASC}> ; org:member <id/city/it-roma> ."
    other = "<urn:x> org:organization <id/community/c40> ; org:member <id/city/it-roma> ."

    rows = answer(40, older=stand.serve("\n".join([*lines, gone, other])))

    assert pairs(rows, "change", "membership", "member") == {
        ("added", "id/membership/oasc--it-messina", "id/city/it-messina"),
        ("added", "id/membership/oasc--ro-iasi", "id/city/ro-iasi"),
        ("removed", "id/membership/oasc--it-roma", "id/city/it-roma"),
    }


def test_40_nothing_changed_against_itself(answer: Answer, world: World, stand: Stand) -> None:
    lines = listed(member.agent for member in world.of("oasc"))

    assert answer(40, older=stand.serve("\n".join(lines))) == []


def test_41_links_are_counted_by_dataset_and_the_unlinked_are_told(answer: Answer, world: World) -> None:
    rows = answer(41)

    totals: Counter[str] = Counter()
    for row in rows:
        totals[row["dataset"]] += int(row["links"] or 0)
    cities = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications/cities/"
    assert totals[cities] == len({row["uri"] for row in world.rows("italy_municipalities")})
    wikidata = "http://www.wikidata.org/entity/"
    known = [row["wikidata_qid"] for name in ("cities", "countries") for row in world.rows(name)]
    # Scotland and England are regions here; notes-identifiers.md gives their items, no table does.
    assert totals[wikidata] - len(list(filter(None, known))) in (0, 2)
    unlinked = {row["unlinked"] for row in rows if row["unlinked"]}
    assert unlinked == {city for city in world.communities_of if not world.cities[city]["wikidata_qid"]}


def test_42_no_term_of_ours_is_unused_or_undocumented(answer: Answer) -> None:
    assert answer(42) == []


def test_42_an_unused_and_an_undocumented_term_are_told(ask: Callable[..., list[Row]], store: Store) -> None:
    changed = copy_of(store)
    ontology, metadata = NamedNode(GraphNames().ontology), NamedNode(GraphNames().metadata)
    kind, label = NamedNode(expand("rdf:type")), NamedNode(expand("rdfs:label"))
    changed.add(Quad(NamedNode(CC + "Idle"), kind, NamedNode(expand("owl:Class")), ontology))
    for pattern in ((NamedNode(CC + "inWave"), label, None, ontology),):
        for quad in list(changed.quads_for_pattern(*pattern)):
            changed.remove(quad)
    part = NamedNode("urn:part")
    changed.add(Quad(NamedNode("urn:d"), NamedNode(expand("void:propertyPartition")), part, metadata))
    changed.add(Quad(part, NamedNode(expand("void:property")), NamedNode(CC + "unheardOf"), metadata))

    assert pairs(ask(changed, 42), "term", "finding") == {
        ("def#Idle", "unused"),
        ("def#inWave", "undocumented"),
        ("def#unheardOf", "undocumented"),
    }


def test_43_every_source_graph_has_a_licence_and_credit_where_asked(answer: Answer, world: World) -> None:
    rows = answer(43)

    graphs = {row["graph"].rpartition("/")[2]: row for row in rows}
    told = {world.source(name) for name in graphs if name in world.sources}
    for member in world.members:
        assert member.sources <= told
    for name, row in graphs.items():
        assert row["licence"] == "http://creativecommons.org/licenses/by/4.0/"
        assert row["title"]
        assert row["publisher"]
        # A source under two ids may bear the title of either.
        if name in world.sources:
            same = {s["title"] for i, s in world.sources.items() if world.source(i) == world.source(name)}
            assert row["title"] in same


def test_43_our_licence_is_never_shown_as_that_of_a_source(answer: Answer, world: World) -> None:
    """A newspaper that states no licence stays without one, whatever the licence of our statements."""
    rows = {row["graph"].rpartition("/")[2]: row for row in answer(43, lang="en")}

    for name, row in rows.items():
        source = world.sources.get(name)
        if source and not (source.get("licence_if_known") or source.get("licence")):
            assert (row["sourceLicence"], row["sourceRights"]) == ("", "not stated"), name
    press = rows["ctx-ansa-label2024"]
    assert press["licence"] == "http://creativecommons.org/licenses/by/4.0/"
    assert rows["ctx-wp-c40"]["sourceLicence"] == "http://creativecommons.org/licenses/by-sa/4.0/"
    assert rows["ctx-wp-c40"]["sourceRights"] == "CC-BY-SA-4.0"
    assert {row["sourceRights"] for row in answer(43) if not row["sourceLicence"]} >= {"non dichiarata"}


def test_44_points_are_geojson_with_the_longitude_first(
    store: Store, queries: tuple[NamedQuery, ...], world: World
) -> None:
    graph = construct(store, find_query(queries, "44"))

    points = {s: json.loads(o) for s, p, o in graph if p == expand("geo:asGeoJSON")}
    row = world.cities[MESSINA]
    geometry = next(o for s, p, o in graph if s == MESSINA and p == expand("geo:hasDefaultGeometry"))
    assert points[geometry] == {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]}
    members = {s for s, p, o in graph if p == expand("rdf:type") and o == CC.removeprefix(NAMESPACE) + "City"}
    assert members == {city for city in world.communities_of if world.cities[city]["lat"]}
    places = {s: o for s, p, o in graph if p == expand("schema:location")}
    for event in world.rows("events"):
        if event["city"] and event["country_iso2"]:
            assert places[f"id/event/{event['id']}"] == world.agent(event["city"], event["country_iso2"])


def test_45_events_in_the_polygon_are_those_on_the_island(answer: Answer, world: World) -> None:
    rows = answer(45)

    topics = {row["value"] for row in world.rows("project_facts") if row["subject"] == "mesmart"}
    assert "smart-city" in topics
    inside = set()
    for row in world.rows("events"):
        if row["city"]:
            lat, lon = world.point(world.agent(row["city"], row["country_iso2"]))
            if 12.0 < lon < 15.8 and 36.5 < lat < 38.4:
                inside.add(f"id/event/{row['id']}")
    assert {row["event"] for row in rows} == inside & set(messinas_events(world))
    assert "id/event/ecomed-2021" in {row["event"] for row in rows}
    elsewhere = answer(45, polygon="POLYGON((1 40, 3 40, 3 43, 1 43, 1 40))")
    assert {row["event"] for row in elsewhere} == {"id/event/scewc-2019"}


# -- all of them -----------------------------------------------------------------------------------


def test_every_question_is_asked_here(queries: tuple[NamedQuery, ...]) -> None:
    asked = {
        int(name[5:7])
        for name, _ in inspect.getmembers(sys.modules[__name__], inspect.isfunction)
        if re.match(r"test_\d\d_", name)
    }

    assert {query.number for query in queries} == asked == set(range(1, 46))


def test_the_order_of_an_answer_does_not_depend_on_the_order_of_loading(
    store: Store, queries: tuple[NamedQuery, ...]
) -> None:
    backwards = Store()
    backwards.bulk_extend(reversed(list(store)))
    for query in queries:
        if query.expectation.columns and "SERVICE" not in query.text:
            assert in_json(store, query) == in_json(backwards, query), query.name


def in_json(store: Store, query: NamedQuery) -> bytes:
    solutions = store.query(query.text)
    assert isinstance(solutions, QuerySolutions)
    return solutions.serialize(format=QueryResultsFormat.JSON) or b""
