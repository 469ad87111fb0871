"""The dumps as they are written with everything in memory: slower than the package does it, and plain.

What the package makes piece by piece must be equal to this, to the byte.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mesmart_kg.dumps import Dumps, write_dumps
from mesmart_kg.dumps.jsonld import NodeWriter
from mesmart_kg.dumps.lines import Terms, read_literal, split_triple
from mesmart_kg.dumps.turtle import to_turtle
from mesmart_kg.labels import find_label
from mesmart_kg.namespaces import PREFIXES, VOC, GraphNames, expand
from mesmart_kg.sorted_lines import sort_lines
from mesmart_kg.work_cache import WorkCache

NAMES = GraphNames()


def write(folder: Path, quads: Iterable[bytes], kept: Path | None = None, lines: int = 4096) -> Dumps:
    """Have the package write the dumps of quads, given as lines, to a folder, made if it is not there.

    ``kept`` is where the work is kept; None: nowhere.
    """
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        WorkCache.open(kept) as cache,
        ThreadPoolExecutor(2) as work,
    ):
        dataset = Path(scratch, "dataset.nq")
        sort_lines(quads, dataset)
        dumps = write_dumps(dataset, NAMES, folder, folder=Path(scratch), cache=cache, work=work, lines=lines)
        assert {path.name for path in Path(scratch).glob("*.n*")} == {"dataset.nq"}
        return dumps


def write_plainly(quads: Iterable[bytes], names: GraphNames = NAMES) -> dict[str, bytes]:
    """Return the content of each file, unpacked, by name; but for checksums and what describes tables."""
    lines = sorted(set(quads))
    graphs: dict[str, list[bytes]] = {}
    for line in lines:
        triple, _, graph = line[:-4].rpartition(b" <")
        graphs.setdefault(graph.decode(), []).append(triple + b" .\n")
    merged = (name for name in graphs if names.in_default_graph(name))
    default = sorted({line for name in merged for line in graphs[name]})
    inferred = graphs.get(names.inferred, [])
    asserted = [line for line in default if line not in set(inferred)]
    tables = _make_tables(map(split_triple, asserted), map(split_triple, default), names.base)
    return {
        "dataset.nq.gz": b"".join(lines),
        "dataset.trig.gz": _to_trig(graphs, names.base).encode(),
        "dataset.jsonld.gz": _to_jsonld(graphs).encode(),
        "default.nt.gz": b"".join(default),
        "default.ttl.gz": "".join(to_turtle(map(split_triple, default), names.base)).encode(),
        "inferred.nt.gz": b"".join(inferred),
        **{table.file: table.to_csv() for table in tables},
    }


def _to_trig(graphs: Mapping[str, list[bytes]], base_iri: str) -> str:
    """Return each graph's Turtle, indented within braces, after the declarations for all."""
    declared: set[str] = set()
    texts: list[str] = []
    for name in sorted(graphs):
        # The graph's name is written by the same rules as a subject.
        lines = [split_triple(line) for line in graphs[name]]
        head, _, body = "".join(to_turtle(lines, base_iri)).partition("\n\n")
        declared.update(head.split("\n")[1:])
        probe = "".join(to_turtle([(f"<{name}>", "<urn:p>", "<urn:o>")], base_iri))
        declared.update(probe.partition("\n\n")[0].split("\n")[1:])
        written = probe.partition("\n\n")[2].removesuffix(" <urn:p> <urn:o> .\n")
        indented = re.sub(r"^(?=[^\n])", "    ", body, flags=re.MULTILINE)
        texts.append(f"\n{written} {{\n{indented}}}\n")
    order = [f"@prefix {prefix}: <{iri}> ." for prefix, iri in PREFIXES.items()]
    prefixes = "".join(f"{line}\n" for line in order if line in declared)
    return f"@base <{base_iri}> .\n{prefixes}" + "".join(texts)


def _to_jsonld(graphs: Mapping[str, list[bytes]]) -> str:
    writer = NodeWriter()
    written = [
        '{"@id":'
        + json.dumps(name)
        + ',"@graph":[\n'
        + ",\n".join(writer.nodes(map(split_triple, graphs[name])))
        + "\n]}"
        for name in sorted(graphs)
    ]
    context = json.dumps(dict(PREFIXES), separators=(",", ":"))
    return f'{{"@context":{context},"@graph":[' + ",".join(f"\n{each}" for each in written) + "\n]}\n"


