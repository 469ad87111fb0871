"""What ``mesmart link`` says in the end: what became of the rows, how they are named, which files exist."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mesmart_kg.cli.tables import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mesmart_kg.linking import Columns, Linked, Naming, Notice, Table

_WORDS: Final = {
    "matched": "linked, since there is one thing that they safely mean",
    "chosen": "linked, since a person chose",
    "doubtful": "doubtful: there are candidates, and none is sure",
    "none": "without any candidate",
    "refused": "left alone, since a person said that none fits",
    "unnamed": "without a name or a code",
    "unlinked": "without an address of their own, or with one that means two things",
}


@dataclass(frozen=True)
class Summary:
    """All that there is to tell of a table that was linked. ``places`` are the files by what they are."""

    table: Table
    columns: Columns
    naming: Naming
    linked: Linked
    notices: Sequence[Notice]
    review_notices: Sequence[Notice]
    places: Mapping[str, Path]

    def to_json(self) -> str:
        """Return it for programs."""
        table, of_review = self._sentences()
        names, codes = self._names()
        document = {
            "rows": len(self.table.rows),
            "links": len(self.linked.links),
            **self._counts(),
            "columns": names | ({"codes": codes} if codes else {}),
            "subjects": {
                "way": self.naming.way,
                "base": self.naming.base,
                "placeholder": self.naming.is_placeholder,
            },
            "files": {what: str(place) for what, place in self.places.items()},
            "notices": [*table, *of_review],
        }
        return json.dumps(document, ensure_ascii=False, indent=1)

    def to_text(self, is_published_by_someone: bool) -> str:
        """Return it for people; what was mended is said at once."""
        table, of_review = self._sentences()
        for sentence in table:
            say(f"table: {sentence}")
        for sentence in of_review:
            say(f"review: {sentence}")
        return "\n".join(self._lines(is_published_by_someone))

    def _sentences(self) -> tuple[list[str], list[str]]:
        from mesmart_kg.linking import gather, to_text

        return (
            [to_text(told) for told in gather(self.notices)],
            [to_text(told) for told in gather(self.review_notices)],
        )

    def _counts(self) -> dict[str, int]:
        return {fate.value: count for fate, count in self.linked.count().items()}

    def _names(self) -> tuple[dict[str, object], dict[str, str]]:
        chosen = self.columns
        used = {"name": chosen.name, "country": chosen.country, "region": chosen.region, "iri": chosen.iri}
        names: dict[str, object] = {
            key: self.table.columns[place] for key, place in used.items() if place is not None
        }
        return names, {scheme: self.table.columns[place] for scheme, place in chosen.codes}

    def _lines(self, is_published_by_someone: bool) -> Iterator[str]:
        names, codes = self._names()
        said = [f"“{names['name']}”"]
        said += [f"{what} “{names[what]}”" for what in ("country", "region") if what in names]
        said += [f"{scheme} “{column}”" for scheme, column in codes.items()]
        columns = f"column{'s' if len(said) > 1 else ''} {', '.join(said)}"
        yield f"{len(self.table.rows):,} row{'' if len(self.table.rows) == 1 else 's'}, by the {columns}"
        for key, count in self._counts().items():
            if count:
                yield f"{count:8,} {_WORDS[key]}"
        example = f"{self.naming.base}row-{self.table.rows[0].line}"
        if self.naming.is_placeholder:
            yield (
                f"Your rows have no addresses of their own, so they are called {example} and so on: nobody's "
                "address. Give --base, --iri-template or --iri-column before you publish."
            )
        elif self.naming.way == "row":
            yield f"Your rows are called by their lines: {example} and so on."
        if not is_published_by_someone:
            yield "Nobody is named as standing behind the links: give --publisher before you publish."
        for place in self.places.values():
            yield f"Written: {place}"
        if any(each.is_open for each in self.linked.outcomes):
            yield f"Fill in the column “choice” of {self.places['review']} and give it back by --review."
