"""Every constraint of the shapes catches the fault it is for, on the real data, and says where.

For each constraint of each shape (the list is read from ``shapes/``, so that a new one can't go untested)
one statement of a small part of the real data is broken, and exactly one finding must come of it: the right
focus node, path, constraint, severity and messages; and the focus node must be found in ``data/``, at the
CSV row or the first line of the subject's block in Turtle.

How a statement is broken depends on the kind of constraint, not on the shape: see ``_BREAKERS``. A few
constraints are about two statements at once; they have a fault of their own in ``_FAULTS``.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pyshacl
import pytest
from rdflib import OWL, RDF, RDFS, SH, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node
from surveying import count_dataset, survey_dataset

from mesmart_kg import formats, metadata, store
from mesmart_kg.facts import Place, locate_all
from mesmart_kg.namespaces import CC, NAMESPACE, PREFIXES, VOC
from mesmart_kg.validation import read_shapes, validate_graph
from mesmart_kg.validation.data_graph import to_data_graph

if TYPE_CHECKING:
    from mesmart_kg.namespaces import GraphNames
    from mesmart_kg.validation import Finding

SHAPES = Path(__file__).resolve().parents[2] / "shapes"
SCHEMA = Namespace(PREFIXES["schema"])
GEO = Namespace(PREFIXES["geo"])
PROV = Namespace(PREFIXES["prov"])
REPORT = NAMESPACE + "report/validation"
NOWHERE = "-nowhere"
BAD = "Bad_"

_Triple: TypeAlias = tuple[Node, Node, Node]


@dataclass(frozen=True)
class Constraint:
    """A shape, a component's name, its parameter's value; ``path`` only of property shapes."""

    shape: URIRef
    component: str
    parameter: Node
    path: URIRef | None
    targets: tuple[tuple[str, URIRef], ...]

    def __str__(self) -> str:
        return f"{self.shape.rpartition('#')[2]}-{self.component}"


@dataclass(frozen=True)
class Fault:
    """A change of the data, and the focus node and path under which it must be found."""

    focus: URIRef
    path: Node | None
    removed: tuple[_Triple, ...] = ()
    added: tuple[_Triple, ...] = ()


# What there is to break
# --------------------------------------------------------------------------------------------

_COMPONENTS = {
    SH.minCount: "MinCount",
    SH.maxCount: "MaxCount",
    SH["class"]: "Class",
    SH.datatype: "Datatype",
    SH.nodeKind: "NodeKind",
    SH.pattern: "Pattern",
    SH.languageIn: "LanguageIn",
    SH.uniqueLang: "UniqueLang",
    SH["or"]: "Or",
    SH.node: "Node",
    SH["in"]: "In",
    SH.hasValue: "HasValue",
    SH.minInclusive: "MinInclusive",
    SH.closed: "Closed",
    SH.sparql: "SPARQL",
}
_NO_CONSTRAINT = {
    RDF.type,
    SH.path,
    SH.property,
    SH.message,
    SH.name,
    SH.severity,
    SH.ignoredProperties,
    SH.targetClass,
    SH.targetSubjectsOf,
    SH.targetObjectsOf,
}


@cache
def _shapes() -> Graph:
    # Messages to the inbox are none of our data: tests/inbox/test_messages.py breaks their shapes.
    return read_shapes(path for path in SHAPES.glob("*.ttl") if path.name != "notification.ttl")


def _constraints() -> Iterator[Constraint]:
    shapes = _shapes()
    for node in sorted(set(shapes.subjects(RDF.type, SH.NodeShape)), key=str):
        targets = tuple(
            sorted(
                (str(kind).rpartition("#")[2], URIRef(str(value)))
                for kind in (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
                for value in shapes.objects(node, kind)
            )
        )
        if not targets:
            continue
        for shape in (node, *sorted(shapes.objects(node, SH.property), key=str)):
            path = shapes.value(shape, SH.path)
            named = URIRef(str(path)) if path is not None else None
            for predicate, parameter in sorted(shapes.predicate_objects(shape), key=str):
                if predicate not in _NO_CONSTRAINT:
                    component = _COMPONENTS[URIRef(str(predicate))]
                    yield Constraint(URIRef(str(shape)), component, parameter, named, targets)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "constraint" in metafunc.fixturenames:
        metafunc.parametrize("constraint", list(_constraints()), ids=str)


# The real data, and a small part of them
# ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """All that is asserted, what we say of ourselves, and where in ``data/`` the facts are told."""

    graph: Graph
    folder: Path
    places: Mapping[str, list[Place]]

    def focus_nodes(self, targets: Iterable[tuple[str, URIRef]]) -> list[URIRef]:
        """Return the instances of the targets, sorted."""
        found: set[Node] = set()
        for kind, value in targets:
            if kind == "targetClass":
                for cls in self.graph.transitive_subjects(RDFS.subClassOf, value):
                    found.update(self.graph.subjects(RDF.type, cls))
            elif kind == "targetSubjectsOf":
                found.update(self.graph.subjects(value))
            else:
                found.update(self.graph.objects(None, value))
        return sorted(node for node in found if isinstance(node, URIRef))

    def is_instance(self, node: Node, cls: Node) -> bool:
        """Tell whether a node is of a class or one of its subclasses."""
        kinds = self.graph.objects(node, RDF.type)
        return any(cls in self.graph.transitive_objects(kind, RDFS.subClassOf) for kind in kinds)

    def around(self, seeds: Iterable[Node]) -> Graph:
        """Return what is told of the seeds, of all they refer to, and of our terms and concepts."""
        sample = Graph()
        ahead, done = list(seeds), set()
        while ahead:
            node = ahead.pop()
            if node in done:
                continue
            done.add(node)
            for triple in self.graph.triples((node, None, None)):
                sample.add(triple)
                ahead.append(triple[2])
        return sample


@pytest.fixture(scope="module")
def data(project: Path, facts_dataset: store.Dataset, names: GraphNames) -> Data:
    site = metadata.Site("Comune di Messina", "c_f158", "Comune", "a@example.org", "Prova", "Trial")
    day = date(2026, 11, 22)
    ontology = store.parse(project / "ontology" / "city-communities.ttl", formats.TURTLE)
    files = [
        metadata.Distribution(f"{name}.nt.gz", formats.NTRIPLES, 1, "0" * 64, "Tutto", "All", True)
        for name in ("default", "inferred")
    ]
    surveyed = survey_dataset(facts_dataset, names)
    quads = [
        *facts_dataset.quads(),
        *ontology,
        *metadata.provenance_quads(facts_dataset, facts_dataset.graph_names(), site, day, ()),
        *metadata.describe_dataset(
            site,
            "2026-11-22-00000000",
            day,
            count_dataset(facts_dataset, surveyed, names),
            metadata.measure(facts_dataset, surveyed, day, 0, 0),
            files,
        ),
    ]
    graph = to_data_graph(quads, Graph())
    told = {quad.subject.value for quad in facts_dataset.quads() if isinstance(quad.subject, store.NamedNode)}
    return Data(graph, project, locate_all(told, project / "data", NAMESPACE))


@pytest.fixture(scope="module")
def sample(data: Data) -> Graph:
    """Messina, OASC and, for every constraint, a few things it is about, with all that these refer to."""
    seeds: set[Node] = {URIRef(f"{NAMESPACE}id/city/it-messina"), URIRef(f"{NAMESPACE}id/community/oasc")}
    referred = set(data.graph.objects())
    for constraint in _constraints():
        nodes = data.focus_nodes(constraint.targets)
        seeds.update(nodes[:2])
        alone = [node for node in nodes if node not in referred]
        seeds.update([*alone[:1], *alone[-1:]])
        if constraint.path is not None:
            seeds.update([node for node in nodes if (node, constraint.path, None) in data.graph][:2])
    for cls in (OWL.Class, OWL.Ontology, SKOS.ConceptScheme):
        seeds.update(data.graph.subjects(RDF.type, cls))
    return data.around(seeds)


# How to break it
# ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A constraint and the part of the data in which it is to be broken."""

    constraint: Constraint
    sample: Graph
    focus_nodes: tuple[URIRef, ...]

    def narrower(self, node: URIRef) -> bool:
        """Tell whether a node is of a narrower class with shapes of its own."""
        asked = {target for kind, target in self.constraint.targets if kind == "targetClass"}
        return any(
            cls not in asked and (None, SH.targetClass, cls) in _shapes()
            for cls in self.sample.objects(node, RDF.type)
        )

    @property
    def path(self) -> URIRef:
        assert self.constraint.path is not None
        return self.constraint.path

    def statements(self, count: int | None = None) -> list[tuple[URIRef, list[Node]]]:
        """Return focus nodes with values under the path (as many as ``count``), and these, sorted."""
        found = []
        for node in self.focus_nodes:
            values = sorted(self.sample.objects(node, self.path), key=str)
            if values and count in (None, len(values)):
                found.append((node, values))
        return found

    def replace(self, change: Callable[[Node], Node | None]) -> Fault:
        """Replace the first value; where the data have none, add what a text would become."""
        for focus, values in self.statements():
            for old in values:
                new = change(old)
                if new is not None:
                    return Fault(focus, self.path, ((focus, self.path, old),), ((focus, self.path, new),))
        new = change(Literal("x"))
        assert new is not None, "nothing to break, and nothing to add"
        return Fault(self.focus_nodes[0], self.path, (), ((self.focus_nodes[0], self.path, new),))

    def siblings(self, parameter: URIRef) -> Iterator[Node]:
        """Yield the values of another constraint of the same shape."""
        yield from _shapes().objects(self.constraint.shape, parameter)

    def instances(self) -> list[Node]:
        """Return what may stand under the path by its class, or all that is described if it has none."""
        classes = list(self.siblings(SH["class"]))
        found: set[Node] = set()
        for cls in classes:
            for kind in self.sample.transitive_subjects(RDFS.subClassOf, cls):
                found.update(self.sample.subjects(RDF.type, kind))
        return sorted(found if classes else set(self.sample.subjects(RDF.type)), key=str)


