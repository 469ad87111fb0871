"""A town whose every text was written by someone who means harm, or by someone who writes everything at once.

What RDF allows, the facts hold: names, notes, titles, codes, addresses, languages of markup, templates,
formulas, marks that turn the direction of writing, controls, towers of accents, texts without an end. It is
released twice, a day apart, so that there is a difference to show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from town import copy_town

from mesmart_kg.build import build
from mesmart_kg.store import Literal

if TYPE_CHECKING:
    from pathlib import Path

    from mesmart_kg.config import Config
    from mesmart_kg.release import Release

CANARY: Final = "x-canary"
"""An element that no page has: where it is found, a text of the data was taken for markup."""

MARKUP: Final = (
    f"<script>window.canary=1;alert(1)</script><{CANARY}>",
    f'"><img src=x onerror="window.canary=1;alert(2)"><{CANARY}>',
    f"'><svg onload=alert(3)><{CANARY}>",
    f"</script><script>window.canary=1</script><{CANARY}>",
    f"<!--<script><{CANARY}>",
    f"]]><{CANARY}/>&lt;b&gt;&amp;&#60;",
    f"</title></textarea></style></template><{CANARY}>",
)
TEMPLATES: Final = ("{{7*7}}", "{% include '/etc/passwd' %}", "${7*7}", "%(name)s %s %d %%", "{0.__class__}")
FORMULAS: Final = ("=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+1", "-2+3", "\t=1+1", "\r=1+1")
DIRECTIONS: Final = (
    "evil\u202egnp.exe",
    "\u2067\u2067\u2067 open, never closed",
    "مدينة\u202d left",
    "\u2066a\u2069\u200f\u061c",
)
CONTROLS: Final = (
    "bell \u0007 escape \u001b[31m",
    "\u0001\u0008\u000b\u000c\u001f\u007f\u0085\u009f",
    "\ufffe\uffff",
)
LINES: Final = ("one\r\nX-Canary: 1\r\n\r\ntwo", "\u2028line\u2029paragraph", "\n\n\n", " ")
SIGNS: Final = (
    "Z" + "\u0300\u0301\u0302\u0303\u0304" * 60 + "algo",
    "👩‍👩‍👧‍👦" * 40,
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿👍🏽",
    "\u200b\u200c\u200d\ufeff",
    "ﷺ" * 50,
    "Ａ｀＜ｓｃｒｉｐｔ＞",
)
SOLID: Final = "Donaudampfschiff" * 6400
"""100 kB without a space."""

PROSE: Final = "una città che non finisce mai " * 3500
"""100 kB with spaces."""

TEXTS: Final = (*MARKUP, *TEMPLATES, *FORMULAS, *DIRECTIONS, *CONTROLS, *LINES, *SIGNS)
ADDRESSES: Final = (
    "javascript:alert(document.domain)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,%3Cscript%3Ealert(1)%3C/script%3E",
    "vbscript:msgbox(1)",
    "//evil.example/x",
    "https://evil.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E?a='b'&c=%0d%0aX-Canary:%201",
    "https://evil.example/" + "a" * 5000,
    "https://user:pass@evil.example:99999/ü/日本?q=%25#%25",
    "http://xn--/",
    "https://evil.example/\u202egnp",
    "mailto:a@b?subject=x",
    "file:///etc/passwd",
)
SLUGS: Final = (
    "xx-" + "a" * 180,
    "xx-%3cscript%3e",
    "xx-%2e%2e%2f",
    "xx-it's",
    "xx-(a)*!$&+,;=:@~",
    "xx-città-日本",
    "xx-a.html",
    "xx-b.ttl",
    "xx-c.csv",
    "..",
    "xx-a/b//c",
    "xx-%0d%0aX-Canary:1",
    "xx-q?a=b",
    "xx-h#h",
    "xx-\u202e",
)
"""Ends of IRIs that RDF allows and our own rules for names would not."""

FACTS: Final = """# Everything that can be written is written.
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix cc: <https://w3id.org/city-communities/def#> .
@prefix voc: <https://w3id.org/city-communities/voc/> .
@prefix dc: <http://purl.org/dc/elements/1.1/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix m8g: <http://data.europa.eu/m8g/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix qb: <http://purl.org/linked-data/cube#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix sdmx-attribute: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

