"""Merged lines, counted and gathered by the things that they speak of.

A quad is a statement of one source. So a statement has changed when it is made now and was not before, or the
other way; and when the sources that make it are others than before, it has changed its sources, which is no
change in what is known. All lines about a thing stand together in a sorted dump: one thing at a time is in
memory, with its kind and its names, which are read from the lines that did not change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from mesmart_kg.changes.merge import Merged, Side, merge_releases
from mesmart_kg.changes.naming import NAME_RANKS, best_names, find_names
from mesmart_kg.dumps.lines import read_literal
from mesmart_kg.labels import Name
from mesmart_kg.namespaces import CC, GraphNames, expand

if TYPE_CHECKING:
    from mesmart_kg.release import Release

MOST_THINGS: Final = 500
"""Things of one class that are told one by one, in the order of their IRIs."""

MOST_THINGS_IN_ALL: Final = 5_000

MOST_STATEMENTS: Final = 20
"""Changed statements of one thing that are told; the others are counted."""

MOST_SOURCES: Final = 20
"""Graphs that are named for one changed statement."""

LONGEST_VALUE: Final = 300
"""Characters of a literal that are told."""

MOST_LINES: Final = 20_000
"""Lines about one thing that are held at once."""

MOST_NOTED: Final = 50
"""Classes, and names, of one thing that are looked at."""

_TYPE: Final = f"<{expand('rdf:type')}>".encode()
_PARTS: Final = tuple(
    f"<{expand(name)}>".encode()
    for name in (
        "org:member",
        "m8g:hasParticipant",
        "org:organization",
        "cc:community",
        "sdmx-dimension:refArea",
        "schema:propertyID",
        "sdmx-dimension:refPeriod",
    )
)
"""Of what a thing without a name of its own is called, such as a membership: by member and community."""


@dataclass(frozen=True)
class Value:
    """A term: an IRI, or the text of a literal (cut if long) with its language and datatype, if any."""

    text: str
    is_iri: bool
    language: str = ""
    datatype: str = ""


@dataclass(frozen=True)
class Tally:
    """Statements that were added and removed."""

    added: int = 0
    removed: int = 0


@dataclass(frozen=True)
class ThingTally:
    """Things that are new, that are gone, and of which other things are said than before."""

    added: int = 0
    removed: int = 0
    changed: int = 0

    @property
    def all(self) -> int:
        return self.added + self.removed + self.changed


@dataclass(frozen=True)
class Statement:
    """A statement about a thing that changed.

    ``kind`` is ``added``, ``removed``, or ``sources``: made before and now, but not in the same graphs. The
    graphs are those that make it now and did not, and the other way; at most :data:`MOST_SOURCES` of each.
    """

    predicate: str
    value: Value
    kind: str
    added_to: tuple[str, ...]
    removed_from: tuple[str, ...]


@dataclass(frozen=True)
class ChangedThing:
    """A thing with its changed statements; ``kind`` is ``added``, ``removed`` or ``changed``.

    ``class_iri`` is empty where none is given. ``further`` counts changed statements that are not told.
    ``parts`` are the values that it is called by when it has no name.
    """

    iri: str
    class_iri: str
    kind: str
    names: tuple[Name, ...]
    parts: tuple[Value, ...]
    statements: tuple[Statement, ...]
    further: int


@dataclass(frozen=True)
class Changes:
    """The difference of two releases.

    ``quads`` counts statements of single graphs, ``triples`` those of the default graph. ``graphs`` has a
    tally for each graph that changed, ``classes`` one for each class whose things did; both in the order of
    their names. ``things`` are sorted by class and IRI; ``names`` are those of whatever is mentioned.
    """

    before: str
    after: str
    graph: str | None
    quads: Tally
    triples: Tally
    graphs: Mapping[str, Tally]
    classes: Mapping[str, ThingTally]
    things: tuple[ChangedThing, ...]
    names: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.quads.added and not self.quads.removed

    @property
    def all_things(self) -> ThingTally:
        tallies = self.classes.values()
        return ThingTally(
            sum(each.added for each in tallies),
            sum(each.removed for each in tallies),
            sum(each.changed for each in tallies),
        )


def compare(
    before: Release,
    after: Release,
    base_iri: str,
    graph: str | None = None,
    watch: Callable[[Side, bytes], object] | None = None,
) -> Changes:
    """Return the difference of two releases, with the names of all that it mentions.

    Two passes over both dumps; ``watch`` is called with each line that changed. Raises ReleaseDamaged.
    """
    merged = merge_releases(before, after, graph)
    changes = survey(_watched(merged, watch) if watch else merged, base_iri, before.id, after.id, graph)
    return replace(changes, names=find_names((after, before), changes_mention(changes)))


def _watched(merged: Iterable[Merged], watch: Callable[[Side, bytes], object]) -> Iterator[Merged]:
    for side, line in merged:
        if side is not Side.BOTH:
            watch(side, line)
        yield side, line


def survey(
    merged: Iterable[Merged], base_iri: str, before: str, after: str, graph: str | None = None
) -> Changes:
    """Gather merged lines: N-Quads, or N-Triples of the default graph where ``graph`` is ``default``."""
    surveyor = _Surveyor(GraphNames(base_iri), has_graphs=graph != "default")
    subject, has_changes = b"\n", False  # no line begins so
    lines: list[Merged] = []
    for side, line in merged:
        # Most things did not change: of these no line is taken apart.
        if not line.startswith(subject):
            if has_changes:
                surveyor.read(lines)
            lines.clear()
            subject, has_changes = line[: line.index(b" ") + 1], False
        lines.append((side, line))
        has_changes = has_changes or side is not Side.BOTH
        if len(lines) == MOST_LINES:
            surveyor.read(lines)
            lines.clear()
            has_changes = True  # whatever follows about this thing must be read as well
    if has_changes:
        surveyor.read(lines)
    return surveyor.finish(before, after, graph)


def changes_mention(changes: Changes) -> set[str]:
    """Return the IRIs for which a reader will want a name."""
    found = {*changes.classes, *changes.graphs}
    for thing in changes.things:
        found.update(part.text for part in thing.parts if part.is_iri)
        for each in thing.statements:
            found.add(each.predicate)
            found.update((*each.added_to, *each.removed_from))
            if each.value.is_iri:
                found.add(each.value.text)
    # A graph of a source is called as its source is.
    return found | {to_source(iri) for iri in found}


def to_source(graph: str) -> str:
    """Return the IRI of the source whose graph this is; that of the graph itself for any other."""
    return graph.replace("/graph/source/", "/id/source/", 1)


class _Thing:
    """What is known of a thing while its lines pass."""

    def __init__(self, subject: bytes) -> None:
        self.subject = subject
        self.types: dict[str, tuple[bool, bool]] = {}  # to whether it is gone, and only concluded
        self.names: list[tuple[int, Name]] = []
        self.parts: dict[int, bytes] = {}
        self.statements: list[Statement] = []
        self.further = 0
        self.was = self.is_now = False


class _Surveyor:
    """Reads merged lines one after the other; ``finish`` returns what they amount to."""

    def __init__(self, graphs: GraphNames, *, has_graphs: bool) -> None:
        self._inferred = f"<{graphs.inferred}>".encode()
        self._in_default = graphs.in_default_graph
        self._has_graphs = has_graphs
        self._quads: Counter[Side] = Counter()
        self._triples: Counter[Side] = Counter()
        self._graphs: dict[bytes, Counter[Side]] = {}
        self._counts: dict[str, Counter[str]] = {}
        self._things: list[ChangedThing] = []
        self._told: Counter[str] = Counter()
        self._thing: _Thing | None = None
        self._statement: tuple[bytes, bytes] | None = None
        self._lines: list[tuple[Side, bytes]] = []
        self._defaults: dict[bytes, bool] = {b"": True}

    def read(self, lines: Iterable[Merged]) -> None:
        """Take the next lines, of one thing."""
        for side, line in lines:
            self._read(side, line)

    def _read(self, side: Side, line: bytes) -> None:
        subject, predicate, rest = line.split(b" ", 2)
        if self._has_graphs:
            value, _, graph = rest[:-3].rpartition(b" ")
        else:
            value, graph = rest[:-3], b""
        if self._thing is None or subject != self._thing.subject:
            self._end_thing()
            self._thing = _Thing(subject)
        if (predicate, value) != self._statement:
            self._end_statement()
            self._statement = predicate, value
            self._note(self._thing, predicate, value, graph, is_gone=side is Side.REMOVED)
        self._lines.append((side, graph))
        if side is not Side.BOTH:
            self._quads[side] += 1
            self._graphs.setdefault(graph, Counter())[side] += 1

    def _note(self, thing: _Thing, predicate: bytes, value: bytes, graph: bytes, *, is_gone: bool) -> None:
        """Keep what tells a thing's kind and name; what holds now comes before what held."""
        if predicate == _TYPE:
            if len(thing.types) < MOST_NOTED:
                thing.types[value[1:-1].decode()] = is_gone, graph == self._inferred
        elif predicate in NAME_RANKS and value.startswith(b'"'):
            name = to_value(value)
            rank = NAME_RANKS[predicate] + is_gone * len(NAME_RANKS)
            thing.names.append((rank, Name(name.text, name.language or None)))
            del thing.names[MOST_NOTED:]
        elif predicate in _PARTS:
            thing.parts.setdefault(_PARTS.index(predicate), value)

    def _end_statement(self) -> None:
        thing, statement = self._thing, self._statement
        if thing is None or statement is None:
            return
        was = any(side is not Side.ADDED for side, _ in self._lines)
        is_now = any(side is not Side.REMOVED for side, _ in self._lines)
        thing.was |= was
        thing.is_now |= is_now
        self._count_triple()
        if any(side is not Side.BOTH for side, _ in self._lines):
            if len(thing.statements) < MOST_STATEMENTS:
                thing.statements.append(
                    Statement(
                        statement[0][1:-1].decode(),
                        to_value(statement[1]),
                        "sources" if was and is_now else "added" if is_now else "removed",
                        self._graphs_of(Side.ADDED),
                        self._graphs_of(Side.REMOVED),
                    )
                )
            else:
                thing.further += 1
        self._statement = None
        self._lines.clear()

    def _count_triple(self) -> None:
        """Count a statement that entered or left the default graph, in which it stands once."""
        in_default = [side for side, graph in self._lines if self._is_in_default(graph)]
        was = any(side is not Side.ADDED for side in in_default)
        is_now = any(side is not Side.REMOVED for side in in_default)
        if was != is_now:
            self._triples[Side.ADDED if is_now else Side.REMOVED] += 1

    def _is_in_default(self, graph: bytes) -> bool:
        if graph not in self._defaults:
            self._defaults[graph] = self._in_default(graph[1:-1].decode())
        return self._defaults[graph]

    def _graphs_of(self, wanted: Side) -> tuple[str, ...]:
        found = (graph[1:-1].decode() for side, graph in self._lines if side is wanted and graph)
        return tuple(graph for graph, _ in zip(found, range(MOST_SOURCES), strict=False))

    def _end_thing(self) -> None:
        self._end_statement()
        thing, self._thing = self._thing, None
        if thing is None or not (thing.statements or thing.further):
            return
        kind = "changed" if thing.was and thing.is_now else "added" if thing.is_now else "removed"
        class_iri = choose_class(thing.types)
        self._counts.setdefault(class_iri, Counter())[kind] += 1
        if self._told[class_iri] < MOST_THINGS and len(self._things) < MOST_THINGS_IN_ALL:
            self._told[class_iri] += 1
            names = best_names(thing.names)
            parts = () if names else tuple(to_value(thing.parts[place]) for place in sorted(thing.parts))
            self._things.append(
                ChangedThing(
                    thing.subject[1:-1].decode(),
                    class_iri,
                    kind,
                    names,
                    parts,
                    tuple(thing.statements),
                    thing.further,
                )
            )

    def finish(self, before: str, after: str, graph: str | None) -> Changes:
        """Return all that was read."""
        self._end_thing()
        graphs = {name[1:-1].decode(): sides for name, sides in self._graphs.items() if name}
        return Changes(
            before,
            after,
            graph,
            _tally(self._quads),
            _tally(self._triples),
            {name: _tally(graphs[name]) for name in sorted(graphs)},
            {name: ThingTally(**dict(sorted(self._counts[name].items()))) for name in sorted(self._counts)},
            tuple(sorted(self._things, key=lambda thing: (thing.class_iri, thing.iri))),
        )


