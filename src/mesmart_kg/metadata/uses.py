"""How the classes of a dataset use its properties, counted in two readings of its sorted lines.

Asked of an engine, the question joins each statement with all classes of both its ends, and most things have
four. Here things that have the same classes are told as one kind, of which there are some hundred; statements
are counted by the kinds at their ends, and only the sums are shared out to the classes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from mesmart_kg.namespaces import expand

_NOTHING: Mapping[str, int] = MappingProxyType({})
_TYPE: Final = f"<{expand('rdf:type')}>".encode()
_STRING: Final = expand("xsd:string").encode()
_LANGUAGE_STRING: Final = expand("rdf:langString").encode()
_QUOTE: Final = ord('"')
_CLOSING: Final = ord(">")

Lines: TypeAlias = Callable[[], Iterable[list[bytes]]]
"""Gives the sorted N-Triples lines of a graph, each once, in parts; asked anew for each reading."""


@dataclass(frozen=True)
class Use:
    """How the instances of a class use a property: in ``triples`` triples.

    ``classes`` tells how many of these lead to an instance of a class, ``datatypes`` how many end in a
    literal of a datatype. A thing has several classes: one triple may count for each, and in several uses.
    """

    subject_class: str
    property: str
    triples: int
    classes: Mapping[str, int]
    datatypes: Mapping[str, int]


@dataclass(frozen=True)
class Statements:
    """The figures that one reading gives; mappings go from IRI to number, sorted by IRI.

    ``entities`` are the subjects under the base IRI; for the others see ``counts.Counts``.
    """

    triples: int
    subjects: int
    entities: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    property_subjects: Mapping[str, int]
    uses: tuple[Use, ...]


def count_statements(lines: Lines, base_iri: str) -> Statements:
    """Count the statements of a graph."""
    kinds = _Kinds(lines())
    ends: dict[tuple[int, bytes, int | bytes], int] = defaultdict(int)
    subject_counts: Counter[bytes] = Counter()
    subjects = entities = triples = 0
    own = f"<{base_iri}id/".encode()
    last = last_property = b""
    kind = 0
    for part in lines():
        triples += len(part)
        for line in part:
            subject, name, value = line.split(b" ", 2)
            if subject != last:
                last, last_property = subject, b""
                kind = kinds.of.get(subject, 0)
                subjects += 1
                entities += subject.startswith(own)
            if name != last_property:
                last_property = name
                subject_counts[name] += 1
            if value[0] == _QUOTE:
                ends[kind, name, _read_datatype(value)] += 1
            else:
                ends[kind, name, kinds.of.get(value[:-3], 0)] += 1
    properties: Counter[bytes] = Counter()
    for (_, name, _), number in ends.items():
        properties[name] += number
    return Statements(
        triples,
        subjects,
        entities,
        _sorted(kinds.count_classes()),
        _sorted(properties),
        _sorted(subject_counts),
        _share_out(ends, kinds.classes),
    )


class _Kinds:
    """The combinations of classes that things have. Kind 0 is that of things without any."""

    def __init__(self, parts: Iterable[list[bytes]]) -> None:
        self.of: dict[bytes, int] = {}
        self.classes: list[tuple[bytes, ...]] = [()]
        known: dict[tuple[bytes, ...], int] = {(): 0}
        middle = b" " + _TYPE + b" <"
        found: list[bytes] = []
        last = b""
        for part in parts:
            for line in part:
                if middle not in line:
                    continue
                subject, name, value = line.split(b" ", 2)
                if name != _TYPE:
                    continue  # the words stand in a text
                if subject != last:
                    self._note(last, found, known)
                    last, found = subject, []
                found.append(value[:-3])
        self._note(last, found, known)

    def _note(self, subject: bytes, found: list[bytes], known: dict[tuple[bytes, ...], int]) -> None:
        if not found:
            return
        classes = tuple(found)
        number = known.get(classes)
        if number is None:
            number = known[classes] = len(self.classes)
            self.classes.append(classes)
        self.of[subject] = number

    def count_classes(self) -> Counter[bytes]:
        """Count the instances of each class."""
        counter: Counter[bytes] = Counter()
        for kind, number in Counter(self.of.values()).items():
            for name in self.classes[kind]:
                counter[name] += number
        return counter


def _read_datatype(value: bytes) -> bytes:
    """Return the datatype of a literal as it stands in a line, with what ends the line."""
    sign = value[-4]
    if sign == _QUOTE:
        return _STRING
    if sign == _CLOSING:
        return value[value.rindex(b"^^<") + 3 : -4]
    return _LANGUAGE_STRING


def _share_out(
    ends: Mapping[tuple[int, bytes, int | bytes], int], kinds: list[tuple[bytes, ...]]
) -> tuple[Use, ...]:
    triples: Counter[tuple[bytes, bytes]] = Counter()
    classes: dict[tuple[bytes, bytes], Counter[bytes]] = defaultdict(Counter)
    datatypes: dict[tuple[bytes, bytes], Counter[bytes]] = defaultdict(Counter)
    for (kind, name, end), number in ends.items():
        for subject_class in kinds[kind]:
            key = subject_class, name
            triples[key] += number
            if isinstance(end, bytes):
                datatypes[key][b"<" + end + b">"] += number
            else:
                for value_class in kinds[end]:
                    classes[key][value_class] += number
    return tuple(
        Use(
            _to_iri(key[0]),
            _to_iri(key[1]),
            number,
            _sorted(classes[key]) if key in classes else _NOTHING,
            _sorted(datatypes[key]) if key in datatypes else _NOTHING,
        )
        for key, number in sorted(triples.items(), key=lambda item: tuple(map(_to_iri, item[0])))
    )


def _sorted(counts: Mapping[bytes, int]) -> Mapping[str, int]:
    return MappingProxyType({name: counts[term] for name, term in sorted((_to_iri(t), t) for t in counts)})


def _to_iri(term: bytes) -> str:
    return term[1:-1].decode()
