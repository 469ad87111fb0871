"""What is told of every page's keeping is the same for all, and tells apart what is different."""

from __future__ import annotations

import pytest
from flask import Flask, Response

from mesmart_kg.web.conditional import finish, unchanged


def answer(app: Flask, path: str = "/browse/city", name: str = "list", **headers: str) -> Response:
    with app.test_request_context(path, headers=headers):
        app.preprocess_request()
        return unchanged(name) or finish(Response("x"), name)


def test_a_page_tells_how_long_and_of_what_it_may_be_kept(app: Flask) -> None:
    page = answer(app, Accept_Language="en")

    assert page.headers["ETag"].startswith('W/"')
    assert page.headers["Cache-Control"] == "public, max-age=300"
    assert page.headers["Content-Language"] == "en"
    assert {"Accept", "Accept-Language", "Accept-Encoding"} <= set(page.vary.as_set(preserve_casing=True))
    assert "wasDerivedFrom" in page.headers["Link"]


def test_who_has_the_page_gets_no_body(app: Flask) -> None:
    tag = answer(app).headers["ETag"]
    again = answer(app, If_None_Match=tag)

    assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    ("path", "name", "headers"),
    [
        ("/browse/city", "other", {}),
        ("/browse/community", "list", {}),
        ("/browse/city?lang=en", "list", {}),
        ("/browse/city", "list", {"Host": "elsewhere.example"}),
    ],
)
def test_what_the_page_depends_on_makes_another_tag(
    app: Flask, path: str, name: str, headers: dict[str, str]
) -> None:
    assert answer(app, path, name, **headers).headers["ETag"] != answer(app).headers["ETag"]


def test_a_failure_is_not_kept(app: Flask) -> None:
    with app.test_request_context("/"):
        app.preprocess_request()
        assert "ETag" not in finish(Response("x", 404), "x").headers