def _tally(sides: Counter[Side]) -> Tally:
    return Tally(sides[Side.ADDED], sides[Side.REMOVED])


def choose_class(types: Mapping[str, tuple[bool, bool]]) -> str:
    """Return the class that says best what a thing is; empty if it has none.

    ``types`` maps each class to whether it is gone, and whether it is only concluded. What holds comes before
    what held, what was told before what follows from it, our own terms before those of others; then the order
    of their IRIs.
    """
    return min(types, key=lambda iri: (types[iri], not iri.startswith(CC), iri), default="")


def to_value(term: bytes) -> Value:
    """Return a term as N-Triples writes it in parts, its text cut at :data:`LONGEST_VALUE` characters."""
    text = term.decode()
    if not text.startswith('"'):
        return Value(text.removeprefix("<").removesuffix(">"), is_iri=text.startswith("<"))
    value, language, datatype = read_literal(text)
    if len(value) > LONGEST_VALUE:
        value = value[:LONGEST_VALUE] + "…"
    return Value(value, False, language, datatype)


def things_of(
    changes: Changes, class_iri: str | None = None, kind: str | None = None
) -> Iterator[ChangedThing]:
    """Yield the things that are told, of one class, of one kind of change, or all."""
    for thing in changes.things:
        if class_iri in {None, thing.class_iri} and kind in {None, thing.kind}:
            yield thing
