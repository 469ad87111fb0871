"""A new city's own project: what ``mesmart init`` writes, so that its data link with ours from the first day.

``city`` is what the command line tells of the city, judged; ``known`` is what our own tables already say, of
its country and of the city itself; ``writing`` makes the folder from ``template/``.

What is theirs is written into the folder: base IRI, titles, tables with their mappings, queries. What all
cities share is not copied: ontology, rules, shapes and the vocabularies under the constant namespace come
with the software, so a new version of it brings the new ones (``config.project_folder`` finds them, and
``build`` adds the shared vocabularies). What the command line tells is a fact like any other: its source is
the publisher. No facts are taken over of our own but those of the country, which name us as their source.
"""

from mesmart_kg.starter.city import NewCity, describe_city
from mesmart_kg.starter.known import Known
from mesmart_kg.starter.writing import Started, start_project

__all__ = ["Known", "NewCity", "Started", "describe_city", "start_project"]
