"""What the page that links a table does: reading, asking within a deadline, deciding, handing over files.

Each step gets everything from the form and gives everything back in it (``table_state``). The asking itself
is in ``table_asking``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Final

from mesmart_kg.linking import (
    About,
    Choice,
    Columns,
    Fate,
    Linked,
    Naming,
    Notice,
    Outcome,
    ReleaseSource,
    TableRefused,
    Written,
    choose_naming,
    guess_columns,
    make_titles,
    read_review,
    read_table,
    to_choice,
    to_files,
)
from mesmart_kg.linking.tables import list_columns
from mesmart_kg.metadata.site import NAME
from mesmart_kg.web.languages import language
from mesmart_kg.web.publication import Publication
from mesmart_kg.web.table_asking import Turns, ask, recall
from mesmart_kg.web.table_state import State, pack, unpack
from mesmart_kg.web.uploads import Form

SHOWN: Final = 200
"""Rows of a kind that the page shows; all are in the files."""

SCHEMES: Final = ("istat", "nuts", "lau", "geonames", "wikidata", "cadastral")
KINDS: Final = ("city", "region", "country", "community", "organization", "event")
CC0: Final = "https://creativecommons.org/publicdomain/zero/1.0/"

_UNPACKED: Final = 3
"""How many times larger than the largest upload a table may be when it comes back, unpacked."""

_TEXT: Final = 2
"""How many times larger its text alone, which a workbook holds packed; the rest is for what is answered."""


@dataclass(frozen=True)
class Step:
    """What a step led to: the table's state and how it is named, its outcomes, what there is to tell."""

    state: State
    linked: Linked
    naming: Naming
    about: About
    notices: tuple[Notice, ...] = ()


def begin(form: Form, here: Publication, turns: Turns) -> Step:
    """Read an uploaded table, guess its columns, ask. Raises TableRefused, BadRequest."""
    web = here.config.web
    upload = form.files.get("table")
    if upload is None:
        raise TableRefused(Notice("empty"))
    if len(upload.data) > web.max_upload * 1024 * 1024:
        raise TableRefused(Notice("too-large", 0, {"most": web.max_upload}))
    table = read_table(upload.data, most_rows=web.upload_rows)
    if sum(len(cell.encode("utf-8", "replace")) + 3 for row in table.rows for cell in row.cells) > (
        _TEXT * web.max_upload * 1024 * 1024
    ):
        raise TableRefused(Notice("too-large", 0, {"most": web.max_upload}))
    columns = guess_columns(table)
    if columns is None:
        # Better a wrong guess that can be put right than none: the first column.
        columns = Columns(0)
    kind = _choose(form.get("kind"), (*KINDS, "any"), "city")
    state = State(upload.name or "table.csv", table, columns, kind, (None,) * len(table.rows), {})
    naming = _name(state, form)
    source = _open_source(here)
    linked = ask(state, naming, source, turns)
    notices = (*table.notices, *linked.notices)
    review = form.files.get("review")
    if review is not None:
        read = read_review(review.data, linked, source)
        state = replace(state, choices=dict(read.choices))
        notices = (*notices, *read.notices)
    state = replace(state, answers=tuple(each.offers for each in linked.outcomes))
    return _finish(state, naming, form, here, source, notices)


def go_on(form: Form, here: Publication, turns: Turns) -> Step:
    """Take up a table where the last step left it: with other columns, or with what the reader decided."""
    web = here.config.web
    state = unpack(form.get("state"), _UNPACKED * web.max_upload * 1024 * 1024, web.upload_rows)
    columns = _read_columns(form, state)
    kind = _choose(form.get("kind"), (*KINDS, "any"), state.kind)
    source = _open_source(here)
    asks_anew = (columns, kind) != (state.columns, state.kind) and form.get("do") == "columns"
    if asks_anew:
        state = replace(state, columns=columns, kind=kind, choices={})
    naming, notices = _name_again(state, form)
    if asks_anew:
        linked = ask(state, naming, source, turns)
        state = replace(state, answers=tuple(each.offers for each in linked.outcomes))
    else:
        linked = recall(state, naming, source)
        choices, told = _read_choices(form, linked, source)
        notices += told
        state = replace(state, choices={**state.choices, **choices})
        dropped = {line for line in state.choices if form.get(f"row-{line}") == "later"}
        kept = {line: choice for line, choice in state.choices.items() if line not in dropped}
        state = replace(state, choices=kept)
    return _finish(state, naming, form, here, source, notices)


