"""A dataset to files: the dumps of a release, the same bytes for the same facts.

The dataset is one file of sorted lines. It is worked on slice by slice, by all cores, and what was made of
a slice is kept (``work_cache``): a changed line makes its slice anew, and the rest is put together again, to
the same bytes as from nothing. No step holds more than some slices.

- `lines`: canonical lines, taken apart and grouped; where every dump starts.
- `packing`: one gzip member from blocks that are packed apart; `bundles`: what is kept.
- `slices`: the work on a slice; `shop`: what all work has in common.
- `turtle`, `jsonld`: readable RDF. `graphs`, `by_graph`: the dumps in order of graphs.
- `tables`, `by_class`: one CSV for each class; `things`, `names`, `rows`: what they are made from.
- `writing`: the list of the files, and who makes them when.

What the dumps are called in a catalogue, and under which licence, is said by ``metadata``.
"""

from mesmart_kg.dumps.turtle import quads_to_turtle
from mesmart_kg.dumps.writing import (
    CHECKSUMS,
    DATASET_NQUADS,
    DEFAULT_NTRIPLES,
    INFERRED_NTRIPLES,
    DumpFile,
    Dumps,
    write_dumps,
)

__all__ = [
    "CHECKSUMS",
    "DATASET_NQUADS",
    "DEFAULT_NTRIPLES",
    "INFERRED_NTRIPLES",
    "DumpFile",
    "Dumps",
    "quads_to_turtle",
    "write_dumps",
]
