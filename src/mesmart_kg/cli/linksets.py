"""Sets of links that others give us: ``linkset add``, ``linkset list``, ``linkset check``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.making import DAY
from mesmart_kg.cli.tables import print_table, say, shorten
from mesmart_kg.errors import ConfigError, FactError

if TYPE_CHECKING:
    from mesmart_kg.config import Config
    from mesmart_kg.linksets import Difference, Examined, Given, Link
    from mesmart_kg.linksets.checking import Held

_SHOWN: Final = 20
"""Links of each kind that a difference shows."""


@mesmart.group(epilog="Example: mesmart linkset add https://data.example.org/links.ttl --name example")
def linkset() -> None:
    """Take in and check the links that others give us to our things."""


@linkset.command(epilog="Example: mesmart linkset add links.ttl --name bologna --credit 'Comune di Bologna'")
@click.argument("file_or_url", metavar="FILE_OR_URL")
@click.option("--name", required=True, help="What the set is called here: letters, digits and hyphens.")
@click.option("--credit", default="", help="Whom to thank, in the words that they ask for.")
@click.option("--licence", default="", metavar="IRI", help="The licence, if the file tells none.")
@click.option("--date", "day", type=DAY, metavar="YYYY-MM-DD", help="The day it is taken in, if not today.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@pass_settings
def add(
    settings: Settings,
    file_or_url: str,
    name: str,
    credit: str,
    licence: str,
    day: datetime | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Take in a set of links from a file, or from an address.

    Turtle, N-Triples or JSON-LD; the set describes itself in VoID. It is checked against the shapes and
    the current release, what would change is shown, and you are asked before data/links/NAME.ttl is
    written. An address in a private network begins with `private:`. A set that can't be taken in changes
    nothing, and the exit code is 1.
    """
    from mesmart_kg.linksets import Given, is_name
    from mesmart_kg.linksets.fetching import PRIVATE, fetch, is_address

    config = settings.load()
    if not is_name(name):
        raise ConfigError(f"--name {name[:60]!r} is no name: use small letters, digits and hyphens between")
    check_licence(licence)
    from_afar = is_address(file_or_url)
    data = fetch(file_or_url) if from_afar else _read(Path(file_or_url))
    chosen = day.date() if day else datetime.now(UTC).date()
    source = file_or_url.removeprefix(PRIVATE) if from_afar else ""
    given = Given(credit.strip(), licence, source, chosen)
    if not take_in(config, data, name, given, yes=yes, as_json=as_json):
        say("mesmart: nothing was changed")
        sys.exit(1)


def take_in(config: Config, data: bytes, name: str, given: Given, *, yes: bool, as_json: bool) -> bool:
    """Look at a set of links, show what it would change, ask, and write it; tell whether it is there now.

    With ``yes`` nobody is asked. Raises FactError for data that can't be read at all.
    """
    from mesmart_kg.linksets import compare

    with _open_judge(config, name) as judge:
        before = judge.read_before()
        examined = judge.examine(data, before, given)
    difference = compare(before, examined)
    if as_json:
        click.echo(json.dumps(_to_facts(examined, difference), ensure_ascii=False, indent=1))
    else:
        _tell(examined)
    if not examined.is_acceptable:
        return False
    if not difference:
        say(f"data/links/{name}.ttl says all this already; nothing was changed.")
        return True
    if not as_json:
        _show(difference, config.site.base_iri)
    if not yes and not click.confirm(f"Write data/links/{name}.ttl?", err=True):
        return False
    _put(config, examined)
    return True


def check_licence(licence: str) -> None:
    """Raise ConfigError for a licence that is no IRI."""
    from mesmart_kg.linksets.reading import find_flaw

    if licence and (flaw := find_flaw(licence)):
        raise ConfigError(
            f"--licence: {flaw}; https://creativecommons.org/licenses/by/4.0/ is a licence’s IRI"
        )


