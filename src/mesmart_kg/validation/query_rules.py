"""SPARQL-based constraints (SHACL, section 5), as patterns that find whoever they may find fault with.

pyshacl asks such a query once for each focus node, with rdflib's engine. Here it is asked once for all of
them, of another engine: that is sound where it is one group of triple patterns, with FILTER and BIND of
functions that are the same in both. It is written anew from rdflib's reading of it, and where a filter fails
with an error it lets the row pass: errors are the judge's business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rdflib import SH, Literal, URIRef, Variable
from rdflib.namespace import XSD
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue, Expr

from mesmart_kg.validation.terms import Uncompilable, constant_text, string_text

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_PREBOUND: Final = re.compile(r"[?$](?:PATH|shapesGraph|currentShape)\b")
# pyshacl looks for these words by eye, and finds them in comments too.
_REFUSED: Final = re.compile(r"\b(?:MINUS|VALUES|SERVICE|AS\s+[?$]this|SELECT\b.*\bSELECT)\b", re.I | re.S)
_THIS: Final = Variable("this")

_TEXT, _NUMBER, _TRUTH = "text", "number", "truth"
_COMPARED: Final = frozenset({"=", "!=", "<", ">", "<=", ">="})
_KINDS: Final = {"Builtin_isIRI": "isIRI", "Builtin_isBLANK": "isBlank", "Builtin_isLITERAL": "isLiteral"}
_ABOUT_TEXTS: Final = {
    "Builtin_STRSTARTS": "STRSTARTS",
    "Builtin_STRENDS": "STRENDS",
    "Builtin_CONTAINS": "CONTAINS",
}

Typed = tuple[str, str]
"""An expression's text and what it gives: a text, a number or a truth."""


def compile_query(graph: Graph, node: Node, *, is_property_shape: bool) -> list[str]:
    """Return the pattern to follow a target's, or none where the query is off. Raises Uncompilable."""
    off = graph.value(node, SH.deactivated)
    if isinstance(off, Literal) and off.value is True:
        return []
    text = str(graph.value(node, SH.select))
    if is_property_shape or _PREBOUND.search(text) or _REFUSED.search(text):
        raise Uncompilable("its query uses more than is understood here")
    if (node, SH.prefixes, None) in graph:
        raise Uncompilable("its query takes prefixes from elsewhere")
    try:
        algebra = prepareQuery(text).algebra
    except Exception as error:
        # Of rdflib's parser: pyparsing's, or whatever Python raises where it is at a loss.
        raise Uncompilable("its query is malformed, or uses prefixes from elsewhere") from error
    return [_Group(algebra).pattern()]


