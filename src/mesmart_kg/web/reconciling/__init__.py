"""The Reconciliation Service API over HTTP: names in, our things out; then more about them, column by column.

Two versions are spoken, 0.2 (OpenRefine) and the draft of 1.0. What is asked is the same in both once it is
read, and what is answered is written at the very end, so each knows of the other nowhere else:

* ``versions``: which version a client speaks, by how it asks;
* ``model``: what is asked and answered, without a word of either version;
* ``reading``: the JSON and the parameters of both to the model, strictly, within limits;
* ``writing``: the model to the JSON of both; ``manifest``: what the service says of itself;
* ``kinds``: kinds of thing as the API's types, things as its entities;
* ``properties``: what a query may say of a thing beside its name, and what can be told of it;
* ``extending``: values of properties, from the index of names and from the engine, in bounded batches;
* ``comparing``: whether the values of a thing meet a condition that the matcher knows nothing of;
* ``wishes``: queries, understood: what to ask the matcher, what to compare;
* ``matching``: queries to candidates, by ``mesmart_kg.reconciliation``;
* ``suggesting``: what the beginning of a word may become.

Specification: Reconciliation Service API 0.2 and 1.0-draft (W3C Entity Reconciliation Community Group).
"""
