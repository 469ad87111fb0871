"""What makes a new city its own project: ``init``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from mesmart_kg.cli.group import mesmart
from mesmart_kg.cli.tables import say


@mesmart.command(
    epilog="Example: mesmart init gent --base-iri https://data.example.org/gent/ --name Gent --country be"
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--base-iri", required=True, help="What every address of yours begins with; it never changes.")
@click.option("--name", required=True, help="The city, as it is called there.")
@click.option("--country", metavar="XX", help="Its country, ISO 3166-1; needed without --same-as be-gent.")
@click.option("--name-it", default="", help="Its name in Italian, if it has another.")
@click.option("--name-en", default="", help="Its name in English, if it has another.")
@click.option("--language", default="", metavar="XX", help="The language of --name, such as nl.")
@click.option("--title-it", default="", help="The title of the data, in Italian.")
@click.option("--title-en", default="", help="The title of the data, in English.")
@click.option("--publisher", default="", help="Who publishes them; else the city.")
@click.option(
    "--same-as", default="", metavar="CITY", help="The same city in our data, such as be-gent, or an address."
)
@click.option(
    "--peer",
    default="",
    metavar="URL",
    help="A SPARQL endpoint that queries may ask by SERVICE; private:URL for one nearby.",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day on which you say so; else today.",
)
def init(
    folder: Path,
    base_iri: str,
    name: str,
    country: str | None,
    name_it: str,
    name_en: str,
    language: str,
    title_it: str,
    title_en: str,
    publisher: str,
    same_as: str,
    peer: str,
    day: datetime | None,
) -> None:
    """Make a new city its own project.

    FOLDER must be new, or empty. It gets tables to fill, queries, settings and a README in both languages;
    ontology, shapes and shared vocabularies stay with this program, so that its updates reach you. It can be
    built and served at once: what you say here is its first fact.
    """
    from mesmart_kg.config import project_folder
    from mesmart_kg.errors import ConfigError
    from mesmart_kg.starter import Known, describe_city, start_project

    known = Known(project_folder() / "data")
    is_ours = bool(same_as) and "://" not in same_as
    if is_ours:
        country = country or same_as[:2]
        same_as = known.get_city(same_as)
    if not country:
        raise ConfigError("--country is missing: write the country's ISO 3166-1 code, such as --country it")
    city = describe_city(
        base_iri,
        name,
        country,
        name_it=name_it,
        name_en=name_en,
        language=language,
        title_it=title_it,
        title_en=title_en,
        publisher=publisher,
        same_as=same_as,
        peer=peer,
    )
    started = start_project(folder, city, known, (day or datetime.now(UTC)).date())
    say(f"{len(started.files)} files are in {folder}; README.md says what they are for.")
    namesake = None if same_as else known.find_namesake(city.country, city.name, city.name_it, city.name_en)
    if namesake:
        say(
            f"Our data know a {city.name} too: if it is yours, write {known.get_city(namesake)} "
            "in the column same_as of data/facts/cities.csv."
        )
    say(f"Go on with: cd {folder} && mesmart build && mesmart serve")
    click.echo(city.iri)
