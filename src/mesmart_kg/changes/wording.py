"""A difference as people read it: names in place of IRIs, in a reader's language.

What is prepared here holds no sentence: the words around the names are those of the page or the terminal that
shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from mesmart_kg.changes.survey import ChangedThing, Changes, Statement, Value, to_source
from mesmart_kg.labels import Name, Reference, find_label
from mesmart_kg.namespaces import GraphNames

if TYPE_CHECKING:
    from mesmart_kg.glossary import Glossary

BETWEEN: Final = " · "
"""Stands between the parts of a name that is made up, such as that of a membership."""

_SIGNS: Final = {"added": "+", "removed": "-", "changed": "~", "sources": "~"}


@dataclass(frozen=True)
class ShownStatement:
    """A changed statement: the name of its property, its value (a thing or a text), who makes it.

    ``sources`` are those that make it, or made it; of one whose sources changed, those that began to.
    ``dropped`` are those that no longer do. ``is_inferred`` tells that it only follows from others.
    """

    kind: str
    name: str
    value: Reference | Name
    sources: tuple[Reference, ...]
    dropped: tuple[Reference, ...]
    is_inferred: bool


@dataclass(frozen=True)
class ShownThing:
    """A thing that changed, with its statements; ``further`` more are not told."""

    kind: str
    reference: Reference
    statements: tuple[ShownStatement, ...]
    further: int


def show_things(
    changes: Changes,
    things: Iterable[ChangedThing],
    glossary: Glossary,
    languages: Sequence[str],
    base_iri: str,
) -> Iterator[ShownThing]:
    """Yield things as people read them, in the order in which they come."""
    speaker = _Speaker(changes, glossary, tuple(languages), GraphNames(base_iri))
    for thing in things:
        yield speaker.show(thing)


@dataclass(frozen=True)
class _Speaker:
    changes: Changes
    glossary: Glossary
    languages: tuple[str, ...]
    graphs: GraphNames

    def show(self, thing: ChangedThing) -> ShownThing:
        return ShownThing(
            thing.kind,
            Reference(thing.iri, self._name(thing)),
            tuple(self._show(each, thing.class_iri) for each in thing.statements),
            thing.further,
        )

    def _show(self, statement: Statement, class_iri: str) -> ShownStatement:
        told = (*statement.added_to, *statement.removed_from)
        adds = statement.added_to if statement.kind != "removed" else statement.removed_from
        dropped = statement.removed_from if statement.kind == "sources" else ()
        return ShownStatement(
            statement.kind,
            self.glossary.name(statement.predicate, self.languages[0], class_iri or None),
            self._value(statement.value),
            tuple(self._source(graph) for graph in adds if graph != self.graphs.inferred),
            tuple(self._source(graph) for graph in dropped if graph != self.graphs.inferred),
            bool(told) and set(told) == {self.graphs.inferred},
        )

    def _name(self, thing: ChangedThing) -> Name:
        found = find_label(thing.names, self.languages)
        if found is None and thing.parts:
            values = [self._value(part) for part in thing.parts]
            names = [value.name.value if isinstance(value, Reference) else value.value for value in values]
            found = Name(BETWEEN.join(names), self.languages[0])
        return found or Name(last_segment(thing.iri))

    def _value(self, value: Value) -> Reference | Name:
        return self._reference(value.text) if value.is_iri else Name(value.text, value.language or None)

    def _reference(self, iri: str) -> Reference:
        found = find_label(self.changes.names.get(iri, ()), self.languages)
        if found is None and self.glossary.find_name(iri, self.languages[0]):
            found = self.glossary.find_name(iri, self.languages[0])
        return Reference(iri, found or Name(last_segment(iri)))

    def _source(self, graph: str) -> Reference:
        return self._reference(to_source(graph))


def show_reference(changes: Changes, iri: str, languages: Sequence[str]) -> Reference:
    """Return how to speak of a thing, or of a graph, that a difference mentions."""
    named = to_source(iri)
    found = find_label(changes.names.get(named, ()), languages)
    return Reference(named if found else iri, found or Name(last_segment(iri)))


def last_segment(iri: str) -> str:
    """Return the end of an IRI, by which a thing without a name is called; all of it where that is empty."""
    return unquote(iri.rstrip("/").replace("#", "/").rpartition("/")[2]) or iri


def to_facts(changes: Changes) -> dict[str, Any]:
    """Return a difference as JSON values: all that is counted and told, names in all their languages."""
    return {
        "before": changes.before,
        "after": changes.after,
        "graph": changes.graph,
        "statements": asdict(changes.triples),
        "quads": asdict(changes.quads),
        "things": asdict(changes.all_things),
        "classes": {name: asdict(tally) for name, tally in changes.classes.items()},
        "graphs": {name: asdict(tally) for name, tally in changes.graphs.items()},
        "changed": [_to_facts(thing) for thing in changes.things],
        "not_told": changes.all_things.all - len(changes.things),
        "names": {iri: _to_names(names) for iri, names in changes.names.items()},
    }


def _to_facts(thing: ChangedThing) -> dict[str, Any]:
    return {
        "iri": thing.iri,
        "class": thing.class_iri or None,
        "change": thing.kind,
        "names": _to_names(thing.names),
        "statements": [
            {
                "change": each.kind,
                "predicate": each.predicate,
                "value": _to_term(each.value),
                "added_to": list(each.added_to),
                "removed_from": list(each.removed_from),
            }
            for each in thing.statements
        ],
        "not_told": thing.further,
    }


def _to_names(names: Iterable[Name]) -> dict[str, str]:
    return {name.language or "": name.value for name in reversed(tuple(names))}


def _to_term(value: Value) -> dict[str, str]:
    if value.is_iri:
        return {"type": "uri", "value": value.text}
    extra = {"xml:lang": value.language, "datatype": value.datatype}
    return {"type": "literal", "value": value.text, **{key: each for key, each in extra.items() if each}}


def to_text(changes: Changes, glossary: Glossary, language: str, base_iri: str) -> Iterator[str]:
    """Yield the lines of a difference for a terminal, names in one language, the words around in English."""
    yield f"{changes.before} -> {changes.after}"
    yield f"statements: {changes.triples.added:,} added, {changes.triples.removed:,} removed"
    yield f"in single graphs: {changes.quads.added:,} added, {changes.quads.removed:,} removed"
    if changes.is_empty:
        yield "nothing changed"
        return
    things = changes.all_things
    yield f"things: {things.added:,} added, {things.removed:,} removed, {things.changed:,} changed"
    for class_iri, tally in changes.classes.items():
        name = glossary.name(class_iri, language) if class_iri else "(no class)"
        yield ""
        yield f"{name}: {tally.added:,} added, {tally.removed:,} removed, {tally.changed:,} changed"
        told = [thing for thing in changes.things if thing.class_iri == class_iri]
        for shown in show_things(changes, told, glossary, (language,), base_iri):
            yield f"  {_SIGNS[shown.kind]} {shown.reference.name.value}  <{shown.reference.iri}>"
            yield from (f"      {_to_line(each)}" for each in shown.statements)
            if shown.further:
                yield f"      … and {shown.further:,} more"
        if tally.all > len(told):
            yield f"  … and {tally.all - len(told):,} more"
    yield ""
    yield "graphs:"
    for graph, counts in changes.graphs.items():
        name = show_reference(changes, graph, (language,)).name.value
        yield f"  {name}: {counts.added:,} added, {counts.removed:,} removed  <{graph}>"


def _to_line(statement: ShownStatement) -> str:
    value = statement.value
    text = value.name.value if isinstance(value, Reference) else json.dumps(value.value, ensure_ascii=False)
    told = "inferred" if statement.is_inferred else "; ".join(each.name.value for each in statement.sources)
    dropped = "; ".join(each.name.value for each in statement.dropped)
    said = [told] if told else []
    if dropped:
        said.append(f"no longer: {dropped}")
    end = f"  [{'; '.join(said)}]" if said else ""
    return f"{_SIGNS[statement.kind]} {statement.name}: {text}{end}"
