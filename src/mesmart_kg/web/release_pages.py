"""What the pages of releases show: the shelf, one release with its files, what changed between two.

Values ready for the templates; the words around them are theirs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mesmart_kg.changes import (
    ChangedThing,
    Changes,
    ShownThing,
    Tally,
    ThingTally,
    compare_figures,
    show_reference,
    show_things,
    things_of,
)
from mesmart_kg.citation import Citation
from mesmart_kg.dumps import DATASET_NQUADS, DEFAULT_NTRIPLES, INFERRED_NTRIPLES
from mesmart_kg.labels import Reference
from mesmart_kg.namespaces import CC, PREFIXES, GraphNames
from mesmart_kg.web.figures import Dump, list_dumps
from mesmart_kg.web.naming import release_iri

if TYPE_CHECKING:
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.config import Config
    from mesmart_kg.glossary import Glossary
    from mesmart_kg.release import Release

MOST_CLASSES: Final = 4
"""Classes that the one line about a release names."""

THINGS_PER_PAGE: Final = 50
KINDS: Final = ("added", "removed", "changed")

_BOOKKEEPING: Final = tuple(PREFIXES[name] for name in ("prov", "sh", "owl", "rdfs", "void", "dqv", "oa"))
"""Namespaces of classes that tell how the data are kept; what is said of the world comes before them."""

_LAST: Final = 2
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Growth:
    """By how much a number grew from one release to the next: of a class by its name, or of statements."""

    name: str
    count: int


@dataclass(frozen=True)
class ShelfRow:
    """A release on the shelf: what it holds, the bytes of all its dumps, how its figures differ.

    ``growth`` is None for the oldest; ``is_same_data`` tells that the data are those of the one before.
    """

    release: Release
    is_current: bool
    bytes: int
    previous: Release | None
    growth: tuple[Growth, ...] | None
    triples: int
    is_same_data: bool


@dataclass(frozen=True)
class FileRow:
    """A dump: its statements, or for a table the name of what its rows are, where it is known."""

    dump: Dump
    statements: int | None
    rows_are: str | None


@dataclass(frozen=True)
class ClassRow:
    """A class whose things changed; ``slug`` stands for it in the page's address."""

    iri: str
    slug: str
    name: str
    tally: ThingTally


@dataclass(frozen=True)
class GraphRow:
    """A graph that changed, called as the source that it holds."""

    reference: Reference
    tally: Tally


@dataclass(frozen=True)
class DifferencePage:
    """One page of the things that changed between two releases.

    ``shown_class`` and ``kind`` narrow the things down. ``not_told`` is how many more there are of these
    than are told one by one; ``set_aside`` how many changed things belong to the way in which the data are
    kept: they are shown when their class is asked for.
    """

    classes: tuple[ClassRow, ...]
    graphs: tuple[GraphRow, ...]
    groups: tuple[tuple[ClassRow, tuple[ShownThing, ...]], ...]
    shown_class: ClassRow | None
    kind: str | None
    page: int
    pages: int
    not_told: int
    set_aside: int


def list_shelf(catalog: Catalog, current: Release, glossary: Glossary, language: str) -> tuple[ShelfRow, ...]:
    """Return the releases, the newest first."""
    shelf = catalog.releases()
    if current.id not in {each.id for each in shelf}:
        shelf = [current, *shelf]
    older = [*shelf[1:], None]
    return tuple(
        _to_row(release, previous, release.id == current.id, glossary, language)
        for release, previous in zip(shelf, older, strict=True)
    )


def _to_row(
    release: Release, previous: Release | None, is_current: bool, glossary: Glossary, language: str
) -> ShelfRow:
    size = sum(dump.bytes for dump in list_dumps(release))
    if previous is None:
        return ShelfRow(release, is_current, size, None, None, 0, False)
    step = compare_figures(previous, release)
    # Things of a class of ours are what people come for; the others are so many names for the same.
    ours = [name for name in step.classes if name.startswith(CC)][:MOST_CLASSES]
    growth = tuple(Growth(glossary.name(name, language), step.classes[name]) for name in ours)
    return ShelfRow(release, is_current, size, previous, growth, step.triples, step.is_same_data)


