"""How the classes of a dataset use its properties, counted by reading its sorted lines.

Asked of an engine, the question joins each statement with all classes of both its ends, and most things have
four. Here things that have the same classes are told as one kind, of which there are some hundred; statements
are counted by the kinds at their ends, and only the sums are shared out to the classes.

The lines are read in slices of whole subjects, by all cores. What a slice tells is kept by its digest: its
figures, and what its things link to, as it may be another slice that says what kind of thing that is.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.sorted_lines import Slice, merge_graphs, read_slice
from mesmart_kg.work_cache import WorkCache, code_digest, make_key

_NOTHING: Mapping[str, int] = MappingProxyType({})
_TYPE: Final = f"<{expand('rdf:type')}>".encode()
_STRING: Final = expand("xsd:string").encode()
_LANGUAGE_STRING: Final = expand("rdf:langString").encode()
_QUOTE: Final = ord('"')
_CLOSING: Final = ord(">")


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
class Counted:
    """The figures that reading gives; mappings go from IRI to number, sorted by IRI.

    ``entities`` are the subjects under the base IRI; for the others see ``counts.Counts``.
    """

    triples: int
    subjects: int
    entities: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    property_subjects: Mapping[str, int]
    uses: tuple[Use, ...]


def count_slices(
    statements: Path, slices: Sequence[Slice], names: GraphNames, cache: WorkCache, work: Executor
) -> tuple[Path, ...]:
    """Count the default graph's part of each slice of sorted canonical N-Quads, unless that is kept."""
    version = make_key(code_digest("metadata/uses", "namespaces", "sorted_lines"), names.base)
    return tuple(work.map(partial(_count_slice, statements, names, cache, version), slices, chunksize=2))


def _count_slice(statements: Path, names: GraphNames, cache: WorkCache, version: str, part: Slice) -> Path:
    lines = read_slice(statements, part)
    key = make_key(version, hashlib.blake2b(b"".join(lines)).digest())
    known = cache.find(key)
    return known or cache.keep(key, count_lines(merge_graphs(lines, names.in_default_graph), names.base))


def count_lines(lines: Iterable[bytes], base_iri: str) -> bytes:
    """Return what sorted N-Triples tell, as JSON: whole subjects, each statement once."""
    own = f"<{base_iri}id/".encode()
    part = _Part()
    told: list[tuple[bytes, bytes]] = []
    last = b""
    for line in lines:
        subject, name, value = line.split(b" ", 2)
        if subject != last:
            part.add(told, last)
            part.entities += subject.startswith(own)
            told, last = [], subject
        told.append((name, value))
    part.add(told, last)
    return json.dumps(part.to_json(), ensure_ascii=False, separators=(",", ":")).encode()


class _Part:
    """What a slice tells: kinds are the classes that a thing has, in order."""

    def __init__(self) -> None:
        self.entities = 0
        self._triples = self._subjects = 0
        self._things: defaultdict[tuple[bytes, ...], list[bytes]] = defaultdict(list)
        self._subject_counts: Counter[bytes] = Counter()
        self._literals: Counter[tuple[tuple[bytes, ...], bytes, bytes]] = Counter()
        self._links: defaultdict[tuple[tuple[bytes, ...], bytes], list[bytes]] = defaultdict(list)

    def add(self, told: list[tuple[bytes, bytes]], subject: bytes) -> None:
        if not told:
            return
        kind = tuple(value[:-3] for name, value in told if name == _TYPE)
        if kind:
            self._things[kind].append(subject)
        self._triples += len(told)
        self._subjects += 1
        self._subject_counts.update({name for name, _ in told})
        for name, value in told:
            if value[0] == _QUOTE:
                self._literals[kind, name, _read_datatype(value)] += 1
            else:
                self._links[kind, name].append(value[:-3])

    def to_json(self) -> dict[str, Any]:
        kinds = sorted({*self._things, *(key[0] for key in self._literals), *(key[0] for key in self._links)})
        number = {kind: place for place, kind in enumerate(kinds)}
        return {
            "triples": self._triples,
            "subjects": self._subjects,
            "entities": self.entities,
            "kinds": [[name.decode() for name in kind] for kind in kinds],
            "things": [_join(self._things.get(kind, ())) for kind in kinds],
            "subject_counts": {name.decode(): n for name, n in self._subject_counts.items()},
            "literals": [
                (number[kind], name.decode(), datatype.decode(), n)
                for (kind, name, datatype), n in self._literals.items()
            ],
            "links": [
                (number[kind], name.decode(), _join(ends)) for (kind, name), ends in self._links.items()
            ],
        }


def _join(terms: Iterable[bytes]) -> str:
    # No term but a literal has a line feed in it.
    return b"\n".join(terms).decode()


def _read_datatype(value: bytes) -> bytes:
    """Return the datatype of a literal as it stands in a line, with what ends the line."""
    sign = value[-4]
    if sign == _QUOTE:
        return _STRING
    if sign == _CLOSING:
        return value[value.rindex(b"^^<") + 3 : -4]
    return _LANGUAGE_STRING


def sum_up(parts: Sequence[Path | bytes]) -> Counted:
    """Return the figures of all slices together."""
    # Each is read twice: any may tell of what kind the things are that another links to.
    figures: Counter[str] = Counter()
    subject_counts: Counter[str] = Counter()
    numbers: dict[tuple[str, ...], int] = {(): 0}
    kind_of: dict[str, int] = {}
    for part in map(_read, parts):
        figures.update({name: part[name] for name in ("triples", "subjects", "entities")})
        subject_counts.update(part["subject_counts"])
        for kind, things in zip(map(tuple, part["kinds"]), part["things"], strict=True):
            number = numbers.setdefault(kind, len(numbers))
            if things:
                kind_of.update(dict.fromkeys(things.split("\n"), number))
    ends: Counter[tuple[int, str, int | str]] = Counter()
    for part in map(_read, parts):
        kinds = [numbers[tuple(kind)] for kind in part["kinds"]]
        for place, name, datatype, n in part["literals"]:
            ends[kinds[place], name, f"<{datatype}>"] += n
        for place, name, joined in part["links"]:
            for end, n in Counter([kind_of.get(value, 0) for value in joined.split("\n")]).items():
                ends[kinds[place], name, end] += n
    classes: Counter[str] = Counter()
    names = list(numbers)
    for number, n in Counter(kind_of.values()).items():
        classes.update(dict.fromkeys(names[number], n))
    properties: Counter[str] = Counter()
    for (_, name, _), n in ends.items():
        properties[name] += n
    return Counted(
        figures["triples"],
        figures["subjects"],
        figures["entities"],
        _sorted(classes),
        _sorted(properties),
        _sorted(subject_counts),
        _share_out(ends, names),
    )


def _read(part: Path | bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(part if isinstance(part, bytes) else part.read_bytes())
    return found


def _share_out(
    ends: Mapping[tuple[int, str, int | str], int], kinds: Sequence[tuple[str, ...]]
) -> tuple[Use, ...]:
    triples: Counter[tuple[str, str]] = Counter()
    classes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    datatypes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (kind, name, end), number in ends.items():
        for subject_class in kinds[kind]:
            key = subject_class, name
            triples[key] += number
            if isinstance(end, str):
                datatypes[key][end] += number
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


def _sorted(counts: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType({name: counts[term] for name, term in sorted((_to_iri(t), t) for t in counts)})


def _to_iri(term: str) -> str:
    return term[1:-1]
