"""What changed between two releases: statements added and removed, by graph, by class and by thing.

- `merge`: two sorted dumps, line by line;
- `survey`: the merged lines, counted and gathered by the things that they speak of;
- `naming`: the names of all that is mentioned, read from the same dumps;
- `wording`: a survey as people read it, in their language;
- `patch`: the difference as files for machines (RDF Patch, N-Quads);
- `figures`: what two manifests tell, without a look at the dumps.

Everything is read in one or two passes over the dumps. What is kept in memory is bounded: counts are exact,
but of things and their statements only so many are told one by one. The same two releases give the same
result.
"""

from __future__ import annotations

from mesmart_kg.changes.figures import Step, compare_figures
from mesmart_kg.changes.merge import DEFAULT, Side, merge, merge_releases
from mesmart_kg.changes.naming import find_names
from mesmart_kg.changes.patch import write_nquads, write_patch
from mesmart_kg.changes.survey import (
    ChangedThing,
    Changes,
    Statement,
    Tally,
    ThingTally,
    Value,
    compare,
    survey,
    things_of,
)
from mesmart_kg.changes.wording import (
    ShownStatement,
    ShownThing,
    show_reference,
    show_things,
    to_facts,
    to_text,
)

__all__ = [
    "DEFAULT",
    "ChangedThing",
    "Changes",
    "ShownStatement",
    "ShownThing",
    "Side",
    "Statement",
    "Step",
    "Tally",
    "ThingTally",
    "Value",
    "compare",
    "compare_figures",
    "find_names",
    "merge",
    "merge_releases",
    "show_reference",
    "show_things",
    "survey",
    "things_of",
    "to_facts",
    "to_text",
    "write_nquads",
    "write_patch",
]
