"""A source: who published it, when, on which terms; and everything here that rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mesmart_kg.labels import Name, Reference
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.desk import Desk, Sources
from mesmart_kg.profiles.kin import ask_kin, read_kin
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Fact, Kin, Listing

MOST_OF_A_CLASS: Final = 20
"""Things of one class that the page of a source lists; the rest are counted, and a query finds them."""

CLASSES: Final = (
    "cc:Community",
    "cc:Membership",
    "cc:Participation",
    "cc:City",
    "cc:Region",
    "cc:Country",
    "cc:Event",
    "cc:EventSeries",
    "cc:Project",
    "cc:Mechanism",
    "org:FormalOrganization",
    "org:Organization",
    "org:OrganizationalUnit",
    "schema:Place",
    "qb:Observation",
    "schema:PropertyValue",
    "geo:Geometry",
)
"""The classes by which what rests on a source is told, in the order of the page."""

_ABOUT = ask_about(
    "dcterms:title",
    "dcterms:alternative",
    "dc:publisher",
    "dcterms:issued",
    "dcterms:language",
    "dcterms:license",
    "dcterms:rights",
    "dcterms:identifier",
    "schema:url",
    "schema:creditText",
    "schema:version",
    "schema:lastReviewed",
    "skos:note",
    "prov:wasDerivedFrom",
)

_DERIVED = ask_kin("prov:wasDerivedFrom", kinds=("cc:Source",))

# A thing rests on a source that states it, in its own graph, or that another graph names as its evidence.
_COUNT: Final = """
{ GRAPH <${base}graph/source/%s> { ?thing a ?class } }
UNION
{ ?thing prov:hadPrimarySource $this ; a ?class }
FILTER(?class IN (%s))
"""

MOST_COUNTED: Final = 30_000
"""Things of one class in a source's graph, and things that name it as evidence, of which each is counted."""

_IN_GRAPH: Final = """
{
  SELECT (%(class)s AS ?class) (COUNT(*) AS ?things)
  WHERE {
    { SELECT ?thing WHERE { GRAPH <${base}graph/source/%(slug)s> { ?thing a %(class)s } } LIMIT %(most)d }
  }
}
"""

_BY_EVIDENCE: Final = """
{
  SELECT DISTINCT ?thing
  WHERE {
    GRAPH ?graph { ?thing prov:hadPrimarySource $this }
    FILTER(?graph != <${base}graph/source/%(slug)s>)
  }
  LIMIT %(most)d
}
?thing a ?class .
FILTER(?class IN (%(classes)s))
FILTER NOT EXISTS { GRAPH <${base}graph/source/%(slug)s> { ?thing a ?class } }
"""

# The class stands in the pattern, not in a filter: its first things are found without looking at others.
_SAMPLE: Final = """
{
  SELECT DISTINCT ?thing ?class
  WHERE {
    { GRAPH <${base}graph/source/%(slug)s> { ?thing a %(class)s } }%(evidence)s
    BIND(%(class)s AS ?class)
  }
  LIMIT %(most)d
}
"""
_OF_EVIDENCE: Final = """
    UNION
    {
      {
        SELECT DISTINCT ?thing
        WHERE {
          GRAPH ?graph { ?thing prov:hadPrimarySource $this }
          FILTER(?graph != <${base}graph/source/%(slug)s>)
        }
        LIMIT %(counted)d
      }
      ?thing a %(class)s
    }"""

_ATTRIBUTED: Final = Question(
    "(COUNT(*) AS ?things)",
    f"{{ SELECT DISTINCT ?thing WHERE {{ ?thing dcterms:source $this }} LIMIT {MOST_COUNTED} }}",
    limit=1,
)


@dataclass(frozen=True)
class Resting:
    """How many things of one class rest on a source, some of them, and the query for all.

    ``is_least`` tells that counting was stopped.
    """

    class_iri: str
    name: Name
    count: int
    things: tuple[Reference, ...]
    query: str
    is_least: bool = False

    @property
    def complete(self) -> bool:
        return len(self.things) == self.count


