"""Named queries: the header is read strictly, and a value enters the text only as a term of its type."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from mesmart_kg.errors import ConfigError, QuerySyntaxError
from mesmart_kg.namespaces import NAMESPACE, PREFIXES
from mesmart_kg.queries import TYPES, NamedQuery, bind, find_query, read_queries, read_query

HEADER = """\
#+ number = 7
#+ title.it = "Che cosa"
#+ title.en = "What"
#+ summary.it = "Una prova."
#+ summary.en = "A trial."
#+ expectation.columns = ["x"]
#+ expectation.at_least = 1
"""


def parameter(name: str, kind: str, default: str, more: str = "") -> str:
    return f"""\
#+
#+ [[parameters]]
#+ name = "{name}"
#+ type = "{kind}"
#+ default = {default}
#+ label.it = "Valore"
#+ label.en = "Value"
{more}"""


def write(folder: Path, text: str, name: str = "07-what.rq") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def query_with(folder: Path, kind: str, default: str, term: str, more: str = "") -> NamedQuery:
    """Return a query that gives back its one parameter."""
    text = (
        HEADER
        + parameter("x", kind, default, more)
        + f"BASE <{NAMESPACE}>\nPREFIX xsd: <{PREFIXES['xsd']}>\n"
        + f"SELECT ?x WHERE {{ VALUES ?x {{ {term} }} }}\n"
    )
    return read_query(write(folder, text))


def only_value(text: str) -> object:
    solutions = Store().query(text)
    assert isinstance(solutions, QuerySolutions)
    (solution,) = list(solutions)
    return solution["x"]


@pytest.fixture
def literal_query(tmp_path: Path) -> NamedQuery:
    return query_with(tmp_path, "literal", '"a"', '"a"')


class TestReading:
    def test_the_header_becomes_fields_and_the_text_stays_as_it_is(self, tmp_path: Path) -> None:
        query = read_query(write(tmp_path, HEADER + "SELECT ?x WHERE { ?x ?y ?z }\n"))

        assert (query.name, query.stem, query.number) == ("what", "07-what", 7)
        assert dict(query.title) == {"it": "Che cosa", "en": "What"}
        assert dict(query.summary) == {"it": "Una prova.", "en": "A trial."}
        assert query.expectation.columns == ("x",)
        assert query.expectation.at_least == 1
        assert query.text == "SELECT ?x WHERE { ?x ?y ?z }\n"

    def test_the_publishers_base_takes_the_place_of_the_files(self, tmp_path: Path) -> None:
        path = write(
            tmp_path,
            HEADER + f"BASE <{NAMESPACE}>\nSELECT ?x WHERE {{ GRAPH <graph/links> {{ ?x ?y ?z }} }}\n",
        )

        assert read_query(path, "https://example.org/").text.startswith("BASE <https://example.org/>\n")

    def test_queries_come_by_number(self, tmp_path: Path) -> None:
        for number, name in ((10, "later"), (2, "sooner")):
            header = HEADER.replace("number = 7", f"number = {number}")
            write(tmp_path, header + "SELECT ?x WHERE { ?x ?y ?z }\n", f"{number:02}-{name}.rq")

        assert [query.name for query in read_queries(tmp_path)] == ["sooner", "later"]

    def test_two_queries_of_one_number_are_refused(self, tmp_path: Path) -> None:
        for name in ("07-one.rq", "07-two.rq"):
            write(tmp_path, HEADER + "SELECT ?x WHERE { ?x ?y ?z }\n", name)

        with pytest.raises(ConfigError, match=r"07-one\.rq and 07-two\.rq both have number 7"):
            read_queries(tmp_path)

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="no directory of queries"):
            read_queries(tmp_path / "nowhere")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("SELECT ?x WHERE { ?x ?y ?z }\n", r"07-what\.rq:1: the file has no header"),
            (HEADER.replace('"What"', "What") + "ASK {}\n", r"07-what\.rq:3: the header is not TOML"),
            (HEADER.replace('#+ title.en = "What"\n', "") + "ASK {}\n", r"the header needs “en”"),
            (
                HEADER.replace("number = 7", "number = 8") + "ASK {}\n",
                r"07-what\.rq:1: number 8 and the file",
            ),
            (HEADER + "#+ colour = 1\nASK {}\n", r"07-what\.rq:8: the header does not know “colour”"),
            (
                HEADER + "PREFIX schema: <http://schema.org/>\nASK {}\n",
                r"07-what\.rq:8: prefix schema: .* write <https://schema\.org/>",
            ),
            (HEADER + "PREFIX my: <http://my/>\nASK {}\n", r"07-what\.rq:8: prefix my: is not the project's"),
            (
                HEADER + parameter("x", "colour", '"a"') + "ASK {}\n",
                r"07-what\.rq:11: “colour” is no type of a parameter; types are iri, literal",
            ),
            (
                HEADER + parameter("x", "lang", '"it"') + "ASK {}\n",
                r"parameter x has no VALUES \?x \{ … \} in the text: add it",
            ),
            (
                HEADER + parameter("x", "integer", '"2"') + "ASK {\n  VALUES ?x { 3 }\n}\n",
                r"07-what\.rq:16: .* differ: write 2",
            ),
            (
                HEADER + parameter("x", "iri", '"a"') + "ASK { VALUES ?x { <a> } }\n",
                "parameter x is an IRI: declare a BASE",
            ),
            (
                HEADER + parameter("x", "date", '"2020"') + 'ASK { VALUES ?x { "2020"^^xsd:gYear } }\n',
                "parameter x is a date: declare PREFIX xsd:",
            ),
            (
                HEADER + parameter("x", "integer", '"two"') + "ASK { VALUES ?x { 2 } }\n",
                "parameter “x” can't be “two”: it takes a whole number",
            ),
            (
                HEADER
                + parameter("x", "literal", '["a"]', "#+ many = true\n")
                + 'ASK { VALUES ?x { "a" } }\n',
                "a parameter of type literal takes one value",
            ),
        ],
    )
    def test_what_is_wrong_is_told_with_file_line_and_remedy(
        self, tmp_path: Path, text: str, message: str
    ) -> None:
        with pytest.raises(ConfigError, match=message):
            read_query(write(tmp_path, text))


class TestFinding:
    @pytest.mark.parametrize("name", ["what", "07-what", "07-what.rq", "7", "07", " what "])
    def test_a_query_is_found_by_name_stem_or_number(self, literal_query: NamedQuery, name: str) -> None:
        assert find_query([literal_query], name) is literal_query

    @pytest.mark.parametrize("name", ["", "8", "wha", "-1", "²"])
    def test_another_name_finds_nothing(self, literal_query: NamedQuery, name: str) -> None:
        assert find_query([literal_query], name) is None


class TestBinding:
    def test_without_values_the_text_stays_as_it_is(self, literal_query: NamedQuery) -> None:
        assert bind(literal_query, {}) == literal_query.text

    @pytest.mark.parametrize(
        ("kind", "default", "term", "value", "bound"),
        [
            ("iri", '"id/a"', "<id/a>", "id/city/it-messina", NamedNode(NAMESPACE + "id/city/it-messina")),
            ("iri", '"id/a"', "<id/a>", "urn:x", NamedNode("urn:x")),
            ("literal", '"a"', '"a"', 'say "hi"\\\n\t', Literal('say "hi"\\\n\t')),
            ("integer", '"2"', "2", "-3", Literal("-3", datatype=NamedNode(PREFIXES["xsd"] + "integer"))),
            (
                "decimal",
                '"2.5"',
                "2.5",
                "100",
                Literal("100", datatype=NamedNode(PREFIXES["xsd"] + "decimal")),
            ),
            (
                "date",
                '"2020"',
                '"2020"^^xsd:gYear',
                "2021-06",
                Literal("2021-06", datatype=NamedNode(PREFIXES["xsd"] + "gYearMonth")),
            ),
            (
                "date",
                '"2020"',
                '"2020"^^xsd:gYear',
                "2021-06-30",
                Literal("2021-06-30", datatype=NamedNode(PREFIXES["xsd"] + "date")),
            ),
            ("lang", '"it"', '"it"', "pt-BR", Literal("pt-BR")),
        ],
    )
    def test_a_value_becomes_a_term_of_its_type(
        self, tmp_path: Path, kind: str, default: str, term: str, value: str, bound: object
    ) -> None:
        query = query_with(tmp_path, kind, default, term)

        assert only_value(bind(query, {"x": value})) == bound

    @pytest.mark.parametrize(
        ("kind", "default", "term", "value"),
        [
            ("iri", '"id/a"', "<id/a>", "x> } } # "),
            ("iri", '"id/a"', "<id/a>", "a b"),
            ("iri", '"id/a"', "<id/a>", ""),
            ("integer", '"2"', "2", "2.5"),
            ("integer", '"2"', "2", "2 3"),
            ("integer", '"2"', "2", "٣"),
            ("decimal", '"2.5"', "2.5", "1e3"),
            ("decimal", '"2.5"', "2.5", "1,5"),
            ("date", '"2020"', '"2020"^^xsd:gYear', "2021-13"),
            ("date", '"2020"', '"2020"^^xsd:gYear', "21"),
            ("lang", '"it"', '"it"', 'it" }'),
            ("lang", '"it"', '"it"', "*"),
            ("literal", '"a"', '"a"', "\x00"),
            ("literal", '"a"', '"a"', "\ud800"),
        ],
    )
    def test_a_value_of_another_type_is_refused_with_what_the_parameter_takes(
        self, tmp_path: Path, kind: str, default: str, term: str, value: str
    ) -> None:
        query = query_with(tmp_path, kind, default, term)

        with pytest.raises(QuerySyntaxError) as error:
            bind(query, {"x": value})

        assert "parameter “x”" in str(error.value)
        assert TYPES[kind] in str(error.value)

    def test_an_unknown_parameter_is_refused_with_those_that_exist(self, literal_query: NamedQuery) -> None:
        with pytest.raises(QuerySyntaxError, match="what has no parameter “city”; it has: x"):
            bind(literal_query, {"city": "a"})

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
    def test_any_text_comes_back_as_the_literal_it_was(
        self, tmp_path_factory: pytest.TempPathFactory, text: str
    ) -> None:
        query = query_with(tmp_path_factory.mktemp("q"), "literal", '"a"', '"a"')

        assert only_value(bind(query, {"x": text})) == Literal(text)

    def test_every_block_of_the_variable_is_replaced_and_nothing_that_looks_like_one(
        self, tmp_path: Path
    ) -> None:
        body = (
            "SELECT ?x WHERE {\n"
            "  # VALUES ?x { 1 }\n"
            '  { VALUES ?x { 1 } BIND("VALUES ?x { 1 }" AS ?text) }\n'
            "  UNION { values $x {1} } UNION { VALUES ?xy { 1 } } UNION { VALUES (?x) { (1) } }\n"
            "  FILTER(?x < 5 && <urn:VALUES#x> != ?text)\n"
            "}\n"
        )
        query = read_query(write(tmp_path, HEADER + parameter("x", "integer", '"1"') + body))

        changed = body.replace("{ VALUES ?x { 1 } BIND", "{ VALUES ?x { 9 } BIND").replace("{1}", "{ 9 }")
        assert bind(query, {"x": "9"}) == changed

    def test_a_list_takes_several_values(self, tmp_path: Path) -> None:
        query = query_with(tmp_path, "iri", '["id/a", "id/b"]', "<id/a> <id/b>", "#+ many = true\n")

        assert "{ <id/c> <id/d> <id/e> }" in bind(query, {"x": "id/c id/d\n id/e"})
        with pytest.raises(QuerySyntaxError, match="needs at least one value"):
            bind(query, {"x": " "})

    def test_an_endpoint_is_replaced_where_it_is_called(self, tmp_path: Path) -> None:
        old = "https://query.example/sparql"
        body = f"SELECT ?x WHERE {{ SERVICE <{old}> {{ ?x ?y <{old}> }} SERVICE SILENT <{old}> {{ }} }}\n"
        query = read_query(write(tmp_path, HEADER + parameter("at", "endpoint", f'"{old}"') + body))

        new = "http://127.0.0.1:8011/sparql"
        assert bind(query, {"at": new}) == body.replace(f"SERVICE <{old}>", f"SERVICE <{new}>").replace(
            f"SILENT <{old}>", f"SILENT <{new}>"
        )
        for wrong in ("file:///etc/passwd", "sparql", "http://", "http://a b/"):
            with pytest.raises(QuerySyntaxError, match="http or https"):
                bind(query, {"at": wrong})


class TestOurOwn:
    """The files of ``queries/`` themselves; that their answers are right is tested in ``curation``."""

    def test_all_forty_five_questions_are_there(self, project: Path) -> None:
        queries = read_queries(project / "queries")

        assert [query.number for query in queries] == list(range(1, 46))
        assert len({query.name for query in queries}) == 45

    def test_every_text_is_sparql_with_the_columns_it_promises(self, project: Path) -> None:
        for query in read_queries(project / "queries"):
            if "SERVICE" in query.text:
                continue  # running it would call; test_competency runs it against a server of its own
            answer = Store().query(query.text)
            if isinstance(answer, QuerySolutions):
                columns = tuple(variable.value for variable in answer.variables)
                assert columns == query.expectation.columns, query.name
                assert "ORDER BY" in query.text, query.name
            else:
                assert query.expectation.columns == (), query.name

    def test_every_prefix_declared_is_used(self, project: Path) -> None:
        for query in read_queries(project / "queries"):
            for line in query.text.splitlines():
                if line.startswith("PREFIX "):
                    prefix = line.split()[1]
                    assert query.text.count(f"{prefix}") > 1, f"{query.name} declares {prefix} for nothing"

    def test_words_shown_to_people_are_sentences_in_both_languages(self, project: Path) -> None:
        for query in read_queries(project / "queries"):
            for texts in (query.summary, *(parameter.label for parameter in query.parameters)):
                assert texts["it"], query.name
                assert texts["en"], query.name
            assert all(summary.endswith(".") for summary in query.summary.values()), query.name
            assert query.title["it"] != query.title["en"], query.name
