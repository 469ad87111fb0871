"""The commands: each parses, calls one use case, prints.

What a command needs is imported when it runs: `mesmart --help` need not wait for a reasoner.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import closing
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mesmart_kg.cli.tables import print_solutions, print_table, say, steps
from mesmart_kg.config import FILE_VARIABLE, PLACEHOLDER_EMAIL, Setting, load_config
from mesmart_kg.errors import ConfigError, QuerySyntaxError, ReleaseDamaged, ReleaseNotFound

if TYPE_CHECKING:
    from mesmart_kg.config import Config
    from mesmart_kg.engine import Engine
    from mesmart_kg.formats import Format
    from mesmart_kg.release import Release

FORMATS: Final = ("table", "json", "csv", "tsv", "xml", "ttl", "jsonld")
DAY: Final = click.DateTime(["%Y-%m-%d"])


class _Settings:
    """Where the settings come from; they are read when a command asks, with its own flags on top."""

    def __init__(self, file: Path | None) -> None:
        self.file = file

    def load(self, **flags: object) -> Config:
        """Read the settings; a flag is named as in a variable, ``web__port``."""
        named = {name.replace("__", "."): value for name, value in flags.items()}
        return load_config(named, os.environ, Path.cwd(), self.file)


pass_settings = click.make_pass_decorator(_Settings)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: mesmart query 1, or mesmart COMMAND --help",
)
@click.version_option(version("mesmart_kg"), prog_name="mesmart")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"A TOML file with all settings, in place of the checkout's own; also {FILE_VARIABLE}.",
)
@click.pass_context
def mesmart(context: click.Context, file: Path | None) -> None:
    """Publish a city's linked data: from facts to a validated release to a SPARQL endpoint."""
    context.obj = _Settings(file)


@mesmart.command(epilog="Example: mesmart build --date 2026-11-22")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Where releases go, if not to the shelf."
)
@click.option(
    "--date",
    "day",
    type=DAY,
    metavar="YYYY-MM-DD",
    help="The day of the data; else the newest day in the list of sources.",
)
@pass_settings
def build(settings: _Settings, out: Path | None, day: datetime | None) -> None:
    """Make a release of the sources and print its name.

    Where nothing has changed since a release was built, that one is named. Data that break a rule make no
    release: the report is printed and the exit code is 1.
    """
    from mesmart_kg.build import find_up_to_date
    from mesmart_kg.release import verify as find_problems

    config, chosen_day = settings.load(), day.date() if day else None
    release = None if out else find_up_to_date(config, chosen_day)
    if release is not None and not find_problems(release):
        say("Nothing has changed since this release was built.")
    else:
        release = _build(config, chosen_day, out)
    click.echo(release.id)


@mesmart.command(epilog="Example: mesmart validate --lang it")
@click.option("--lang", type=click.Choice(["it", "en"]), help="The language of the messages.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@pass_settings
def validate(settings: _Settings, lang: str | None, as_json: bool) -> None:
    """Check the sources and print the report.

    Nothing is made. The exit code is 1 if the data break a rule.
    """
    from mesmart_kg.build import validate_sources
    from mesmart_kg.validation import to_json, to_text

    config = settings.load()
    with steps() as tell:
        report = validate_sources(config, progress=tell)
    click.echo(to_json(report) if as_json else to_text(report, lang or config.site.languages[0]), nl=False)
    if report.violations:
        sys.exit(1)


@mesmart.command(epilog="Example: mesmart serve --port 8080, or mesmart serve --data town.ttl people.rdf")
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=int, help="The port to listen on; 0 takes a free one.")
@click.option("--release", "release_id", help="The release to serve, if not the current one.")
@click.option(
    "--data",
    "data",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE...",
    help="RDF files to serve as they are, in place of a release; may be packed (.gz).",
)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    metavar="IRI=FILE",
    help="A file whose triples stand in the named graph of that IRI; may be given again.",
)
@click.option(
    "--union",
    is_flag=True,
    help="Let the default graph of such files hold the named graphs' triples as well.",
)
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="")
@pass_settings
def serve(
    settings: _Settings,
    host: str | None,
    port: int | None,
    release_id: str | None,
    data: tuple[Path, ...],
    graphs: tuple[str, ...],
    union: bool,
    more: tuple[Path, ...],
) -> None:
    """Serve a release: SPARQL endpoint, home page, dumps.

    Where there is no release yet, one is built first. With --data or --graph, files are served as they are:
    a preview, validated by nobody, that ends with the server.
    """
    if more and not data:
        raise click.UsageError(f"what is {more[0]}? Files to serve come after --data")
    if union and not (data or graphs):
        raise click.UsageError("--union is about files: it goes with --data or --graph")
    if not (data or graphs):
        _serve_release(settings.load(web__host=host, web__port=port), release_id)
    elif release_id:
        raise click.UsageError("serve a release or files, not both")
    else:
        # An endpoint elsewhere, if the settings name one, holds a release, never these files.
        config = settings.load(web__host=host, web__port=port, engine__kind="embedded")
        _serve_files(config, (*data, *more), graphs, union)


def _serve_release(config: Config, release_id: str | None) -> None:
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.web.server import serve as run

    catalog = Catalog(config.paths.releases)
    if release_id is None and not catalog.releases():
        say(f"There is no release in {config.paths.releases} yet: building the first one.")
        _build(config)
    if config.site.contact_email == PLACEHOLDER_EMAIL:
        say("site.contact_email is not set: before you publish, say whom readers may write to.")
    run(config, catalog, release_id)