@dataclass(frozen=True)
class SourceProfile:
    """A source; ``attributed`` counts the things that name it among what they were compiled from."""

    thing: Reference
    titles: tuple[Name, ...]
    publishers: tuple[Fact[str], ...]
    issued: str | None
    languages: tuple[Reference, ...]
    licences: tuple[str, ...]
    rights: tuple[str, ...]
    credit: Name | None
    versions: tuple[str, ...]
    reviewed: str | None
    addresses: tuple[str, ...]
    notes: tuple[Name, ...]
    graph: str
    resting: tuple[Resting, ...]
    attributed: int
    derived_from: tuple[Fact[Reference], ...]
    derived: Listing[Kin]

    @property
    def total(self) -> int:
        """How many things rest on it, in all classes that the page tells."""
        return sum(each.count for each in self.resting)

    @property
    def is_least(self) -> bool:
        """Whether there are more than were counted."""
        return any(each.is_least for each in self.resting)

    @property
    def is_least_attributed(self) -> bool:
        """Whether more name it than were counted."""
        return self.attributed >= MOST_COUNTED


def read_source(sources: Sources, iri: str, languages: tuple[str, ...]) -> SourceProfile:
    """Read a source's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    facts = read_about(desk, _ABOUT).facts
    slug = iri.rpartition("/")[2]
    titles = desk.wordings(facts, "dcterms:title")
    resting = _read_resting(desk, slug)
    derived = read_kin(desk, _DERIVED)
    attributed = desk.ask(_ATTRIBUTED)
    return SourceProfile(
        desk.refer(iri),
        tuple(fact.value for fact in titles),
        desk.texts(facts, "dc:publisher"),
        facts.text("dcterms:issued"),
        desk.refer_all(facts.iris("dcterms:language")),
        tuple(fact.value for fact in desk.texts(facts, "dcterms:license")),
        tuple(fact.value for fact in desk.texts(facts, "dcterms:rights")),
        desk.best(facts.literals("schema:creditText")),
        tuple(fact.value for fact in desk.texts(facts, "schema:version")),
        facts.text("schema:lastReviewed"),
        tuple(fact.value for fact in desk.texts(facts, "schema:url")),
        tuple(fact.value for fact in desk.wordings(facts, "skos:note")),
        GraphNames(sources.base_iri).source(slug),
        resting,
        int(attributed[0]["things"].value) if attributed else 0,
        desk.facts(facts, "prov:wasDerivedFrom"),
        derived.of("cc:Source"),
    )


def _read_resting(desk: Desk, slug: str) -> tuple[Resting, ...]:
    told = _count(desk, "\nUNION\n".join(_IN_GRAPH % _fill(slug, name) for name in CLASSES))
    shown = {"slug": slug, "most": MOST_COUNTED, "classes": ", ".join(CLASSES)}
    evident = _count(desk, _BY_EVIDENCE % shown, group="?class")
    found = [name for name in CLASSES if told.get(expand(name)) or evident.get(expand(name))]
    is_cut = sum(evident.values()) >= MOST_COUNTED
    samples = _sample(desk, {name: told.get(expand(name), 0) for name in found}, slug)
    return tuple(
        Resting(
            expand(name),
            desk.term(expand(name)),
            told.get(expand(name), 0) + evident.get(expand(name), 0),
            desk.refer_all(samples.get(expand(name), ())),
            desk.offer(_ask_class(name, slug)),
            told.get(expand(name), 0) >= MOST_COUNTED or (is_cut and expand(name) in evident),
        )
        for name in found
    )


def _fill(slug: str, name: str) -> dict[str, object]:
    return {"slug": slug, "class": name, "most": MOST_COUNTED}


def _count(desk: Desk, where: str, group: str = "") -> dict[str, int]:
    """Return how many things of each class a pattern finds."""
    counted = "(COUNT(DISTINCT ?thing) AS ?things)" if group else "?things"
    rows = desk.ask(Question(f"?class {counted}", where, group=group, limit=100))
    return {row["class"].value: int(row["things"].value) for row in rows if "class" in row}


def _sample(desk: Desk, counts: Mapping[str, int], slug: str) -> dict[str, list[str]]:
    """Return some things of each class, in one question; ``counts`` tells how many are in the source's graph.

    Those that only name it as evidence are looked for where the graph has not enough.
    """
    if not counts:
        return {}
    where = "\nUNION\n".join(
        _SAMPLE
        % {
            "slug": slug,
            "class": name,
            "most": MOST_OF_A_CLASS,
            "evidence": ""
            if count >= MOST_OF_A_CLASS
            else _OF_EVIDENCE % {"slug": slug, "class": name, "counted": MOST_COUNTED},
        }
        for name, count in counts.items()
    )
    samples: dict[str, list[str]] = {}
    for row in desk.ask(Question("?class ?thing", where)):
        samples.setdefault(row["class"].value, []).append(row["thing"].value)
    return samples


def _ask_class(name: str, slug: str) -> Question:
    return Question("?thing", _COUNT % (slug, name), order="?thing", limit=10_000, named=("thing",))
