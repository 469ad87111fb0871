"""Profiles of a small league say what the sources say, who says it, and what nobody says."""

from __future__ import annotations

import pytest
from league import ReadProfile

from mesmart_kg.labels import Name, Reference
from mesmart_kg.namespaces import NAMESPACE, expand
from mesmart_kg.profiles import READERS, Sources, choose_reader
from mesmart_kg.profiles.event import find_gaps
from mesmart_kg.profiles.growth import is_by
from mesmart_kg.profiles.questions import Question


def names(things: tuple[Reference, ...]) -> list[str]:
    return [thing.name.value for thing in things]


def test_a_city_names_its_communities_with_dates_and_sources(profile: ReadProfile) -> None:
    alba = profile("city", "city/it-alba")

    club, lega = alba.memberships.items
    assert (lega.community.name.value, lega.start, lega.role.name.value) == ("Lega", "2015-03", "membro")
    assert names(lega.evidence.sources) == ["L’avviso", "The list"]
    assert lega.note == Name("tra i primi", "it")
    assert lega.certainty is None
    assert (club.start, club.since, club.told) == (None, None, None)


def test_a_date_that_is_not_known_may_be_that_of_the_wave(profile: ReadProfile) -> None:
    (asti,) = profile("city", "city/it-asti").memberships.items

    assert (asti.start, asti.since, asti.told) == (None, "2015-03-17", "2017")
    assert asti.certainty.iri.endswith("certainty/weak")


def test_a_signature_is_no_membership(profile: ReadProfile) -> None:
    asti = profile("city", "city/it-asti")

    assert [tie.community.name.value for tie in asti.ties.items] == ["Club"]
    assert not any(tie.is_membership for tie in asti.ties.items)
    assert [tie.community.name.value for tie in asti.memberships.items] == ["Lega"]


def test_a_city_in_no_community_has_an_honest_profile(profile: ReadProfile) -> None:
    alone = profile("city", "city/it-null")

    assert not alone.is_in_network
    assert alone.memberships.items == alone.companions.items == ()
    assert alone.point is None  # what its geometry tells can't be read
    assert alone.populations == ()


def test_a_city_tells_where_it_is_and_who_is_near(profile: ReadProfile) -> None:
    alba = profile("city", "city/it-alba")

    assert (alba.point.longitude, alba.point.latitude, alba.point.kind) == (8.03, 44.7, "main")
    assert names(alba.within) == ["Italia"]
    (nearest,) = alba.nearest.items
    assert nearest.city.name.value == "Asti"
    assert 20 < nearest.kilometres < 30
    (most,) = alba.companions.items
    assert (most.city.name.value, names(most.communities)) == ("Asti", ["Club", "Lega"])
    (population,) = alba.populations
    assert (population.value, population.period, population.caution) == (
        31000,
        None,
        Name("da non confrontare", "it"),
    )


def test_codes_leave_out_our_own_short_names(profile: ReadProfile) -> None:
    codes = profile("city", "city/it-alba").codes

    assert [(code.scheme, code.code) for code in codes] == [("istat", "004003"), ("wikidata", "Q1")]
    assert codes[1].address == "http://www.wikidata.org/entity/Q1"


def test_events_of_a_city_stand_by_year_with_its_role(profile: ReadProfile) -> None:
    years = profile("city", "city/it-alba").years

    assert list(years) == ["2018"]
    (part,) = years["2018"][0].parts
    assert part.role.name.value == "relatore"
    assert names(part.evidence.sources) == ["The list"]


def test_a_community_says_how_many_of_those_it_counted_are_named(profile: ReadProfile) -> None:
    lega = profile("community", "community/lega", "en")

    assert (lega.coverage.named, lega.coverage.stated, lega.coverage.unnamed) == (2, 5, 3)
    assert lega.coverage.period == "2016"
    assert names(lega.coverage.stated_by.sources) == ["The list"]
    (count,) = lega.counts.items
    assert (count.value, count.named, count.precision) == (5, 1, None)
    assert [tie.agent.name.value for tie in lega.members.items] == ["Alba", "Asti", "Bra"]
    assert lega.undated == 1
    assert [(each.thing.name.value, each.count) for each in lega.by_country] == [("Italy", 3)]
    assert [(each.thing.name.value, each.count) for each in lega.shared.items] == [("Club", 1)]
    (wave,) = lega.waves
    assert (wave.start, [tie.agent.name.value for tie in wave.ties]) == ("2015-03-17", ["Alba", "Asti"])


def test_facts_tell_who_says_them_and_what_follows_from_a_rule(profile: ReadProfile) -> None:
    lega = profile("community", "community/lega")

    told = {fact.value: names(fact.evidence.sources) for fact in lega.founded}
    assert told == {"2014": ["The list"], "2014-05": ["L’avviso"]}
    (topic,) = lega.topics
    assert topic.evidence.inferred
    assert not lega.description.evidence.inferred


def test_texts_are_in_the_language_of_the_reader(profile: ReadProfile) -> None:
    assert profile("community", "community/lega", "en").description.value == Name("A league.", "en")
    assert profile("community", "community/lega", "de").description.value == Name("Una lega.", "it")


