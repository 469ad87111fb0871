"""The facts: what people write in ``data/``, as a stream of quads that keep their place.

``tables`` reads CSV by its CSVW mapping, ``turtle`` reads Turtle, ``places`` says where a thing is told.
Nothing is inferred or validated here beyond what reading needs; a fact that can't be read is a FactError with
file and line.
"""

from mesmart_kg.facts.blocks import Block, Place
from mesmart_kg.facts.places import locate, locate_all
from mesmart_kg.facts.reading import read_facts
from mesmart_kg.facts.slugs import slug

__all__ = ["Block", "Place", "locate", "locate_all", "read_facts", "slug"]
