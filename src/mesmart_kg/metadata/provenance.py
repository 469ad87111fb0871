"""graph/provenance: one entry for each named graph, and how the inferred one came about.

Entries are ``prov:Entity``; who told the facts of a graph is ``prov:hadPrimarySource``, who wrote them down
here ``prov:wasAttributedTo``. A graph holds facts in words of our own, so its licence is the site's; under
which licence the source itself stands is told of the source, and the credit it asks for is repeated here.
Links that somebody gave us stand under their licence, with their name.
Times are the release's day, not the clock.

Specification: PROV-O. What the sources themselves are (title, publisher, date) is told in ``data/``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from mesmart_kg.metadata.site import Site
from mesmart_kg.metadata.statements import Statements, typed
from mesmart_kg.store import Dataset, Literal, NamedNode, Quad, Term

_KINDS = {
    "ontology": ("L'ontologia", "The ontology"),
    "concepts": ("I concetti: temi, ruoli, tipi", "The concepts: topics, roles, kinds"),
    "shapes": ("Le forme SHACL che i dati rispettano", "The SHACL shapes that the data keep to"),
    "inferred": ("Ciò che segue dai fatti secondo le regole", "What follows from the facts by the rules"),
    "links": ("I collegamenti ad altre basi di dati", "The links to other datasets"),
    "alignment": ("Le corrispondenze con altre ontologie", "The correspondences with other ontologies"),
    "endpoints": ("Il registro degli endpoint di altri", "The register of sister endpoints"),
    "provenance": ("Da dove viene ogni grafo", "Where each graph comes from"),
    "metadata": ("La descrizione dell'insieme di dati", "The description of the dataset"),
}


def provenance_quads(
    dataset: Dataset, graphs: Iterable[str], site: Site, day: date, rules: Iterable[str]
) -> Iterator[Quad]:
    """Yield the entries of these graphs, and of provenance and metadata themselves.

    ``rules`` are the IRIs of the plans that the inference followed. The dataset holds what is told of the
    sources (titles and credits are read there) and by the sets of links that others gave us.
    """
    names = site.names
    statements = Statements(names.provenance)
    _tell_publisher(statements, site)
    described = sorted({*graphs, names.provenance, names.metadata})
    source_prefix = names.source("")
    for graph in described:
        statements.classify(graph, "prov:Entity")
        statements.tell(graph, "prov:generatedAtTime", typed(f"{day.isoformat()}T00:00:00Z", "xsd:dateTime"))
        statements.tell(graph, "prov:wasAttributedTo", site.publisher_iri)
        if not names.find_linkset(graph):
            statements.tell(graph, "dcterms:license", site.licence_iri)
        if graph.startswith(source_prefix):
            source = f"{site.base}id/source/{graph.removeprefix(source_prefix)}"
            _tell_source_graph(statements, dataset, graph, source)
        elif names.find_linkset(graph):
            _tell_given_links(statements, dataset, graph)
        else:
            kind = graph.removeprefix(names.named(""))
            statements.say(graph, "dcterms:title", *_KINDS.get(kind, (kind, kind)))
    if names.inferred in described:
        _tell_inference(statements, site, described, rules)
    yield from statements


def _tell_publisher(statements: Statements, site: Site) -> None:
    statements.classify(site.publisher_iri, "foaf:Agent", "prov:Agent")
    statements.tell(site.publisher_iri, "foaf:name", Literal(site.publisher))
    statements.say(site.publisher_iri, "skos:prefLabel", site.publisher, site.publisher)


def _tell_source_graph(statements: Statements, dataset: Dataset, graph: str, source: str) -> None:
    statements.tell(graph, "prov:hadPrimarySource", source)
    titles = _values(dataset, source, "dcterms:title")
    title = titles[0].value if titles else source
    statements.say(graph, "dcterms:title", f"Quanto afferma «{title}»", f"What “{title}” states")
    for predicate in ("schema:creditText", "prov:wasDerivedFrom"):
        values = _values(dataset, source, predicate)
        statements.tell(graph, predicate, *(term for term in values if isinstance(term, NamedNode | Literal)))


def _tell_given_links(statements: Statements, dataset: Dataset, graph: str) -> None:
    """Tell who gave us a set of links, when, and under which licence: theirs, not ours."""
    name = graph.rpartition("/")[2]
    statements.say(graph, "dcterms:title", f"I collegamenti dati da «{name}»", f"The links given by “{name}”")
    query = f"""
        PREFIX void: <http://rdfs.org/ns/void#>
        SELECT ?set {{ GRAPH <{graph}> {{ ?set a void:Linkset }} }} ORDER BY ?set"""
    for row in dataset.select(query):
        linkset = row["set"].value
        statements.tell(graph, "dcterms:source", linkset)
        for predicate in ("dcterms:license", "dcterms:publisher", "dcterms:creator", "dcterms:dateAccepted"):
            values = _values(dataset, linkset, predicate)
            statements.tell(graph, predicate, *(v for v in values if isinstance(v, NamedNode | Literal)))
        texts = _values(dataset, linkset, "schema:creditText")
        statements.tell(graph, "schema:creditText", *(v for v in texts if isinstance(v, Literal)))


def _values(dataset: Dataset, subject: str, predicate: str) -> list[Term]:
    """Return what is told of a source, sorted, so that the first is always the same."""
    query = f"""
        PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX prov: <http://www.w3.org/ns/prov#>
        PREFIX schema: <https://schema.org/>
        SELECT ?subject ?value {{ ?subject {predicate} ?value }}"""
    return sorted((row["value"] for row in dataset.select(query, {"subject": NamedNode(subject)})), key=str)


def _tell_inference(statements: Statements, site: Site, graphs: Iterable[str], rules: Iterable[str]) -> None:
    """Tell that the inferred graph came of a run, which graphs it used, and which plans it followed."""
    names = site.names
    run = f"{site.base}id/activity/inference"
    statements.classify(run, "prov:Activity")
    statements.say(run, "skos:prefLabel", "Inferenza di questa versione", "The inference of this release")
    statements.tell(run, "prov:wasAssociatedWith", site.publisher_iri)
    statements.tell(names.inferred, "prov:wasGeneratedBy", run)
    own = {names.inferred, names.provenance}
    used = (graph for graph in graphs if graph not in own and not names.is_apart(graph))
    statements.tell(run, "prov:used", *used)
    for rule in rules:
        association = f"{site.base}id/association/inference--{rule.rpartition('/')[2]}"
        statements.tell(run, "prov:qualifiedAssociation", association)
        statements.classify(association, "prov:Association")
        statements.tell(association, "prov:agent", site.publisher_iri)
        statements.tell(association, "prov:hadPlan", rule)
