"""What every page says about its site, and how sizes, files and links are put into words."""

from __future__ import annotations

from typing import Any, Final

from babel.numbers import format_decimal
from flask import Flask, url_for
from markupsafe import Markup

from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.publication import published

_LICENCES: Final = {
    "https://creativecommons.org/licenses/by/4.0/": "CC BY 4.0",
    "https://creativecommons.org/publicdomain/zero/1.0/": "CC0 1.0",
}


def register(app: Flask) -> None:
    """Teach the words to the templates of an application."""
    app.jinja_env.filters.update(size=to_size, holds=describe_dump)

    @app.context_processor
    def words() -> dict[str, Any]:
        here = published()
        site = here.config.site
        title = site.title_it if language() == "it" else site.title_en
        is_ours = site.base_iri == NAMESPACE
        is_public_body = site.publisher_identifier.startswith("c_")
        return {
            "site": site,
            "is_preview": here.release.is_preview,
            # The files of a preview may be anyone's: neither the title nor the licence of the site is theirs.
            "site_title": translate("Preview") if here.release.is_preview else title,
            "release_id": here.release.id,
            "release_day": here.release.day,
            "is_ours": is_ours,
            # As in the metadata: the code of a municipality in the Italian index of public bodies.
            "is_public_body": is_public_body,
            # What holds of ours need not hold of another city's: it may well be a site of that city.
            "is_independent": is_ours and not is_public_body,
            "licence_link": _link(site.licence, _LICENCES.get(site.licence, site.licence)),
            "contact_link": _link(f"mailto:{site.contact_email}", site.contact_name),
            "questions_link": _link(url_for("queries.all_queries"), translate("ready questions")),
        }


def _link(url: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, text)


def to_size(count: int) -> str:
    """Return a number of bytes as people say it, in the reader's language: ``1.4 MB``."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{format_decimal(count / size, '#,##0.0', language())} {unit}"
    return f"{count} B"


def describe_dump(name: str) -> str:
    """Return what a dump holds, by its name."""
    known = {
        "default.ttl.gz": translate("everything in one graph, easiest to read (Turtle)"),
        "default.nt.gz": translate("everything in one graph, exactly as the endpoint answers (N-Triples)"),
        "dataset.trig.gz": translate("all graphs, one for each source (TriG)"),
        "dataset.nq.gz": translate("all graphs, one for each source (N-Quads)"),
        "dataset.jsonld.gz": translate("all graphs, one for each source (JSON-LD)"),
        "csv-metadata.json": translate("what the columns of the tables mean (CSVW)"),
        "inferred.nt.gz": translate("only what follows from the rules (N-Triples)"),
    }
    plain = name.removesuffix(".gz").removesuffix(".csv")
    return known.get(name) or translate("a table: %(name)s", name=plain)
