"""JSON-LD of the named graphs: one line a thing, properties by prefixed name, identifiers in full.

Every line but the first and the brackets is a JSON object on its own, so the file can be read as a stream.

Specification: JSON-LD 1.1, compacted form with a context of prefixes only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from json.encoder import encode_basestring
from typing import Final

from mesmart_kg.dumps.lines import RDF_TYPE, Grouped, Terms, group_subjects, read_literal
from mesmart_kg.namespaces import PREFIXES

quote: Final = encode_basestring
"""Write a string as JSON does, with the letters of all languages as they are."""


CONTEXT: Final = "{" + ",".join(f"{quote(name)}:{quote(iri)}" for name, iri in PREFIXES.items()) + "}"
"""Every prefix, used or not: it is the same for all releases."""


class NodeWriter:
    """Things to JSON objects, one text each, whose context declares some prefixes."""

    def __init__(self, prefixes: Mapping[str, str] = PREFIXES) -> None:
        self._keys = _Keys(prefixes)
        self._values = _Values(self._keys)

    @property
    def used(self) -> set[str]:
        """The prefixes of the names written so far."""
        return self._keys.used

    def nodes(self, triples: Iterable[Terms]) -> Iterator[str]:
        """Return the objects, one for each thing, of sorted triples."""
        return map(self.write_node, group_subjects(triples))

    def write_node(self, grouped: Grouped) -> str:
        """Return the object of one thing."""
        subject, properties = grouped
        keys, values = self._keys, self._values
        members = [f'"@id":{quote(_identifier(subject))}']
        for predicate, objects in properties:
            if predicate == RDF_TYPE:
                members.append('"@type":' + _one_or_list([keys[term] for term in objects]))
            else:
                members.append(f"{keys[predicate]}:{_one_or_list([values[term] for term in objects])}")
        return "{" + ",".join(members) + "}"


class _Keys(dict[str, str]):
    """Terms to compact IRIs, quoted; to the full ones where no prefix fits."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        super().__init__()
        # The longest namespace that fits is the right one.
        self._namespaces = sorted(
            ((iri, name) for name, iri in prefixes.items()), key=lambda pair: -len(pair[0])
        )
        self.used: set[str] = set()

    def __missing__(self, term: str) -> str:
        key = self[term] = quote(self._compact(term[1:-1]))
        return key

    def _compact(self, iri: str) -> str:
        for namespace, prefix in self._namespaces:
            # "//" after the colon would make it an absolute IRI again (JSON-LD 1.1 API, section 5.2.2).
            local = iri.removeprefix(namespace)
            if local not in ("", iri) and not local.startswith("//"):
                self.used.add(prefix)
                return f"{prefix}:{local}"
        return iri


class _Values(dict[str, str]):
    """Objects to JSON."""

    def __init__(self, keys: _Keys) -> None:
        super().__init__()
        self._keys = keys

    def __missing__(self, term: str) -> str:
        text = self[term] = self._write(term)
        return text

    def _write(self, term: str) -> str:
        if term[0] != '"':
            return f'{{"@id":{quote(_identifier(term))}}}'
        if "\\" in term:
            value, language, datatype = read_literal(term)
            text, datatype = quote(value), f"<{datatype}>" if datatype else ""
        else:
            # What N-Triples writes without an escape JSON writes so too.
            end = term.rindex('"') + 1
            text, language, datatype = term[:end], term[end + 1 :], ""
            if language.startswith("^"):
                language, datatype = "", language[1:]
        if language:
            return f'{{"@language":"{language}","@value":{text}}}'
        if datatype:
            return f'{{"@type":{self._keys[datatype]},"@value":{text}}}'
        return text


def _one_or_list(values: list[str]) -> str:
    return values[0] if len(values) == 1 else "[" + ",".join(values) + "]"


def _identifier(term: str) -> str:
    return term[1:-1] if term[0] == "<" else term