_NAMED: Final = {
    "city/xx-evil": "cc:City ; cc:within <id/region/xx-evil> , <id/country/xx>"
    " ; geo:hasDefaultGeometry <id/geometry/xx-evil> ; skos:exactMatch <http://www.wikidata.org/entity/Q1>",
    "city/xx-other": "cc:City ; cc:within <id/country/xx> ; geo:hasDefaultGeometry <id/geometry/xx-other>",
    "community/evil": "cc:Community ; org:classification voc:kind\\/evil ; dcterms:type voc:kind\\/evil"
    " ; dcterms:subject voc:kind\\/evil ; schema:location <id/city/xx-evil>"
    " ; schema:additionalProperty <id/statement/evil>",
    "community/worse": "cc:Community",
    "country/xx": "cc:Country",
    "region/xx-evil": "cc:Region ; cc:within <id/country/xx> ; dcterms:type voc:kind\\/evil",
    "event/evil": "cc:Event ; schema:superEvent <id/series/evil> ; schema:organizer <id/community/evil>"
    " ; schema:location <id/place/evil> , <id/city/xx-evil> ; m8g:hasParticipation <id/participation/evil>",
    "series/evil": "cc:EventSeries",
    "place/evil": "schema:Place ; schema:containedInPlace <id/city/xx-evil>",
    "project/evil": "cc:Project ; dcterms:spatial <id/city/xx-evil> ; dcterms:relation <id/community/evil>",
    "organization/evil": "org:Organization , m8g:PublicOrganisation ; dcterms:spatial <id/city/xx-evil>",
    "mechanism/evil": "cc:Mechanism ; cc:promotes <id/community/evil>",
}
"""Things that have every text as a name, and what ties them to each other."""

_TIES: Final = """
<id/membership/evil> a cc:Membership ; org:member <id/city/xx-evil> ; org:organization <id/community/evil> ;
    org:role voc:kind\\/evil ; cc:inWave <id/event/evil> ; adms:status voc:kind\\/evil ;
    prov:hadPrimarySource <id/source/evil> {texts} .
<id/membership/other> a cc:Membership ; org:member <id/city/xx-other> ; org:organization <id/community/evil> ;
    prov:hadPrimarySource <id/source/evil> .
<id/membership/worse> a cc:Membership ; org:member <id/city/xx-evil> ; org:organization <id/community/worse> ;
    prov:hadPrimarySource <id/source/evil> .
<id/membership/worse-other> a cc:Membership ; org:member <id/city/xx-other> ;
    org:organization <id/community/worse> ; prov:hadPrimarySource <id/source/evil> .
<id/participation/evil> a cc:Participation ; m8g:hasParticipant <id/city/xx-evil> ;
    cc:community <id/community/evil> ; m8g:role voc:kind\\/evil ;
    prov:hadPrimarySource <id/source/evil> {texts} .
<id/observation/evil> a qb:Observation ; cc:community <id/community/evil> ; cc:memberCities 5 ;
    sdmx-dimension:refPeriod "2016"^^xsd:gYear ; sdmx-attribute:obsStatus voc:kind\\/evil ;
    prov:hadPrimarySource <id/source/evil> {texts} .
<id/observation/people> a qb:Observation ; sdmx-dimension:refArea <id/city/xx-evil> ;
    cc:population 31000 ; prov:hadPrimarySource <id/source/evil> {texts} .
<id/statement/evil> a schema:PropertyValue ; schema:propertyID voc:kind\\/evil ;
    prov:hadPrimarySource <id/source/evil> {values} {texts} .
<id/geometry/xx-evil> a geo:Geometry ; geo:asWKT "POINT(15.5 38.2)"^^geo:wktLiteral ,
    "POINT(nan inf)"^^geo:wktLiteral , "POINT(1e999 -1e999)"^^geo:wktLiteral , "<script>"^^geo:wktLiteral .
<id/geometry/xx-other> a geo:Geometry ; geo:asWKT "POINT(999999 -999999)"^^geo:wktLiteral .
"""

