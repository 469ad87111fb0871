"""The catalogue entry: DCAT 3 as DCAT-AP 3.0.1 and DCAT-AP_IT 2.0 both accept it.

Where the two profiles differ, the rule that meets both (``vocabularies.md``, section 7). Things of others
that the profiles want typed (languages, media types, the licence) are typed here too, so that the description
validates by itself. No blank nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mesmart_kg.formats import Format
from mesmart_kg.metadata.lookups import tell_lookup
from mesmart_kg.metadata.matching import tell_matching
from mesmart_kg.metadata.site import CC_BY, Site
from mesmart_kg.metadata.statements import Statements, named, typed
from mesmart_kg.namespaces import NAMESPACE, PREFIXES
from mesmart_kg.store import Literal

_AUTHORITY = PREFIXES["at"]
_IANA = "http://www.iana.org/assignments/media-types/"
_FILE_TYPES = {
    "ttl": "RDF_TURTLE",
    "nt": "RDF_N_TRIPLES",
    "nq": "RDF_N_QUADS",
    "trig": "RDF_TRIG",
    "jsonld": "JSON_LD",
    "rdf": "RDF_XML",
    "csv": "CSV",
    "json": "JSON",
}
_LANGUAGES = ("ITA", "ENG")
_THEMES = ("GOVE", "TECH")
_PROTOCOL = "https://www.w3.org/TR/sparql11-protocol/"
# EuroVoc, microthesaurus 0436: a narrower match of the theme GOVE in the national mapping of themes.
_SUBJECT = "http://eurovoc.europa.eu/100169"
_LOCAL_AUTHORITY = "http://purl.org/adms/publishertype/LocalAuthority"

_DESCRIPTION = (
    "Di quali comunità europee fanno parte le città, da quando, con quale ruolo e chi lo dice; a quali "
    "eventi e progetti partecipano; con l'elenco dei comuni italiani e dei paesi a cui collegarsi.",
    "Which European communities cities belong to, since when, in which role and who says so; which "
    "events and projects they take part in; with the lists of Italian municipalities and of countries "
    "to link to.",
)
_KEYWORDS = (("città intelligenti", "smart cities"), ("comunità di città", "city communities"))


@dataclass(frozen=True)
class Distribution:
    """One file that can be fetched; ``bytes`` and ``sha256`` are of the file as it is fetched."""

    name: str
    format: Format
    bytes: int
    sha256: str
    title_it: str
    title_en: str
    is_compressed: bool


def tell_catalogue(
    statements: Statements,
    site: Site,
    release_id: str,
    day: date,
    distributions: Iterable[Distribution],
    period: tuple[str, str] | None,
) -> None:
    """Tell catalogue, dataset, service, agents and distributions.

    ``period`` is the first and last year that the data speak of, ``YYYY``, if any.
    """
    dated = typed(day.isoformat(), "xsd:date")
    tell = statements.tell
    catalogue, dataset = site.catalogue, site.dataset
    statements.classify(catalogue, "dcat:Catalog", "dcatapit:Catalog")
    statements.say(catalogue, "dcterms:title", f"Catalogo: {site.title_it}", f"Catalogue: {site.title_en}")
    statements.say(
        catalogue,
        "dcterms:description",
        f"I dati collegati che {site.publisher} pubblica qui.",
        f"The linked data that {site.publisher} publishes here.",
    )
    tell(catalogue, "dcterms:publisher", site.publisher_iri)
    tell(catalogue, "dcterms:modified", dated)
    tell(catalogue, "dcterms:issued", dated)
    tell(catalogue, "dcat:dataset", dataset)
    tell(catalogue, "dcat:service", site.endpoint)
    tell(catalogue, "foaf:homepage", site.base)
    tell(catalogue, "dcat:themeTaxonomy", _AUTHORITY + "data-theme")
    tell(catalogue, "dcterms:license", site.licence_iri)
    statements.classify(site.base, "foaf:Document")

    statements.classify(dataset, "dcat:Dataset", "dcatapit:Dataset", "void:Dataset")
    tell(dataset, "dcterms:identifier", Literal(f"{site.publisher_identifier}:D.1"))
    statements.say(dataset, "dcterms:title", site.title_it, site.title_en)
    statements.say(dataset, "dcterms:description", *_describe(site))
    tell(dataset, "dcterms:modified", dated)
    tell(dataset, "dcterms:issued", dated)
    tell(dataset, "dcat:theme", *(f"{_AUTHORITY}data-theme/{code}" for code in _THEMES))
    tell(dataset, "dcterms:subject", _SUBJECT)
    tell(dataset, "dcterms:rightsHolder", site.publisher_iri)
    tell(dataset, "dcterms:publisher", site.publisher_iri)
    tell(dataset, "dcterms:creator", site.publisher_iri)
    tell(dataset, "dcat:contactPoint", site.contact_iri)
    tell(dataset, "dcterms:accrualPeriodicity", _AUTHORITY + "frequency/IRREG")
    tell(dataset, "dcterms:accessRights", _AUTHORITY + "access-right/PUBLIC")
    tell(dataset, "dcterms:license", site.licence_iri)
    tell(dataset, "dcat:landingPage", site.base)
    if site.has_inbox:  # Linked Data Notifications, section 3.1
        tell(dataset, "ldp:inbox", site.inbox)
    for it, en in _KEYWORDS:
        statements.say(dataset, "dcat:keyword", it, en)
    tell(dataset, "dcat:version", Literal(release_id))
    tell(dataset, "owl:versionInfo", Literal(release_id))
    tell(dataset, "dcat:hasVersion", f"{dataset}/{release_id}")
    _tell_version(statements, site, release_id, day)
    for subject in (catalogue, dataset):
        tell(subject, "dcterms:language", *(f"{_AUTHORITY}language/{code}" for code in _LANGUAGES))
        if site.base == NAMESPACE:  # where in the world another city's data belong, we can't say
            tell(subject, "dcterms:spatial", _AUTHORITY + "continent/EUROPE")
    if period:
        _tell_period(statements, site, period)
    for distribution in distributions:
        tell(
            dataset,
            "dcat:distribution",
            _tell_distribution(statements, site, release_id, distribution, dated),
        )
    _tell_service(statements, site, dated)
    tell_matching(statements, site, [f"{_AUTHORITY}data-theme/{code}" for code in _THEMES])
    tell_lookup(statements, site, [f"{_AUTHORITY}data-theme/{code}" for code in _THEMES])
    _tell_agents(statements, site)
    _tell_terms_of_others(statements, site)


def _describe(site: Site) -> tuple[str, str]:
    """Return what the dataset is, in Italian and English: for another city, only what holds for any."""
    if site.base == NAMESPACE:
        return _DESCRIPTION
    return (
        f"{site.title_it}: dati aperti collegati, nei termini che le città hanno in comune; "
        "ogni affermazione nomina la sua fonte.",
        f"{site.title_en}: linked open data in the terms that cities share; "
        "every statement names its source.",
    )


def _tell_version(statements: Statements, site: Site, release_id: str, day: date) -> None:
    version = f"{site.dataset}/{release_id}"
    statements.classify(version, "dcat:Dataset")
    statements.say(
        version, "dcterms:title", f"{site.title_it}, {release_id}", f"{site.title_en}, {release_id}"
    )
    statements.say(
        version,
        "dcterms:description",
        "Una versione, che non cambia più.",
        "One release, which never changes.",
    )
    statements.tell(version, "dcat:version", Literal(release_id))
    statements.tell(version, "dcterms:issued", typed(day.isoformat(), "xsd:date"))
    statements.tell(version, "dcat:landingPage", f"{site.base}releases/{release_id}")
    statements.classify(f"{site.base}releases/{release_id}", "foaf:Document")


def _tell_period(statements: Statements, site: Site, period: tuple[str, str]) -> None:
    node = f"{site.dataset}#period"
    statements.tell(site.dataset, "dcterms:temporal", node)
    statements.classify(node, "dcterms:PeriodOfTime")
    for prefix in ("dcat", "dcatapit"):
        statements.tell(node, f"{prefix}:startDate", typed(f"{period[0]}-01-01", "xsd:date"))
        statements.tell(node, f"{prefix}:endDate", typed(f"{period[1]}-12-31", "xsd:date"))


def _tell_distribution(
    statements: Statements, site: Site, release_id: str, distribution: Distribution, dated: Literal
) -> str:
    tell = statements.tell
    node = f"{site.dataset}#{distribution.name}"
    media_type = _IANA + distribution.format.media_type
    statements.classify(node, "dcat:Distribution", "dcatapit:Distribution")
    statements.say(node, "dcterms:title", distribution.title_it, distribution.title_en)
    statements.say(
        node,
        "dcterms:description",
        f"{distribution.title_it}. File {distribution.name}.",
        f"{distribution.title_en}. File {distribution.name}.",
    )
    tell(node, "dcterms:format", f"{_AUTHORITY}file-type/{_FILE_TYPES[distribution.format.name]}")
    tell(node, "dcat:mediaType", media_type)
    statements.classify(media_type, "dcterms:MediaType")
    if distribution.is_compressed:
        tell(node, "dcat:compressFormat", _IANA + "application/gzip")
        statements.classify(_IANA + "application/gzip", "dcterms:MediaType")
    tell(node, "dcat:accessURL", site.dataset)
    tell(node, "dcat:downloadURL", f"{site.base}releases/{release_id}/dumps/{distribution.name}")
    tell(node, "dcterms:license", site.licence_iri)
    tell(node, "dcat:byteSize", typed(distribution.bytes, "xsd:nonNegativeInteger"))
    tell(node, "spdx:checksum", f"{node}-sha256")
    statements.classify(f"{node}-sha256", "spdx:Checksum")
    tell(f"{node}-sha256", "spdx:algorithm", named("spdx:checksumAlgorithm_sha256"))
    tell(f"{node}-sha256", "spdx:checksumValue", typed(distribution.sha256, "xsd:hexBinary"))
    tell(node, "dcatap:availability", _AUTHORITY + "planned-availability/STABLE")
    tell(node, "adms:status", _AUTHORITY + "distribution-status/COMPLETED")
    tell(node, "dcterms:modified", dated)
    tell(node, "dcterms:issued", dated)
    return node


def _tell_service(statements: Statements, site: Site, dated: Literal) -> None:
    """Tell of the endpoint twice: as a service, and as a distribution, for DCAT-AP_IT knows no services."""
    tell = statements.tell
    service = site.endpoint
    statements.classify(service, "dcat:DataService")
    tell(service, "dcat:endpointURL", service)
    tell(service, "dcat:endpointDescription", service)
    tell(service, "dcat:servesDataset", site.dataset)
    tell(service, "dcterms:publisher", site.publisher_iri)
    tell(service, "dcat:contactPoint", site.contact_iri)
    tell(service, "dcat:theme", *(f"{_AUTHORITY}data-theme/{code}" for code in _THEMES))
    tell(service, "dcterms:conformsTo", _PROTOCOL)
    statements.say(service, "dcat:keyword", "SPARQL", "SPARQL")
    statements.classify(_PROTOCOL, "dcterms:Standard")
    node = f"{site.dataset}#sparql"
    tell(site.dataset, "dcat:distribution", node)
    statements.classify(node, "dcat:Distribution", "dcatapit:Distribution")
    tell(node, "dcat:accessService", service)
    tell(node, "dcat:accessURL", service)
    tell(node, "dcterms:format", _AUTHORITY + "file-type/JSON")
    tell(node, "dcatap:availability", _AUTHORITY + "planned-availability/STABLE")
    tell(node, "adms:status", _AUTHORITY + "distribution-status/COMPLETED")
    tell(node, "dcterms:modified", dated)
    for subject in (service, node):
        statements.say(subject, "dcterms:title", "Interrogazione SPARQL", "SPARQL endpoint")
        statements.say(
            subject,
            "dcterms:description",
            "Risponde a interrogazioni SPARQL 1.1 su tutti i grafi.",
            "Answers SPARQL 1.1 queries over all graphs.",
        )
        tell(subject, "dcterms:license", site.licence_iri)


def _tell_agents(statements: Statements, site: Site) -> None:
    tell = statements.tell
    statements.classify(site.publisher_iri, "foaf:Agent", "dcatapit:Agent")
    tell(site.publisher_iri, "dcterms:identifier", Literal(site.publisher_identifier))
    tell(site.publisher_iri, "foaf:name", Literal(site.publisher))
    if site.publisher_identifier.startswith("c_"):  # municipalities, in the Italian index of public bodies
        tell(site.publisher_iri, "dcterms:type", _LOCAL_AUTHORITY)
    statements.classify(site.contact_iri, "vcard:Kind", "vcard:Organization", "dcatapit:Organization")
    tell(site.contact_iri, "vcard:fn", Literal(site.contact_name))
    tell(site.contact_iri, "vcard:hasEmail", f"mailto:{site.contact_email}")
    if site.contact_url:
        tell(site.contact_iri, "vcard:hasURL", site.contact_url)


def _tell_terms_of_others(statements: Statements, site: Site) -> None:
    tell = statements.tell
    licence = site.licence_iri
    statements.classify(licence, "dcterms:LicenseDocument", "dcatapit:LicenseDocument")
    if licence == CC_BY:
        tell(licence, "dcterms:type", "http://purl.org/adms/licencetype/Attribution")
        tell(licence, "foaf:name", Literal("CC BY 4.0"))
        tell(licence, "owl:versionInfo", Literal("4.0"))
    for code in _LANGUAGES:
        statements.classify(f"{_AUTHORITY}language/{code}", "dcterms:LinguisticSystem")
    for code in sorted(set(_FILE_TYPES.values())):
        statements.classify(f"{_AUTHORITY}file-type/{code}", "dcterms:MediaTypeOrExtent")
    statements.classify(_AUTHORITY + "frequency/IRREG", "dcterms:Frequency")
    statements.classify(_AUTHORITY + "access-right/PUBLIC", "dcterms:RightsStatement")
    statements.classify(_AUTHORITY + "continent/EUROPE", "dcterms:Location")
    statements.classify(_AUTHORITY + "data-theme", "skos:ConceptScheme")
    statements.say(_AUTHORITY + "data-theme", "dcterms:title", "Temi dei dati", "Data themes")
    statements.classify(_SUBJECT, "skos:Concept")
    statements.say(
        _SUBJECT,
        "skos:prefLabel",
        "potere esecutivo e amministrazione pubblica",
        "executive power and public service",
    )
