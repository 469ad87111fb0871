"""What asks the data: ``query``, of a release or of an endpoint."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.tables import print_solutions, print_table
from mesmart_kg.errors import ConfigError, QuerySyntaxError

if TYPE_CHECKING:
    from mesmart_kg.config import Config
    from mesmart_kg.engine import Engine
    from mesmart_kg.formats import Format

FORMATS: Final = ("table", "json", "csv", "tsv", "xml", "ttl", "jsonld")


@mesmart.command(epilog="Example: mesmart query 2 -p city=id/city/it-palermo --format csv")
@click.argument("question", metavar="[NAME|FILE|-]", required=False)
@click.option("--endpoint", help="The URL of a SPARQL endpoint to ask, in place of the current release.")
@click.option("--release", "release_id", help="The release to ask, if not the current one.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Else a table on a terminal, CSV or Turtle in a pipe.",
)
@click.option(
    "-p", "--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A value for a parameter."
)
@pass_settings
def query(
    settings: Settings,
    question: str | None,
    endpoint: str | None,
    release_id: str | None,
    form: str | None,
    parameters: tuple[str, ...],
) -> None:
    """Ask a query, or list the named ones.

    The query is a named one (by name or number), one in a file, or (-) the one on standard input.
    """
    config = settings.load()
    if question is None:
        _list_queries(config)
        return
    text = _query_text(config, question, parameters)
    chosen, shows_table = _choose_format(text, form)
    with (
        closing(_open_engine(config, endpoint, release_id)) as engine,
        closing(engine.answer(text, chosen)) as answer,
    ):
        if shows_table:
            print_solutions(b"".join(answer), config.site.base_iri)
        else:
            for part in answer:
                sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()


def _list_queries(config: Config) -> None:
    from mesmart_kg.queries import read_queries

    language = config.site.languages[0]
    rows = [
        (str(each.number), each.name, each.title[language])
        for each in read_queries(config.paths.queries, config.site.base_iri)
    ]
    print_table(("", "name", "question"), rows)


def _query_text(config: Config, question: str, parameters: tuple[str, ...]) -> str:
    """Return the text to ask: of standard input, of a file, or of a named query with its values bound."""
    from mesmart_kg.queries import bind, find_query, read_queries, read_query

    values = dict(_split_parameter(each) for each in parameters)
    path = Path(question)
    if question == "-" or path.is_file():
        text = _decode(sys.stdin.buffer.read() if question == "-" else path.read_bytes())
        if path.suffix == ".rq" and text.startswith("#+"):
            return bind(read_query(path, config.site.base_iri), values)
        if values:
            raise QuerySyntaxError("only a named query has parameters")
        return text
    queries = read_queries(config.paths.queries, config.site.base_iri)
    named = find_query(queries, question)
    if named is None:
        raise ConfigError(
            f"there is no query and no file named {question}; `mesmart query` lists the queries"
        )
    return bind(named, values)


def _decode(data: bytes) -> str:
    try:
        # A byte order mark, which some editors write, says nothing in UTF-8.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise QuerySyntaxError(f"the query is not in UTF-8 (line {line})") from error


def _split_parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"{text} is no parameter: write it as name=value")
    return name, value


def _choose_format(text: str, name: str | None) -> tuple[Format, bool]:
    """Return the format to ask for, and whether its answer is to be shown as a table."""
    from mesmart_kg.formats import RDF_FORMATS, RESULT_FORMATS, RESULTS_CSV, RESULTS_JSON, TURTLE, find_format
    from mesmart_kg.query_text import examine

    asked = examine(text)
    if asked.makes_graph:
        chosen = TURTLE if name is None or name == "table" else find_format(name, RDF_FORMATS)
        suitable, shows_table = "ttl, jsonld", False
    else:
        # The one word that answers an ASK needs no format.
        shows_table = name == "table" or (name is None and (asked.form == "ASK" or sys.stdout.isatty()))
        if shows_table:
            chosen = RESULTS_JSON
        else:
            chosen = RESULTS_CSV if name is None else find_format(name, RESULT_FORMATS)
        suitable = "table, json, csv, tsv, xml"
    if chosen is None:
        raise click.UsageError(f"the answer to this query can't be {name}; it can be {suitable}")
    return chosen, shows_table


def _open_engine(config: Config, endpoint: str | None, release_id: str | None) -> Engine:
    """Open the endpoint that is named, whatever it holds, or an engine on a release."""
    from mesmart_kg.web.server import engine_opener, to_limits

    if endpoint:
        from mesmart_kg.engine.remote import RemoteEngine

        settings = config.engine
        limits = to_limits(settings)
        return RemoteEngine(endpoint, user=settings.user, password=settings.password, limits=limits)
    from mesmart_kg.catalog import Catalog

    catalog = Catalog(config.paths.releases)
    return engine_opener(config)(catalog.get(release_id) if release_id else catalog.current())
