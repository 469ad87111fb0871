"""The facts: what people write in ``data/``, as a stream of quads that keep their place.

``tables`` reads CSV by its CSVW mapping, ``turtle`` reads Turtle, ``places`` says where a thing is told.
Nothing is inferred or validated here beyond what reading needs; a fact that can't be read is a FactError with
file and line.
"""

from mesmart_kg.facts.blocks import Block, Place
from mesmart_kg.facts.places import locate, locate_all
from mesmart_kg.facts.reading import read_facts, read_shared_concepts
from mesmart_kg.facts.slugs import slug
from mesmart_kg.facts.turtle import Statement, cut_statements, parse_statement

__all__ = [
    "Block",
    "Place",
    "Statement",
    "cut_statements",
    "locate",
    "locate_all",
    "parse_statement",
    "read_facts",
    "read_shared_concepts",
    "slug",
]