def _break_min_count(case: Case) -> Fault:
    """Take the values away until there are too few: one, mostly."""
    least = int(str(case.constraint.parameter))
    focus, values = (case.statements(least) or case.statements())[0]
    gone = values[: len(values) - least + 1]
    return Fault(focus, case.path, tuple((focus, case.path, value) for value in gone))


def _break_max_count(case: Case) -> Fault:
    """Add a value that is right in itself."""
    statements = case.statements()
    if not statements:
        pytest.fail(f"the data have no {case.path} to which a second could be added")
    focus, values = statements[0]
    others = [value for _, more in statements for value in more if value not in values]
    new = next(iter(others), None) or _another(case, values[0])
    kinds = [] if (new, RDF.type, None) in case.sample else case.siblings(SH["class"])
    return Fault(focus, case.path, (), ((focus, case.path, new), *((new, RDF.type, kind) for kind in kinds)))


def _another(case: Case, value: Node) -> Node:
    if isinstance(value, Literal):
        text = str(value)
        if value.datatype in (XSD.integer, XSD.nonNegativeInteger):
            return Literal(str(int(text) + 1), datatype=value.datatype)
        if value.datatype in (XSD.date, XSD.dateTime):
            return Literal("1999" + text[4:], datatype=value.datatype)
        digit = "1" if text[-1] == "0" else "0"
        return Literal(text[:-1] + digit, lang=value.language, datatype=value.datatype)
    fit = [node for node in case.instances() if node != value and _matches(case, node)]
    return fit[0] if any(case.siblings(SH["class"])) and fit else URIRef(str(value)[:-1] + "0")


