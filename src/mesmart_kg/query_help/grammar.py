"""The grammar of a query (SPARQL 1.1, section 19.8), as the table that an LL(1) parser follows.

The rules stand as the specification writes them, with these differences: numbers are of two kinds, with a
sign and without; calls of built-in functions are told apart by the number of arguments they take; LATERAL,
which the engine knows, is added. Rules whose names begin with a small letter leave no node in the tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

RULES: Final = """
Unit: Prologue Query values END
Prologue: ( Base | Prefix )*
Base: BASE IRIREF
Prefix: PREFIX PNAME_NS IRIREF
Query: select | Construct | Describe | Ask
select: SelectClause Dataset* where modifiers
SubSelect: SelectClause where modifiers values
SelectClause: SELECT ( DISTINCT | REDUCED )? ( ( VAR | Aliased )+ | * )
Aliased: '(' expression AS VAR ')'
Construct: CONSTRUCT ( Template Dataset* where modifiers | Dataset* WHERE '{' triples? '}' modifiers )
Template: '{' triples? '}'
Describe: DESCRIBE ( ( VAR | iri )+ | * ) Dataset* where? modifiers
Ask: ASK Dataset* where modifiers
Dataset: FROM ( iri | NAMED iri )
where: WHERE? Group
modifiers: GroupBy? Having? OrderBy? ( Limit Offset? | Offset Limit? )?
GroupBy: GROUP BY GroupCondition+
GroupCondition: builtin | function | '(' expression ( AS VAR )? ')' | VAR
Having: HAVING constraint+
OrderBy: ORDER BY orderCondition+
orderCondition: ( ASC | DESC ) bracketed | constraint | VAR
Limit: LIMIT NUMBER
Offset: OFFSET NUMBER
values: Values?
Group: '{' ( SubSelect | groupSub ) '}'
groupSub: triplesPath? ( notTriples '.'? triplesPath? )*
triplesPath: SameSubjectPath ( '.' triplesPath? )?
triples: SameSubject ( '.' triples? )?
notTriples: Union | Optional | Minus | Graph | Service | Filter | Bind | Values | Lateral
Optional: OPTIONAL Group
Lateral: LATERAL Group
Graph: GRAPH varOrIri Group
Service: SERVICE SILENT? varOrIri Group
Bind: BIND '(' expression AS VAR ')'
Values: VALUES ( VAR '{' dataValue* '}' | ( NIL | '(' VAR* ')' ) '{' Row* '}' )
Row: '(' dataValue* ')' | NIL
dataValue: iri | literal | UNDEF
Minus: MINUS Group
Union: Group ( UNION Group )*
Filter: FILTER constraint
constraint: bracketed | builtin | function
function: iri args
args: NIL | '(' DISTINCT? expression ( ',' expression )* ')'
expressions: NIL | '(' expression ( ',' expression )* ')'
SameSubject: varOrTerm Properties | triplesNode Properties?
Properties: Verb Objects ( ';' ( Verb Objects )? )*
Verb: varOrIri | a
Objects: Object ( ',' Object )*
Object: graphNode
graphNode: varOrTerm | triplesNode
triplesNode: Collection | BlankProperties
Collection: '(' graphNode+ ')'
BlankProperties: '[' Properties ']'
SameSubjectPath: varOrTerm PropertiesPath | triplesNodePath PropertiesPath?
PropertiesPath: VerbPath ObjectsPath ( ';' ( VerbPath ObjectsPath )? )*
VerbPath: path | VAR
ObjectsPath: ObjectPath ( ',' ObjectPath )*
ObjectPath: graphNodePath
graphNodePath: varOrTerm | triplesNodePath
triplesNodePath: CollectionPath | BlankPropertiesPath
CollectionPath: '(' graphNodePath+ ')'
BlankPropertiesPath: '[' PropertiesPath ']'
path: pathSequence ( '|' pathSequence )*
pathSequence: pathInverse ( '/' pathInverse )*
pathInverse: '^'? pathPrimary ( '?' | * | + )?
pathPrimary: iri | a | '!' pathNegated | '(' path ')'
pathNegated: pathOne | '(' ( pathOne ( '|' pathOne )* )? ')' | NIL
pathOne: iri | a | '^' ( iri | a )
varOrTerm: VAR | iri | literal | BLANK_NODE | ANON | NIL
varOrIri: VAR | iri
iri: IRIREF | PNAME_LN | PNAME_NS
literal: STRING ( LANGTAG | '^^' iri )? | NUMBER | SIGNED | TRUE | FALSE
expression: and ( '||' and )*
and: relation ( '&&' relation )*
relation: sum ( ( = | != | '<' | '>' | <= | >= ) sum | IN expressions | NOT IN expressions )?
sum: product ( ( + | - ) product | SIGNED ( ( * | / ) unary )* )*
product: unary ( ( * | / ) unary )*
unary: ( '!' | + | - )? primary
primary: bracketed | builtin | iri args? | literal | VAR
bracketed: '(' expression ')'
builtin: Aggregate | ( NOW | UUID | STRUUID | RAND ) NIL | BNODE ( '(' expression ')' | NIL )
  | ( %UNARY ) '(' expression ')' | ( %BINARY ) '(' expression ',' expression ')'
  | IF '(' expression ',' expression ',' expression ')' | ( COALESCE | CONCAT ) expressions
  | ( REGEX | SUBSTR ) '(' expression ',' expression ( ',' expression )? ')'
  | REPLACE '(' expression ',' expression ',' expression ( ',' expression )? ')'
  | BOUND '(' VAR ')' | EXISTS Group | NOT EXISTS Group
