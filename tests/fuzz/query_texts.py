"""Texts of queries: the release's own, mended into others; some of a small grammar; and junk.

Most are nearly SPARQL, since what is plainly none is refused at its first word and tries nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

_TOKEN: Final = re.compile(r'<[^<>\s]*>|"[^"\n]*"|\'[^\'\n]*\'|[?$]\w+|\w*:\w+|@\w+|\w+|\s+|.', re.DOTALL)

FORBIDDEN_PLACES: Final = "{canary}"
"""Stands for the address of a listener that nothing may ever connect to; see ``campaign``."""

SECRET_FILE: Final = "{secret}"
"""Stands for the IRI of a file whose content must never be told."""

_VARIABLES: Final = ("?s", "?p", "?o", "?a", "?b", "?n", "$x", "?città", "?service", "?FROM")
_IRIS: Final = (
    "<https://w3id.org/city-communities/id/city/it-messina>",
    "<http://www.w3.org/ns/org#memberOf>",
    "<http://www.w3.org/2004/02/skos/core#prefLabel>",
    "<https://w3id.org/city-communities/graph/source/notice>",
    "a",
    "<>",
    "<relative/../..>",
    "<urn:x:\U0001f3d9>",
    "<http://[::1]:1/>",
    "<file:///etc/passwd>",
    f"<{SECRET_FILE}>",
    f"<{FORBIDDEN_PLACES}>",
)
_LITERALS: Final = (
    *(
        '"Messina"@it',
        '"1"',
        "1",
        "-0.0",
        "1e999",
        "1.5",
        "true",
        '""',
        "'\\''",
        '"\\U0010FFFF"',
        '"\\uD800"',
    ),
    *(
        "99999999999999999999999999",
        '"-999999999-01-01"^^<http://www.w3.org/2001/XMLSchema#date>',
        '"x"@x-a-b-c',
    ),
    *(
        '"NaN"^^<http://www.w3.org/2001/XMLSchema#double>',
        '"P1Y"^^<http://www.w3.org/2001/XMLSchema#duration>',
    ),
    '"POINT(15.5 38.2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral>',
    '"POLYGON((0 0, 1 1, 0 0))"^^<http://www.opengis.net/ont/geosparql#wktLiteral>',
    '"GEOMETRYCOLLECTION EMPTY"^^<http://www.opengis.net/ont/geosparql#wktLiteral>',
    '"POINT(1e308 -1e308)"^^<http://www.opengis.net/ont/geosparql#wktLiteral>',
)
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_GEOF: Final = "http://www.opengis.net/def/function/geosparql/"
_FUNCTIONS: Final = (
    *("STR", "LANG", "DATATYPE", "BOUND", "IRI", "URI", "BNODE", "RAND", "ABS", "CEIL", "FLOOR", "ROUND"),
    *(
        "CONCAT",
        "STRLEN",
        "UCASE",
        "LCASE",
        "ENCODE_FOR_URI",
        "CONTAINS",
        "STRSTARTS",
        "STRENDS",
        "STRBEFORE",
    ),
    *("STRAFTER", "YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS", "TIMEZONE", "TZ", "NOW", "UUID"),
    *(
        "STRUUID",
        "MD5",
        "SHA1",
        "SHA256",
        "SHA384",
        "SHA512",
        "COALESCE",
        "IF",
        "STRLANG",
        "STRDT",
        "sameTerm",
    ),
    *("isIRI", "isBLANK", "isLITERAL", "isNUMERIC", "REGEX", "SUBSTR", "REPLACE", "LANGMATCHES", "TRIPLE"),
    *(
        f"<{_XSD}{name}>"
        for name in ("integer", "decimal", "double", "dateTime", "date", "duration", "boolean")
    ),
    *(
        f"<{_GEOF}{name}>"
        for name in ("distance", "sfWithin", "sfIntersects", "buffer", "envelope", "area", "x")
    ),
)
_AGGREGATES: Final = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")

_BITS: Final = (
    *(
        " SERVICE <{canary}> { ?s ?p ?o } ",
        " SERVICE SILENT <{canary}> {} ",
        " SERVICE ?service { ?s ?p ?o } ",
    ),
    *(" FROM <{canary}> ", " FROM NAMED <{secret}> ", " GRAPH <{secret}> { ?s ?p ?o } ", " LOAD <{canary}> "),
    *(
        "; DROP ALL",
        " INSERT DATA { <urn:a> <urn:b> <urn:c> } ",
        "# SERVICE\n",
        "\r",
        "\r\n",
        "\t",
        "\x00",
        "\ufeff",
    ),
    *(
        "\u2028",
        "\U0001f600",
        "\\u0053ERVICE <{canary}> {}",
        "\\u007B",
        "\\",
        "'''",
        '"""',
        "#",
        "<",
        ">",
        "`",
        "^^",
    ),
    *(
        " LIMIT 999999999999999999999 ",
        " OFFSET -1 ",
        " LIMIT 1.5 ",
        " VALUES () { () () () } ",
        " VALUES ?s { UNDEF } ",
    ),
    *(
        " FILTER REGEX(?o, '((a+)+)+$') ",
        " FILTER REGEX(?o, '(?=x') ",
        " BIND(REPLACE('aaa', '.*', '$9') AS ?z) ",
    ),
    *(
        " BIND(BNODE('x') AS ?bn) ",
        " ORDER BY RAND() ",
        " GROUP BY ",
        " HAVING(1/0) ",
        "{ SELECT * {} }",
        "<< ?s ?p ?o >>",
    ),
    *(
        " BIND(<< ?s ?p ?o >> AS ?t) ",
        " LATERAL { } ",
        " MINUS { } ",
        " OPTIONAL { } ",
        " UNION { } ",
        " BASE <x:y> ",
    ),
    *(
        " PREFIX : <{canary}> ",
        " PREFIX a:<b> ",
        "@prefix x: <y> .",
        "DESCRIBE *",
        "\U000e0041",
        " %%%n %s {0} ",
    ),
)


