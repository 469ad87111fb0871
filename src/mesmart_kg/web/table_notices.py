"""What there is to tell of a table, in the reader's language: each kind of notice, and the lines it is of."""

from __future__ import annotations

from mesmart_kg.linking import Notice
from mesmart_kg.linking.notices import Told
from mesmart_kg.web.languages import translate


def word_told(told: Told) -> str:
    """Return a sentence with its lines before it."""
    sentence = word_notice(told.notice)
    if not told.lines:
        return sentence
    lines = ", ".join(map(str, told.lines))
    if told.more:
        return translate(
            "Lines %(lines)s and %(more)s more: %(sentence)s", lines=lines, more=told.more, sentence=sentence
        )
    if len(told.lines) > 1:
        return translate("Lines %(lines)s: %(sentence)s", lines=lines, sentence=sentence)
    return translate("Line %(line)s: %(sentence)s", line=lines, sentence=sentence)


def word_notice(notice: Notice) -> str:
    """Return the sentence for a notice; a kind without words here is told in English."""
    sentence = _sentences().get(notice.kind)
    if sentence is None:
        return notice.sentence
    values = dict(notice.values)
    for key in ("found", "usual"):
        if key in values:
            values[key] = _name_delimiter(str(values[key]))
    return sentence % values if values else sentence


def _name_delimiter(name: str) -> str:
    known = {
        "commas": translate("commas"),
        "semicolons": translate("semicolons"),
        "tabs": translate("tabs"),
        "bars": translate("bars"),
    }
    return known.get(name, name)


def _sentences() -> dict[str, str]:
    return {
        "empty": translate("The file is empty."),
        "no-rows": translate("Below its header the table has no rows."),
        "not-a-table": translate(
            "This is not a table that can be read here. Save it as CSV or XLSX and try again."
        ),
        "workbook-damaged": translate(
            "The workbook can’t be opened: it is damaged, protected by a password, or of another kind "
            "than its name says. Save it again as XLSX or CSV."
        ),
        "workbook-large": translate(
            "Unpacked, the workbook takes more than %(most)s MB. Save the sheet that matters as CSV."
        ),
        "workbook-hard": translate(
            "Reading the workbook takes too much time or memory. Often one forgotten cell far outside of "
            "the table is the cause: copy the table to a new workbook, or save it as CSV."
        ),
        "no-sheet": translate("The workbook has no sheet called “%(wanted)s”. It has: %(sheets)s."),
        "too-large": translate("The file has more than %(most)s MB. Send it in several parts."),
        "too-many-rows": translate("The table has more than %(most)s rows. Send it in several parts."),
        "too-many-columns": translate(
            "The table has more than %(most)s columns. Keep those that say what each row is."
        ),
        "encoding-unknown": translate(
            "“%(wanted)s” is not an encoding that is known here; utf-8 and cp1252 are."
        ),
        "encoding-wrong": translate(
            "The text is not in %(wanted)s: leave the encoding out, and it will be found."
        ),
        "no-column": translate(
            "There is no column called “%(wanted)s”. Did you mean “%(nearest)s”? The columns are: "
            "%(columns)s."
        ),
        "no-name-column": translate("No column looks as if it held names. Say which one does: %(columns)s."),
        "bad-base": translate(
            "“%(wanted)s” can’t stand at the beginning of web addresses. Give one such as "
            "https://data.example.org/cities#"
        ),
        "bad-template": translate(
            "“%(wanted)s” makes no web addresses. Write one such as https://data.example.org/city/{code}, "
            "with the name of a column in braces."
        ),
        "encoding-found": translate(
            "The file does not say how its letters are written; it was read as %(encoding)s. If accents "
            "look wrong, say which encoding it has."
        ),
        "line-above-header": translate(
            "This line stands above the header and belongs to no column; it was passed over."
        ),
        "header-double": translate(
            "There is another column called “%(name)s”; here this one is called “%(called)s”."
        ),
        "row-empty": translate("The row is empty and was passed over."),
        "row-short": translate(
            "The row has %(cells)s cells and the header %(columns)s; the missing ones count as empty."
        ),
        "row-long": translate(
            "The row has %(cells)s cells and the header %(columns)s; what goes beyond was not used."
        ),
        "row-other-delimiter": translate(
            "The row is divided by %(found)s and the table by %(usual)s; it was read by its own."
        ),
        "quote-open": translate(
            "A quotation mark opens here and never closes; it was taken as part of the text."
        ),
        "sheet-chosen": translate("The workbook has %(count)s sheets; “%(sheet)s” was read."),
        "iri-missing": translate("The row has no address of its own, so nothing can be linked."),
        "iri-bad": translate("“%(value)s” is not a web address in full, so nothing can be linked."),
        "iri-double": translate(
            "Another row has the same address and was linked to something else; neither link was kept."
        ),
        "review-columns": translate(
            "The review file has no columns called “row” and “choice”: its first line may be missing."
        ),
        "choice-no-row": translate("The table has no row “%(row)s”; the choice was not used."),
        "choice-other-name": translate(
            "Row %(row)s of the table is “%(name)s” and not “%(reviewed)s”: the table has changed since, "
            "and the choice was not used."
        ),
        "choice-double": translate("Row %(row)s has a choice already; this one was not used."),
        "choice-no-candidate": translate(
            "There is no candidate %(choice)s in row %(row)s; there are %(count)s."
        ),
        "choice-unknown": translate(
            "Nothing here is called “%(choice)s”. Write the number of a candidate, an address, or none."
        ),
        "relation-unknown": translate(
            "“%(relation)s” was not understood: write exact or close. The choice was not used."
        ),
    }