def _matches(case: Case, node: Node) -> bool:
    return all(re.search(str(pattern), str(node)) for pattern in case.siblings(SH.pattern))


def _break_class(case: Case) -> Fault:
    """Refer to what is not there."""
    return case.replace(_to_nowhere(case))


def _to_nowhere(case: Case) -> Callable[[Node], Node | None]:
    def change(value: Node) -> Node | None:
        if not isinstance(value, URIRef):
            value = next(node for node in case.instances() if _matches(case, node))
        names = (URIRef(f"{value}{NOWHERE}"), URIRef(f"{str(value)[:-2]}XX"))
        return next(name for name in names if _matches(case, name))

    return change


def _break_datatype(case: Case) -> Fault:
    """Write the same value with another datatype: a neighbouring one, so that it can still be compared."""

    def change(value: Node) -> Node | None:
        if case.constraint.parameter == XSD.string:
            return Literal(str(value), lang="it")
        if case.constraint.parameter in (XSD.integer, XSD.nonNegativeInteger):
            return Literal(f"{value}.0", datatype=XSD.decimal)
        if case.constraint.parameter == XSD.decimal:
            return Literal("1", datatype=XSD.integer)
        return Literal(str(value))

    return case.replace(change)


def _break_node_kind(case: Case) -> Fault:
    """Write an IRI as text, or a text as IRI."""
    wants_iri = case.constraint.parameter == SH.IRI
    return case.replace(lambda value: Literal(str(value)) if wants_iri else URIRef("http://example.org/x"))


