"""What a query can have wrong though its grammar is right: the rules of SPARQL 1.1 that are told in words.

Prefixes (section 4.1.1), relative IRIs (4.1.1), grouping (11.4 and 18.2.4.1), variables given a value twice
(18.2.1), rows of VALUES (10.2). Asked only of queries that an engine has refused: not every rule is here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.query_help.faults import Edit, Fault
from mesmart_kg.query_help.parsing import Node, Reading
from mesmart_kg.query_help.terms import KnownTerms, Names, is_absolute
from mesmart_kg.query_help.tokens import Token

_NAMES: Final = frozenset({"PNAME_NS", "PNAME_LN"})


def find_faults(reading: Reading, known: KnownTerms) -> Iterator[Fault]:
    """Yield which rules a query breaks, those of the prologue first; the rest only if it was read whole."""
    names = Names(reading)
    yield from _undeclared(reading, names, known)
    yield from _relative(reading, names)
    if reading.tree is None:
        return
    for node in reading.tree.walk():
        if node.name in {"Query", "SubSelect"}:
            yield from _ungrouped(node)
            yield from _reused_in_select(node)
        elif node.name == "Group":
            yield from _reused_in_group(node)
        elif node.name == "Values":
            yield from _uneven(node)


def _undeclared(reading: Reading, names: Names, known: KnownTerms) -> Iterator[Fault]:
    """Yield the prefixes without a declaration, each with one: the known, else one that the name fits."""
    told = set(names.prefixes)
    for before, token in zip((None, *reading.tokens), reading.tokens, strict=False):
        prefix, _, local = token.text.partition(":")
        if token.kind not in _NAMES or prefix in told or (before is not None and before.kind == "PREFIX"):
            continue
        if prefix in {"http", "https"}:  # an address without its brackets
            continue
        told.add(prefix)
        namespace = PREFIXES.get(prefix) or _namespace_with(prefix, local, known)
        if namespace is not None:
            declaration = f"PREFIX {prefix}: <{namespace}>"
            edits = (Edit(_declared_from(reading), _declared_from(reading), declaration + "\n"),)
            yield Fault("prefix", token.start, token.end, f"{prefix}:", declaration, edits)
            continue
        near = difflib.get_close_matches(prefix[:40], [*names.prefixes, *PREFIXES], 1)
        renamed = tuple(Edit(token.start, token.start + len(prefix), name) for name in near)
        remedy = f"{near[0]}:{local}" if near else ""
        yield Fault("prefix", token.start, token.end, f"{prefix}:", remedy, renamed)


def _namespace_with(prefix: str, local: str, known: KnownTerms) -> str | None:
    """Return the namespace that holds a term of this name which the data use: the most used, if several."""
    in_use = {**known.classes, **known.properties}
    fitting = [
        (difflib.SequenceMatcher(None, prefix[:40], name).ratio(), in_use[space + local], space)
        for name, space in PREFIXES.items()
        if space + local in in_use
    ]
    return max(fitting)[2] if fitting else None


def _declared_from(reading: Reading) -> int:
    """Return where a declaration may be put: after BASE, else at the beginning of the first token's line."""
    tokens = reading.tokens
    for index, token in enumerate(tokens[:-2]):
        if token.kind == "BASE":
            return tokens[index + 2].start
    return tokens[0].start


def _relative(reading: Reading, names: Names) -> Iterator[Fault]:
    if names.has_base:
        return
    for token in reading.tokens:
        if token.kind == "IRIREF" and not is_absolute(token.text[1:-1]):
            yield Fault("relative", token.start, token.end, token.text)
            return


def _ungrouped(query: Node) -> Iterator[Fault]:
    clauses = query.nodes("SelectClause")
    if not clauses:
        return
    select = clauses[0]
    groupings = query.nodes("GroupBy")
    has_aggregate = any(
        each.name == "Aggregate"
        for node in query.nodes("SelectClause", "Having", "OrderBy")
        for each in node.walk()
    )
    if not groupings and not has_aggregate:
        return
    star = next((token for token in select.tokens("*")), None)
    if star is not None:
        yield Fault("star", star.start, star.end, "*")
        return
    grouped = {
        token.text[1:]
        for grouping in groupings
        for condition in grouping.nodes("GroupCondition")
        for token in condition.tokens("VAR")
    }
    missing: list[Token] = []
    for part in select.parts:
        if isinstance(part, Token):
            missing += [part] if part.kind == "VAR" and part.text[1:] not in grouped else []
        else:
            alias = part.tokens("VAR")[-1]
            missing += [each for each in part.tokens("VAR")[:-1] if each.text[1:] not in grouped]
            grouped.add(alias.text[1:])
    if not missing:
        return
    words = " ".join(dict.fromkeys(token.text for token in missing))
    if groupings:
        at, text = groupings[0].end, f" {words}"
    else:
        at, text = query.nodes("Group")[0].end, f"\nGROUP BY {words}"
    first = missing[0]
    yield Fault("grouped", first.start, first.end, first.text, text.strip(), (Edit(at, at, text),))


def _reused_in_select(query: Node) -> Iterator[Fault]:
    taken = {
        token.text[1:]
        for group in query.nodes("Group")
        for node in group.nodes()
        if node.name not in {"Filter", "Minus", "SubSelect"}
        for token in node.all_tokens()
        if token.kind == "VAR"
    }
    named: set[str] = set()
    for part in query.nodes("SelectClause")[0].parts if query.nodes("SelectClause") else ():
        if isinstance(part, Node):
            alias = part.tokens("VAR")[-1]
            if alias.text[1:] in taken | named:
                yield Fault("reused", alias.start, alias.end, alias.text)
            named.add(alias.text[1:])
        elif part.kind == "VAR":
            if part.text[1:] in named:
                edits = (Edit(part.start, part.end, ""),)
                yield Fault("extra", part.start, part.end, part.text, "", edits)
            named.add(part.text[1:])


def _reused_in_group(group: Node) -> Iterator[Fault]:
    taken: set[str] = set()
    for node in group.nodes():
        if node.name == "Bind":
            alias = node.tokens("VAR")[-1]
            if alias.text[1:] in taken:
                yield Fault("reused", alias.start, alias.end, alias.text)
            taken.add(alias.text[1:])
        elif node.name not in {"Filter", "Minus"}:
            taken |= {token.text[1:] for token in node.all_tokens() if token.kind == "VAR"}


def _uneven(values: Node) -> Iterator[Fault]:
    many = len(values.tokens("VAR"))
    for row in values.nodes("Row"):
        inside = [part for part in row.parts if isinstance(part, Node) or part.kind not in {"(", ")", "NIL"}]
        given = _count_values(inside)
        if given != many:
            yield Fault("row", row.start, row.end, str(given), str(many))
            return


def _count_values(parts: list[Node | Token]) -> int:
    """Return how many values tokens make: a language or a datatype belongs to the one before it."""
    count = 0
    after_type = False
    for part in parts:
        kind = part.kind if isinstance(part, Token) else ""
        if kind == "^^":
            after_type = True
        elif kind != "LANGTAG":
            count += not after_type
            after_type = False
    return count
