"""JSON-LD of the named graphs: one line a thing, properties by prefixed name, identifiers in full.

Every line but the first and the brackets is a JSON object on its own, so the file can be read as a stream.

Specification: JSON-LD 1.1, compacted form with a context of prefixes only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mesmart_kg.dumps.lines import RDF_TYPE, Terms, group_subjects, read_literal
from mesmart_kg.namespaces import PREFIXES


def to_jsonld(graphs: Mapping[str, Iterable[Terms]]) -> Iterator[str]:
    """Yield the JSON-LD text of named graphs whose triples are sorted, piece by piece."""
    writer = NodeWriter()
    # The context names every prefix, used or not: it is the same for all releases.
    yield '{"@context":' + _dump(dict(PREFIXES)) + ',"@graph":['
    between = "\n"
    for graph, triples in graphs.items():
        yield f'{between}{{"@id":{_dump(graph[1:-1])},"@graph":['
        between = ",\n"
        inner = "\n"
        for node in writer.nodes(triples):
            yield inner + node
            inner = ",\n"
        yield "\n]}"
    yield "\n]}\n"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class NodeWriter:
    """Things to JSON objects, one text each, whose context declares some prefixes."""

    def __init__(self, prefixes: Mapping[str, str] = PREFIXES) -> None:
        self._namespaces = sorted(
            ((iri, name) for name, iri in prefixes.items()), key=lambda pair: -len(pair[0])
        )
        self._names: dict[str, str] = {}
        self.used: set[str] = set()
        """The prefixes of the names written so far."""
        self._values: dict[str, str] = {}

    def nodes(self, triples: Iterable[Terms]) -> Iterator[str]:
        """Yield an object for each thing of sorted triples."""
        for subject, properties in group_subjects(triples):
            members = [f'"@id":{_dump(_identifier(subject))}']
            for predicate, objects in properties:
                if predicate == RDF_TYPE:
                    members.append('"@type":' + _one_or_list([_dump(self._name(o[1:-1])) for o in objects]))
                else:
                    key = _dump(self._name(predicate[1:-1]))
                    members.append(f"{key}:" + _one_or_list([self._value(o) for o in objects]))
            yield "{" + ",".join(members) + "}"

    def _name(self, iri: str) -> str:
        """Return a compact IRI; the full one where no prefix fits."""
        name = self._names.get(iri)
        if name is None:
            name = iri
            for namespace, prefix in self._namespaces:
                # "//" after the colon would make it an absolute IRI again (JSON-LD 1.1 API, section 5.2.2).
                local = iri.removeprefix(namespace)
                if local not in ("", iri) and not local.startswith("//"):
                    name = f"{prefix}:{local}"
                    self.used.add(prefix)
                    break
            self._names[iri] = name
        return name

    def _value(self, term: str) -> str:
        text = self._values.get(term)
        if text is None:
            text = self._values[term] = self._write_value(term)
        return text

    def _write_value(self, term: str) -> str:
        if term[0] != '"':
            return _dump({"@id": _identifier(term)})
        value, language, datatype = read_literal(term)
        if language:
            return _dump({"@language": language, "@value": value})
        if datatype:
            return _dump({"@type": self._name(datatype), "@value": value})
        return _dump(value)


def _one_or_list(values: list[str]) -> str:
    return values[0] if len(values) == 1 else "[" + ",".join(values) + "]"


def _identifier(term: str) -> str:
    return term[1:-1] if term[0] == "<" else term