def test_an_event_knows_the_editions_beside_it_and_where_it_was(profile: ReadProfile) -> None:
    games = profile("event", "event/games-2018")

    assert (games.earlier.name.value, games.later.name.value) == ("Giochi 2015", "Giochi 2019")
    assert names(games.cities) == ["Alba"]
    assert [point.reference.name.value for point in games.points] == ["Arena"]
    ((role, parts),) = games.roles
    assert (role.name.value, [part.agent.name.value for part in parts]) == ("relatore", ["Alba"])


def test_a_wave_names_only_those_who_joined_in_it(profile: ReadProfile) -> None:
    wave = profile("event", "event/wave-1")

    assert [tie.agent.name.value for tie in wave.joined.items] == ["Alba", "Asti"]


def test_a_series_tells_the_years_of_which_no_edition_is_known(profile: ReadProfile) -> None:
    games = profile("event-series", "series/games")

    assert [each.event.name.value for each in games.editions.items] == [
        "Giochi 2015",
        "Giochi 2018",
        "Giochi 2019",
    ]
    assert games.missing_years == (2016, 2017)


def test_a_country_counts_its_members_by_community(profile: ReadProfile) -> None:
    italy = profile("country", "country/it")

    assert italy.city_count == 3
    assert names(italy.cities.items) == ["Alba", "Asti", "Bra"]
    assert [(each.thing.name.value, each.count) for each in italy.tallies] == [("Lega", 3), ("Club", 1)]


def test_a_source_counts_all_that_rests_on_it(profile: ReadProfile) -> None:
    source = profile("source", "source/list")

    counts = {each.class_iri: each.count for each in source.resting}
    assert counts[expand("cc:Membership")] == 2
    assert counts[expand("qb:Observation")] == 2
    assert counts[expand("cc:Community")] == 1
    assert source.issued is None
    assert [fact.value for fact in source.publishers] == ["League"]


def test_a_membership_and_a_count_can_be_said_in_a_sentence(profile: ReadProfile) -> None:
    tie = profile("membership", "membership/lega--it-alba").tie
    count = profile("observation", "observation/lega--2016")

    assert (tie.agent.name.value, tie.community.name.value, tie.start) == ("Alba", "Lega", "2015-03")
    assert (count.measure, count.value, count.period) == ("memberCities", 5, "2016")


def test_a_statement_tells_of_what_it_is_said(profile: ReadProfile) -> None:
    statement = profile("property-value", "statement/lega--named")

    assert names(statement.subjects) == ["Lega"]
    assert (statement.told.value.value, statement.told.kind, statement.told.date) == ("2", "number", "2016")


@pytest.mark.parametrize("key", READERS)
def test_every_reader_bears_a_thing_of_which_nothing_is_said(profile: ReadProfile, key: str) -> None:
    assert profile(key, "nothing/at-all").thing.name.value == "at-all"


def test_what_is_no_iri_is_refused_before_anything_is_asked(sources: Sources) -> None:
    with pytest.raises(ValueError, match="IRI"):
        READERS["city"](sources, f"{NAMESPACE}id/city/x> ?p ?o }} # ", ("it",))


def test_the_query_offered_runs_as_it_stands_and_finds_the_same(
    profile: ReadProfile, sources: Sources
) -> None:
    lega, alba = profile("community", "community/lega"), profile("city", "city/it-alba")

    rows = sources.engine.select(lega.members.query).rows
    assert {row["tie"].value for row in rows} == {tie.iri for tie in lega.members.items}
    assert {row["agentName"].value for row in rows} == {"Alba", "Asti", "Bra"}
    rows = sources.engine.select(alba.nearest.query).rows
    metres = {row["city"].value: float(row["metres"].value) for row in rows if "metres" in row}
    assert metres == {each.city.iri: pytest.approx(each.kilometres * 1000) for each in alba.nearest.items}


def test_a_question_declares_just_the_prefixes_that_it_uses() -> None:
    text = Question("?x", "?x a cc:City ; skos:note 'ends: here' .", limit=5).text("urn:a", "urn:b/")

    assert [line.split()[1] for line in text.splitlines() if line.startswith("PREFIX")] == ["cc:", "skos:"]
    assert text.endswith("LIMIT 5\n")


@pytest.mark.parametrize(
    ("date", "limit", "happened"),
    [
        ("2017-06-07", "2017-06", True),
        ("2015", "2015-03", False),
        ("2015", "2015", True),
        ("2015", "2016-01", True),
        ("2016-02", "2016-01", False),
        ("2016-02", "2015", False),
    ],
)
def test_a_date_counts_by_another_only_if_it_surely_was_before(date: str, limit: str, happened: bool) -> None:
    assert is_by(date, limit) is happened


def test_gaps_lie_between_known_years_only() -> None:
    assert find_gaps(["2013-05", "2013", "2016", None]) == [(), (), (2014, 2015), ()]


def test_the_reader_for_a_thing_of_several_classes_is_that_of_the_narrowest() -> None:
    assert choose_reader([expand("org:Organization"), expand("cc:Community")]) == "community"
    assert choose_reader([expand("cc:Event"), expand("cc:EventSeries")]) == "event-series"
    assert choose_reader([expand("skos:Concept"), expand("cc:Mechanism")]) == "mechanism"
    assert choose_reader([expand("owl:Class")]) is None