def _put(config: Config, examined: Examined) -> None:
    from mesmart_kg.linksets import write

    write(examined, config.paths.data)
    name = examined.name
    say(f"Written: data/links/{name}.ttl")
    say("To publish it:")
    say(f"  git add data/links/{name}.ttl && git commit -m 'Links given by {name}'")
    say("  mesmart build")


def _read(path: Path) -> bytes:
    from mesmart_kg.linksets import LARGEST

    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{path} can’t be read: {error.strerror}") from error


@linkset.command("list", epilog="Example: mesmart linkset list --json")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@pass_settings
def list_sets(settings: Settings, as_json: bool) -> None:
    """List the sets of links that others gave us."""
    from mesmart_kg.linksets import list_kept

    kept = list(list_kept(settings.load().paths.data))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in kept], ensure_ascii=False, indent=1))
    elif kept:
        rows = [
            (each.name, f"{each.links:,}", each.problem or each.credit, each.accepted, each.iri)
            for each in kept
        ]
        print_table(("name", "links", "given by", "taken in", "set"), rows)
    else:
        say("Nobody has given links yet: data/links is empty.")


@linkset.command(epilog="Example: mesmart linkset check bologna")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@pass_settings
def check(settings: Settings, names: tuple[str, ...]) -> None:
    """Check the sets under data/links against the current release: those named, or all.

    Nothing is written. The exit code is 1 where one of them can't stand.
    """
    from mesmart_kg.linksets import list_kept

    config = settings.load()
    known = [each.name for each in list_kept(config.paths.data)]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ConfigError(f"there is no set {unknown[0]}; `mesmart linkset list` lists those there are")
    sound = True
    for name in names or known:
        sound = _check_one(config, name) and sound
    if not known:
        say("Nobody has given links yet: data/links is empty.")
    if not sound:
        sys.exit(1)


def _check_one(config: Config, name: str) -> bool:
    with _open_judge(config, name) as judge:
        try:
            examined = judge.check()
        except FactError as error:
            say(str(error))
            return False
    if examined is None:
        return False
    _tell(examined)
    return examined.is_acceptable


class _Judge:
    """What a set is checked against: the current release, the shapes, what others gave us before."""

    def __init__(
        self, config: Config, name: str, known: Callable[[str], bool], held: Held, shapes: Any
    ) -> None:
        self._config, self._name = config, name
        self.known, self.held, self.shapes = known, held, shapes

    def examine(self, data: bytes, before: Examined | None, given: Given) -> Examined:
        """Return a set that was given, looked at beside what it replaces. Raises FactError.

        A credit that was told once stands where neither file nor curator tells one now.
        """
        from mesmart_kg.linksets import examine

        def look(given: Given) -> Examined:
            return examine(
                data,
                self._config.site.base_iri,
                self._name,
                self.known,
                self.shapes,
                held=self.held,
                previous=before.links if before else (),
                given=given,
            )

        examined = look(given)
        told = before.told("schema:creditText") if before else ()
        if not told or examined.told("schema:creditText"):
            return examined
        return look(replace(given, credit=told[0].value))

    def read_before(self) -> Examined | None:
        """Return the set as it is kept, whether it could be taken in today or not. Raises FactError."""
        from mesmart_kg.linksets import examine, read_kept

        data = read_kept(self._config.paths.data, self._name)
        if data is None:
            return None
        return examine(data, self._config.site.base_iri, self._name, lambda _iri: True, self.shapes)

    def check(self) -> Examined | None:
        """Return the set that is kept, looked at as if it were given today. Raises FactError."""
        from mesmart_kg.linksets import Given, read_kept

        data = read_kept(self._config.paths.data, self._name)
        return None if data is None else self.examine(data, self.read_before(), Given())


