"""The named queries in groups by what they are about, and those among them that speak of something."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from mesmart_kg.queries import SUBJECTS, NamedQuery
from mesmart_kg.query_text import examine
from mesmart_kg.web.languages import translate


@dataclass(frozen=True)
class Entry:
    """A query in a list. ``is_local``: it can be answered here, without asking another endpoint."""

    query: NamedQuery
    is_local: bool


@dataclass(frozen=True)
class Group:
    """Queries about one subject; the name of the last group says only that they are others."""

    subject: str
    name: str
    entries: tuple[Entry, ...]


def group_queries(queries: Iterable[NamedQuery]) -> tuple[Group, ...]:
    """Return the queries by subject, in the order of ``SUBJECTS``; those without one come last."""
    names = {
        "cities": translate("About a city"),
        "communities": translate("Communities and their members"),
        "events": translate("Events and who takes part"),
        "time": translate("Growth over time"),
        "places": translate("On the map"),
        "evidence": translate("Sources, and how sure we are"),
        "links": translate("Together with other data"),
        "data": translate("About the data themselves"),
        "": translate("Other questions"),
    }
    groups: dict[str, list[Entry]] = {subject: [] for subject in (*SUBJECTS, "")}
    for query in queries:
        groups[query.about].append(Entry(query, not examine(query.text).services))
    return tuple(
        Group(subject or "others", names[subject], tuple(entries))
        for subject, entries in groups.items()
        if entries
    )


def search_queries(queries: Iterable[NamedQuery], words: str) -> tuple[NamedQuery, ...]:
    """Return the queries in whose title, summary or parameters' labels, in any language, all words occur.

    Accents and capitals make no difference.
    """
    wanted = _fold(words).split()
    return tuple(query for query in queries if all(word in _fold(_text_of(query)) for word in wanted))


def _text_of(query: NamedQuery) -> str:
    labels = (label for parameter in query.parameters for label in parameter.label.values())
    return " ".join((query.name, *query.title.values(), *query.summary.values(), *labels))


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
