"""What is asked for: the endpoint, graphs, pages, paths that no site has, with all manner of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final
from urllib.parse import quote, quote_plus

from fuzz.query_texts import FORBIDDEN_PLACES, SECRET_FILE, make_query

MARKUP: Final = '"><x-canary>'
"""Must never stand like this in a page."""

INJECTION: Final = "x\r\nX-Canary: 1\r\n\r\n"
"""Must never become a header."""


@dataclass(frozen=True)
class Surroundings:
    """What cases are made from: queries, the release, an address and a file that are out of bounds."""

    corpus: tuple[str, ...]
    release_id: str
    canary: str
    secret: str

    def fill(self, text: str) -> str:
        return text.replace(FORBIDDEN_PLACES, self.canary).replace(SECRET_FILE, self.secret)


FORMATS: Final = (
    *(
        "json",
        "xml",
        "csv",
        "tsv",
        "ttl",
        "nt",
        "nq",
        "trig",
        "jsonld",
        "rdf",
        "html",
        "xlsx",
        "geojson",
        "srj",
    ),
    *("", "x", "JSON", "text/turtle", "../../etc/passwd", MARKUP, INJECTION, "\x00", "j" * 3000, "città"),
)
ACCEPTS: Final = (
    *("*/*", "text/html", "application/json", "text/csv", "text/turtle", "application/sparql-results+xml"),
    *("text/tab-separated-values", "application/ld+json", "application/rdf+xml", "application/n-quads"),
    *(
        "image/png",
        "",
        ",",
        "*",
        "text/csv;q=0",
        'application/json;profile="a,b"',
        "text/turtle;charset=utf-16",
    ),
    *(
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "*/*;q=0",
        '"',
        "a/b;" * 400,
        "\xff/\xff",
    ),
    *(
        "application/geo+json",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "text/csv;q=" + "9" * 50,
    ),
)
_IRIS: Final = (
    "https://w3id.org/city-communities/graph/source/notice",
    *(
        "https://w3id.org/city-communities/graph/none",
        "urn:x",
        "relative",
        "",
        "http://a b/",
        "http://a/<b>",
        FORBIDDEN_PLACES,
    ),
    *(
        SECRET_FILE,
        "file:///etc/passwd",
        "jar:file:///x!/y",
        "//x",
        "http://[",
        "_:b",
        "default",
        MARKUP,
        INJECTION,
    ),
)
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "format": FORMATS,
    "lang": ("it", "en", "IT", "xx", "", "it-IT", MARKUP, INJECTION, "e" * 2000),
    "timeout": ("1", "0.1", "0", "-1", "1e9", "nan", "inf", "5s", "500ms", "", "x", "9" * 400, "1,5", "٣"),
    "release": ("current", "", "../..", "2026-11-22-00000000", "%2e%2e", ".", "\x00", MARKUP, "2" * 5000),
    "default-graph-uri": _IRIS,
    "named-graph-uri": _IRIS,
    "graph": _IRIS,
    "default": ("", "1"),
    "why": ("1", "0", "", "x"),
    "update": ("CLEAR ALL", "", "LOAD <" + FORBIDDEN_PLACES + ">"),
    "using-graph-uri": _IRIS,
    "city": (*_IRIS, "id/city/it-messina", "..", "> { ?s ?p ?o } #"),
    "lang_": ("x",),
    "page": ("1", "0", "-1", "99999999999999999999", "٣", "1e9", "x"),
    "leaf": ("1", "-1", "50", "99999999999999999999", "x"),
    "callback": ("alert(1)", MARKUP),
    "q": (
        *(
            "messina",
            "m",
            "",
            '"',
            "*",
            "a*",
            'a" OR "b',
            "NEAR(a b)",
            "-a",
            "a:b",
            "^",
            "%",
            "_",
            "[a-z]",
            "\x00",
        ),
        *("it-", "istat:", MARKUP, INJECTION, "\u202e", "🏛" * 500, "a " * 5000, "(" * 900, "città", "\ud800"),
    ),
    "class": ("city", "", "x", "thing", MARKUP, "a" * 3000),
    "community": ("oasc", "", *_IRIS),
    "country": ("it", "", "..", *_IRIS),
    "region": ("", "x"),
    "kind": ("", "x", MARKUP),
    "series": ("", "x"),
    "sort": ("name", "date", "-date", "x", "name; DROP TABLE name"),
    "change": ("added", "removed", "changed", "x", MARKUP),
    "from": ("2026-11-22-0123abcd", "2026-11-22-00000000", "//evil.example", "../..", "", INJECTION),
    "to": ("2026-11-22-0123abcd", "2026-11-22-00000000", "", "\x00"),
    "v": ("1", ""),
}

_SITE: Final = (
    *("/search", "/search/suggest", "/opensearch.xml", "/browse", "/browse/city", "/browse/community.csv"),
    *("/browse/city.jsonld", "/browse/city.geojson", "/browse/thing", "/browse/none", "/browse/.csv"),
    *("/map", "/timeline", "/network", "/quality", "/about", "/link", "/credits", "/credits/notices.txt"),
    *(
        "/privacy",
        "/accessibility",
        "/manifest.webmanifest",
        "/releases.atom",
        "/sitemap.xml",
        "/catalog.rdf",
    ),
    *("/catalog.ttl", "/catalog.x", "/sitemap-pages.xml", "/sitemap-1.xml", "/sitemap-0.xml"),
    *("/sitemap-99999999999999999999.xml", "/.well-known/api-catalog", "/.well-known/security.txt"),
    *("/-/completion.json", "/-/snippets", "/-/static/none.js", "/releases/compare", "/queries"),
    *(
        "/def",
        "/def.ttl",
        "/def/2026-11-22",
        "/def/2026-11-22.rdf",
        "/def/9999-99-99",
        "/shapes",
        "/shapes.x",
    ),
    *("/voc", "/voc/role", "/voc/role.ttl", "/voc/rule", "/voc/role/member.jsonld", "/voc/none/none"),
    *("/doc/city/it-messina", "/doc/city/it-messina.ttl", "/doc/city/it-messina.linkset.json", "/doc/.ttl"),
    *(
        "/doc/city/at-wien.html",
        "/doc/community/oasc.rdf",
        "/doc/number/7",
        "/doc/none",
        "/doc/",
        "/id/",
        "/doc/%20",
    ),
    *(
        "/doc/%2e%2e/%2e%2e",
        "/doc//evil.example",
        "/id//evil.example",
        "/id/%5cevil.example",
        "/id/x%0d%0ay:%20z",
    ),
    *("/doc/%e2%80%ae", "/doc/%f0%9f%8f%9b.ttl", "/doc/%00", "/doc/%3Cx-canary%3E", "/graph/source/list"),
    *("/set/city-communities", "/set/catalogue", "/set/none", "/set/city-communities/none"),
    *(
        "/releases/{0}/diff/{0}",
        "/releases/{0}/diff/none",
        "/releases/none/diff/{0}/added.nq",
        "/releases/{0}/citation.cff",
    ),
    *(
        "/releases/{0}/citation.bib",
        "/releases/{0}/diff/{0}/removed.nq",
        "/releases/{0}/none",
        "/releases/%2e%2e/diff/%2e%2e",
    ),
)
"""Pages and files of the site; the release stands for ``{0}``."""


def make_target(random: Random, surroundings: Surroundings) -> bytes:
    place = random.choices((_endpoint, _graph_place, _page, _site, _odd_path), (45, 8, 17, 22, 8))[0]
    return place(random, surroundings)


def _endpoint(random: Random, surroundings: Surroundings) -> bytes:
    fields = [("query", make_text(random, surroundings))] * random.choices((0, 1, 2), (4, 92, 4))[0]
    return b"/sparql" + write_fields(random, surroundings, [*fields, *more_fields(random)])


def _graph_place(random: Random, surroundings: Surroundings) -> bytes:
    path = random.choice(
        ("/sparql-graphs", "/graph/source/notice", "/graph/", "/graph/none", "/graph/%2e%2e/x", "/graph")
    )
    fields = random.choice(([], [("default", "")], [("graph", random.choice(_IRIS))]))
    return path.encode() + write_fields(random, surroundings, [*fields, *more_fields(random)])


def _page(random: Random, surroundings: Surroundings) -> bytes:
    release = surroundings.release_id
    path = random.choice(
        (
            *(
                "/",
                "/queries",
                "/queries/2",
                "/queries/communities-of-a-city",
                "/queries/communities-of-a-city.rq",
            ),
            *(
                "/queries/none",
                "/releases",
                f"/releases/{release}",
                f"/releases/{release}/manifest",
                "/health",
            ),
            *(
                f"/releases/{release}/report",
                f"/releases/{release}/dumps/default.nt.gz",
                "/dumps/dataset.nq.gz",
            ),
            *("/.well-known/void", "/.well-known/sparql-examples/", "/robots.txt", "/-/health", "/-/metrics"),
            *(
                "/-/static/style.css",
                "/-/static/icon.svg",
                f"/set/city-communities/{release}",
                "/id/city/it-messina",
            ),
            *("/favicon.ico", "/sparql/", "/SPARQL", "/def", "/sitemap.xml", "/releases/2026-11-22-00000000"),
        )
    )
    return path.encode() + write_fields(random, surroundings, more_fields(random))


def _site(random: Random, surroundings: Surroundings) -> bytes:
    path = random.choice(_SITE).format(surroundings.release_id)
    return path.encode() + write_fields(random, surroundings, more_fields(random))


def _odd_path(random: Random, surroundings: Surroundings) -> bytes:
    start = random.choice(
        (
            *(
                "/",
                "/-/static/",
                "/dumps/",
                f"/releases/{surroundings.release_id}/dumps/",
                "/releases/",
                "/graph/",
            ),
            *(
                "/doc/",
                "/id/",
                "/voc/",
                "/def/",
                "/browse/",
                "/set/",
                "/queries/",
                "/doc/city/",
                "/.well-known/",
            ),
        )
    )
    pieces = (
        *(
            "..",
            "%2e%2e",
            "..%2f",
            "%2f",
            "/",
            "//",
            "\\",
            "%5c",
            "%00",
            "%ff",
            "%",
            "%zz",
            ";x=1",
            "a",
            ".git/config",
        ),
        *(
            "etc/passwd",
            "manifest.json",
            "%0d%0aX-Canary:%201",
            "%c0%ae%c0%ae/",
            "~",
            "é",
            quote(MARKUP),
            "a" * 3000,
        ),
        "%252e%252e%252f",
    )
    path = start + "".join(random.choice(pieces) for _ in range(random.choice((1, 2, 4, 9))))
    return path.encode() + write_fields(random, surroundings, more_fields(random))


def make_text(random: Random, surroundings: Surroundings) -> str:
    return surroundings.fill(make_query(random, surroundings.corpus))


def more_fields(random: Random) -> list[tuple[str, str]]:
    names = [random.choice(list(_VALUES)) for _ in range(random.choices((0, 1, 2, 5), (55, 30, 12, 3))[0])]
    return [(name, random.choice(_VALUES[name])) for name in names]


def write_fields(random: Random, surroundings: Surroundings, fields: Sequence[tuple[str, str]]) -> bytes:
    if not fields:
        return random.choice(
            (b"", b"", b"", b"", b"?", b"?&&=&", b"?query", b"?%", b"?query=%ff%fe", b"?" + b"a=1&" * 1200)
        )
    encode = random.choice((quote, quote_plus, quote_plus))
    written = [
        f"{quote(name)}={encode(surroundings.fill(value).encode('utf-8', 'surrogatepass'), safe='')}"
        for name, value in fields
    ]
    return ("?" + "&".join(written)).encode()
