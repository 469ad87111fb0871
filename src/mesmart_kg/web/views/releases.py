"""The shelf of releases: a list and a feed, a page of each, how to cite it, what changed between two.

The files themselves are given by ``datasets``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg.changes import Side, to_facts, write_patch
from mesmart_kg.citation import to_apa, to_bibtex, to_cff
from mesmart_kg.dumps import CHECKSUMS
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.formats import NQUADS, RDF_PATCH, Format
from mesmart_kg.glossary import Glossary, read_glossary
from mesmart_kg.release import Release
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.differences import differences
from mesmart_kg.web.feed import MEDIA_TYPE, Entry, Feed, to_atom
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.links import absolute
from mesmart_kg.web.naming import dataset_iri, release_iri
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.publication import published
from mesmart_kg.web.recipes import write_recipes
from mesmart_kg.web.release_pages import (
    DifferencePage,
    ShelfRow,
    cite,
    first_files,
    list_files,
    list_shelf,
    show_difference,
    to_signed,
    to_words,
)

blueprint = Blueprint("releases", __name__)

JSON: Final = Format("json", "JSON", "application/json", "json", "")
_FORMATS: Final = (HTML, JSON, RDF_PATCH)
_SIDES: Final = {"added.nq": Side.ADDED, "removed.nq": Side.REMOVED}
_CITATIONS: Final = {"citation.cff": "application/yaml", "citation.bib": "application/x-bibtex"}


@blueprint.get("/releases")
def shelf() -> Response:
    """List the releases, the newest first, each with what changed in it in one line."""
    name = f"releases {_fingerprint()}"
    same = unchanged(name)
    if same is not None:
        return same
    rows = _list_shelf()
    page = render_template(
        "releases.html",
        crumbs=[(translate("Data"), None)],
        rows=rows,
        lines={row.release.id: _sum_up(row) for row in rows},
        current=published().release,
    )
    return finish(Response(page), name)


@blueprint.get("/releases/compare")
def compare() -> AnyResponse:
    """Lead the form that names two releases to the page of their difference. Raises ReleaseNotFound."""
    catalog = published().catalog
    before, after = (catalog.get(request.args.get(name, "")) for name in ("from", "to"))
    page = _url("releases.difference", release_id=before.id, other_id=after.id)
    response = redirect(page, 303)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/releases.atom")
def feed() -> Response:
    """Give the same list as a feed (RFC 4287)."""
    name = f"feed {_fingerprint()}"
    same = unchanged(name)
    if same is not None:
        return same
    config = published().config
    site = config.site
    title = site.title_it if language() == "it" else site.title_en
    entries = [
        Entry(
            release_iri(config, row.release),
            f"{title}: {row.release.id}",
            row.release.day,
            absolute(url_for("releases.release", release_id=row.release.id, lang=language())),
            _sum_up(row),
        )
        for row in _list_shelf()
    ]
    document = Feed(
        dataset_iri(config),
        title,
        language(),
        site.publisher,
        site.licence,
        absolute(url_for("releases.feed", lang=language())),
        absolute(url_for("releases.shelf", lang=language())),
        entries,
    )
    return finish(Response(to_atom(document), content_type=f"{MEDIA_TYPE}; charset=utf-8"), name)


@blueprint.get("/releases/<release_id>")
def release(release_id: str) -> Response:
    """Show one release: its figures and files, how to load, check and cite them, what changed."""
    here = published()
    found = here.catalog.get(release_id)
    name = f"release {found.manifest.digest} {_fingerprint()}"
    same = unchanged(name)
    if same is not None:
        return same
    citation = cite(here.config, found, language())
    row = next((row for row in _list_shelf() if row.release.id == found.id), None)
    glossary = read_glossary(found.inputs)
    page = render_template(
        "release.html",
        crumbs=[(translate("Data"), _url("releases.shelf")), (found.id, None)],
        release=found,
        row=row,
        line=_sum_up(row) if row else "",
        files=list_files(found, glossary, language(), here.config.site.base_iri),
        pair=first_files(found),
        recipes=write_recipes(found),
        citation=citation,
        apa=to_apa(citation, translate("Version"), translate("Data set")),
        bibtex=to_bibtex(citation),
        sums_url=_find_checksums(found),
    )
    return finish(Response(page), name)


@blueprint.get("/releases/<release_id>/<any('citation.cff', 'citation.bib'):file>")
def citation(release_id: str, file: str) -> Response:
    """Give how a release is cited, as a citation file or for BibTeX; titles are in English."""
    here = published()
    found = here.catalog.get(release_id)
    if found.is_preview:
        raise ResourceNotFound("a preview is nobody's publication, so it can't be cited")
    name = f"{file} {found.manifest.digest}"
    same = unchanged(name)
    if same is not None:
        return same
    told = cite(here.config, found, "en")
    text = to_cff(told) if file == "citation.cff" else to_bibtex(told)
    return finish(Response(text, content_type=f"{_CITATIONS[file]}; charset=utf-8"), name)


@blueprint.get("/releases/<release_id>/diff/<other_id>")
def difference(release_id: str, other_id: str) -> AnyResponse:
    """Show what changed from a release to another: a page, JSON, or an RDF Patch."""
    here = published()
    before, after = here.catalog.get(release_id), here.catalog.get(other_id)
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), _FORMATS)
    name = f"diff {before.manifest.digest} {after.manifest.digest} {choice.format.name}"
    same = unchanged(name)
    if same is not None:
        return same
    found = differences().get(before, after)
    if choice.format is JSON:
        text = json.dumps(to_facts(found.changes), ensure_ascii=False)
        return finish(Response(text, content_type=choice.content_type), name)
    if choice.format is RDF_PATCH:
        iris = [release_iri(here.config, each) for each in (before, after)]
        lines = _gather(write_patch(found.read_lines(), *iris))
        return finish(_stream(lines, choice.content_type, f"{before.id}--{after.id}.rdfp"), name)
    shown = show_difference(
        found.changes,
        _glossary(after),
        language(),
        here.config.site.base_iri,
        slug=request.args.get("class"),
        kind=request.args.get("change"),
        page=request.args.get("page", 1, int),
    )
    page = render_template(
        "diff.html",
        crumbs=[
            (translate("Data"), _url("releases.shelf")),
            (after.id, _url("releases.release", release_id=after.id)),
            (translate("What changed"), None),
        ],
        before=before,
        after=after,
        before_link=_link(before),
        after_link=_link(after),
        changes=found.changes,
        shown=shown,
        url_of=lambda number: _address(before, after, shown, page=number),
        address=lambda **wanted: _address(before, after, shown, **wanted),
    )
    return finish(Response(page), name)


@blueprint.get("/releases/<release_id>/diff/<other_id>/<any('added.nq', 'removed.nq'):file>")
def quads(release_id: str, other_id: str, file: str) -> Response:
    """Give the quads that came, or went, as N-Quads."""
    here = published()
    before, after = here.catalog.get(release_id), here.catalog.get(other_id)
    name = f"{file} {before.manifest.digest} {after.manifest.digest}"
    same = unchanged(name)
    if same is not None:
        return same
    found = differences().get(before, after)
    parts = found.read_nquads(_SIDES[file])
    return finish(_stream(parts, NQUADS.content_type, f"{before.id}--{after.id}-{file}"), name)


def _stream(parts: Iterator[bytes], content_type: str, file: str) -> Response:
    response = Response(parts, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def _gather(lines: Iterator[bytes], size: int = 64 * 1024) -> Iterator[bytes]:
    """Yield lines in larger parts: each part costs a turn between threads."""
    gathered = bytearray()
    for line in lines:
        gathered += line
        if len(gathered) >= size:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)


def _address(before: Release, after: Release, shown: DifferencePage, **wanted: str | int | None) -> str:
    """Return the address of another page of a difference; what is not named stays as it is."""
    slug = shown.shown_class.slug if shown.shown_class else None
    chosen = {"class": slug, "change": shown.kind, "page": None} | wanted
    if chosen["page"] == 1:
        chosen["page"] = None
    return _url("releases.difference", release_id=before.id, other_id=after.id, **chosen)


def _find_checksums(release: Release) -> str | None:
    """Return the address of the list of checksums; None if the release has none."""
    if not any(entry.path == f"dumps/{CHECKSUMS}" for entry in release.manifest.files):
        return None
    return absolute(url_for("datasets.dump", release_id=release.id, file=CHECKSUMS))


def _link(release: Release) -> Markup:
    page = _url("releases.release", release_id=release.id)
    return Markup('<a href="{}"><span class="id">{}</span></a>').format(page, release.id)


def _url(endpoint: str, **values: Any) -> str:
    """Return the address of a page, in the language that the reader asked for."""
    if "lang" in request.args:
        values["lang"] = language()
    return url_for(endpoint, **values)


def _glossary(release: Release) -> Glossary:
    here = published()
    return here.glossary if release.id == here.release.id else read_glossary(release.inputs)


def _list_shelf() -> tuple[ShelfRow, ...]:
    here = published()
    return list_shelf(here.catalog, here.release, here.glossary, language())


def _fingerprint() -> str:
    """Return what stands for the shelf as it is now: a release may come while the server runs."""
    ids = " ".join(f"{each.id} {each.manifest.dataset_sha256}" for each in published().catalog.releases())
    return hashlib.sha256(ids.encode()).hexdigest()[:16]


def _sum_up(row: ShelfRow) -> str:
    """Return in one line how the figures of a release differ from those of the one before."""
    if row.previous is None:
        return translate("The first release.")
    if row.is_same_data:
        return translate("The same data as before, made by a newer version of the software.")
    if not row.triples and not row.growth:
        return translate("As many statements as before; some of them differ.")
    parts = [f"{translate('statements')} {to_signed(row.triples)}"]
    if row.growth:
        parts.append(to_words(row.growth))
    return "; ".join(parts)
