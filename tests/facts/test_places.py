"""Where a thing is told: in the lines of tables and the blocks of Turtle."""

from __future__ import annotations

from data_folder import BASE, Facts

from mesmart_kg.facts import Place, locate, locate_all

CITY = BASE + "id/city/it-messina"
COUNTRY = BASE + "id/country/it"


def write_facts(facts: Facts) -> None:
    columns: list[dict[str, object]] = [
        {"name": "id", "suppressOutput": True},
        {"name": "country", "propertyUrl": "cc:within", "valueUrl": "id/country/{country}"},
    ]
    facts.write_table(
        "facts/cities.csv", "id,country\nfr-lille,fr\nit-messina,it\n", columns, aboutUrl="id/city/{id}"
    )
    facts.write(
        "facts/messina-2021.ttl",
        "<id/project/p> <http://purl.org/dc/terms/spatial> <id/city/it-messina> .\n\n"
        '<id/city/it-messina>\n    <http://www.w3.org/2004/02/skos/core#note> "city"@en .\n'
        '<id/country/it> <http://www.w3.org/2004/02/skos/core#note> "country"@en .\n',
    )


def test_a_subject_is_found_in_its_row_and_its_block_before_where_it_is_mentioned(facts: Facts) -> None:
    write_facts(facts)

    assert locate(CITY, facts.folder, BASE) == [
        Place("data/facts/cities.csv", 3),
        Place("data/facts/messina-2021.ttl", 3),
        Place("data/facts/messina-2021.ttl", 1),
    ]


def test_a_thing_that_is_only_mentioned_is_found_there(facts: Facts) -> None:
    write_facts(facts)

    assert locate(BASE + "id/country/fr", facts.folder, BASE) == [Place("data/facts/cities.csv", 2)]


def test_many_are_found_in_one_reading_and_strangers_have_no_place(facts: Facts) -> None:
    write_facts(facts)

    found = locate_all([COUNTRY, BASE + "id/city/xx-nowhere"], facts.folder, BASE)

    assert found == {
        COUNTRY: [Place("data/facts/messina-2021.ttl", 5), Place("data/facts/cities.csv", 3)],
        BASE + "id/city/xx-nowhere": [],
    }