def make_query(random: Random, corpus: Sequence[str]) -> str:
    """Return a text, the same one for the same state of ``random``."""
    text = random.choices(
        [random.choice(corpus), *(make(random) for make in (_sentence, _nest, _junk))], [10, 8, 2, 1]
    )[0]
    for _ in range(random.choice((0, 0, 1, 1, 2, 8))):
        text = random.choice(_MUTATIONS)(random, text, corpus)
    return text[:400_000]


# --- mutations ---


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _drop(random: Random, text: str, corpus: Sequence[str]) -> str:
    tokens = _tokens(text)
    start = random.randrange(len(tokens) + 1)
    return "".join(tokens[:start] + tokens[start + random.choice((1, 1, 2, 10)) :])


def _double(random: Random, text: str, corpus: Sequence[str]) -> str:
    tokens = _tokens(text)
    start = random.randrange(len(tokens) + 1)
    part = tokens[start : start + random.choice((1, 2, 5, 40))]
    return "".join(tokens[:start] + part * random.choice((2, 2, 3, 50, 1000)) + tokens[start:])


def _swap(random: Random, text: str, corpus: Sequence[str]) -> str:
    tokens = _tokens(text)
    if len(tokens) > 1:
        one, other = random.sample(range(len(tokens)), 2)
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return "".join(tokens)


def _graft(random: Random, text: str, corpus: Sequence[str]) -> str:
    """Put a part of one query in the place of a part of another."""
    tokens, other = _tokens(text), _tokens(random.choice(corpus))
    start, source = random.randrange(len(tokens) + 1), random.randrange(len(other))
    part = other[source : source + random.choice((1, 3, 20, 100))]
    return "".join(tokens[:start] + part + tokens[start + random.choice((0, 1, 20)) :])


