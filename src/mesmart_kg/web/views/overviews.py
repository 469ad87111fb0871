"""Pages that show all the data at once: the map of cities, the timeline, the network of shared members.

Each works without script: the filter is a form, the picture a drawing, and the data stand as a table.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, url_for

from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.formats import RESULTS_CSV, RESULTS_GEOJSON
from mesmart_kg.overview.chronicle import ACCESSIONS, EVENTS
from mesmart_kg.overview.members import members_query
from mesmart_kg.overview.shared import PAIRS, SEVERAL
from mesmart_kg.web import panoramas
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.filtering import read_page, to_address, to_canonical, to_value
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.locating import frame
from mesmart_kg.web.panoramas import Choice
from mesmart_kg.web.publication import published

blueprint = Blueprint("overviews", __name__)
blueprint.add_app_template_filter(frame, "framed")


@blueprint.get("/map")
def city_map() -> Response:
    """Show the cities of all communities, or of one, on a map and in a table."""
    if fresh := unchanged("map"):
        return fresh
    everything = panoramas.members()
    sizes = dict(everything.communities) if everything.complete else panoramas.community_sizes()
    choice = Choice.read("community", sizes, published().index.has)
    shown = panoramas.members_of(choice.iri) if choice.iri else everything
    names = panoramas.name_all(shown.iris.union(each.reference.iri for each in choice.options))
    query = members_query(language(), choice.iri or None)
    page = render_template(
        "map.html",
        crumbs=[(translate("Map"), None)],
        members=shown,
        towns=sorted(shown.towns, key=lambda town: panoramas.sort_key(names[town.city])),
        spots=panoramas.to_spots(shown.towns, names, panoramas.find_main_city()),
        names=names,
        choice=choice,
        sizes=sizes,
        values={option.reference.iri: option.value for option in choice.options},
        query=query,
        files=[
            (each.label, url_for("sparql.answer", query=query, format=each.name))
            for each in (RESULTS_CSV, RESULTS_GEOJSON)
        ],
    )
    return finish(Response(page), "map")


@blueprint.get("/timeline")
def timeline() -> Response:
    """Show events and accessions by year, of all communities and series or of one."""
    if fresh := unchanged("timeline"):
        return fresh
    everything = panoramas.chronicle()
    series_told, communities_told = everything.series, everything.communities
    community = Choice.read("community", communities_told, communities_told.__contains__)
    series = Choice.read("series", series_told, series_told.__contains__)
    shown = everything.of(community.iri or None, series.iri or None)
    most, number = published().config.web.listed, read_page()
    pages = max(-(-len(shown.happenings) // most), 1)
    if number > pages:
        raise ResourceNotFound(f"the list ends with page {pages}")
    part = panoramas.with_members(shown.happenings[(number - 1) * most : number * most])
    asked = [(each.name, each.chosen.value) for each in (community, series) if each.chosen]

    def url_of(page: int) -> str:
        return to_address("/timeline", asked, page=page if page > 1 else None)

    page = render_template(
        "timeline.html",
        crumbs=[(translate("Events"), None)],
        chronicle=part,
        total=len(shown.happenings),
        complete=everything.complete,
        first=(number - 1) * most + 1,
        page=number,
        pages=pages,
        url_of=url_of,
        canonical=to_canonical("/timeline", number),
        to_list=lambda iri: to_address(
            "/browse/membership", [("community", to_value("community", iri))], sort="date"
        ),
        names=panoramas.name_all(part.iris),
        community=community,
        series=series,
        counts=panoramas.count_years(shown),
        events_query=EVENTS,
        accessions_query=ACCESSIONS,
    )
    return finish(Response(page), "timeline")


@blueprint.get("/network")
def network() -> Response:
    """Show which communities have members in common, and the cities in several of them."""
    if fresh := unchanged("network"):
        return fresh
    shared = panoramas.sharing()
    names = panoramas.name_all(shared.iris)
    page = render_template(
        "network.html",
        crumbs=[(translate("Networks"), None)],
        sharing=shared,
        names=names,
        pairs=[(names[pair.first], names[pair.second], pair.members) for pair in shared.pairs],
        ties=[
            (names[community], names[bridge.city])
            for bridge in shared.bridges
            for community in bridge.communities
        ],
        pairs_query=panoramas.find_text(PAIRS),
        cities_query=panoramas.find_text(SEVERAL),
    )
    return finish(Response(page), "network")
