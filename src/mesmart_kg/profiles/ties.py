"""Ties to communities: memberships, and the signatures, labels and parts in programmes that are none.

A membership says that somebody joined, by the word of a source; it never says that somebody still is a
member. The two kinds are asked for in one question, since pages show them side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.label_index import Filters
from mesmart_kg.labels import Reference
from mesmart_kg.namespaces import VOC
from mesmart_kg.profiles.desk import Desk, Record
from mesmart_kg.profiles.places import read_point
from mesmart_kg.profiles.questions import MOST, Question
from mesmart_kg.profiles.values import Listing, Tie
from mesmart_kg.store import NamedNode

_STATED: Final = VOC + "certainty/stated"

_MEMBERSHIP: Final = """
?tie a cc:Membership ;
  org:member ?agent ;
  org:organization ?community ;
  prov:hadPrimarySource ?source .
OPTIONAL { ?tie org:role ?role }
OPTIONAL { ?tie cc:inWave ?wave . OPTIONAL { ?wave schema:startDate ?waveStart } }
"""

_PARTICIPATION: Final = """
?tie a cc:Participation ;
  m8g:hasParticipant ?agent ;
  cc:community ?community ;
  prov:hadPrimarySource ?source .
OPTIONAL { ?tie m8g:role ?role }
OPTIONAL { ?tie schema:about ?about }
"""

_DETAILS: Final = """
OPTIONAL { ?tie schema:startDate ?start }
OPTIONAL { ?tie schema:endDate ?end }
OPTIONAL { ?tie adms:status ?certainty }
OPTIONAL { ?tie skos:note ?note }
OPTIONAL { ?source dcterms:issued ?issued }
"""

_PLACE: Final = """
OPTIONAL { ?agent cc:within ?country . ?country a cc:Country }
OPTIONAL { ?agent geo:hasDefaultGeometry/geo:asWKT ?point }
"""

_OF: Final = "?start ?end ?wave ?waveStart ?certainty ?note ?source ?issued"


def ask_memberships(condition: str, *, place: bool = False) -> Question:
    """Return the question for memberships under a condition on ``?tie``, ``?agent`` or ``?community``."""
    where = f"{condition}\n{_MEMBERSHIP.strip()}\n{_DETAILS.strip()}\n{_PLACE.strip() if place else ''}"
    variables = f"?tie ?agent ?community ?role {_OF}" + (" ?country ?point" if place else "")
    return Question(variables, where, order="?community ?start ?agent", named=("agent", "community"))


def ask_participations(condition: str, *, place: bool = False) -> Question:
    """Return the question for the other ties under such a condition."""
    where = f"{condition}\n{_PARTICIPATION.strip()}\n{_DETAILS.strip()}\n{_PLACE.strip() if place else ''}"
    variables = f"?tie ?agent ?community ?role ?about {_OF}" + (" ?country ?point" if place else "")
    return Question(variables, where, order="?community ?start ?agent", named=("agent", "community"))


def read_ties(desk: Desk, question: Question, *, are_memberships: bool) -> Listing[Tie]:
    """Answer such a question; the ties in the order of community, date and name, unknown dates last."""
    found = desk.fold(question, "tie")
    ties = [read_tie(desk, iri, record, is_membership=are_memberships) for iri, record in found.items()]
    return Listing(sort_ties(ties), desk.offer(question))


def read_page(
    desk: Desk,
    kind: str,
    question: Question,
    filters: Filters,
    *,
    place: bool = False,
    page: int | None = None,
) -> Listing[Tie] | None:
    """Return one page of ties that are more than a page is to hold, by name; None if they are not.

    ``kind`` is ``membership`` or ``participation``; ``filters`` find in the label index what ``question``
    finds in the engine, which would have to sort all of it for one page. ``page`` is the reader's unless it
    is given. Raises ResourceNotFound for a page beyond the last.
    """
    index, most = desk.sources.index, desk.sources.listed
    total = index.browse(kind, filters, "name", 0, 0, desk.languages).total
    if total <= most:
        return None
    number, pages = find_page(desk, total, page)
    found = index.browse(kind, filters, "name", most, (number - 1) * most, desk.languages).entries
    ties = read_told(desk, kind, [entry.iri for entry in found], place=place)
    return Listing(ties, desk.offer(question), complete=False, total=total, page=number, pages=pages)


def find_page(desk: Desk, total: int, page: int | None = None) -> tuple[int, int]:
    """Return the page of a list that the reader asks for, or the one given, and how many there are.

    Raises ResourceNotFound for a page beyond the last.
    """
    number, pages = page or desk.sources.page, max(-(-total // desk.sources.listed), 1)
    if number > pages:
        raise ResourceNotFound(f"the list ends with page {pages}")
    return number, pages


def read_part_of(
    desk: Desk, kind: str, iris: Sequence[str], query: str, *, place: bool = False
) -> Listing[Tie]:
    """Return the reader's page of ties of which all IRIs are known."""
    number, pages = find_page(desk, len(iris))
    most = desk.sources.listed
    ties = read_told(desk, kind, iris[(number - 1) * most : number * most], place=place)
    return Listing(ties, query, complete=False, total=len(iris), page=number, pages=pages)


def read_told(desk: Desk, kind: str, iris: Sequence[str], *, place: bool = False) -> tuple[Tie, ...]:
    """Return ties by their IRIs, in that order; what is no tie is left out."""
    if not iris:
        return ()
    chosen = f"VALUES ?tie {{ {' '.join(str(NamedNode(iri)) for iri in iris)} }}"
    is_membership = kind == "membership"
    ask = ask_memberships if is_membership else ask_participations
    # A tie with several sources, places or topics has a row for each.
    question = replace(ask(chosen, place=place), limit=max(MOST, 20 * len(iris)))
    records = desk.fold(question, "tie")
    ties = (read_tie(desk, iri, records[iri], is_membership=is_membership) for iri in iris if iri in records)
    return tuple(filter(None, ties))


def sort_ties(ties: Iterable[Tie | None]) -> tuple[Tie, ...]:
    """Return those that are ties, in the order of community, date and name, unknown dates last."""
    return tuple(sorted(filter(None, ties), key=_order))


def read_tie(desk: Desk, iri: str, record: Record, *, is_membership: bool) -> Tie | None:
    """Return a tie from what was answered about it; None where it binds nobody or to nothing."""
    agent, community = record.iri("agent"), record.iri("community")
    if agent is None or community is None:
        return None
    certainty = record.iri("certainty")
    who = desk.refer(agent)
    return Tie(
        iri,
        who,
        desk.refer(community),
        desk.maybe(record.iri("role")),
        is_membership,
        record.text("start"),
        record.text("end"),
        desk.maybe(record.iri("wave")),
        record.text("waveStart"),
        desk.refer_all(record.iris("about")),
        None if certainty == _STATED else desk.maybe(certainty),
        desk.best(record.literals("note")),
        desk.evidence(record.iris("source")),
        desk.maybe(record.iri("country")),
        read_point(record.text("point"), who),
        record.text("issued"),
    )


def _order(tie: Tie) -> tuple[str, str, str, str]:
    since = tie.since or "9999"
    return tie.community.name.value.casefold(), since, tie.agent.name.value.casefold(), tie.iri


def communities_of(ties: tuple[Tie, ...]) -> tuple[Reference, ...]:
    """Return the communities that ties lead to, each once, in their order."""
    return tuple({tie.community.iri: tie.community for tie in ties}.values())
