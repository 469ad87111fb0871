"""The goals of the endpoint's speed and of pages as data grow, and whether figures reach them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

WARM = 2.0
SLOW_COLD = 1.0
COLD_LOOKUPS, COLD_LOOKUPS_AIM = 0.3, 0.5
RUNAWAY_P99 = 3.0
RDFLIB = 20.0

GROWTH = 2.0
"""How many times as long, and as large, ten times the data may make a page."""

BRIEF, SMALL = 40.0, 20_000
"""Milliseconds and bytes below which a page is as good as nothing: what is measured there is the machine."""

WARM_KINDS = ("point look-ups", "competency queries", "aggregates", "a million rows", "a large CONSTRUCT")
SLOW_KINDS = ("queries of 5 ms or more", "a million rows", "a large CONSTRUCT")


class Measured(Protocol):
    """What is looked at of a server's figures; see ``bench_peers.Figures``."""

    loads: dict[tuple[str, str, int], float]
    medians: dict[str, float]
    rows: dict[str, int]
    p99: dict[str, tuple[float, float]]


def judge(found: Mapping[str, Measured], clients: Sequence[int], questions: Collection[str]) -> bool:
    """Print every ratio with its goal; tell whether all goals were measured and reached."""
    if "ours" not in found:
        return False
    ours = found["ours"]
    for name, theirs in found.items():
        if name != "ours":
            _compare_answers(name, ours, theirs)
    reached = []
    if "oxigraph" in found:
        theirs = found["oxigraph"]
        print("\nratios to oxigraph serve in memory")
        for many in clients:
            reached += _judge_warm(ours, theirs, many)
        for many in clients:
            reached += _judge_slow(ours, theirs, many)
        for many in clients:
            reached += _judge_lookups(ours, theirs, many)
    reached += _judge_runaways(ours)
    if "rdflib" in found:
        reached += _judge_rdflib(ours, found["rdflib"], questions)
    if "virtuoso" in found:
        print("\nratios to Virtuoso (no goal)")
        for (kind, state, many), theirs_rate in sorted(found["virtuoso"].loads.items()):
            if theirs_rate and (rate := ours.loads.get((kind, state, many))):
                print(f"  {kind}, {state}, {many} clients: {rate / theirs_rate:.2f}")
    return all(reached) and {"oxigraph", "rdflib"} <= set(found)


def _compare_answers(name: str, ours: Measured, theirs: Measured) -> None:
    """Tell where the other server's answer has another number of rows: it did another work."""
    differing = [text for text, rows in theirs.rows.items() if ours.rows.get(text, rows) != rows]
    for text in differing:
        print(f"{name} answers {theirs.rows[text]} rows, we {ours.rows[text]}: {text.strip()[-70:]!r}")


def _ratios(
    ours: Measured, theirs: Measured, kinds: Sequence[str], state: str, clients: int
) -> dict[str, float]:
    keys = [(kind, state, clients) for kind in kinds]
    return {
        key[0]: ours.loads[key] / theirs.loads[key]
        for key in keys
        if theirs.loads.get(key) and key in ours.loads
    }


def _judge_warm(ours: Measured, theirs: Measured, clients: int) -> list[bool]:
    ratios = _ratios(ours, theirs, WARM_KINDS, "warm", clients)
    if not ratios:
        return []
    mean, least = _mean(ratios), min(ratios.values())
    _show(f"warm throughput, {clients} clients", ratios)
    if clients == 1:
        return []
    return [
        _tell("geometric mean", mean, f"at least {WARM:g}", mean >= WARM),
        _tell("lowest", least, "at least 1", least >= 1),
    ]


def _judge_slow(ours: Measured, theirs: Measured, clients: int) -> list[bool]:
    ratios = _ratios(ours, theirs, SLOW_KINDS, "cold", clients)
    if not ratios:
        return []
    _show(f"cold throughput of what takes the engine 5 ms or more, {clients} clients", ratios)
    mean = _mean(ratios)
    return [_tell("geometric mean", mean, f"at least {SLOW_COLD:g}", mean >= SLOW_COLD)]


def _judge_lookups(ours: Measured, theirs: Measured, clients: int) -> list[bool]:
    ratios = _ratios(ours, theirs, WARM_KINDS[:3], "cold", clients)
    _show(f"cold throughput, {clients} clients", ratios)
    if (ratio := ratios.get("point look-ups")) is None:
        return []
    goal = f"at least {COLD_LOOKUPS:g}, aim {COLD_LOOKUPS_AIM:g}"
    return [_tell("point look-ups", ratio, goal, ratio >= COLD_LOOKUPS)]


def _judge_runaways(ours: Measured) -> list[bool]:
    if ours.p99:
        print("\nour p99 while two runaway queries run, as a ratio to that without")
    return [
        _tell(kind, during / before, f"at most {RUNAWAY_P99:g}", during / before <= RUNAWAY_P99)
        for kind, (before, during) in ours.p99.items()
    ]


def _judge_rdflib(ours: Measured, theirs: Measured, questions: Collection[str]) -> list[bool]:
    """Compare medians of single queries, where both answered with as many rows."""
    ratios = [
        theirs.medians[text] / ours.medians[text]
        for text in questions
        if text in theirs.medians and text in ours.medians and theirs.rows[text] == ours.rows[text]
    ]
    if not ratios:
        return []
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    print(f"\ntimes faster than rdflib-endpoint, over {len(ratios)} competency queries both answer alike")
    return [_tell("geometric mean", mean, f"at least {RDFLIB:g}", mean >= RDFLIB)]


def _mean(ratios: Mapping[str, float]) -> float:
    """Return the geometric mean; 0 where one ratio is 0."""
    values = ratios.values()
    return math.exp(statistics.fmean(map(math.log, values))) if all(values) else 0.0


def _show(title: str, ratios: Mapping[str, float]) -> None:
    if ratios:
        print(f"  {title}: " + ", ".join(f"{kind} {ratio:.2f}" for kind, ratio in ratios.items()))


def _tell(name: str, value: float, goal: str, reached: bool) -> bool:
    print(f"    {name}: {value:.2f} (goal: {goal}){'' if reached else ': NOT REACHED'}", flush=True)
    return reached


def judge_growth(
    factor: float, before: Mapping[str, tuple[float, int]], after: Mapping[str, tuple[float, int]]
) -> bool:
    """Print the pages that grew too much with so many times the data; tell whether there are none.

    Pages are milliseconds and bytes by name. The goal is for ten times the data: for another factor it is
    what gives :data:`GROWTH` when it is reached by equal steps, and at least the same for less than ten.
    """
    most = GROWTH ** max(math.log10(factor), 1.0)
    print(f"\ngrowth of pages with {factor:.1f} times the data (goal: at most {most:.1f} times)")
    is_reached = True
    for name in sorted(before.keys() & after.keys()):
        (old_time, old_size), (new_time, new_size) = before[name], after[name]
        slower = new_time / max(old_time, BRIEF)
        larger = new_size / max(old_size, SMALL)
        if slower > most or larger > most:
            is_reached = False
            print(f"  {name}: {slower:.1f} times the time, {larger:.1f} times the bytes: NOT REACHED")
    if is_reached:
        print("  reached by all pages")
    return is_reached
