"""Search: a page of what a text finds, with filters; suggestions while one types; what browsers learn of it.

All is GET and works without script. What finds what, and in which order: ``label_index.ranking``.

Specification: OpenSearch 1.1, with its Suggestions extension.
"""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, Response, render_template, request, url_for

from mesmart_kg.label_index import Entry, Filters, Hit, Hits, TooBroad
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.filtering import (
    list_hidden,
    read_filters,
    read_page,
    read_text,
    to_address,
    to_arguments,
    to_value,
)
from mesmart_kg.web.kinds import group_kinds, name_badge, name_kind
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.links import absolute, to_href
from mesmart_kg.web.publication import published
from mesmart_kg.web.schemes import name_scheme

blueprint = Blueprint("search", __name__)

PAGE: Final = 20
"""Things on a page of results."""

MOST_PAGES: Final = 250
MOST_OPTIONS: Final = 15
"""Values of a filter that the page offers: those that most of what was found has."""

SUGGESTIONS: Final = 8


@blueprint.get("/search")
def results() -> Response:
    """Show what a text finds."""
    if fresh := unchanged("search"):
        return fresh
    text, filters, page = read_text(), read_filters(), read_page()
    index, reader = published().index, (language(),)
    is_broad = False
    try:
        found = index.search(text, filters, reader, PAGE, (page - 1) * PAGE) if text else Hits(0)
    except TooBroad:
        found, is_broad = Hits(0), True
    pages = min(-(-found.total // PAGE), MOST_PAGES)
    chosen = to_arguments(filters)
    response = Response(
        render_template(
            "search.html",
            crumbs=[(translate("Search"), None)],
            text=text,
            found=found,
            facets=_to_facets(found),
            filters=filters,
            is_broad=is_broad,
            alike=_find_alike(text, found, filters, is_broad),
            groups=group_kinds(index.classes()) if not found.hits else (),
            name_kind=name_kind,
            name_badge=name_badge,
            name_scheme=name_scheme,
            page=page,
            pages=pages,
            url_of=lambda number: to_address(
                "/search", [("q", text), *chosen], page=number if number > 1 else None
            ),
            search_url=lambda words: to_address("/search", [("q", words)]),
            unfiltered=to_address("/search", [("q", text)]) if filters else None,
            hidden=list_hidden({}),
        )
    )
    return finish(response, "search")


def _find_alike(text: str, found: Hits, filters: Filters, is_broad: bool) -> tuple[Entry, ...]:
    if not text or found.total or filters or is_broad:
        return ()
    try:
        return published().index.alike(text, (language(),))
    except TooBroad:
        return ()


def _to_facets(found: Hits) -> list[tuple[str, str, list[tuple[str, str, str | None, int, bool]]]]:
    """Return name and heading of each filter, and of its values: as sent, name, language, count, chosen."""
    headings = {
        "class": translate("What it is"),
        "community": translate("Community"),
        "country": translate("Country"),
        "region": translate("Region or province"),
    }
    classes = {each.key: each.class_iri for each in published().index.classes()}
    facets = []
    for facet in found.facets:
        best = sorted(facet.options, key=lambda each: (not each.is_chosen, -each.things))[:MOST_OPTIONS]
        options = [
            (
                option.value if facet.filter == "class" else to_value(facet.filter, option.value),
                option.name.value if option.name else name_kind(option.value, classes.get(option.value, "")),
                option.name.language if option.name else None,
                option.things,
                option.is_chosen,
            )
            for option in best
        ]
        if len(options) > 1 or any(each[-1] for each in options):
            facets.append((facet.filter, headings[facet.filter], options))
    return facets


@blueprint.get("/search/suggest")
def suggest() -> Response:
    """Return what a text may be the beginning of: the text, names, what each is, addresses."""
    if fresh := unchanged("suggest"):
        return fresh
    text = read_text()
    try:
        hits = published().index.suggest(text, (language(),), SUGGESTIONS) if text else ()
    except TooBroad:
        hits = ()
    document = [
        text,
        [hit.entry.name.value[:200] for hit in hits],
        [describe_hit(hit) for hit in hits],
        [_address(hit.entry.iri) for hit in hits],
    ]
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return finish(Response(body, content_type="application/x-suggestions+json; charset=utf-8"), "suggest")


def describe_hit(hit: Hit) -> str:
    """Return in a few words what was found: its kind, where it is, when, by what it was found."""
    entry = hit.entry
    words = [name_badge(entry)]
    words += [each.name.value for each in entry.countries[:1]]
    words += [entry.start[:4]] if entry.kind == "event" and entry.start else []
    match = hit.match
    if match is not None and match.text != entry.iri:
        words.append(match.text if match.scheme is None else f"{name_scheme(match.scheme)} {match.text}")
    return " · ".join(word[:120] for word in words)


def _address(iri: str) -> str:
    """Return the address of the page about a thing; for a thing of others, of a search for it."""
    href = to_href(iri)
    if href is None or not href.startswith("/"):
        return absolute(to_address("/search", [("q", iri)]))
    return absolute(href)


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """Tell browsers how to search here."""
    if fresh := unchanged("opensearch"):
        return fresh
    site = published().config.site
    title = site.title_it if language() == "it" else site.title_en
    kept = {"lang": language()} if "lang" in request.args else {}
    tail = "".join(f"&{key}={value}" for key, value in kept.items())
    document = render_template(
        "opensearch.xml",
        # The specification allows 16 characters of the short name, 48 of the long one.
        short_name=title if len(title) <= 16 else translate("Cities"),
        long_name=title[:48],
        about=translate("Search for a city, a community, an event"),
        results=f"{absolute(url_for('search.results'))}?q={{searchTerms}}{tail}",
        suggestions=f"{absolute(url_for('search.suggest'))}?q={{searchTerms}}{tail}",
        own=absolute(url_for("search.description")),
    )
    response = Response(document, content_type="application/opensearchdescription+xml; charset=utf-8")
    return finish(response, "opensearch")
