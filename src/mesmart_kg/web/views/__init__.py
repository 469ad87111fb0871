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
* ``attributions``: sources, software and whose work it all is;
* ``metadata``: the dataset and its catalogue as RDF, how good the data are;
* ``discovery``: what programs look for by a known name: our interfaces, security, robots, sitemaps;
* ``about``: the project, accessibility, privacy, how to link to the data;
* ``pages``: home, health.
"""

from __future__ import annotations

from typing import Final

from mesmart_kg.web.views import (
    about,
    attributions,
    browse,
    datasets,
    discovery,
    metadata,
    named_queries,
    overviews,
    pages,
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
        datasets,
        discovery,
        metadata,
        named_queries,
        overviews,
        pages,
        releases,
        resources,
        search,
        sparql,
        vocabularies,
    )
)