Aggregate: COUNT '(' DISTINCT? ( * | expression ) ')' | ( SUM | MIN | MAX | AVG | SAMPLE ) '('
  DISTINCT? expression ')' | GROUP_CONCAT '(' DISTINCT? expression ( ';' SEPARATOR = STRING )? ')'
"""
_GROUPS: Final = {
    "%UNARY": (
        "STR LANG DATATYPE IRI URI ABS CEIL FLOOR ROUND STRLEN UCASE LCASE ENCODE_FOR_URI YEAR MONTH DAY "
        "HOURS MINUTES SECONDS TIMEZONE TZ MD5 SHA1 SHA256 SHA384 SHA512 ISIRI ISURI ISBLANK ISLITERAL "
        "ISNUMERIC"
    ),
    "%BINARY": "LANGMATCHES CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER STRLANG STRDT SAMETERM ADJUST",
}


@dataclass(frozen=True)
class Grammar:
    """The rules, each as its alternatives, an alternative as its symbols; what each may begin with.

    ``choices`` gives, for a rule and a kind of token, the alternative to take; ``empty`` names the rules that
    may stand for nothing.
    """

    choices: dict[str, dict[str, tuple[str, ...]]]
    empty: frozenset[str]


@cache
def read_grammar() -> Grammar:
    """Return the table. ValueError if the rules were not LL(1); which a test tells, not a user."""
    rules = _read_rules()
    firsts = {name: set[str]() for name in rules}
    empty: set[str] = set()
    changed = True
    while changed:
        before = (len(empty), sum(map(len, firsts.values())))
        for name, alternatives in rules.items():
            for alternative in alternatives:
                firsts[name] |= _firsts(alternative, firsts, empty)
                if all(symbol in empty for symbol in alternative):
                    empty.add(name)
        changed = before != (len(empty), sum(map(len, firsts.values())))
    choices: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, alternatives in rules.items():
        choices[name] = {}
        for alternative in alternatives:
            for kind in _firsts(alternative, firsts, empty):
                if kind in choices[name]:
                    raise ValueError(f"two ways to read {kind} in {name}")
                choices[name][kind] = alternative
    return Grammar(choices, frozenset(empty))


def _firsts(symbols: tuple[str, ...], firsts: dict[str, set[str]], empty: set[str]) -> set[str]:
    found: set[str] = set()
    for symbol in symbols:
        found |= firsts.get(symbol, {symbol})
        if symbol not in empty:
            break
    return found


def _read_rules() -> dict[str, list[tuple[str, ...]]]:
    text = RULES
    for mark, words in _GROUPS.items():
        text = text.replace(mark, " | ".join(words.split()))
    rules: dict[str, list[tuple[str, ...]]] = {}
    for line in text.strip().replace("\n  ", " ").splitlines():
        name, _, body = line.partition(": ")
        rules[name] = _Reader(name, body.split(), rules).alternatives()
    return rules


class _Reader:
    """Reads one rule; a bracket, and what may be left out or repeated, becomes a rule of its own."""

    def __init__(self, name: str, words: list[str], rules: dict[str, list[tuple[str, ...]]]) -> None:
        self._words: Iterator[str] = iter([*words, ")"])
        self._rules = rules
        self._name = name
        self._count = 0

    def alternatives(self) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        symbols: list[str] = []
        for word in self._words:
            if word.startswith(")"):
                self._ending = word[1:]
                return [*found, tuple(symbols)]
            if word == "|":
                found.append(tuple(symbols))
                symbols = []
            elif word == "(":
                symbols.append(self._add(self.alternatives(), self._ending))
            elif word[0] == "'":
                sign, _, ending = word[1:].rpartition("'")
                symbols.append(self._add([(sign,)], ending) if ending else sign)
            elif len(word) > 1 and word[-1] in "?*+":
                symbols.append(self._add([(word[:-1],)], word[-1]))
            else:
                symbols.append(word)
        return found

    def _add(self, alternatives: list[tuple[str, ...]], ending: str) -> str:
        """Return the name of a new rule, read as often as its ending says."""
        self._count += 1
        name = f"_{self._name}{self._count}"
        self._rules[name] = alternatives
        if ending in {"*", "+"}:
            again = f"{name}again"
            self._rules[again] = [(name, again), ()]
            return again if ending == "*" else self._sequence(name, again)
        if ending == "?":
            self._rules[name] = [*alternatives, ()]
        return name

    def _sequence(self, *symbols: str) -> str:
        self._count += 1
        name = f"_{self._name}{self._count}"
        self._rules[name] = [symbols]
        return name