_CONCEPTS: Final = """
voc:kind a skos:ConceptScheme {names} .
voc:kind\\/evil a skos:Concept ; skos:inScheme voc:kind ; skos:topConceptOf voc:kind {names} {texts} .
<id/source/evil> a cc:Source ; schema:lastReviewed "2026-05-03"^^xsd:date {titles} {texts} .
"""


@dataclass(frozen=True)
class HostileTown:
    """Its settings, and its two releases on one shelf."""

    config: Config
    before: Release
    after: Release


def build_hostile(folder: Path) -> HostileTown:
    """Release the harmless town, then the one that means harm."""
    config = copy_town(folder)
    before = build(config, date(2026, 11, 22))
    (config.paths.data / "facts" / "evil.ttl").write_text(write_facts(), "utf-8")
    (config.paths.data / "concepts" / "evil.ttl").write_text(write_concepts(), "utf-8")
    return HostileTown(config, before, build(config, date(2026, 11, 23)))


def write_facts() -> str:
    """Return the facts in Turtle, things named relative to the base IRI."""
    named = [
        f"<id/{path}> a {said} {_names(number)} {_texts()} {_links()} ."
        for number, (path, said) in enumerate(_NAMED.items())
    ]
    odd = [f"<id/city/{slug}> a cc:City ; skos:prefLabel {quoted(slug)} ." for slug in SLUGS]
    ties = _TIES.format(texts=_texts(), values=_list("schema:value", (*TEXTS, SOLID, PROSE)))
    return "\n".join((FACTS, *named, ties, *odd, ""))


def write_concepts() -> str:
    """Return concepts and the source in Turtle."""
    titles = _list("dcterms:title", (MARKUP[0], SOLID)) + _list("schema:creditText", TEXTS)
    titles += _list("dc:publisher", (*TEXTS, SOLID)) + _list("dcterms:rights", (MARKUP[1],))
    return FACTS + _CONCEPTS.format(names=_names(), texts=_texts(), titles=titles + _links())


def quoted(text: str, language: str = "") -> str:
    """Return a text as Turtle writes it."""
    return str(Literal(text, language=language or None))


def _list(property: str, texts: tuple[str, ...], language: str = "") -> str:
    return f" ; {property} " + " , ".join(quoted(text, language) for text in texts)


def _names(number: int = 0) -> str:
    """Return names; which comes first depends on the number: markup, marks of direction, one without end."""
    first = (MARKUP[0], DIRECTIONS[0], SOLID, MARKUP[3], DIRECTIONS[1], SIGNS[0], DIRECTIONS[2], CONTROLS[0])
    names = _list("skos:prefLabel", (first[number % len(first)],), "it")
    names += _list("skos:prefLabel", (MARKUP[1],), "en")
    names += _list("skos:prefLabel", (DIRECTIONS[0],), "x-evil-onload-a1b2c3d4-e5f6g7h8")
    return names + _list("skos:altLabel", (*TEXTS, SOLID, PROSE)) + _list("skos:altLabel", DIRECTIONS, "ar")


def _texts() -> str:
    texts = (
        _list("skos:note", TEXTS, "it") + _list("skos:note", (SOLID, PROSE)) + _list("rdfs:comment", TEXTS)
    )
    texts += _list("dcterms:description", (*MARKUP, SOLID), "it") + _list("skos:definition", (PROSE,), "en")
    texts += _list("dcterms:identifier", (*(f"istat:{text}" for text in TEXTS), "<b>:x", f"x:{SOLID}"))
    dates = ("<script>", "2015-13-45", "99999", "\u202e2015")
    return (
        texts
        + "".join(f" ; schema:startDate {quoted(each)}^^xsd:gYear" for each in dates[2:3])
        + _list("schema:endDate", dates)
    )


def _links() -> str:
    def iri(address: str) -> str:
        unfit = ' <>"{}|\\^`'
        return "<" + "".join(f"\\u{ord(sign):04X}" if sign in unfit else sign for sign in address) + ">"

    literal = "".join(f" ; schema:url {quoted(each)}^^xsd:anyURI" for each in ADDRESSES)
    named = "".join(f" ; rdfs:seeAlso {iri(each)}" for each in ADDRESSES)
    alike = "".join(f" ; schema:url {iri(each)} ; skos:closeMatch {iri(each)}" for each in ADDRESSES)
    return literal + named + alike