def _break_pattern(case: Case) -> Fault:
    """Misspell an IRI as no slug is; write a value that does not match, of the right class."""
    if case.constraint.path is None:
        return _rename(case)
    pattern = re.compile(str(case.constraint.parameter))

    def change(value: Node) -> Node | None:
        if isinstance(value, Literal):
            forms = (f"{value}00",) if value.datatype == XSD.hexBinary else (f"?{value}", f"{value}?")
            text = next(form for form in forms if not pattern.search(form))
            return Literal(text, lang=value.language, datatype=value.datatype)
        if any(case.siblings(SH["class"])) or any(case.siblings(SH.node)) or "voc/" in str(value):
            return next(node for node in case.instances() if not pattern.search(str(node)))
        return next(URIRef(text) for text in (f"{value}?", f"ftp:{value}") if not pattern.search(text))

    return case.replace(change)


def _rename(case: Case) -> Fault:
    """Give a thing another IRI: in the data it is one cell, or one name before a block."""
    referred = set(case.sample.objects())
    own = [node for node in case.focus_nodes if node.startswith(NAMESPACE)]
    old = min(own, key=lambda node: (case.narrower(node), node in referred, node))
    head, sign, tail = str(old).rpartition("/")
    return _with_name(case, old, URIRef(f"{head}{sign}{BAD}{tail}"))


def _with_name(case: Case, old: URIRef, new: URIRef) -> Fault:
    removed = [triple for triple in case.sample if old in triple]
    added = [(new if s == old else s, p, new if o == old else o) for s, p, o in removed]
    return Fault(new, None, tuple(removed), tuple(added))


def _break_language(case: Case) -> Fault:
    return case.replace(lambda value: Literal(str(value), lang="fr"))


def _break_unique_language(case: Case) -> Fault:
    """Add a second text in a language that has one."""
    texts = ((focus, value) for focus, values in case.statements() for value in values)
    focus, text = next((focus, text) for focus, text in texts if isinstance(text, Literal) and text.language)
    return Fault(focus, case.path, (), ((focus, case.path, Literal(f"{text} bis", lang=text.language)),))


def _break_or(case: Case) -> Fault:
    """Write a date as a text."""
    return case.replace(lambda value: Literal("2999" if str(value) == "x" else str(value)))


def _break_node(case: Case) -> Fault:
    return case.replace(_to_nowhere(case))


def _break_in(case: Case) -> Fault:
    return case.replace(lambda value: URIRef(f"{value}x"))


def _break_minimum(case: Case) -> Fault:
    datatype = next(case.siblings(SH.datatype))
    return case.replace(lambda _: Literal("-1", datatype=URIRef(str(datatype))))


def _break_closed(case: Case) -> Fault:
    """Use a property that nobody knows."""
    unknown = URIRef(CC + "unknown")
    return Fault(case.focus_nodes[0], unknown, (), ((case.focus_nodes[0], unknown, Literal("x")),))


_BREAKERS: Mapping[str, Callable[[Case], Fault]] = {
    "MinCount": _break_min_count,
    "MaxCount": _break_max_count,
    "Class": _break_class,
    "Datatype": _break_datatype,
    "NodeKind": _break_node_kind,
    "Pattern": _break_pattern,
    "LanguageIn": _break_language,
    "UniqueLang": _break_unique_language,
    "Or": _break_or,
    "Node": _break_node,
    "In": _break_in,
    "HasValue": _break_in,
    "MinInclusive": _break_minimum,
    "Closed": _break_closed,
}


