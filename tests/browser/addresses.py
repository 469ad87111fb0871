"""The pages that every test of pages visits: one of each kind, over the real data.

A new kind of page joins here, and is then tested for everything that all pages must hold.
"""

from __future__ import annotations

from urllib.parse import quote

HOME = ("/",)

ABOUT = ("/about", "/accessibility", "/privacy", "/credits")

LINKING = (
    "/link",
    "/link/spreadsheet",
    "/link/web",
    "/link/endpoint",
    "/link/table",
    "/lookup",
    "/reconcile?q=castro",
    "/links",
    "/links/peers",
    "/context",
    "/inbox",
)

FINDING = (
    "/browse",
    "/browse/city",
    "/browse/community?page=1",
    "/browse/event",
    "/search",
    "/search?q=messina",
    "/search?q=nothing-is-called-this",
)

OVERVIEWS = ("/map", "/timeline", "/network")

THINGS = (
    "/doc/city/it-messina",
    "/doc/city/be-gent",
    "/doc/community/oasc",
    "/doc/community/tscai",
    "/doc/country/it",
    "/doc/event/cscc-2015",
    "/doc/geometry/it-messina",
    "/doc/mechanism/mims",
    "/doc/membership/oasc--it-messina",
    "/doc/observation/it-messina--population--2020",
    "/doc/observation/oasc--member-cities--2021--messina-2021",
    "/doc/organization/it-comune-di-messina",
    "/doc/participation/forum-pa-2021--it-messina",
    "/doc/place/palacultura-messina",
    "/doc/project/messina-smart-city-portal",
    "/doc/region/it-messina",
    "/doc/series/cscc",
    "/doc/source/messina-2021",
    "/doc/statement/it-messina--purpose--800e6dca",
    "/graph/source/messina-2021",
)

WORDS = ("/def", "/shapes", "/voc", "/voc/role")

QUERIES = (
    "/queries",
    "/queries/communities-of-a-city",
    "/sparql",
    "/sparql?query="
    + quote("SELECT ?city ?name { ?city <http://www.w3.org/2004/02/skos/core#prefLabel> ?name } LIMIT 20"),
    "/sparql?query=" + quote("SELECT ?city { ?city a <https://example.org/Nothing> }"),
)

REFUSED = {
    "/nothing-here": 404,
    "/doc/city/xx-nowhere": 404,
    "/sparql?query=" + quote("SELECT ?city WHERE { ?city a }"): 400,
}
"""Pages that tell an error, with their status."""

RELEASES = ("/releases", "/releases/{release}", "/releases/{release}/report")
"""``{release}`` stands for the release that is served."""

TOWN = (
    "/releases#compare",
    "/releases/{before}/diff/{after}",
    "/releases/{before}/diff/{after}?class=city&change=added",
)
"""Pages of a small town that was released twice: what changed, which a single release has not."""

ALL = (*HOME, *ABOUT, *LINKING, *FINDING, *OVERVIEWS, *THINGS, *WORDS, *QUERIES, *REFUSED, *RELEASES)
