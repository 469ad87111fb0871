"""The release's named queries: a list, and one page each with its parameters, its text and its answer."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.formats import Format
from mesmart_kg.queries import NamedQuery, bind, find_query
from mesmart_kg.query_text import examine
from mesmart_kg.web.languages import translate
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.publication import published

blueprint = Blueprint("queries", __name__)

TEXT = Format("rq", "SPARQL", "application/sparql-query", "rq", "", ("text/plain",))


@blueprint.get("/queries")
def all_queries() -> str:
    """List the named queries."""
    return render_template("queries.html", queries=published().queries)


@blueprint.get("/queries/<name>")
def query(name: str) -> AnyResponse:
    """Show one query, or give its text to a client that asks for SPARQL. Parameters come from the URL."""
    found = find_query(published().queries, name.removesuffix(".rq"))
    if found is None:
        raise ResourceNotFound(f"there is no query named {name}")
    if found.name != name.removesuffix(".rq"):
        arguments = f"?{request.query_string.decode()}" if request.query_string else ""
        return redirect(url_for("queries.query", name=found.name) + arguments, 301)
    values = _read_values(found)
    text = bind(found, values)
    wanted = "rq" if name.endswith(".rq") else request.args.get("format")
    choice = choose_format(request.headers.get("Accept"), wanted, (HTML, TEXT))
    if choice.format is TEXT:
        response = Response(text, content_type="application/sparql-query; charset=utf-8")
    else:
        form = examine(text)
        hints = {
            "iri": translate("A name of the data, such as id/city/it-palermo"),
            "date": translate("A year, a month or a day, such as 2021-06"),
            "lang": translate("it or en"),
        }
        offered = formats.RDF_FORMATS if form.makes_graph else formats.RESULT_FORMATS
        page = render_template(
            "query.html",
            query=found,
            values=values,
            text=text,
            formats=offered,
            is_local=not form.services,
            hints=hints,
        )
        response = Response(page)
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


def _read_values(found: NamedQuery) -> dict[str, str]:
    """Return the values given for the query's parameters; an empty field means the default."""
    names = {parameter.name for parameter in found.parameters}
    return {name: value for name, value in request.args.items() if name in names and value.strip()}