def _move(folder: str, into: str) -> Callable[[Case], Fault]:
    """Return how to put a thing under the IRIs of a wider class: right for that one, wrong for its own."""

    def rename(case: Case) -> Fault:
        old = case.focus_nodes[0]
        return _with_name(case, old, URIRef(old.replace(folder, into)))

    return rename


def _misspell_term(case: Case) -> Fault:
    """Misspell a term where the ontology defines it, and only there."""
    old = URIRef(CC + "population")
    new = URIRef(CC + "Bad_population")
    told = tuple(case.sample.triples((old, None, None)))
    return Fault(new, None, told, tuple((new, predicate, value) for _, predicate, value in told))


def _take_kind_of_organization(case: Case) -> Fault:
    focus, values = case.statements()[0]
    kind = URIRef(VOC + "organization-kind/association")
    return Fault(focus, case.path, ((focus, case.path, values[0]),), ((focus, case.path, kind),))


def _swap_coordinates(case: Case) -> Fault:
    """Give an Italian city's latitude first: a point on Earth still, but not in Italy."""
    focus = next(node for node in case.focus_nodes if "/geometry/it-" in node)
    old = next(case.sample.objects(focus, GEO.asWKT))
    swapped = re.sub(r"([\d.-]+) ([\d.-]+)", r"\2 \1", str(old))
    new = Literal(swapped, datatype=GEO.wktLiteral)
    return Fault(focus, None, ((focus, GEO.asWKT, old),), ((focus, GEO.asWKT, new),))


def _forget_source(case: Case) -> Fault:
    focus = next(node for node in case.focus_nodes if "/graph/source/" in node)
    return Fault(focus, None, tuple(case.sample.triples((focus, PROV.hadPrimarySource, None))))


def _end_early(case: Case) -> Fault:
    """End an event in the year before it starts, told less precisely than the start."""
    focus = next(node for node in case.focus_nodes if (node, RDF.type, URIRef(CC + "Event")) in case.sample)
    start = str(case.sample.value(focus, SCHEMA.startDate))
    old = next(case.sample.objects(focus, SCHEMA.endDate))
    new = Literal(f"{int(start[:4]) - 1}-12", datatype=XSD.gYearMonth)
    path = SCHEMA.endDate
    return Fault(focus, path, ((focus, path, old),), ((focus, path, new),))


def _forget(path: str) -> Callable[[Case], Fault]:
    """Return what takes away all that is said of something by a property, a prefixed name."""
    prefix, _, local = path.partition(":")
    predicate = URIRef(PREFIXES[prefix] + local)

    def change(case: Case) -> Fault:
        focus = next(node for node in case.focus_nodes if (node, predicate, None) in case.sample)
        return Fault(focus, None, tuple(case.sample.triples((focus, predicate, None))))

    return change


_FAULTS: Mapping[str, Callable[[Case], Fault]] = {
    "ItalianGeometry-Or": _swap_coordinates,
    "SourceGraph-Or": _forget_source,
    "LinksetGiver-Or": _forget("dcterms:publisher"),
    "LinksetDay-Or": _forget("dcterms:created"),
    "DateOrder-SPARQL": _end_early,
    "Community-Pattern": _move("/id/community/", "/id/organization/"),
    "EventSeries-Pattern": _move("/id/series/", "/id/event/"),
    "Mechanism-Pattern": _move("/id/mechanism/", "/voc/mechanism/"),
    "Community-kind-Pattern": _take_kind_of_organization,
    "Term-Pattern": _misspell_term,
}


# The tests
# ---------------------------------------------------------------------------------------------------------


def test_shapes_keep_to_the_shapes_of_shapes() -> None:
    """SHACL's own shapes (its appendix C), which find what pyshacl would pass over."""
    pyshacl.validate(Graph(), shacl_graph=read_shapes(SHAPES.glob("*.ttl")), meta_shacl=True)