def write_files(step: Step) -> list[Written]:
    """Return the files for a table; the review with the delimiter that the reader's spreadsheets expect."""
    usual = ";" if language() == "it" else ","
    delimiter = step.state.table.sheet.delimiter
    chosen = delimiter if delimiter in {",", ";"} else usual
    return list(
        to_files(step.linked, step.naming, step.about, version("mesmart_kg"), step.state.name, chosen)
    )


def to_hidden(step: Step) -> str:
    """Return what the form carries to the next step."""
    return pack(step.state)


def count_fates(linked: Linked) -> Mapping[Fate, int]:
    """Return the fates that any row had, with their numbers."""
    return {fate: count for fate, count in linked.count().items() if count}


def list_open(linked: Linked) -> tuple[Outcome, ...]:
    """Return the rows that the page asks about, and those that were decided on it."""
    still_open = [each for each in linked.outcomes if each.is_open][:SHOWN]
    decided = [each for each in linked.outcomes if not each.is_open and each.choice is not None]
    # Where there are more than the page shows, what was decided makes room for what is open.
    shown = still_open + decided[: SHOWN - len(still_open)]
    return tuple(sorted(shown, key=lambda each: each.row.line))


def list_matched(linked: Linked) -> tuple[Outcome, ...]:
    """Return the rows that were linked without anyone's help, as many as the page shows."""
    return tuple(each for each in linked.outcomes if each.fate is Fate.MATCHED)[:SHOWN]


def _open_source(here: Publication) -> ReleaseSource:
    return ReleaseSource(here.index, here.config.site.base_iri, (language(),))


def _name(state: State, form: Form) -> Naming:
    return choose_naming(state.table, state.name, column=state.columns.iri, base=form.get("base"))


def _name_again(state: State, form: Form) -> tuple[Naming, tuple[Notice, ...]]:
    """Return how the rows are named; a base that is none is told, and nothing decided so far is lost."""
    try:
        return _name(state, form), ()
    except TableRefused as error:
        return choose_naming(state.table, state.name, column=state.columns.iri), (error.notice,)


def _finish(
    state: State,
    naming: Naming,
    form: Form,
    here: Publication,
    source: ReleaseSource,
    notices: tuple[Notice, ...],
) -> Step:
    linked = recall(state, naming, source)
    site = here.config.site
    licence = _choose(form.get("licence"), (site.licence, CC0), site.licence)
    about = About(
        make_titles(state.name, form.get("title")[:300]),
        licence,
        here.release.day,
        f"{site.base_iri}set/{NAME}",
        form.get("publisher")[:300],
        f"mesmart link {version('mesmart_kg')}",
    )
    doubles = tuple(notice for notice in linked.notices if notice not in notices)
    return Step(state, linked, naming, about, (*notices, *doubles))


def _read_columns(form: Form, state: State) -> Columns:
    """Return the columns that the reader chose; places that are none are taken as they were."""
    width = len(state.table.columns)

    def place(name: str) -> int | None:
        text = form.get(f"column-{name}")
        return int(text) if text.isdecimal() and len(text) < 6 and int(text) < width else None

    name = place("name")
    if name is None:
        return state.columns
    codes = tuple((scheme, found) for scheme in SCHEMES if (found := place(scheme)) is not None)
    return Columns(name, place("country"), place("region"), codes, place("iri"))


def _read_choices(
    form: Form, linked: Linked, source: ReleaseSource
) -> tuple[dict[int, Choice], tuple[Notice, ...]]:
    choices: dict[int, Choice] = {}
    notices = []
    for each in linked.outcomes:
        line = each.row.line
        text = form.get(f"row-{line}")
        if text == "other":
            text = form.get(f"other-{line}")[:2000]
        if not text or text == "later":
            continue
        relation = "close" if form.get(f"close-{line}") else "exact"
        choice = to_choice(text, relation, each, source, line)
        if isinstance(choice, Notice):
            notices.append(choice)
        else:
            choices[line] = choice
    return choices, tuple(notices)


def _choose(text: str, known: Iterable[str], usual: str) -> str:
    return text if text in known else usual


def find_selected(outcome: Outcome) -> str:
    """Return which of the ways to decide is chosen for a row: a candidate's number, or a word."""
    choice = outcome.choice
    if choice is None:
        return "later"
    if choice.offer is None:
        return "none"
    iris = [offer.iri for offer in outcome.offers]
    return str(iris.index(choice.offer.iri) + 1) if choice.offer.iri in iris else "other"


def find_nameless(step: Step) -> Notice | None:
    """Tell that no column looks as if it held names, where the first was taken for want of a better."""
    if step.state.columns.name or guess_columns(step.state.table) is not None:
        return None
    return Notice("no-name-column", 0, {"columns": list_columns(step.state.table)})