@contextmanager
def _open_judge(config: Config, name: str) -> Iterator[_Judge]:
    """Yield what a set of that name is checked against. Raises ReleaseNotFound, ShapeError."""
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.config import project_folder
    from mesmart_kg.label_index import open_index
    from mesmart_kg.validation import read_shapes

    release = Catalog(config.paths.releases).current()
    shapes = config.paths.shapes / "linkset.ttl"
    if not shapes.is_file():
        shapes = project_folder() / "shapes" / "linkset.ttl"
    others = dict(_read_others(config, name))
    with closing(open_index(release.derived, release.default_ntriples, release.manifest.digest)) as index:

        def held(iri: str) -> Iterable[tuple[str, str]]:
            yield from index.find_iri(iri)
            yield from others.get(iri, ())

        yield _Judge(config, name, index.has, held, read_shapes([shapes]))


def _read_others(config: Config, name: str) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Yield what the other sets under data/links, released or not, match exactly."""
    from mesmart_kg.linksets import list_kept, read_kept
    from mesmart_kg.linksets.model import EXACT
    from mesmart_kg.linksets.reading import read_told

    found: dict[str, list[tuple[str, str]]] = {}
    for each in list_kept(config.paths.data):
        data = None if each.name == name or each.problem else read_kept(config.paths.data, each.name)
        for told in read_told(data, each.name) if data else ():
            if told.quad.predicate.value == EXACT:
                theirs, ours = str(told.quad.subject)[1:-1], str(told.quad.object)[1:-1]
                found.setdefault(theirs, []).append((ours, "skos:exactMatch"))
    for iri, ends in found.items():
        yield iri, tuple(ends)


def _tell(examined: Examined) -> None:
    """Say what was found of a set."""
    from mesmart_kg.validation import to_text

    name = examined.name
    for problem in examined.problems:
        say(f"{_place(name, problem.line)}: {problem.message}")
    if examined.report.findings:
        say(to_text(examined.report, "en").rstrip("\n"))
    for note in examined.notes:
        say(f"{_place(name, note.line)}: note: {note.message}")
    if examined.is_acceptable:
        things = len({link.ours for link in examined.links})
        say(f"{name}: {len(examined.links):,} links to {things:,} things; nothing speaks against them.")


def _place(name: str, line: int) -> str:
    return f"{name}:{line}" if line else name


def _show(difference: Difference, base_iri: str) -> None:
    """Print what would change, as a difference is written."""

    def write(link: Link) -> str:
        parts = (link.theirs, link.predicate, link.ours)
        return " ".join(shorten(part, base_iri) for part in parts)

    for line in difference.description:
        click.echo("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line))
    for sign, links in (("-", difference.removed), ("+", difference.added)):
        for link in links[:_SHOWN]:
            click.echo(f"{sign} {write(link)}")
        if len(links) > _SHOWN:
            click.echo(f"{sign} … {len(links) - _SHOWN:,} more")
    for before, after in difference.changed[:_SHOWN]:
        click.echo(f"- {write(before)}")
        click.echo(f"+ {write(after)}")
    if len(difference.changed) > _SHOWN:
        click.echo(f"~ … {len(difference.changed) - _SHOWN:,} more")
    say(
        f"Links added: {len(difference.added):,}; removed: {len(difference.removed):,}; "
        f"with another relation: {len(difference.changed):,}."
    )


def _to_facts(examined: Examined, difference: Difference) -> dict[str, Any]:
    return {
        "name": examined.name,
        "set": examined.iri,
        "acceptable": examined.is_acceptable,
        "links": len(examined.links),
        "problems": [{"line": each.line, "message": each.message} for each in examined.problems],
        "notes": [{"line": each.line, "message": each.message} for each in examined.notes],
        "violations": [
            {"path": each.path, "message": each.message_en} for each in examined.report.violations
        ],
        "difference": {
            "added": len(difference.added),
            "removed": len(difference.removed),
            "changed": len(difference.changed),
            "description": list(difference.description),
        },
    }