def test_shapes_name_no_host_of_things() -> None:
    """The base IRI is a setting: a shape that named ours would find nothing in another city's data."""
    texts = [str(term) for triple in _shapes() for term in triple if isinstance(term, Literal)]

    assert not [text for text in texts if re.search(r"w3id[^/]*org/city-communities/(id|graph|set)", text)]


def test_shapes_have_no_blank_nodes_to_publish() -> None:
    assert not [term for triple in _shapes() for term in triple if isinstance(term, BNode)]


def test_every_shape_that_reports_speaks_italian_and_english() -> None:
    for constraint in _constraints():
        source = constraint.parameter if constraint.component == "SPARQL" else constraint.shape
        texts = [text for text in _shapes().objects(source, SH.message) if isinstance(text, Literal)]
        assert sorted(str(text.language) for text in texts) == ["en", "it"], constraint


@pytest.mark.parametrize(
    ("shape", "longitudes", "latitudes"),
    [("Geometry-wkt", (-180, 180), (-90, 90)), ("InItaly", (6.5, 18.6), (35.4, 47.2))],
)
def test_pattern_of_a_box_agrees_with_arithmetic(
    shape: str, longitudes: tuple[float, float], latitudes: tuple[float, float]
) -> None:
    (pattern,) = _shapes().objects(URIRef(f"{PREFIXES['shapes']}{shape}"), SH.pattern)
    draw = random.Random(7)
    edges = [
        edge + step for edge in (*longitudes, *latitudes, 0) for step in (-0.1, -0.00001, 0, 0.00001, 0.1)
    ]
    numbers = edges + [round(draw.uniform(-200, 200), draw.randint(0, 5)) for _ in range(400)]
    for longitude in numbers:
        for latitude in draw.sample(numbers, 40):
            point = f"POINT({longitude:.5f} {latitude:.5f})"
            longitude_fits = longitudes[0] <= round(longitude, 5) <= longitudes[1]
            latitude_fits = latitudes[0] <= round(latitude, 5) <= latitudes[1]
            assert bool(re.search(str(pattern), point)) == (longitude_fits and latitude_fits), point


@pytest.mark.parametrize(
    ("start", "end", "is_in_order"),
    [
        ("2015-03-10", "2015-03-12", True),
        ("2015-03-10", "2015-03-10", True),
        ("2015-03-10", "2015-03-09", False),
        ("2015-03-10", "2015-03", True),
        ("2015-03-10", "2015-02", False),
        ("2015", "2015-01-01", True),
        ("2015", "2014-12-31", False),
        ("2015-12", "2016", True),
    ],
)
def test_dates_of_mixed_precision_are_compared_as_far_as_both_go(
    start: str, end: str, is_in_order: bool
) -> None:
    kinds = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}
    event = URIRef("http://example.org/id/event/fair")
    graph = Graph()
    graph.add((event, SCHEMA.startDate, Literal(start, datatype=kinds[len(start)])))
    graph.add((event, SCHEMA.endDate, Literal(end, datatype=kinds[len(end)])))

    assert validate_graph(graph, _shapes(), REPORT).conforms is is_in_order


def test_real_data_break_no_constraint(data: Data) -> None:
    report = validate_graph(data.graph, _shapes(), REPORT)

    assert report.findings == ()


def test_sample_breaks_no_constraint(sample: Graph) -> None:
    report = validate_graph(sample, _shapes(), REPORT)

    assert report.findings == ()


def test_every_reference_to_a_thing_of_ours_is_checked(data: Data) -> None:
    """For each class and property, some shape asks that what is referred to exists (``sh:class`` or
    ``sh:node``).

    Concepts say which scheme they are in, and the scheme is asked for its name: see Concept.ttl.
    """
    checked: dict[Node, set[Node]] = {SKOS.inScheme: {SKOS.Concept}}
    anything: set[Node] = set()
    for constraint in _constraints():
        if constraint.path is not None and constraint.component in ("Class", "Node"):
            for kind, target in constraint.targets:
                if kind == "targetClass":
                    checked.setdefault(constraint.path, set()).add(target)
                else:
                    anything.add(constraint.path)
    unchecked = set()
    for subject in {URIRef(iri) for iri in data.places}:
        for predicate, value in data.graph.predicate_objects(subject):
            own = isinstance(value, URIRef) and str(value).startswith((f"{NAMESPACE}id/", VOC))
            classes = checked.get(predicate, set())
            if own and predicate not in anything and not any(data.is_instance(subject, c) for c in classes):
                unchecked.add((str(subject), str(predicate)))

    assert unchecked == set()


