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
CREATE TABLE spelling(id INTEGER PRIMARY KEY, folded TEXT NOT NULL);
CREATE TABLE key(key TEXT NOT NULL, spelling INTEGER NOT NULL, PRIMARY KEY (key, spelling)) WITHOUT ROWID;
CREATE TABLE gram(gram TEXT PRIMARY KEY, spellings INTEGER NOT NULL) WITHOUT ROWID;
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
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', tokenize="unicode61 remove_diacritics 2", prefix='1 2 3');
CREATE VIRTUAL TABLE grams USING fts5(text, content='', tokenize='trigram', detail=none);
"""

VIEWS: Final = "CREATE VIRTUAL TABLE gram_counts USING fts5vocab(grams, row);"

RAW: Final = """
CREATE TABLE raw_type(s TEXT, class TEXT);
CREATE TABLE raw_text(s TEXT, rank INTEGER, value TEXT, language TEXT);
CREATE TABLE raw_code(s TEXT, scheme TEXT, code TEXT);
CREATE TABLE raw_same(s TEXT, relation TEXT, o TEXT);
CREATE TABLE raw_key(folded TEXT, key TEXT);
CREATE TABLE raw_when(s TEXT, rank INTEGER, value TEXT);
CREATE TABLE raw_point(s TEXT, longitude TEXT, latitude TEXT);
CREATE TABLE raw_half(s TEXT, is_latitude INTEGER, value TEXT);
CREATE TABLE raw_link(s TEXT, short TEXT, o TEXT);
CREATE TABLE raw_class(class TEXT PRIMARY KEY, key TEXT, rank INTEGER);
CREATE TABLE raw_name(thing INTEGER, rank INTEGER, value TEXT, language TEXT, folded TEXT, indexed TEXT);
CREATE TABLE raw_sort(thing INTEGER PRIMARY KEY, sort_it TEXT, sort_en TEXT);
CREATE TABLE link(short TEXT, a INTEGER, b INTEGER, PRIMARY KEY (short, a, b)) WITHOUT ROWID;
"""
"""What the triples say, as they come; gone before the index is done."""

RAW_TABLES: Final = (
    "raw_type",
    "raw_text",
    "raw_code",
    "raw_same",
    "raw_key",
    "raw_when",
    "raw_point",
    "raw_half",
    "raw_link",
    "raw_class",
    "raw_name",
    "raw_sort",
    "link",
)

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
