"""What ``query_help`` finds wrong with a query, in words: for the page, and for problem documents.

Sentences in the reader's language, and what they point at; templates and documents only lay them out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from mesmart_kg.engine import Engine, GraphChoice, Terms
from mesmart_kg.errors import QueryError, QuerySyntaxError
from mesmart_kg.query_help import (
    Diagnosis,
    Emptiness,
    KnownTerms,
    Piece,
    Place,
    UnknownTerm,
    explain_empty,
    explain_syntax,
    find_unknown,
    parse,
)
from mesmart_kg.release import Release
from mesmart_kg.web.languages import translate

LONGEST_QUESTION: Final = 1.0
"""Seconds that one of the questions may take by which a query without an answer is explained."""

_LEAST: Final = 0.05
_MOST_EXPECTED: Final = 8
_LONGEST_QUOTE: Final = 300
_TERMS: Final = frozenset({"IRIREF", "PNAME_LN", "PNAME_NS"})
_VALUES: Final = frozenset({"STRING", "NUMBER", "SIGNED", "TRUE", "FALSE"})
_FUNCTION: Final = "STRLEN"
"""A function like any other: where it could stand, all could."""


@dataclass(frozen=True)
class SyntaxHelp:
    """A refused query explained: what is wrong, what to do, where; the whole corrected text, if known."""

    detail: str
    remedy: str
    place: Place
    corrected: str | None


@dataclass(frozen=True)
class EmptyHelp:
    """Why a query finds nothing: a sentence, the parts it is about, more sentences."""

    words: str
    pieces: tuple[Piece, ...]
    hints: tuple[str, ...]
    emptiness: Emptiness

    def to_facts(self) -> dict[str, Any]:
        """Return it as programs are told."""
        found = self.emptiness
        return {
            "kind": found.kind,
            "words": self.words,
            "hints": list(self.hints),
            "pieces": [_to_facts(piece) for piece in found.pieces],
            "culprits": [_to_facts(piece) for piece in found.culprits],
            "emptyGraph": _to_facts(found.empty_graph) if found.empty_graph else None,
            "suggestions": list(found.suggestions),
            "unknown": [
                {"kind": term.kind, "text": term.text, "iri": term.iri, "nearest": list(term.nearest)}
                for term in found.unknown
            ],
            "reason": found.reason or None,
            "smallest": found.is_smallest,
            "asked": found.asked,
        }


def _to_facts(piece: Piece) -> dict[str, Any]:
    return {"text": piece.text, "line": piece.place.line, "column": piece.place.column}


def known_terms(release: Release) -> KnownTerms:
    """Return the classes and properties that a release uses."""
    figures = release.manifest.figures
    return KnownTerms(figures.get("classes", {}), figures.get("properties", {}))


def word_syntax(error: QuerySyntaxError, release: Release, base_iri: str) -> SyntaxHelp:
    """Explain a syntax error, which must have its query."""
    found = explain_syntax(error.query, known_terms(release), error.line, error.column, str(error))
    detail, remedy = _word_fault(found, base_iri)
    return SyntaxHelp(detail, remedy, found.place, found.corrected)


def _word_fault(found: Diagnosis, base_iri: str) -> tuple[str, str]:
    """Return what is wrong, and what to do."""
    words = {
        "word": _quote(found.place.word),
        "subject": _quote(found.subject),
        "remedy": _quote(found.remedy),
    }

    def say(text: str) -> str:
        return text % words

    needed = say(translate("Needed here: %(remedy)s"))
    write = say(translate("Write it like this: %(remedy)s"))
    meant = say(translate("Did you mean “%(remedy)s”?"))
    begin = translate("A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, after its prefixes.")
    match found.kind:
        case "empty":
            return translate("There is no query in this text."), begin
        case "end":
            return translate("The query ends too early."), _word_expected(found.expected)
        case "prefix":
            detail = say(translate("The prefix “%(subject)s” is not declared."))
            if found.remedy.startswith("PREFIX "):
                return detail, say(translate("Declare it at the top: %(remedy)s"))
            declare = say(translate("Declare it at the top: PREFIX %(subject)s <…>"))
            return detail, meant if found.remedy else declare
        case "keyword":
            return say(translate("SPARQL has no word “%(word)s” that could stand here.")), meant
        case "sign":
            return say(translate("SPARQL does not write “%(word)s” here.")), write
        case "alias":
            return translate("What SELECT computes stands in brackets and gets a name by AS."), write
        case "missing":
            if found.place.word:
                return say(translate("Something is missing before “%(word)s”.")), needed
            return translate("Something is missing at the end."), needed
        case "extra":
            return say(translate("There is a “%(word)s” too many.")), translate("Take it out.")
        case "quotes":
            return translate("A text stands in straight quotes, of one kind, which it does not hold."), write
        case "unclosed":
            if len(found.remedy) > 1:
                return translate("A text of several lines stands in quotes written three times."), needed
            return translate("A text is begun here, and its closing quote is missing."), needed
        case "escape":
            detail = translate("A backslash stands before a sign with which it makes no escape.")
            return detail, write
        case "iri":
            return translate("An IRI stands between < and >, without spaces."), write
        case "relative":
            detail = say(translate("The IRI “%(subject)s” is relative, and there is no BASE."))
            remedy = translate(
                "Write it in full, or put this at the top: %(base)s", base=f"BASE <{base_iri}>"
            )
            return detail, remedy
        case "bare":
            return say(translate("“%(word)s” is no variable, no name and no value.")), meant
        case "invisible":
            detail = say(
                translate("There is an invisible sign here (%(subject)s), copied from a page perhaps.")
            )
            return detail, translate("Put a plain space in its place.")
        case "grouped":
            detail = say(translate("The variable %(subject)s is neither grouped by nor aggregated."))
            return detail, say(
                translate("Add it to GROUP BY, or write an aggregate such as SAMPLE(%(subject)s).")
            )
        case "star":
            detail = translate("SELECT * does not go with GROUP BY or an aggregate.")
            return detail, translate("Name the variables after SELECT.")
        case "reused":
            detail = say(translate("The variable %(subject)s has a value already."))
            return detail, translate("Choose another name after AS.")
        case "row":
            detail = say(translate("This row of VALUES has %(subject)s values, for %(remedy)s variables."))
            return detail, translate("Write UNDEF where there is no value.")
        case "unexpected":
            detail = say(translate("“%(word)s” can't stand here."))
            return detail, begin if "CONSTRUCT" in found.expected else _word_expected(found.expected)
        case _:
            return found.subject, ""


def _quote(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _word_expected(kinds: frozenset[str]) -> str:
    """Return what could stand at a place, in words."""
    left = set(kinds)
    names = []

    def take(word: str, these: Iterable[str]) -> None:
        names.append(word)
        left.difference_update(these)

    if kinds == {"NUMBER"}:
        take(translate("a number"), ["NUMBER"])
    if "VAR" in left:
        take(translate("a variable such as ?x"), ["VAR"])
    if left & _TERMS:
        take(translate("a name such as cc:City or <…>"), _TERMS)
    if "STRING" in left:
        take(translate('a value such as "text" or 5'), {*_VALUES, "BLANK_NODE", "ANON", "NIL"})
    if _FUNCTION in left:
        take(
            translate("a function"),
            [kind for kind in left if len(kind) > 1 and kind.isupper() and kind != "END"],
        )
    left.discard("END")
    signs = sorted(kind for kind in left if not kind[0].isalpha())
    words = sorted(kind for kind in left if kind[0].isalpha() and kind not in {"NIL", "ANON", "SIGNED"})
    named = [*names, *words, *signs][:_MOST_EXPECTED]
    if not named:
        return translate("The query is complete before it.")
    return translate("Possible here: %(kinds)s.", kinds=", ".join(named))


# --- a query that finds nothing ---


def ask_why(
    engine: Engine,
    query: str,
    graphs: GraphChoice | None,
    terms: Terms,
    release: Release,
    seconds: float,
) -> EmptyHelp:
    """Explain why a query finds nothing, within so many seconds. Raises EngineUnavailable."""
    ask = _asker(engine, graphs, terms, time.monotonic() + min(seconds, terms.seconds or seconds))
    found = explain_empty(query, ask, known_terms(release))
    if graphs is not None:
        # What is in use is known of the release's own default graph only.
        found = replace(found, unknown=())
    return _word_emptiness(found)


def _asker(
    engine: Engine, graphs: GraphChoice | None, terms: Terms, end: float
) -> Callable[[str], bool | None]:
    def ask(query: str) -> bool | None:
        left = end - time.monotonic()
        if left < _LEAST:
            return None
        try:
            return engine.ask(query, graphs, replace(terms, seconds=min(left, LONGEST_QUESTION)))
        except QueryError:  # too slow, too large, or no query in this cut: then it is not known
            return None

    return ask


def _word_emptiness(found: Emptiness) -> EmptyHelp:
    reasons = {
        "service": translate("It asks another endpoint, which is not asked again for this."),
        "time": translate("It could not be found out in the time that such questions may take."),
    }
    # Written out, so that whoever gathers the words for translation finds them.
    match found.kind:
        case "pattern":
            words = translate("Nothing in the data fits this pattern, even by itself:")
        case "join":
            words = translate("Each of these patterns fits something, but nothing fits all of them:")
        case "filter" if len(found.pieces) == 1:
            words = translate("The patterns find something, but this condition leaves none of it:")
        case "filter":
            words = translate("The patterns find something, but these conditions together leave none of it:")
        case "modifier":
            words = translate("Something is found, but this leaves no row of it:")
        case "answered":
            words = translate("This query does find something.")
        case _:
            words = reasons.get(found.reason) or translate(
                "Why there is nothing can't be told: the parts of this query can't be tried one by one."
            )
    return EmptyHelp(words, found.pieces, tuple(_hints(found)), found)


def _hints(found: Emptiness) -> list[str]:
    hints = []
    unknown = {term.text for term in found.unknown}
    culprits = [piece for piece in found.culprits if piece.text not in unknown]
    # What is known better is said below: the term is not in use, or the language is another.
    if culprits and not found.suggestions:
        names = ", ".join(_quote(piece.text) for piece in culprits)
        hints.append(translate("It would fit with something else in the place of: %(names)s", names=names))
    if found.empty_graph:
        hints.append(
            translate("There is nothing in the graph “%(name)s”.", name=_quote(found.empty_graph.text))
        )
    if found.suggestions:
        names = ", ".join(_quote(text) for text in found.suggestions)
        hints.append(translate("A text counts with its language. This would fit: %(names)s", names=names))
    if found.is_elsewhere:
        hints.append(
            translate("A named graph has it, the default graph has not: put it into GRAPH ?g { … }.")
        )
    if not found.is_smallest:
        hints.append(translate("Perhaps fewer of them are enough: not all could be tried."))
    return hints + [word_unknown(term) for term in found.unknown]


def find_unknown_terms(query: str, graphs: GraphChoice | None, release: Release) -> tuple[str, ...]:
    """Return, in words, which classes and properties of a query the data don't use."""
    if graphs is not None:
        return ()
    return tuple(word_unknown(term) for term in find_unknown(parse(query), known_terms(release)))


def word_unknown(term: UnknownTerm) -> str:
    """Say that the data don't use a term, and which are nearest."""
    name = _quote(term.text)
    if term.kind == "class":
        words = translate("Nothing in the data is of the class “%(name)s”.", name=name)
    else:
        words = translate("Nothing in the data has the property “%(name)s”.", name=name)
    if not term.suggestions:
        return words
    return words + " " + translate("Nearest in use: %(names)s.", names=", ".join(term.suggestions))