def _insert(random: Random, text: str, corpus: Sequence[str]) -> str:
    place = random.randrange(len(text) + 1)
    return text[:place] + random.choice(_BITS) + text[place:]


def _insert_between(random: Random, text: str, corpus: Sequence[str]) -> str:
    """Insert where a group begins or ends: there most of it is grammatical."""
    places = [match.end() for match in re.finditer(r"[{}.]", text)] or [0]
    place = random.choice(places)
    return text[:place] + random.choice(_BITS) + text[place:]


def _cut(random: Random, text: str, corpus: Sequence[str]) -> str:
    return text[: random.randrange(len(text) + 1)]


def _change(random: Random, text: str, corpus: Sequence[str]) -> str:
    place = random.randrange(len(text) + 1)
    return (
        text[:place]
        + chr(random.choice((random.randrange(128), random.randrange(0xD800))))
        + text[place + 1 :]
    )


def _wrap(random: Random, text: str, corpus: Sequence[str]) -> str:
    """Deepen every group."""
    depth = random.choice((1, 3, 30, 150))
    return text.replace("{", "{" * depth).replace("}", "}" * depth)


def _recase(random: Random, text: str, corpus: Sequence[str]) -> str:
    return random.choice(
        (text.upper(), text.lower(), text.swapcase(), text.replace("\n", "\r"), text.replace(" ", ""))
    )


_MUTATIONS: Final[Sequence[Callable[[Random, str, Sequence[str]], str]]] = (
    *(_drop, _double, _swap, _graft, _graft, _insert, _insert_between, _insert_between),
    *(_cut, _change, _wrap, _recase),
)


# --- a grammar of ordinary shapes with odd fillings (SPARQL 1.1, section 19.8, in part) ---


def _sentence(random: Random) -> str:
    pattern = _group(random, 3)
    match random.randrange(8):
        case 0:
            return f"ASK {pattern}"
        case 1:
            return f"CONSTRUCT {{ {_triples(random)} }} WHERE {pattern}"
        case 2:
            return f"DESCRIBE {_term(random)} {random.choice(('', pattern))}"
        case 3:
            aggregate = (
                f"{random.choice(_AGGREGATES)}({random.choice(('', 'DISTINCT '))}{_expression(random, 2)})"
            )
            return f"SELECT ?s ({aggregate} AS ?agg) {pattern} GROUP BY ?s {_modifiers(random)}"
        case _:
            projection = random.choice(("*", "DISTINCT *", "REDUCED ?s", f"({_expression(random, 2)} AS ?e)"))
            return f"SELECT {projection} {_dataset(random)} {pattern} {_modifiers(random)}"


def _dataset(random: Random) -> str:
    return random.choice(("", "", "", f"FROM {random.choice(_IRIS)}", f"FROM NAMED {random.choice(_IRIS)}"))


def _modifiers(random: Random) -> str:
    return " ".join(
        (
            random.choice(
                ("", "", f"ORDER BY {random.choice(('', 'ASC', 'DESC'))}({_expression(random, 1)})")
            ),
            random.choice(
                ("", "LIMIT 5", "LIMIT 0", "LIMIT 18446744073709551615", "LIMIT 18446744073709551616")
            ),
            random.choice(("", "", "OFFSET 1", "OFFSET 18446744073709551615")),
            random.choice(("", "", "", f"VALUES ?s {{ {random.choice(_LITERALS)} UNDEF }}")),
        )
    )


def _group(random: Random, depth: int) -> str:
    parts = [_triples(random)]
    for _ in range(random.randrange(4)):
        inner = _group(random, depth - 1) if depth else "{}"
        parts.append(
            random.choice(
                (
                    *(
                        f"OPTIONAL {inner}",
                        f"MINUS {inner}",
                        f"{inner} UNION {inner}",
                        f"GRAPH {_term(random)} {inner}",
                    ),
                    *(
                        f"FILTER({_expression(random, 3)})",
                        f"FILTER NOT EXISTS {inner}",
                        f"{{ SELECT * {inner} LIMIT 3 }}",
                    ),
                    f"BIND({_expression(random, 3)} AS ?v{random.randrange(5)})",
                    f"VALUES (?s ?o) {{ ({random.choice(_IRIS)} {random.choice(_LITERALS)}) (UNDEF UNDEF) }}",
                )
            )
        )
    return f"{{ {' '.join(parts)} }}"


