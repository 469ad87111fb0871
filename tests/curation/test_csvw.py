"""The descriptions of our tables are CSV on the Web as the csvw package itself understands it.

Our reader uses the package's parts; here the package's own validator reads the same files, so that another
tool can use them too. A foreign key leads to another table, and a document on one table knows no other:
references are checked on a table group of them all, made in a scratch folder. Specification: Metadata
Vocabulary for Tabular Data, https://www.w3.org/TR/tabular-metadata/.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from csvw import CSVW

from mesmart_kg.namespaces import CC

PROJECT = Path(__file__).parents[2]
SUFFIX = "-metadata.json"
TABLES = sorted(
    path.relative_to(PROJECT / "data").as_posix().removesuffix(SUFFIX)
    for path in (PROJECT / "data").rglob("*.csv" + SUFFIX)
)


def describe(folder: Path, table: str) -> dict[str, object]:
    document = json.loads((folder / f"{table}{SUFFIX}").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def problems(path: Path) -> list[str]:
    """Validate a document; a reference that is empty is allowed, since no source may tell the thing."""
    found = CSVW(str(path), validate=True, strict=False)
    return [] if found.is_valid else [str(warning.message) for warning in found.warnings]


def test_every_table_is_described(project: Path) -> None:
    tables = {path.relative_to(project / "data").as_posix() for path in (project / "data").rglob("*.csv")}

    assert set(TABLES) == tables


@pytest.mark.parametrize("table", TABLES)
def test_a_description_is_valid_and_its_table_keeps_to_it(project: Path, tmp_path: Path, table: str) -> None:
    """Types, formats, required cells and primary keys; references are checked below, with all tables."""
    document = describe(project / "data", table)
    schema = document["tableSchema"]
    assert isinstance(schema, dict)
    schema.pop("foreignKeys", None)
    shutil.copy(project / "data" / table, tmp_path)
    alone = tmp_path / f"{Path(table).name}{SUFFIX}"
    alone.write_text(json.dumps(document), encoding="utf-8")

    assert document["url"] == Path(table).name
    assert problems(alone) == []


def group(data: Path, folder: Path) -> Path:
    """Write one document on all tables of a data folder, beside copies of them; return its path."""
    documents = []
    for table in TABLES:
        (folder / table).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(data / table, folder / table)
        document = describe(data, table)
        document.pop("@context")
        document["url"] = table
        schema = document["tableSchema"]
        assert isinstance(schema, dict)
        for key in schema.get("foreignKeys", ()):
            resource = Path(table).parent / key["reference"]["resource"]
            key["reference"]["resource"] = os.path.normpath(resource)
        documents.append(document)
    path = folder / "csv-metadata.json"
    path.write_text(
        json.dumps({"@context": "http://www.w3.org/ns/csvw", "tables": documents}), encoding="utf-8"
    )
    return path


def test_all_tables_together_are_a_valid_table_group(project: Path, tmp_path: Path) -> None:
    assert problems(group(project / "data", tmp_path)) == []


def test_a_reference_that_leads_nowhere_is_found(project: Path, tmp_path: Path) -> None:
    path = group(project / "data", tmp_path)
    table = tmp_path / "facts" / "places.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",ctx-", ",no-such-", 1), encoding="utf-8")

    with pytest.raises(ValueError, match="no-such-"):
        problems(path)


def test_what_we_add_to_the_standard_are_our_own_annotations_alone(project: Path) -> None:
    """Keys with a namespace are annotations, which other tools pass over."""
    allowed = {f"{CC}graph", f"{CC}language"}

    def keys(part: object) -> set[str]:
        if isinstance(part, list):
            return set().union(*map(keys, part))
        if isinstance(part, dict):
            return {key for key in part if "://" in key} | set().union(*map(keys, part.values()))
        return set()

    for table in TABLES:
        assert keys(describe(project / "data", table)) <= allowed, table
