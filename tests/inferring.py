"""What follows from a few facts in TriG by a few rules, as short lines; for the tests of inference."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

import rdflib

from mesmart_kg import formats
from mesmart_kg.inference import Inference, Rule, axiom_rules, close_ontology, infer
from mesmart_kg.namespaces import PREFIXES, expand
from mesmart_kg.store import canonical_nquads, parse_text
from mesmart_kg.work_cache import WorkCache

EX = "https://example.org/"
HEADER = (
    "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()) + f"@prefix : <{EX}> .\n"
)
PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items()) + f"PREFIX : <{EX}>\n"

_TYPE = f"<{expand('rdf:type')}>"


def ontology_of(turtle: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=HEADER + turtle, format="turtle")


def rules_of(turtle: str) -> tuple[Rule, ...]:
    """The rules of the axioms of an ontology."""
    return axiom_rules(close_ontology(ontology_of(turtle)))


def rule(query: str, *concludes: str, name: str = "test") -> Rule:
    # rdflib takes its time over each prefix.
    used = [line for line in PROLOGUE.splitlines() if line.split()[1] in f" {query}"]
    return Rule(name, "it", "en", "it", "en", "\n".join([*used, query]), concludes)


def statements_of(trig: str) -> list[bytes]:
    """Facts as a build has them: sorted lines of N-Quads."""
    return list(canonical_nquads(parse_text(HEADER + trig, formats.TRIG)))


def conclude(
    trig: str,
    rules: Iterable[Rule],
    apart: Collection[str] = (),
    limit: int | None = None,
    cache: WorkCache | None = None,
) -> tuple[Inference, set[str]]:
    """Run rules over facts; return the result, and what was written, a short line each.

    What is written is held against what any result must be: sorted, each line once, in no graph already.
    """
    with tempfile.TemporaryDirectory() as folder, WorkCache.open(None) as fresh:
        statements, target = Path(folder, "statements.nq"), Path(folder, "inferred.nt")
        given = statements_of(trig)
        statements.write_bytes(b"".join(given))
        result = infer(
            statements,
            rules,
            target,
            is_apart=frozenset(apart).__contains__,
            cache=cache or fresh,
            limit=limit,
        )
        lines = target.read_bytes().splitlines(keepends=True)
        assert {path.name for path in Path(folder).iterdir()} == {"statements.nq", "inferred.nt"}
    assert lines == sorted(set(lines))
    assert not {line[: line.rindex(b" <")] + b" .\n" for line in given}.intersection(lines)
    assert result.triples == len(lines) == sum(result.by_rule.values())
    return result, set(map(shorten, lines))


def shorten(line: bytes) -> str:
    """Return a line of N-Triples as a person would say it in a test: ``messina in sicily``."""
    subject, predicate, value = line.decode().removesuffix(" .\n").split(" ", 2)
    return f"{_short(subject)} {'a' if predicate == _TYPE else _short(predicate)} {_short(value)}"


def _short(term: str) -> str:
    return term[1 : term.rindex(term[0] if term[0] == '"' else ">")].removeprefix(EX)