class _Group:
    """One query of one group."""

    def __init__(self, algebra: Any) -> None:
        self._triples: list[str] = []
        self._filters: list[str] = []
        self._bound: set[Variable] = set()
        self._given: dict[Variable, Typed] = {}
        if algebra.name != "SelectQuery" or algebra.datasetClause or _THIS not in algebra.PV:
            raise Uncompilable("its query is not a plain SELECT of $this")
        self._read(algebra.p)
        if _THIS not in self._bound or _THIS in self._given:
            raise Uncompilable("its query does not look for $this among the data")

    def pattern(self) -> str:
        return " ".join([*self._triples, *(f"FILTER(COALESCE({each}, true))" for each in self._filters)])

    def _read(self, part: Any) -> None:
        if part.name in ("SelectQuery", "Project", "Distinct"):
            self._read(part.p)
        elif part.name == "BGP":
            for triple in part.triples:
                self._triples.append(" ".join(self._term(term) for term in triple) + " .")
        elif part.name == "Filter":
            self._read(part.p)
            self._filters.append(self._typed(part.expr, _TRUTH))
        elif part.name == "Extend":
            self._read(part.p)
            # The path of a result is a constant, and of no account here.
            if not isinstance(part.expr, URIRef):
                self._given[part.var] = self._expression(part.expr)
        else:
            raise Uncompilable(f"its query uses {part.name}")

    def _term(self, term: Any) -> str:
        if isinstance(term, Variable):
            self._bound.add(term)
            return _name(term)
        if isinstance(term, URIRef | Literal):
            return constant_text(term)
        raise Uncompilable("its query uses a path, or a blank node")

    def _typed(self, expression: Any, wanted: str) -> str:
        text, kind = self._expression(expression)
        if kind != wanted:
            raise Uncompilable("its query compares what engines may compare differently")
        return text

    def _expression(self, given: Any) -> Typed:
        if isinstance(given, Variable) and given in self._given:
            return self._given[given]
        if isinstance(given, Literal):
            return self._constant(given)
        if not isinstance(given, CompValue | Expr):
            raise Uncompilable("its query compares what engines may compare differently")
        name = given.name
        if name in ("ConditionalOrExpression", "ConditionalAndExpression"):
            sign = " || " if name == "ConditionalOrExpression" else " && "
            return f"({sign.join(self._typed(each, _TRUTH) for each in [given.expr, *given.other])})", _TRUTH
        if name == "UnaryNot":
            return f"(!{self._typed(given.expr, _TRUTH)})", _TRUTH
        if name == "RelationalExpression":
            return self._comparison(given)
        if name == "Builtin_IF":
            (yes, kind), no = self._expression(given.arg2), given.arg3
            return f"IF({self._typed(given.arg1, _TRUTH)}, {yes}, {self._typed(no, kind)})", kind
        if name in _KINDS or name == "Builtin_STR":
            return self._of_a_variable(name, given.arg)
        return self._of_texts(name, given)

    def _comparison(self, given: Any) -> Typed:
        if given.op is None:
            return self._expression(given.expr)
        left, kind = self._expression(given.expr)
        if given.op not in _COMPARED or kind == _TRUTH:
            raise Uncompilable("its query compares what engines may compare differently")
        return f"({left} {given.op} {self._typed(given.other, kind)})", _TRUTH

    def _of_a_variable(self, name: str, argument: Any) -> Typed:
        if not isinstance(argument, Variable) or argument in self._given:
            raise Uncompilable("its query uses STR of something made")
        if name in _KINDS:
            return f"{_KINDS[name]}({_name(argument)})", _TRUTH
        return f"STR({_name(argument)})", _TEXT

    def _of_texts(self, name: str, given: Any) -> Typed:
        if name == "Builtin_STRLEN":
            return f"STRLEN({self._typed(given.arg, _TEXT)})", _NUMBER
        if name in _ABOUT_TEXTS:
            texts = (self._typed(each, _TEXT) for each in (given.arg1, given.arg2))
            return f"{_ABOUT_TEXTS[name]}({', '.join(texts)})", _TRUTH
        if name == "Builtin_CONCAT":
            return f"CONCAT({', '.join(self._typed(each, _TEXT) for each in given.arg)})", _TEXT
        # rdflib counts from the end where the start is below one.
        if name == "Builtin_SUBSTR" and isinstance(given.start, Literal) and given.start.value >= 1:
            parts = [self._typed(given.arg, _TEXT), self._typed(given.start, _NUMBER)]
            if given.length is not None:
                parts.append(self._typed(given.length, _NUMBER))
            return f"SUBSTR({', '.join(parts)})", _TEXT
        raise Uncompilable(f"its query uses {name.removeprefix('Builtin_')}")

    def _constant(self, given: Literal) -> Typed:
        if given.datatype is None and not given.language:
            return string_text(str(given)), _TEXT
        if given.datatype == XSD.integer and given.value is not None and given.value >= 0:
            return str(given.value), _NUMBER
        if given.datatype == XSD.boolean and given.value is not None:
            return ("true" if given.value else "false"), _TRUTH
        raise Uncompilable(f"its query uses {given.n3()}")


def _name(variable: Variable) -> str:
    # Apart from the variables of the patterns around it.
    return "?this" if variable == _THIS else f"?query_{variable}"
