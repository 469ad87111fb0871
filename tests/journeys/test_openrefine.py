"""OpenRefine reconciles a table with a running server, and takes columns of our data into it."""

from __future__ import annotations

from pathlib import Path

import httpx
from openrefine import running_openrefine
from serving import running_server

from mesmart_kg.release import Release

TABLE = """City,Country,Code
Genoa,Italy,
Com. di Messina,IT,83048
Castro,Italy,
Castro,Italy,16065
Gent,Belgium,
Nowhere at all,,
"""


def test_openrefine_reconciles_and_extends_a_table(release: Release, tmp_path: Path) -> None:
    with (
        running_server(release.path.parent, web__requests=0) as server,
        running_openrefine(tmp_path) as refine,
    ):
        service = f"{server.url}reconcile"
        manifest = httpx.get(service, trust_env=False).json()
        project = refine.create("partners", TABLE)

        assert refine.guess_types(project, "City", service)[0] == "City"
        refine.reconcile(
            project,
            "City",
            manifest,
            service,
            {"id": "City", "name": "City"},
            [("Country", "country"), ("Code", "istat")],
        )
        cells = [row["City"] for row in refine.read_cells(project)]
        matched = [cell["r"]["m"]["id"] if cell["r"]["j"] == "matched" else None for cell in cells]
        assert matched == [
            "city/it-genova",
            "city/it-messina",
            None,  # of the two Castros nobody told which
            "city/it-castro-bg",
            "city/be-gent",
            None,
        ]
        assert {each["id"] for each in cells[2]["r"]["c"]} == {"city/it-castro-bg", "city/it-castro-le"}

        refine.extend(
            project,
            "City",
            manifest,
            service,
            [
                {"id": "istat", "name": "ISTAT"},
                {"id": "wikidata", "name": "Wikidata", "settings": {"limit": "1"}},
                {"id": "latitude", "name": "Latitude"},
                {"id": "country", "name": "Country"},
                {"id": "communities", "name": "Communities", "settings": {"limit": 1}},
            ],
        )
        columns = [list(row.values()) for row in refine.export(project)]
        messina = next(row for row in columns if row[1] == "083048")
        assert messina[2] == "Q13666"
        assert messina[3].startswith("38.19")
        assert "Italia" in messina
        assert "Open & Agile Smart Cities" in messina
