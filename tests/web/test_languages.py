"""Nothing that people read is left untranslated, and no translation stands for words that are gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import mesmart_kg.web
from mesmart_kg.web.languages import LANGUAGES, choose_language

WEB = Path(mesmart_kg.web.__file__).parent
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "count_in_words": (1, 2),
    "translate": None,
    "say": None,
    "BadRequest": (3,),
}


def words_in_use() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(
        WEB, method_map=METHODS, options_map={"**.html": {"newstyle_gettext": "true"}}, keywords=KEYWORDS
    )
    return {message for _file, _line, message, _comments, _context in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated_and_no_other(language: str) -> None:
    told = {}
    for path in sorted((WEB / "translations" / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as opened:
            for message in read_po(opened, locale=language):
                assert message.id not in told, f"{message.id} is in two files"
                if message.id:
                    told[message.id] = message

    assert set(told) == words_in_use()
    for message in told.values():
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        assert all(texts), message.id
        assert not message.fuzzy
        for text, source in zip(texts, ids, strict=True):
            given, kept = (set(re.findall(r"%\(\w+\)\w", each)) for each in (source, text))
            # A singular may do without its number.
            assert kept == given or (len(texts) > 1 and text is texts[0] and kept < given), text


def text_of(template: str) -> Iterator[str]:
    """Yield the runs of letters in a template that stand outside of tags, expressions and code."""
    plain = re.sub(r"(?s)\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(code|pre)\b.*?</\1>|<[^>]*>|&\w+;", "\n", template)
    yield from re.findall(r"[^\W\d_]{2,}", plain)


def test_no_template_holds_words_outside_of_the_catalogues() -> None:
    names = {"SHA", "Turtle", "JSON", "APA", "BibTeX", "CITATION", "cff"}
    for path in sorted((WEB / "templates").glob("*.html")):
        assert set(text_of(path.read_text("utf-8"))) <= names, path.name


@pytest.mark.parametrize(
    ("wanted", "accept", "language"),
    [
        (None, None, "it"),
        ("en", "it", "en"),
        ("EN", None, "en"),
        ("de", "en", "en"),
        (None, "en-GB,en;q=0.9,it;q=0.5", "en"),
        (None, "de, it;q=0.1, en;q=0.2", "en"),
        (None, "de", "it"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_best_understood(
    wanted: str | None, accept: str | None, language: str
) -> None:
    assert choose_language(wanted, accept, ("it", "en")) == language