def _serve_files(config: Config, data: tuple[Path, ...], graphs: tuple[str, ...], union: bool) -> None:
    from mesmart_kg.preview import PreviewFile, preview, read_graph_option
    from mesmart_kg.web.server import serve as run

    files = [PreviewFile(path) for path in data] + [read_graph_option(text) for text in graphs]
    # Until the server takes the signal over: told to end, the process removes what it has written so far.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with preview(files, config.site.base_iri, union) as catalog:
        figures = catalog.release.manifest.figures
        say(
            f"A preview, validated by nobody: {figures['triples']:,} triples in the default graph, "
            f"{figures['quads']:,} in {len(figures['graphs']):,} named graphs"
        )
        run(config, catalog)


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
    settings: _Settings,
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


@mesmart.command(epilog="Example: mesmart releases --json")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@pass_settings
def releases(settings: _Settings, as_json: bool) -> None:
    """List the releases on the shelf, the newest first."""
    from mesmart_kg.catalog import Catalog

    catalog = Catalog(settings.load().paths.releases)
    shelf = catalog.releases()
    try:
        chosen = catalog.find_current()
    except (ReleaseDamaged, ReleaseNotFound) as error:
        # The list is what helps now: it tells which ones may be promoted.
        say(f"The release chosen by hand can't be served ({error}): choose another with `mesmart promote`.")
        chosen = None
    current = chosen.id if chosen else None
    rows = [
        {
            "id": each.id,
            "day": each.day.isoformat(),
            "triples": each.manifest.figures["triples"],
            "current": each.id == current,
        }
        for each in shelf
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    elif rows:
        print_table(
            ("release", "day", "triples", ""),
            [
                (row["id"], row["day"], f"{row['triples']:,}", "current" if row["current"] else "")
                for row in rows
            ],
        )
    else:
        say("No release yet: `mesmart build` makes one.")


@mesmart.command(epilog="Example: mesmart promote 2026-11-22-3f9a1c20")
@click.argument("release_id", metavar="ID")
@pass_settings
def promote(settings: _Settings, release_id: str) -> None:
    """Make a release the current one.

    The current release is the one that is served and asked. An older one may be made current again.
    """
    from mesmart_kg.catalog import Catalog

    Catalog(settings.load().paths.releases).promote(release_id)
    say(f"{release_id} is the current release now.")


@mesmart.command(epilog="Example: mesmart verify http://127.0.0.1:8010/sparql")
@click.argument("what", metavar="[ID|URL]", required=False)
@click.option(
    "--release", "release_id", help="The release to compare an endpoint with, if not the current one."
)
@pass_settings
def verify(settings: _Settings, what: str | None, release_id: str | None) -> None:
    """Compare a release with its manifest, or an endpoint.

    Of a release, every file is compared with its checksum; of an endpoint (a URL), every statement of its
    default graph with the dump. The exit code is 3 if anything differs.
    """
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.release import compare_endpoint
    from mesmart_kg.release import verify as find_problems

    catalog = Catalog(settings.load().paths.releases)
    if what and what.startswith(("http://", "https://")):
        release = catalog.get(release_id) if release_id else catalog.current()
        comparison = compare_endpoint(release, what)
        if not comparison.is_equal:
            raise ReleaseDamaged(
                f"{what} does not hold {release.id}: {comparison.missing:,} statements are missing there, "
                f"{comparison.extra:,} are not in the release, {comparison.same:,} are the same"
            )
        say(f"{what} holds {release.id}: all {comparison.same:,} statements, and no other")
        return
    release = catalog.get(what) if what else catalog.current()
    problems = [f"{problem.kind}: {problem.path}" for problem in find_problems(release)]
    for problem in problems:
        click.echo(problem)
    if problems:
        raise ReleaseDamaged(f"{release.id} is not what its manifest says", problems)
    say(f"{release.id} is what its manifest says, all {len(release.manifest.files)} files")


@mesmart.command("config", epilog="Example: mesmart config > mesmart.toml")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON, each with its origin.")
@pass_settings
def show_config(settings: _Settings, as_json: bool) -> None:
    """Show every setting and where it was set.

    What is printed is TOML that --config reads; secrets are masked.
    """
    every = list(settings.load().settings())
    if as_json:
        rows = [{"name": each.name, "value": _plain(each), "origin": each.origin} for each in every]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    section = ""
    for each in every:
        if each.section != section:
            click.echo(f"{chr(10) if section else ''}[{each.section}]")
            section = each.section
        comment = "# " if each.secret else ""
        click.echo(f"{comment}{each.key} = {json.dumps(_plain(each), ensure_ascii=False)}  # {each.origin}")


def _plain(setting: Setting) -> str | int | float | bool | list[str]:
    """Return the value as JSON has it, which for these types is TOML's form too."""
    if isinstance(setting.value, tuple):
        return list(setting.value)
    return str(setting.value) if isinstance(setting.value, Path) else setting.value


def _build(config: Config, day: date | None = None, out: Path | None = None) -> Release:
    from mesmart_kg.build import build

    with steps() as tell:
        release = build(config, day, out, progress=tell)
    say(f"Release {release.id} is in {release.path}")
    return release


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
