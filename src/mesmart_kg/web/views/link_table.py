"""A table linked on a page: upload, look through, download; the server keeps nothing of it.

Without script: each step is a form that is sent, and what was found so far travels in it.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, current_app, render_template, request

from mesmart_kg.linking import Fate, TableRefused, gather
from mesmart_kg.linking.notices import Told
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.kinds import name_kind
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.publication import published
from mesmart_kg.web.schemes import name_scheme
from mesmart_kg.web.table_asking import Turns
from mesmart_kg.web.table_linking import (
    CC0,
    KINDS,
    SCHEMES,
    SHOWN,
    Step,
    begin,
    count_fates,
    find_nameless,
    find_selected,
    go_on,
    list_matched,
    list_open,
    to_hidden,
    write_files,
)
from mesmart_kg.web.table_notices import word_told
from mesmart_kg.web.uploads import Form, read_form

blueprint = Blueprint("link_table", __name__)

_TURNS: Final = "mesmart-turns"
_FILES: Final = frozenset(("linkset", "sssom", "review"))


@blueprint.record_once
def prepare(state: Any) -> None:
    """Give the application its turns."""
    state.app.extensions[_TURNS] = Turns()


@blueprint.get("/link/table")
def start() -> Response:
    """Ask for a table."""
    kept = unchanged("link-table")
    if kept is not None:
        return kept
    return finish(Response(_show_start(), content_type="text/html; charset=utf-8"), "link-table")


@blueprint.post("/link/table")
def step() -> Response:
    """Take a table, or the next step with one; give a page, or one of the files."""
    form, turns = read_form(request), current_app.extensions[_TURNS]
    with turns.hold():
        return _take(form, turns)


def _take(form: Form, turns: Turns) -> Response:
    try:
        taken = (go_on if form.get("state") else begin)(form, published(), turns)
    except TableRefused as error:
        return _answer(Response(_show_start(form, error), 400, content_type="text/html; charset=utf-8"))
    wanted = form.get("do")
    if wanted in _FILES:
        for each in write_files(taken):
            if each.what == wanted:
                headers = {"Content-Disposition": f'attachment; filename="{each.name}"'}
                return _answer(Response(each.data, content_type=each.content_type, headers=headers))
    return _answer(Response(_show_step(taken, form), content_type="text/html; charset=utf-8"))


def _answer(response: Response) -> Response:
    """Return a response that nobody keeps: what is in it is the reader's."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language()
    return response


def _show_start(form: Form | None = None, error: TableRefused | None = None) -> str:
    web = published().config.web
    told = word_told(Told(error.notice, (error.notice.line,) if error.notice.line else ())) if error else ""
    return render_template(
        "link_table.html",
        **_frame(),
        error=told,
        kind=form.get("kind") if form else "city",
        most_rows=web.upload_rows,
        most_size=web.max_upload * 1024 * 1024,
    )


def _show_step(taken: Step, form: Form) -> str:
    state = taken.state
    fates = count_fates(taken.linked)
    nameless = find_nameless(taken)
    told = [word_told(each) for each in gather(taken.notices)]
    if nameless is not None:
        told.insert(0, word_told(Told(nameless, ())))
    rows, matched = list_open(taken.linked), list_matched(taken.linked)
    columns = state.columns
    return render_template(
        "link_table_result.html",
        **_frame(),
        step=taken,
        name=state.name,
        hidden_state=to_hidden(taken),
        kind=state.kind,
        told=told,
        fates=[(word_fate(fate), count, fate.value) for fate, count in fates.items()],
        links=len(taken.linked.links),
        rows=[(each, find_selected(each)) for each in rows],
        open_rows=sum(fates.get(fate, 0) for fate in (Fate.DOUBTFUL, Fate.NONE)),
        has_review=bool(rows),
        matched=matched,
        all_matched=fates.get(Fate.MATCHED, 0),
        shown=SHOWN,
        table_columns=state.table.columns,
        chosen_columns=[
            ("name", translate("Names"), columns.name, True),
            ("country", translate("Countries"), columns.country, False),
            ("region", translate("Regions or provinces"), columns.region, False),
            ("iri", translate("Your own web address for each row"), columns.iri, False),
            *((scheme, name_scheme(scheme), dict(columns.codes).get(scheme), False) for scheme in SCHEMES),
        ],
        sample=[row.cells for row in state.table.rows[:4]],
        example=next((each.iri for each in taken.linked.outcomes if each.iri), ""),
        base=form.get("base"),
        publisher=form.get("publisher"),
        title_text=form.get("title"),
        licence=taken.about.licence,
        cc0=CC0,
    )


def _frame() -> dict[str, Any]:
    title = translate("Link a table")
    here = published()
    classes = {each.key: each.class_iri for each in here.index.classes()}
    kinds = [(key, name_kind(key, classes[key])) for key in KINDS if key in classes]
    return {
        "title": title,
        "crumbs": [(translate("Link your data to ours"), "/link"), (title, None)],
        "kinds": [*kinds, ("any", translate("Something else, or several kinds"))],
    }


def word_fate(fate: Fate) -> str:
    """Return what became of rows, in a few words."""
    words = {
        Fate.MATCHED: translate("linked: it is clear what they are"),
        Fate.CHOSEN: translate("linked by your choice"),
        Fate.DOUBTFUL: translate("for you to decide"),
        Fate.NONE: translate("not found here"),
        Fate.REFUSED: translate("none fits, you said"),
        Fate.UNNAMED: translate("without a name"),
        Fate.UNLINKED: translate("without a web address of their own"),
    }
    return words[fate]
