"""Style, scripts, fonts, pictures: named by content, packed where wanted, nothing but what was built."""

from __future__ import annotations

import gzip
import json
import logging
from pathlib import Path

import pytest
from flask import Flask
from inprocess import Client

from mesmart_kg.web.assets import Assets

SHEET = b"body { color: black }" * 100


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    (tmp_path / "site-ABC.css").write_bytes(SHEET)
    (tmp_path / "site-ABC.css.gz").write_bytes(gzip.compress(SHEET))
    (tmp_path / "icon-DEF.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    write_list(tmp_path, {"site.css": "site-ABC.css", "icon.svg": "icon-DEF.svg"})
    return Assets(tmp_path)


def write_list(folder: Path, names: dict[str, str]) -> None:
    (folder / "assets.json").write_text(json.dumps(names))


@pytest.fixture
def little(assets: Assets) -> Flask:
    app = Flask("little", static_folder=None)
    app.add_url_rule("/-/static/<path:file>", "asset", assets.send)
    return app


def test_a_name_leads_to_the_file_with_its_hash(assets: Assets) -> None:
    assert assets.url("site.css") == "/-/static/site-ABC.css"


def test_a_file_is_kept_for_ever_and_comes_packed_to_who_can_unpack(little: Flask) -> None:
    plain = little.test_client().get("/-/static/site-ABC.css", buffered=True)
    packed = little.test_client().get(
        "/-/static/site-ABC.css", buffered=True, headers={"Accept-Encoding": "br, gzip"}
    )
    refused = little.test_client().get(
        "/-/static/site-ABC.css", buffered=True, headers={"Accept-Encoding": "gzip;q=0"}
    )

    assert plain.get_data() == refused.get_data() == gzip.decompress(packed.get_data()) == SHEET
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    for response in (plain, packed):
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.content_type == "text/css; charset=utf-8"
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize(
    "file",
    ["secret.txt", "assets.json", "site-ABC.css.gz", "../secret.txt", "..%2Fsecret.txt", "site.css", ""],
)
def test_nothing_is_given_out_that_was_not_built(little: Flask, file: str) -> None:
    assert little.test_client().get(f"/-/static/{file}").status_code == 404


def test_a_running_site_follows_a_new_build(assets: Assets) -> None:
    before = assets.fingerprint
    (assets.folder / "assets.json").unlink()
    assert assets.url("site.css") == "/-/static/site-ABC.css"  # in the midst of a build the old ones hold
    write_list(assets.folder, {"site.css": "site-XYZ.css"})

    assert assets.url("site.css") == "/-/static/site-XYZ.css"
    assert assets.fingerprint != before


def test_without_a_build_pages_still_name_something(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        bare = Assets(tmp_path / "never-built")

        assert bare.url("site.css") == "/-/static/site.css"


def test_pages_carry_what_was_built(client: Client) -> None:
    """The style sheet of a page, and all that it names in turn, is there."""
    page = client.get("/about", headers={"Accept": "text/html"}).text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    sheet = client.get(address)
    assert sheet.status_code == 200, "the assets are not built: run `make assets`"

    fonts = {part.partition(")")[0].strip("\"'") for part in sheet.text.split("url(")[1:]}
    ours = {name.removeprefix("./") for name in fonts if not name.startswith("data:")}
    assert ours
    for name in ours:
        font = client.get(f"/-/static/{name}")
        assert font.status_code == 200, name
        assert font.content_type in {"font/woff2", "image/svg+xml"}
