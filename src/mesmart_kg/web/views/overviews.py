"""Pages that show all the data at once: the map of cities, the timeline, the network of shared members.

Each works without script: the filter is a form, the picture a drawing, and the data stand as a table.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, url_for

from mesmart_kg.formats import RESULTS_CSV, RESULTS_GEOJSON
from mesmart_kg.overview.chronicle import ACCESSIONS, EVENTS
from mesmart_kg.overview.members import members_query
from mesmart_kg.overview.shared import PAIRS, SEVERAL
from mesmart_kg.web import panoramas
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.locating import frame
from mesmart_kg.web.panoramas import Choice

blueprint = Blueprint("overviews", __name__)
blueprint.add_app_template_filter(frame, "framed")


@blueprint.get("/map")
def city_map() -> Response:
    """Show the cities of all communities, or of one, on a map and in a table."""
    if fresh := unchanged("map"):
        return fresh
    everything = panoramas.members()
    sizes = dict(everything.communities) if everything.complete else panoramas.community_sizes()
    choice = Choice.read("community", sizes, panoramas.name(sizes))
    shown = panoramas.members_of(choice.iri) if choice.iri else everything
    names = panoramas.name(shown.iris.union(sizes))
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
    names = panoramas.name(everything.iris)
    community = Choice.read("community", everything.communities, names)
    series = Choice.read("series", everything.series, names)
    shown = everything.of(community.iri or None, series.iri or None)
    page = render_template(
        "timeline.html",
        crumbs=[(translate("Events"), None)],
        chronicle=shown,
        names=names,
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
    names = panoramas.name(shared.iris)
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
