"""Minimal interoperability mechanisms: of which edition, how far along, promoted by whom, resting on what."""

from __future__ import annotations

from dataclasses import dataclass

from mesmart_kg.labels import Name, Reference
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.city import read_names
from mesmart_kg.profiles.desk import Desk, Sources
from mesmart_kg.profiles.kin import ask_kin, read_kin
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Fact, Kin, Listing, Told

_ABOUT = ask_about(
    "skos:definition",
    "skos:notation",
    "skos:altLabel",
    "skos:note",
    "skos:broader",
    "skos:inScheme",
    "adms:status",
    "schema:citation",
    "schema:url",
)

_KIN = ask_kin(
    "cc:promotes", "skos:broader", "dcterms:conformsTo", kinds=("cc:Community", "cc:Mechanism", "cc:Project")
)

NAMESAKES = Question(
    "?other ?edition ?notation",
    """
    $this skos:notation ?notation .
    ?other a cc:Mechanism ;
      skos:notation ?notation .
    FILTER(?other != $this)
    OPTIONAL { ?other skos:inScheme ?edition }
    """,
    order="?other",
    limit=50,
    named=("other",),
)
"""Other mechanisms of the same notation: MIM1 is not the same in every edition."""


@dataclass(frozen=True)
class Namesake:
    """A mechanism that another edition calls by the same notation."""

    mechanism: Reference
    edition: Reference | None


@dataclass(frozen=True)
class MechanismProfile:
    """A mechanism; its notation means something only together with its edition."""

    thing: Reference
    definition: Fact[Name] | None
    notations: tuple[Fact[str], ...]
    editions: tuple[Fact[Reference], ...]
    statuses: tuple[Fact[Reference], ...]
    other_names: tuple[Name, ...]
    notes: tuple[Fact[Name], ...]
    broader: tuple[Fact[Reference], ...]
    standards: tuple[Fact[str], ...]
    websites: tuple[Fact[str], ...]
    promoted_by: Listing[Kin]
    holds: Listing[Kin]
    used_by: Listing[Kin]
    namesakes: Listing[Namesake]
    told: Listing[Told]


def read_mechanism(sources: Sources, iri: str, languages: tuple[str, ...]) -> MechanismProfile:
    """Read a mechanism's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    facts = about.facts
    kin = read_kin(desk, _KIN)
    others = desk.fold(NAMESAKES, "other")
    namesakes = tuple(
        Namesake(desk.refer(each), desk.maybe(record.iri("edition"))) for each, record in others.items()
    )
    return MechanismProfile(
        desk.refer(iri),
        desk.wording(facts, "skos:definition"),
        desk.texts(facts, "skos:notation"),
        desk.facts(facts, "skos:inScheme"),
        desk.facts(facts, "adms:status"),
        read_names(facts, languages),
        desk.wordings(facts, "skos:note"),
        desk.facts(facts, "skos:broader"),
        desk.texts(facts, "schema:citation"),
        desk.texts(facts, "schema:url"),
        kin.of("cc:Community", how=("cc:promotes",)),
        kin.of("cc:Mechanism", how=("skos:broader",)),
        kin.of("cc:Project", how=("dcterms:conformsTo",)),
        Listing(namesakes, desk.offer(NAMESAKES) if namesakes else ""),
        about.told,
    )