def _triples(random: Random) -> str:
    return " . ".join(
        f"{_term(random)} {_path(random, 2)} {_term(random)}"
        for _ in range(random.choice((0, 1, 1, 1, 2, 3)))
    )


def _term(random: Random) -> str:
    return random.choice(
        (
            random.choice(_VARIABLES),
            random.choice(_VARIABLES),
            random.choice(_IRIS),
            random.choice(_LITERALS),
            "[]",
            "_:b",
        )
    )


def _path(random: Random, depth: int) -> str:
    if not depth or random.random() < 0.6:
        return random.choice((*_VARIABLES[:3], *_IRIS[:5]))
    inner = _path(random, depth - 1)
    return random.choice(
        (
            f"({inner})*",
            f"({inner})+",
            f"({inner})?",
            f"^({inner})",
            f"({inner}/{inner})",
            f"({inner}|{inner})",
            f"!({inner})",
        )
    )


def _expression(random: Random, depth: int) -> str:
    if not depth or random.random() < 0.3:
        return random.choice((*_VARIABLES, *_LITERALS, *_IRIS[:3]))
    arguments = [_expression(random, depth - 1) for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3, 4)))]
    if len(arguments) == 2 and random.random() < 0.5:
        sign = random.choice(("+", "-", "*", "/", "=", "!=", "<", ">", "<=", "&&", "||", "IN"))
        return f"({arguments[0]} {sign} {f'({arguments[1]})' if sign == 'IN' else arguments[1]})"
    return f"{random.choice(_FUNCTIONS)}({', '.join(arguments)})"


def _nest(random: Random) -> str:
    """Return a text that is deep, or long, in one respect."""
    count = random.choice((90, 300, 5_000))
    return random.choice(
        (
            "SELECT * " + "{" * count + "}" * count,
            "ASK { FILTER(" + "(" * count + "1" + ")" * count + ") }",
            "ASK { FILTER(" + "!" * count + "true) }",
            "ASK { FILTER(1" + "+1" * count + " = 2) }",
            "ASK { ?s " + "^" * count + "<urn:p> ?o }",
            "ASK { ?s <urn:p>" + "/<urn:p>" * count + " ?o }",
            "ASK { ?s ?p " + "[ ?p " * count + "1" + "]" * count + "}",
            "ASK { ?s ?p " + "(" * count + ")" * count + "}",
            "SELECT * { " + " ".join(f"OPTIONAL {{ ?s ?p{i} ?o{i} }}" for i in range(count // 10)) + " }",
            "SELECT * { " + "{} UNION " * count + "{} }",
            "SELECT * { VALUES ?x { " + "1 " * count + "} }",
            "SELECT * { " + "{ SELECT * " * count + "{}" + "}" * count + " }",
            "PREFIX x: <y:> " * count + "ASK {}",
            "ASK { ?s ?p '" + "\\\\" * count + "' }",
            "SELECT (" + "CONCAT('a', " * count + "'b'" + ")" * count + " AS ?x) {}",
            "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
            "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?i) }",
            "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a",
            "SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
            "CONSTRUCT { ?a ?e ?i } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
        )
    )


def _junk(random: Random) -> str:
    length = random.choice((0, 1, 10, 200, 5_000))
    alphabet = random.choice(
        ("{}()[]<>\"'\\?:.;,#", "SELECT * {}", "\x00\x01\x7f\u00e9\u4e2d\U0001f3d9\ufeff")
    )
    return "".join(random.choice(alphabet) for _ in range(length))
