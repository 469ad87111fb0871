"""The tables of an index. A change here, or to what fills them, is another :data:`FORMAT`.

thing     each thing once, numbered in the order of IRIs; names to sort by; ``weight`` as in ``ranking``
kind      kinds of thing; ``class_iri`` is the class that most of its things have; ``tier`` as in ``ranking``
name      what a thing is called; rank 0 preferred, 1 also, 2 only to be found by
spelling  names folded, each once: what ``words`` (whole words) and ``grams`` (trigrams) find
key       short forms of spellings (``keys``), for matching
gram      how many spellings have a trigram
same      IRIs that are said to be the same as a thing or close to it, folded (``folding.fold_iri``)
code      identifiers; ``folded`` is what is compared
tie       thing, relation (community, country, region, kind), target
tally     how many things of a kind are so tied
part      of what the name of a nameless thing is made, in order
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

FORMAT: Final = 4

TABLES: Final = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE kind(
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, class_iri TEXT NOT NULL, things INTEGER NOT NULL,
    tier INTEGER NOT NULL DEFAULT 0);
CREATE TABLE thing(
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL, kind INTEGER NOT NULL, class_iri TEXT NOT NULL,
    sort_it TEXT, sort_en TEXT, weight INTEGER NOT NULL DEFAULT 0,
    start TEXT, stop TEXT, longitude TEXT, latitude TEXT);
CREATE TABLE name(
    thing INTEGER NOT NULL, rank INTEGER NOT NULL, value TEXT NOT NULL, language TEXT NOT NULL,
    spelling INTEGER NOT NULL, PRIMARY KEY (thing, rank, language, value)) WITHOUT ROWID;
CREATE TABLE key(key TEXT NOT NULL, spelling INTEGER NOT NULL, PRIMARY KEY (key, spelling)) WITHOUT ROWID;
CREATE TABLE same(
    folded TEXT NOT NULL, thing INTEGER NOT NULL, relation TEXT NOT NULL,
    PRIMARY KEY (folded, thing, relation)) WITHOUT ROWID;
CREATE TABLE code(
    folded TEXT NOT NULL, scheme TEXT NOT NULL, thing INTEGER NOT NULL, code TEXT NOT NULL,
    PRIMARY KEY (folded, scheme, thing)) WITHOUT ROWID;
CREATE TABLE tie(
    thing INTEGER NOT NULL, relation TEXT NOT NULL, target INTEGER NOT NULL,
    PRIMARY KEY (thing, relation, target)) WITHOUT ROWID;
CREATE TABLE tally(
    kind INTEGER NOT NULL, relation TEXT NOT NULL, target INTEGER NOT NULL, things INTEGER NOT NULL,
    PRIMARY KEY (kind, relation, target)) WITHOUT ROWID;
CREATE TABLE part(
    thing INTEGER NOT NULL, position INTEGER NOT NULL, target INTEGER NOT NULL,
    PRIMARY KEY (thing, position)) WITHOUT ROWID;
"""

FOUND: Final = """
CREATE TABLE spelling(id INTEGER PRIMARY KEY, folded TEXT NOT NULL);
CREATE TABLE gram(gram TEXT PRIMARY KEY, spellings INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', tokenize="unicode61 remove_diacritics 2", prefix='1 2 3');
CREATE VIRTUAL TABLE grams USING fts5(text, content='', tokenize='trigram', detail=none);
CREATE VIRTUAL TABLE gram_counts USING fts5vocab(grams, row);
"""
"""What depends on spellings alone."""

JOINED_TABLES: Final = ("kind", "thing", "name", "key", "same", "code", "tie", "tally", "part")
"""Those of :data:`TABLES` that the pieces fill."""

RAW: Final = """
CREATE TABLE raw_thing(
    n INTEGER PRIMARY KEY, iri TEXT, key TEXT, class TEXT, sort_it TEXT, sort_en TEXT, ending TEXT,
    start TEXT, stop TEXT, longitude TEXT, latitude TEXT);
CREATE TABLE raw_name(n INTEGER, rank INTEGER, value TEXT, language TEXT, folded TEXT, indexed TEXT);
CREATE TABLE raw_key(folded TEXT, key TEXT);
CREATE TABLE raw_code(n INTEGER, folded TEXT, scheme TEXT, code TEXT);
CREATE TABLE raw_same(n INTEGER, relation TEXT, o TEXT, folded_o TEXT, folded_s TEXT);
CREATE TABLE raw_back(o TEXT, folded TEXT, scheme TEXT, code TEXT);
CREATE TABLE raw_point(s TEXT, longitude TEXT, latitude TEXT);
CREATE TABLE raw_link(n INTEGER, short TEXT, o TEXT);
"""
"""What a piece holds (``pieces``): its things numbered from 0, other things by their IRIs. ``ending`` is what
a thing without a name is sorted by if nothing better is found; ``raw_point`` has the points of things, and of
what is none; ``raw_back`` codes that are told of another thing."""

RAW_COLUMNS: Final = MappingProxyType(
    {
        "raw_thing": 11,
        "raw_name": 6,
        "raw_key": 2,
        "raw_code": 4,
        "raw_same": 5,
        "raw_back": 4,
        "raw_point": 3,
        "raw_link": 3,
    }
)

JOINED: Final = """
CREATE TABLE raw_number(n INTEGER PRIMARY KEY, id INTEGER);
CREATE TABLE link(short TEXT, a INTEGER, b INTEGER, PRIMARY KEY (short, a, b)) WITHOUT ROWID;
"""
"""What is needed while the pieces are joined, beside their own tables."""

SPELLINGS: Final = """
CREATE TABLE raw_spelling(id INTEGER PRIMARY KEY, folded TEXT NOT NULL, indexed TEXT NOT NULL);
"""

INDEXES: Final = """
CREATE UNIQUE INDEX thing_iri ON thing(iri);
CREATE INDEX thing_it ON thing(kind, sort_it, id);
CREATE INDEX thing_en ON thing(kind, sort_en, id);
CREATE INDEX thing_start ON thing(kind, start, id);
CREATE INDEX name_spelling ON name(spelling);
CREATE INDEX spelling_folded ON spelling(folded);
CREATE INDEX code_thing ON code(thing);
CREATE INDEX tie_target ON tie(target, relation, thing);
"""
