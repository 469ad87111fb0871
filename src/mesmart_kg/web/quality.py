"""How good the data are, as a page says it: the measures of a release's own description (DQV), in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.numbers import format_decimal, format_percent

from mesmart_kg.labels import find_label
from mesmart_kg.namespaces import expand
from mesmart_kg.terminology import Statements, read_statements
from mesmart_kg.web.languages import language, translate

__all__ = ["Measure", "list_measures", "read_described"]

_SHARE: Final = expand("xsd:decimal")


@dataclass(frozen=True)
class Measure:
    """A dimension of quality, what was measured, the figure as people write it, what to make of it."""

    key: str
    dimension: str
    measured: str
    value: str
    about: str


def read_described(path: Path) -> Statements | None:
    """Read a release's description of itself; None where there is none. Raises ReleaseDamaged."""
    return read_statements(path)


def list_measures(described: Statements) -> list[Measure]:
    """Return the measures that a description holds, in its order, in the reader's language."""
    measurement = expand("dqv:QualityMeasurement")
    nodes = [each for each in described.subjects() if measurement in described.iris(each, "rdf:type")]
    return [_to_measure(described, node) for node in nodes]


def _to_measure(described: Statements, node: str) -> Measure:
    metric = next(iter(described.iris(node, "dqv:isMeasurementOf")), "")
    dimension = next(iter(described.iris(metric, "dqv:inDimension")), "")
    key = dimension.rpartition("#dimension-")[2]
    value = next((each.value for each in described.names(node, "dqv:value")), "")
    is_share = _SHARE in described.iris(metric, "dqv:expectedDataType")
    return Measure(
        key=key,
        dimension=_word(described, dimension),
        measured=_word(described, metric),
        value=_to_figure(value, is_share),
        about=_explain(key),
    )


def _word(described: Statements, node: str) -> str:
    found = find_label(described.names(node, "skos:prefLabel"), (language(),))
    return found.value if found else ""


def _to_figure(value: str, is_share: bool) -> str:
    try:
        number = float(value)
    except ValueError:
        return value
    written: str
    if is_share:
        written = format_percent(number, "#,##0.#%", locale=language())
    else:
        written = format_decimal(number, locale=language())
    return written


def _explain(key: str) -> str:
    known = {
        "completeness": translate("Where no source tells when a city joined, we leave the date empty."),
        "accuracy": translate(
            "What a single source says may be wrong: that is why every statement names its own, and you can "
            "read it there."
        ),
        "consistency": translate("A release with a single violation is not published."),
        "currentness": translate("Every source tells the day on which it was last read."),
    }
    return known.get(key, "")
