"""Literals: what rdflib surely reads as a value, and when it surely finds one less than another.

pyshacl judges with Python's values. A literal of which these expressions say no more than "perhaps" is
suspected, and judged: they need not be whole, only right where they say yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.namespace import XSD
from rdflib.term import Node

from mesmart_kg.validation.terms import Uncompilable, iri_text, string_text, to_store

_DAY: Final = "(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31"
_DATE: Final = f"[1-9][0-9]{{3}}-({_DAY})"
_TIME: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
_ZONE: Final = "(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?"
_INTEGER: Final = "-?(0|[1-9][0-9]{0,17})"

_FORMS: Final = {
    XSD.integer: _INTEGER,
    XSD.nonNegativeInteger: "0|[1-9][0-9]{0,17}",
    XSD.positiveInteger: "[1-9][0-9]{0,17}",
    XSD.hexBinary: "([0-9A-F][0-9A-F])*",
    XSD.decimal: r"-?[0-9]{1,18}([.][0-9]{1,18})?",
    XSD.boolean: "true|false",
    XSD.date: _DATE + _ZONE,
    XSD.dateTime: f"{_DATE}T{_TIME}{_ZONE}",
    XSD.time: _TIME + _ZONE,
    XSD.double: "-?[0-9]{1,15}([.][0-9]{1,15})?(E-?[0-9]{1,2})?",
    XSD.float: "-?[0-9]{1,15}([.][0-9]{1,15})?(E-?[0-9]{1,2})?",
}
"""By datatype, forms that are surely well typed."""

_FREE: Final = frozenset(
    XSD[name]
    for name in (
        *("string", "anyURI", "normalizedString", "token", "language"),
        *("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
    )
)
"""Datatypes of which rdflib takes any text for a value."""

_PLAIN: Final = {XSD.date: _DATE, XSD.dateTime: f"{_DATE}T{_TIME}"}
"""Those of which two can be compared, and how they look without a time zone."""


@dataclass(frozen=True)
class Check:
    """A SPARQL expression that is true only of what conforms, and never an error.

    ``is_exact``: it is true of all that conforms, so that its negation means what it says.
    """

    ok: str
    is_exact: bool = True


def datatype_check(datatype: Node, value: str) -> Check:
    """Return the check that a variable's value is a well-typed literal of a datatype."""
    name = iri_text(datatype)
    same = f"COALESCE(DATATYPE({value}) = {name}, false)"
    if datatype == RDFS.Literal:
        return Check(f"isLiteral({value})", is_exact=False)
    if datatype in _FREE or datatype == RDF.langString:
        return Check(same)
    form = _FORMS.get(URIRef(str(datatype)))
    if form is not None:
        return Check(f"({same} && {_looks(value, form)})", is_exact=False)
    if str(datatype).startswith((str(XSD), str(RDF), str(RDFS))):
        raise Uncompilable(f"it is not known which literals are well-typed {name}")
    return Check(same)


def range_check(bound: Node, sign: str, value: str) -> Check:
    """Return the check that a variable's value stands in a relation (``<``, ``>=``, …) to a constant."""
    if not isinstance(bound, Literal):
        raise Uncompilable("a bound of it is no literal")
    text = str(to_store(bound))
    if bound.datatype in (XSD.integer, XSD.decimal) and not bound.ill_typed:
        return Check(f"COALESCE({_is_number(value)} && {value} {sign} {text}, false)", is_exact=False)
    if bound.datatype in _PLAIN and not bound.ill_typed and bound.value is not None:
        form = _PLAIN[URIRef(str(bound.datatype))]
        if getattr(bound.value, "tzinfo", None) is None and not str(bound).endswith("Z"):
            same = f"DATATYPE({value}) = {iri_text(bound.datatype)}"
            ok = f"COALESCE({same} && {value} {sign} {text}, false)"
            return Check(f"({ok} && {_looks(value, form)})", is_exact=False)
    raise Uncompilable(f"it is not known how {bound.n3()} compares")


def order_check(sign: str, left: str, right: str) -> Check:
    """Return the check that the value of one variable stands in a relation to that of another."""
    numbers = f"COALESCE({_is_number(left)} && {_is_number(right)} && {left} {sign} {right}, false)"
    both = f"DATATYPE({left}) = DATATYPE({right})"
    moments = [
        f"(COALESCE(DATATYPE({left}) = {iri_text(kind)} && {both} && {left} {sign} {right}, false)"
        f" && {_looks(left, form)} && {_looks(right, form)})"
        for kind, form in _PLAIN.items()
    ]
    return Check("(" + " || ".join([numbers, *moments]) + ")", is_exact=False)


def _is_number(value: str) -> str:
    return f"DATATYPE({value}) IN ({iri_text(XSD.integer)}, {iri_text(XSD.decimal)})"


def _looks(value: str, form: str) -> str:
    return f"COALESCE(REGEX(STR({value}), {string_text(f'^({form})$')}), false)"
