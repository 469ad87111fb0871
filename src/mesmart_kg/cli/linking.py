"""What links a table of others to our data: ``link``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.linking_summary import Summary
from mesmart_kg.cli.making import DAY
from mesmart_kg.cli.tables import steps
from mesmart_kg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from mesmart_kg.config import Config
    from mesmart_kg.linking import Columns, Linked, Naming, Reconciler, Table, Written

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a table: it is read into memory, a few times over."""


def _split_code(
    _context: click.Context, _option: click.Parameter, values: Sequence[str]
) -> list[tuple[str, str]]:
    pairs = [value.partition("=") for value in values]
    for scheme, equals, column in pairs:
        if not (scheme and equals and column):
            raise click.BadParameter("write it as SCHEME=COLUMN, such as istat=codice")
    return [(scheme.strip().casefold(), column) for scheme, _, column in pairs]


@mesmart.command(epilog="Example: mesmart link cities.csv --column name --country-column country")
@click.argument("table", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--column", help="The column with the names; without it, columns are guessed.")
@click.option("--country-column", metavar="COLUMN", help="The column with the countries.")
@click.option("--region-column", metavar="COLUMN", help="The column with the regions or provinces.")
@click.option(
    "--code-column",
    "codes",
    multiple=True,
    metavar="SCHEME=COLUMN",
    callback=_split_code,
    help="A column with codes: istat, nuts, lau, geonames, wikidata, cadastral.",
)
@click.option("--iri-column", metavar="COLUMN", help="The column with the IRIs of your things.")
@click.option(
    "--iri-template", default="", help="Makes your IRIs of columns: https://data.example.org/city/{code}."
)
@click.option(
    "--base", default="", help="What the names of your rows begin with, and that of the set of links."
)
@click.option(
    "--kind", "kinds", multiple=True, help="What the rows are: city (the default), region … or any."
)
@click.option("--endpoint", help="The reconciliation service to ask, in place of the current release.")
@click.option(
    "--review",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The review file of an earlier run, with your choices.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder for the files; else the present one.",
)
@click.option("--title", default="", help="What your set of links is called.")
@click.option("--publisher", default="", help="Who stands behind the links: a name or an IRI.")
@click.option("--licence", default="", help="The IRI of the links' licence; else that of the site.")
@click.option(
    "--date", "day", type=DAY, metavar="YYYY-MM-DD", help="The day of the links; else that of the data."
)
@click.option("--encoding", help="How letters are written, such as cp1252; else found.")
@click.option("--delimiter", help="What stands between cells, such as ; or tab; else found.")
@click.option("--sheet", help="The sheet of a workbook; else the first that holds anything.")
@click.option("--no-header", is_flag=True, help="The first row is no header; columns are named by numbers.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@pass_settings
def link(settings: Settings, /, table: Path, **options: Any) -> None:
    """Link the rows of a table (CSV, TSV, XLSX, ODS) to our things.

    Written are the links (Turtle), the same as a table of mappings (SSSOM), and a review file with the
    doubtful rows: fill in its column “choice” and give it back by --review.
    """
    from mesmart_kg.linking import link_table, read_table

    config = settings.load()
    delimiter = options["delimiter"]
    read = read_table(
        _read(table),
        encoding=options["encoding"],
        delimiter="\t" if delimiter in {"tab", "\\t"} else _check_delimiter(delimiter),
        sheet=options["sheet"],
        has_header=not options["no_header"],
    )
    columns = _choose_columns(read, options)
    naming = _name(read, table, columns, options)
    kinds = tuple(kind.casefold() for kind in options["kinds"]) or ("city",)
    with _open_source(config, options["endpoint"]) as (source, day, base_iri), _progress() as tell:
        linked = link_table(
            read, columns, naming, source, kinds=() if "any" in kinds else kinds, progress=tell
        )
        notices = [*read.notices, *linked.notices]
        linked, told = _take_choices(linked, source, options["review"])
    written = _make_files(config, table, read, linked, naming, base_iri, options, day)
    places = _write(options["output"], written, options["review"])
    summary = Summary(read, columns, naming, linked, tuple(notices), tuple(told), places)
    click.echo(summary.to_json() if options["as_json"] else summary.to_text(bool(options["publisher"])))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:  # a device or a pipe tells no size
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise ConfigError(f"{path} has more than {LARGEST // 1024 // 1024} MB: link it in several parts")
    return data


def _check_delimiter(delimiter: str | None) -> str | None:
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise ConfigError("--delimiter is one sign, such as ; or the word tab")
    return delimiter


def _choose_columns(table: Table, options: dict[str, Any]) -> Columns:
    """Return the columns that were named; all of them guessed where none was."""
    from mesmart_kg.linking import Columns, Notice, TableRefused, get_column, guess_columns
    from mesmart_kg.linking.tables import list_columns

    def place(option: str) -> int | None:
        return get_column(table, options[option]) if options[option] else None

    iri = place("iri_column")
    guessed = guess_columns(table)
    if options["column"]:
        codes = tuple((scheme, get_column(table, column)) for scheme, column in options["codes"])
        name = get_column(table, options["column"])
        return Columns(name, place("country_column"), place("region_column"), codes, iri)
    if guessed is None:
        raise TableRefused(Notice("no-name-column", table.header_line, {"columns": list_columns(table)}))
    country, region = place("country_column"), place("region_column")
    codes = tuple((scheme, get_column(table, column)) for scheme, column in options["codes"])
    return Columns(
        guessed.name,
        guessed.country if country is None else country,
        guessed.region if region is None else region,
        codes or guessed.codes,
        guessed.iri if iri is None else iri,
    )


def _name(table: Table, path: Path, columns: Columns, options: dict[str, Any]) -> Naming:
    from mesmart_kg.linking import choose_naming

    if options["iri_column"] and options["iri_template"]:
        raise ConfigError("--iri-column and --iri-template can't be given together")
    return choose_naming(
        table,
        path.name,
        column=None if options["iri_template"] else columns.iri,
        template=options["iri_template"],
        base=options["base"],
    )


@contextmanager
def _open_source(config: Config, endpoint: str | None) -> Iterator[tuple[Reconciler, date | None, str]]:
    """Yield what is asked, the day of its data if known, and the base IRI of its things."""
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.label_index import open_index
    from mesmart_kg.linking import ReleaseSource, ServerSource

    languages = config.site.languages
    if endpoint:
        with closing(ServerSource(endpoint, languages[0])) as server:
            yield server, server.day, server.base_iri
        return
    release = Catalog(config.paths.releases).current()
    with closing(open_index(release.derived, release.default_ntriples, release.manifest.digest)) as index:
        yield ReleaseSource(index, config.site.base_iri, languages[:1]), release.day, config.site.base_iri


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    if not sys.stderr.isatty():
        yield None
        return
    with steps() as tell:
        yield lambda done, total: tell("asking", done, total)


def _take_choices(linked: Linked, source: Reconciler, path: Path | None) -> tuple[Linked, Sequence[Any]]:
    """Return the table with the choices of a review, and what could not be used of it."""
    from mesmart_kg.linking import choose, read_review

    if path is None:
        return linked, ()
    review = read_review(_read(path), linked, source)
    return choose(linked, review.choices), review.notices


def _make_files(
    config: Config,
    path: Path,
    table: Table,
    linked: Linked,
    naming: Naming,
    base_iri: str,
    options: dict[str, Any],
    day: date | None,
) -> list[Written]:
    from mesmart_kg.linking import About, is_iri, make_titles, to_files
    from mesmart_kg.metadata.site import NAME

    chosen: datetime | None = options["day"]
    made = chosen.date() if chosen else day
    if made is None:
        raise ConfigError(
            "this server does not say of which day its data are: give the day of the links by --date"
        )
    licence = options["licence"] or config.site.licence
    if not is_iri(licence):
        raise ConfigError(
            f"--licence {licence[:80]!r} is no IRI; https://creativecommons.org/licenses/by/4.0/ is one"
        )
    release = version("mesmart_kg")
    about = About(
        make_titles(path.name, options["title"]),
        licence,
        made,
        f"{base_iri}set/{NAME}",
        options["publisher"].strip(),
        f"mesmart link {release}",
    )
    return list(to_files(linked, naming, about, release, path.name, table.sheet.delimiter or ","))


def _write(folder: Path, files: Sequence[Written], review: Path | None) -> dict[str, Path]:
    """Write the files, each at once or not; the review that was given is never written over."""
    places = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in files:
            place = folder / each.name
            if review is not None and place.exists() and place.samefile(review):
                place = place.with_name(each.name.replace(".review.", ".review-next."))
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".link-", delete=False) as draft:
                draft.write(each.data)
            Path(draft.name).chmod(0o666 & ~_umask())
            try:
                Path(draft.name).replace(place)
            except OSError:
                Path(draft.name).unlink(missing_ok=True)
                raise
            places[each.what] = place
    except OSError as error:
        raise ConfigError(
            f"{error.filename2 or error.filename or folder} can't be written: {error.strerror}"
        ) from error
    return places


def _umask() -> int:
    present = os.umask(0)
    os.umask(present)
    return present
