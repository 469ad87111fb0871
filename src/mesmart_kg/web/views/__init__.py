"""Flask's blueprints, one for each part of the site; none knows another.

* ``resources``: each thing and its document, named graphs;
* ``search``: what a text finds, suggestions, the description for browsers;
* ``browse``: lists of all things of a kind, and the same as files;
* ``overviews``: the map, the timeline, the network of shared members;
* ``vocabularies``: the ontology with its rules, the shapes, the vocabularies;
* ``sparql``: the form, answers as pages, why a query finds nothing, the service description;
* ``named_queries``: the release's own queries, described and run;
* ``datasets``: dumps, manifests, the validation report;
* ``releases``: the shelf, one release and how to cite it, what changed between two, the feed;
* ``contexts``: our terms as keys of plain JSON, with frames and examples;
* ``reconcile``: names matched over HTTP, as OpenRefine asks for it;
* ``link_table``: a table linked: upload, look through, download;
* ``links``: what the release links to, and what others link to it;
* ``inbox``: links and corrections from others, kept for a person to look at;
* ``lookup``: a thing by its code elsewhere, or many of them;
* ``attributions``: sources, software and whose work it all is;
* ``metadata``: the dataset and its catalogue as RDF, how good the data are;
* ``discovery``: what programs look for by a known name: our interfaces, security, robots, sitemaps;
* ``about``: the project, what machine it needs, accessibility, privacy;
* ``guide``: how to link to the data, for three readers;
* ``peers``: the register of sister endpoints;
* ``pages``: home, health.
"""

from __future__ import annotations

from typing import Final

from mesmart_kg.web.views import (
    about,
    attributions,
    browse,
    contexts,
    datasets,
    discovery,
    guide,
    inbox,
    link_table,
    links,
    lookup,
    metadata,
    named_queries,
    overviews,
    pages,
    peers,
    reconcile,
    releases,
    resources,
    search,
    sparql,
    vocabularies,
)

BLUEPRINTS: Final = tuple(
    module.blueprint
    for module in (
        about,
        attributions,
        browse,
        contexts,
        datasets,
        discovery,
        guide,
        inbox,
        link_table,
        links,
        lookup,
        metadata,
        named_queries,
        overviews,
        pages,
        peers,
        reconcile,
        releases,
        resources,
        search,
        sparql,
        vocabularies,
    )
)