@pytest.mark.slow
def test_a_broken_statement_is_found_once_and_where_it_stands(
    constraint: Constraint, data: Data, sample: Graph
) -> None:
    case = _case(constraint, data, sample)
    fault = (_FAULTS.get(str(constraint)) or _BREAKERS[constraint.component])(case)
    broken = _break(case, fault, data)

    findings = validate_graph(broken, _shapes(), REPORT).findings

    assert [_short(finding) for finding in findings] == [
        (str(fault.focus), _name(fault.path), str(constraint.shape), constraint.component)
    ]
    assert {findings[0].message_it, findings[0].message_en} == _messages(constraint, fault)
    assert findings[0].severity == _severity(constraint)
    _assert_place(data, fault)


def _break(case: Case, fault: Fault, data: Data) -> Graph:
    """Return the part of the data that the fault touches, with the fault in it."""
    touched = {fault.focus, *(triple[0] for triple in (*fault.removed, *fault.added))}
    for kind, target in case.constraint.targets:
        if kind == "targetObjectsOf":
            touched.update(list(data.graph.subjects(target, fault.focus))[:1])
    broken = data.around({*touched, *(triple[2] for triple in fault.added)})
    for triple in fault.removed:
        broken.remove(triple)
    for triple in fault.added:
        broken.add(triple)
    return broken


def _case(constraint: Constraint, data: Data, sample: Graph) -> Case:
    known = set(sample.subjects())
    nodes = [node for node in data.focus_nodes(constraint.targets) if node in known]
    assert nodes, "the real data have nothing that this shape is about"
    case = Case(constraint, sample, tuple(nodes))
    return replace(case, focus_nodes=tuple(sorted(nodes, key=lambda node: (case.narrower(node), node))))


def _short(finding: Finding) -> tuple[str, str | None, str, str]:
    return finding.focus, finding.path, finding.shape, finding.constraint


def _name(path: Node | None) -> str | None:
    if path is None:
        return None
    iri = str(path)
    prefix = next(p for p, ns in PREFIXES.items() if re.fullmatch(re.escape(ns) + r"[\w-]+", iri))
    return f"{prefix}:{iri.removeprefix(PREFIXES[prefix])}"


def _messages(constraint: Constraint, fault: Fault) -> set[str]:
    source = constraint.parameter if constraint.component == "SPARQL" else constraint.shape
    value = str(fault.added[0][2]) if fault.added else ""
    told = [text for text in _shapes().objects(source, SH.message) if isinstance(text, Literal)]
    assert sorted(str(text.language) for text in told) == ["en", "it"]
    return {text.replace("{?value}", value) for text in told}


def _severity(constraint: Constraint) -> str:
    severity = _shapes().value(constraint.shape, SH.severity)
    return "Violation" if severity is None else str(severity).removeprefix(str(SH))


def _assert_place(data: Data, fault: Fault) -> None:
    """Assert that ``locate`` names the line of the focus node: a row that holds its slug, a block that
    opens with it.

    What is told outside ``data/`` (the ontology, provenance, metadata) has no line there.
    """
    old = str(fault.removed[0][0] if fault.path is None and fault.removed else fault.focus)
    if old not in data.places:
        assert not old.startswith((f"{NAMESPACE}id/city", f"{NAMESPACE}id/membership"))
        return
    place = data.places[old][0]
    line = (data.folder / place.file).read_text("utf-8").splitlines()[place.line - 1]
    slug = old.rpartition("/")[2]
    if place.file.endswith(".ttl"):
        assert re.match(rf"(<[^>]*/|\w+:){re.escape(slug)}>? ", line)
    else:
        assert any(part in line for part in (slug, slug.split("--")[0]))
