"""What ``/lookup`` is asked and how it answers: one question of an address, or a list that is sent.

A list is JSON, CSV with a header, or one code or address a line; an answer is JSON, CSV or NDJSON.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from mesmart_kg.label_index import read_register
from mesmart_kg.lookup import Asked, Finding, to_asked
from mesmart_kg.web.languages import translate
from mesmart_kg.web.problems import BadRequest

_LONGEST: Final = 2000
_COLUMNS: Final = frozenset({"scheme", "code", "iri", "kind"})


def read_question(scheme: str, code: str, iri: str = "", kind: str = "") -> Asked:
    """Return what is looked up. Raises BadRequest."""
    if max(map(len, (scheme, code, iri, kind))) > _LONGEST:
        raise BadRequest(
            400, "lookup", "A code or an address may have %(most)s characters at most.", most=_LONGEST
        )
    if iri.strip():
        return Asked(iri=iri.strip(), kind=kind)
    if not code.strip():
        raise BadRequest(
            400,
            "lookup",
            "The code is missing: write scheme=istat&code=083048, or iri= and an address.",
        )
    asked = to_asked(scheme, code, kind)
    if not asked.scheme:
        raise BadRequest(
            400,
            "lookup",
            "Of which register is the code “%(code)s”? Write scheme=istat before it.",
            code=code.strip()[:60],
        )
    return asked


def read_questions(text: str, media_type: str, most: int) -> list[Asked]:
    """Return the questions of a list: JSON, CSV with a header, or one code or IRI a line.

    Raises BadRequest, with the line, for what can't be read and for more than ``most``.
    """
    readers = {"application/json": _read_json, "text/csv": _read_csv}
    reader = readers.get(media_type, _read_lines)
    questions: list[Asked] = []
    for line, values in reader(text):
        if len(questions) == most:
            raise BadRequest(
                413,
                "lookup",
                "A list may have %(most)s entries at most (web.lookups): send several lists.",
                most=most,
            )
        try:
            questions.append(read_question(**values))
        except BadRequest as error:
            raise _at(line, error) from error
    return questions


def _at(line: int, error: BadRequest) -> BadRequest:
    told = translate(error.message, **error.values)
    return BadRequest(
        error.status, error.kind, "Line or entry %(line)s: %(problem)s", line=line, problem=told
    )


def _not_a_list() -> BadRequest:
    return BadRequest(
        400,
        "lookup",
        "A list is wanted, of texts or of objects with texts: %(example)s.",
        example='[{"scheme": "istat", "code": "083048"}]',
    )


def _read_json(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(400, "lookup", "This is not JSON: %(reason)s.", reason=str(error)) from error
    if not isinstance(told, list):
        raise _not_a_list()
    for number, each in enumerate(told, 1):
        if isinstance(each, str):
            _check_signs(each, number)
            yield number, _read_line(each)
            continue
        is_known = isinstance(each, dict) and each.keys() <= _COLUMNS
        if not is_known or not all(isinstance(value, str) for value in each.values()):
            raise _at(number, _not_a_list())
        _check_signs("".join(each.values()), number)
        yield number, {"scheme": "", "code": "", **each}


def _check_signs(text: str, number: int) -> None:
    r"""Raise BadRequest for half a pair of UTF-16, which JSON can name (``\ud800``) and nothing can hold."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _at(number, BadRequest(400, "lookup", "Send the list in UTF-8.")) from error


def _read_csv(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    # Not a DictReader: it would fill thousands of columns that somebody names, in each of thousands of rows.
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        columns = [name.strip().casefold() for name in next(rows, [])]
        places = {name: columns.index(name) for name in _COLUMNS.intersection(columns)}
        if not places.keys() - {"kind"}:
            raise BadRequest(400, "lookup", "The first line must name the columns: scheme and code, or iri.")
        for row in rows:
            told = {name: row[place] for name, place in places.items() if place < len(row)}
            values = {"scheme": "", "code": "", **told}
            if any(values.values()):
                yield rows.line_num, values
    except csv.Error as error:
        problem = BadRequest(400, "lookup", "This is not CSV: %(reason)s.", reason=str(error))
        raise _at(rows.line_num, problem) from error


def _read_lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if line.strip():
            yield number, _read_line(line)


def _read_line(line: str) -> dict[str, str]:
    line = line.strip()
    is_iri = re.match(r"https?://", line) is not None and read_register(line) is None
    return {"scheme": "", "code": "", "iri": line} if is_iri else {"scheme": "", "code": line}


def write_json(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the answer as one JSON array, an entry a line."""
    lead = "["
    for finding in findings:
        yield f"{lead}\n{json.dumps(finding.to_facts(), ensure_ascii=False)}"
        lead = ","
    yield "[]\n" if lead == "[" else "\n]\n"


def write_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the answer as JSON objects, one a line."""
    for finding in findings:
        yield json.dumps(finding.to_facts(), ensure_ascii=False) + "\n"


def write_csv(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the answer as CSV; several things of one cell are parted by a blank."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(("scheme", "code", "iri", "thing", "relation", "others"))
    for finding in findings:
        asked = finding.asked
        found = finding.relation if finding.thing or finding.others else ""
        writer.writerow(
            (asked.scheme, asked.code, asked.iri, finding.thing or "", found, " ".join(finding.others))
        )
        if buffer.tell() > 65_536:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