def list_files(release: Release, glossary: Glossary, language: str, base_iri: str) -> tuple[FileRow, ...]:
    """Return the dumps of a release, those of all data first."""
    figures = release.manifest.figures
    counts = {
        "default": figures["triples"],
        "dataset": figures["quads"],
        INFERRED_NTRIPLES.partition(".")[0]: figures["graphs"].get(GraphNames(base_iri).inferred),
    }
    classes = {_to_slug(name): name for name in sorted(figures["classes"], key=lambda name: name[:3] + name)}
    classes |= {_to_slug(name): name for name in figures["classes"] if name.startswith(CC)}
    rows = []
    for dump in list_dumps(release):
        stem = dump.name.partition(".")[0]
        is_class = dump.name.endswith((".csv", ".csv.gz"))
        known = classes.get(stem) if is_class else None
        rows.append(
            FileRow(
                dump,
                None if dump.is_table else counts.get(stem),
                glossary.name(known, language) if known else None,
            )
        )
    return tuple(rows)


def first_files(release: Release) -> tuple[str, str] | None:
    """Return the names of the two dumps that the page's examples use; None if the release lacks them."""
    names = {dump.name for dump in list_dumps(release)}
    both = (DEFAULT_NTRIPLES, DATASET_NQUADS)
    return both if names.issuperset(both) else None


def cite(config: Config, release: Release, language: str) -> Citation:
    """Return how a release is cited, with its title in a language."""
    site = config.site
    return Citation(
        release_iri(config, release),
        release.id,
        site.title_it if language == "it" else site.title_en,
        site.publisher,
        release.day,
        site.licence,
    )


def show_difference(
    changes: Changes,
    glossary: Glossary,
    language: str,
    base_iri: str,
    *,
    slug: str | None,
    kind: str | None,
    page: int,
) -> DifferencePage:
    """Return a page of a difference; an unknown class or kind narrows nothing, a page too far is the last."""
    classes = _list_classes(changes.classes, glossary, language)
    shown_class = next((row for row in classes if row.slug == slug), None)
    wanted = kind if kind in KINDS else None
    # Of itself every release is another one in how its data are kept: people come for what these tell.
    telling = [row for row in classes if _importance(row.iri)[0] < _LAST] or list(classes)
    chosen = [shown_class] if shown_class else telling
    things = [(row, thing) for row in chosen for thing in things_of(changes, row.iri, wanted)]
    pages = max(1, -(-len(things) // THINGS_PER_PAGE))
    number = min(max(page, 1), pages)
    told = things[(number - 1) * THINGS_PER_PAGE : number * THINGS_PER_PAGE]
    groups: dict[str, list[ChangedThing]] = {}
    for row, thing in told:
        groups.setdefault(row.iri, []).append(thing)
    rows = {row.iri: row for row in classes}
    in_all = sum(_count(row.tally, wanted) for row in chosen)
    aside = [] if shown_class else [row for row in classes if row not in telling]
    return DifferencePage(
        classes,
        tuple(
            GraphRow(show_reference(changes, graph, (language,)), tally)
            for graph, tally in changes.graphs.items()
        ),
        tuple(
            (rows[iri], tuple(show_things(changes, group, glossary, (language,), base_iri)))
            for iri, group in groups.items()
        ),
        shown_class,
        wanted,
        number,
        pages,
        in_all - len(things),
        sum(row.tally.all for row in aside),
    )


def _count(tally: ThingTally, kind: str | None) -> int:
    counts = {"added": tally.added, "removed": tally.removed, "changed": tally.changed}
    return counts[kind] if kind else tally.all


def _list_classes(
    classes: Mapping[str, ThingTally], glossary: Glossary, language: str
) -> tuple[ClassRow, ...]:
    """Return the classes, ours first, how the data are kept last; each with a short name of its own."""
    slugs: dict[str, str] = {}
    for iri in sorted(classes, key=_importance):
        slug = _to_slug(iri) or "none"
        slugs[iri] = slug if slug not in slugs.values() else f"{slug}-{len(slugs)}"
    rows = [
        ClassRow(iri, slug, glossary.name(iri, language) if iri else "", classes[iri])
        for iri, slug in slugs.items()
    ]
    return tuple(sorted(rows, key=lambda row: (_importance(row.iri)[0], row.name.casefold(), row.iri)))


def _importance(iri: str) -> tuple[int, str]:
    if iri.startswith(CC):
        return 0, iri
    return (_LAST if not iri or iri.startswith(_BOOKKEEPING) else 1), iri


def _to_slug(iri: str) -> str:
    local = iri.replace("#", "/").rpartition("/")[2]
    return re.sub(r"[^a-z0-9]+", "-", _HUMP.sub("-", local).lower()).strip("-")


def to_words(growth: Sequence[Growth]) -> str:
    """Return a list of differences in one line: ``City +3, Membership −1``."""
    return ", ".join(f"{each.name} {to_signed(each.count)}" for each in growth)


def to_signed(count: int) -> str:
    """Return a difference with its sign, a true minus."""
    return f"+{count}" if count > 0 else f"−{-count}" if count else "0"