_TYPE = expand("rdf:type")
_GEOMETRY = expand("geo:hasDefaultGeometry")
_WKT = expand("geo:asWKT")
_LABELS = (expand("skos:prefLabel"), expand("rdfs:label"), expand("dcterms:title"))
_LANGUAGES = ("it", "en")
_POINT = re.compile(r"POINT\s*\(\s*([-+.0-9eE]+)\s+([-+.0-9eE]+)\s*\)", re.IGNORECASE)
_NUMBERS = frozenset(expand(f"xsd:{name}") for name in ("integer", "decimal", "double", "float"))
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SEPARATOR = "|"
# How the graphs came about is for the graph; it is nothing to put into a spreadsheet.
_NOT_TABLED = (PREFIXES["prov"], PREFIXES["foaf"], PREFIXES["dqv"])
_BYTE_ORDER_MARK = "\ufeff"

Facts: TypeAlias = dict[str, dict[str, list[str]]]
"""Subject to predicate (IRIs) to objects (terms as N-Triples writes them)."""


@dataclass(frozen=True)
class _Column:
    """A column: its name in the header, the property it holds, its titles by language."""

    name: str
    property: str
    titles: tuple[tuple[str, str], ...]
    language: str = ""
    several: bool = False


@dataclass(frozen=True)
class _Table:
    """The things of one class, as text cells; rows are sorted by IRI."""

    file: str
    class_iri: str
    titles: tuple[tuple[str, str], ...]
    columns: tuple[_Column, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_csv(self) -> bytes:
        """Return the file's bytes."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([column.name for column in self.columns])
        writer.writerows(self.rows)
        return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def _make_tables(asserted: Iterable[Terms], everything: Iterable[Terms], base_iri: str) -> tuple[_Table, ...]:
    """Return the tables of all classes, sorted by file name.

    ``asserted`` is the default graph without what was inferred, ``everything`` the whole of it.
    """
    told, known = _gather(asserted), _gather(everything)
    labels = _Labels(known)
    members: dict[str, set[str]] = defaultdict(set)
    for subject, properties in told.items():
        if subject.startswith((base_iri + "id/", VOC)):
            for value in properties.get(_TYPE, ()):
                if not value.startswith(_NOT_TABLED, 1):
                    members[value[1:-1]].add(subject)
    files = _file_names(members)
    tables = [
        _make_table(files[iri], iri, sorted(things), told, known, labels) for iri, things in members.items()
    ]
    return tuple(sorted(tables, key=lambda table: table.file))


def _gather(triples: Iterable[Terms]) -> Facts:
    facts: Facts = {}
    for subject, predicate, value in triples:
        facts.setdefault(subject[1:-1], {}).setdefault(predicate[1:-1], []).append(value)
    return facts


class _Labels:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[tuple[str, str], str] = {}

    def find(self, iri: str, language: str) -> str:
        """Return the label that suits a reader of the language best; nothing where there is none."""
        key = (iri, language)
        if key not in self._known:
            self._known[key] = self._find(iri, language)
        return self._known[key]

    def _find(self, iri: str, language: str) -> str:
        properties = self._facts.get(iri, {})
        for predicate in _LABELS:
            texts = (read_literal(value) for value in properties.get(predicate, ()) if value[0] == '"')
            label = find_label(texts, (language,))
            if label is not None:
                return label.value
        return ""

    def titles(self, iri: str) -> tuple[tuple[str, str], ...]:
        return tuple((language, text) for language in _LANGUAGES if (text := self.find(iri, language)))


def _file_names(classes: Iterable[str]) -> dict[str, str]:
    """Return a file name for each class: ``event-series.csv``; a prefix makes it unique."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for iri in classes:
        by_name[_hyphenate(_local_name(iri))].append(iri)
    return {
        iri: f"{name}.csv" if len(same) == 1 else f"{_prefix_of(iri)}-{name}.csv"
        for name, same in by_name.items()
        for iri in same
    }


def _local_name(iri: str) -> str:
    return re.split(r"[#/]", iri.rstrip("#/"))[-1]


def _hyphenate(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _prefix_of(iri: str) -> str:
    fitting = [
        (len(namespace), prefix) for prefix, namespace in PREFIXES.items() if iri.startswith(namespace)
    ]
    return max(fitting)[1] if fitting else "other"


def _make_table(
    file: str, class_iri: str, things: list[str], asserted: Facts, everything: Facts, labels: _Labels
) -> _Table:
    properties = sorted(
        {predicate for thing in things for predicate in asserted[thing]} - {_TYPE}, key=_property_key
    )
    cells: dict[_Column, dict[str, str]] = {
        _Column("iri", "", ()): {thing: thing for thing in things},
        **_make_column("type", _TYPE, things, asserted, labels),
    }
    local_names = [_local_name(predicate) for predicate in properties]
    for predicate, local in zip(properties, local_names, strict=True):
        alone = local_names.count(local) == 1
        name = local if alone else f"{_prefix_of(predicate)}_{local}"
        cells.update(_make_column(name, predicate, things, everything, labels))
    rows = [tuple(values.get(thing, "") for values in cells.values()) for thing in things]
    return _Table(file, class_iri, labels.titles(class_iri), tuple(cells), tuple(rows))


def _property_key(predicate: str) -> tuple[int, str]:
    """Sort names first, then identifiers, then the rest by IRI."""
    first = (*_LABELS, expand("skos:altLabel"), expand("dcterms:identifier"))
    return (first.index(predicate) if predicate in first else len(first), predicate)


def _make_column(
    name: str, predicate: str, things: list[str], facts: Facts, labels: _Labels
) -> dict[_Column, dict[str, str]]:
    """Return the column, or the columns, of a property with their cells by thing."""
    by_language: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for thing in things:
        for value in facts[thing].get(predicate, ()):
            tag = read_literal(value).language if value[0] == '"' else ""
            by_language[tag].setdefault(thing, []).append(value)
    columns: dict[_Column, dict[str, str]] = {}
    for tag, values in sorted(by_language.items()):
        several = any(len(texts) > 1 for texts in values.values())
        titles = labels.titles(predicate)
        column = _Column(f"{name}_{tag}" if tag else name, predicate, titles, tag, several)
        columns[column] = {thing: _to_cell(terms, several) for thing, terms in values.items()}
        if predicate != _TYPE:
            columns.update(_label_columns(name, values, several, labels))
        if predicate == _GEOMETRY:
            columns.update(_coordinate_columns(values, facts))
    return columns


def _to_cell(terms: Iterable[str], several: bool) -> str:
    return _join((_to_text(term) for term in sorted(terms)), several)


def _join(texts: Iterable[str], several: bool) -> str:
    return _SEPARATOR.join(text.replace(_SEPARATOR, "¦") for text in texts) if several else "".join(texts)


def _to_text(term: str) -> str:
    if term[0] != '"':
        return term[1:-1]
    value, _, datatype = read_literal(term)
    return value if datatype in _NUMBERS else _guard(value)


def _guard(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _label_columns(
    name: str, values: Mapping[str, list[str]], several: bool, labels: _Labels
) -> Iterator[tuple[_Column, dict[str, str]]]:
    """Yield a column of labels for each language, in the order of the things they name."""
    for language in _LANGUAGES:
        cells = {
            thing: [
                _guard(label)
                for term in sorted(terms)
                if term[0] == "<" and (label := labels.find(term[1:-1], language))
            ]
            for thing, terms in values.items()
        }
        if any(cells.values()):
            column = _Column(f"{name}_{language}", "", (), language, several)
            yield column, {thing: _join(texts, several) for thing, texts in cells.items()}


def _coordinate_columns(
    values: Mapping[str, list[str]], facts: Facts
) -> Iterator[tuple[_Column, dict[str, str]]]:
    """Yield longitude and latitude, the order of WKT that names no system (GeoSPARQL 1.1, 8.5.1)."""
    points: dict[str, tuple[str, str]] = {}
    for thing, geometries in values.items():
        for term in facts.get(geometries[0][1:-1], {}).get(_WKT, ()):
            if found := _POINT.fullmatch(read_literal(term).value.strip()):
                points[thing] = (found[1], found[2])
    for position, name in enumerate(("longitude", "latitude")):
        yield _Column(name, "", ()), {thing: point[position] for thing, point in points.items()}
