"""What may mend a text at the first token that doesn't fit: guesses, each tried by whoever asks for them.

A guess is a fault with its edits. They come in the order in which they deserve belief; none is told to anyone
before the mended text has been read and found sounder than it was.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from mesmart_kg.namespaces import compact
from mesmart_kg.query_help.faults import Edit, Fault
from mesmart_kg.query_help.parsing import Reading
from mesmart_kg.query_help.terms import KnownTerms, find_nearest
from mesmart_kg.query_help.tokens import AGGREGATES, KEYWORDS, Token, read_tokens

_SYNONYMS: Final = {"AND": "&&", "OR": "||", "NOT": "!", "&": "&&", "≤": "<=", "≥": ">=", "≠": "!=", "–": "-"}
_PAIRS: Final = {"GROUPBY": "GROUP BY", "ORDERBY": "ORDER BY", "NOTEXISTS": "NOT EXISTS", "NOTIN": "NOT IN"}
_CURLY: Final = re.compile(r"[“”„«‘’‚‹]([^“”„«»‘’‚‹›\"\\\r\n]*)[“”»‘’›]")
_URL: Final = re.compile(r"(?:https?|urn):[^\s<>\"{}|^`\\]+")
_LOOSE_IRI: Final = re.compile(r"<([^<>\r\n]*)>")
_LOOSE_STRING: Final = re.compile(r"\"(?:[^\"\\\r\n]|\\[^\r\n])*\"|'(?:[^'\\\r\n]|\\[^\r\n])*'")
_INSERTED: Final = (".", ")", "]", "}", "{", "(", ";")
_TERM_STARTS: Final = frozenset({"VAR", "IRIREF", "PNAME_LN", "PNAME_NS", "BLANK_NODE", "ANON", "["})
_INVISIBLE: Final = re.compile(
    "[\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]+"
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?![\w-])")
_MOST_AHEAD: Final = 400
"""Tokens that are looked at behind the one that doesn't fit."""


def guess(reading: Reading, known: KnownTerms) -> Iterator[Fault]:
    """Yield what may be wrong where a reading stopped."""
    token = reading.tokens[-1]
    before = reading.tokens[-2] if len(reading.tokens) > 1 else None
    yield from _invisible(reading.text, token)
    yield from _quotes(reading.text, token, before)
    yield from _iris(reading, token, before)
    yield from _signs(reading, token, before)
    if before is not None and before.text == token.text:
        # Written twice: it is likelier that one is too many than that something is missing between them.
        yield Fault("extra", token.start, token.end, token.text, "", (Edit(before.end, token.end, ""),))
    yield from _words(reading, token)
    yield from _projections(reading, token)
    yield from _prologue(reading, token)
    yield from _brackets(reading, token)
    yield from _inserted(reading, token, before)
    yield from _bare(reading, token, known)
    yield from _removed(reading, token)


def _replace(kind: str, token: Token, remedy: str) -> Fault:
    edit = Edit(token.start, token.end, remedy)
    return Fault(kind, token.start, token.end, token.text, remedy, (edit,))


def _invisible(text: str, token: Token) -> Iterator[Fault]:
    if token.kind == "STRAY" and _INVISIBLE.match(token.text):
        # Whoever copied one from a page copied all of them.
        edits = tuple(Edit(found.start(), found.end(), " ") for found in _INVISIBLE.finditer(text))
        code = f"U+{ord(token.text[0]):04X}"
        yield Fault("invisible", token.start, token.end, code, "", edits)


def _quotes(text: str, token: Token, before: Token | None) -> Iterator[Fault]:
    curly = _CURLY.match(text, token.start)
    if curly:
        yield _mend("quotes", curly, f'"{curly[1]}"')
    loose = _LOOSE_STRING.match(text, token.start) if token.kind == "STRAY" else None
    if loose:
        yield _mend("escape", loose, re.sub(r"\\(?![tbnrf\\\"'uU])", r"\\\\", loose[0]))
    if token.kind == "STRAY" and token.text in "\"'":
        sign = token.text
        line_end = re.compile(r"$|(?=[\r\n])").search(text, token.start)
        end = line_end.start() if line_end else len(text)
        closing = text.find(sign, end)
        if 0 <= closing < end + 2000:
            edits = (Edit(token.start, token.end, sign * 3), Edit(closing, closing + 1, sign * 3))
            yield Fault("unclosed", token.start, end, sign, sign * 3, edits)
        content = text[token.end : end].rstrip(" \t;.,)}]")
        at = token.end + len(content)
        yield Fault("unclosed", token.start, at, sign, sign, (Edit(at, at, sign),))
    if before is not None and before.kind == "STRING" and token.start == before.end:
        # 'it's': the apostrophe ended the text too early.
        whole = re.compile(r"'([^\"\\\r\n]{0,300})'(?=[\s;.,)}@^]|$)").match(text, before.start)
        if whole:
            yield _mend("quotes", whole, f'"{whole[1]}"')


def _mend(kind: str, match: re.Match[str], remedy: str) -> Fault:
    edit = Edit(match.start(), match.end(), remedy)
    return Fault(kind, match.start(), match.end(), match[0], remedy, (edit,))


def _iris(reading: Reading, token: Token, before: Token | None) -> Iterator[Fault]:
    text = reading.text
    for each in (token, before):
        url = _URL.match(text, each.start) if each is not None and each.kind.startswith("PNAME") else None
        if url:
            address = url[0].rstrip(".;,)")
            end = url.start() + len(address)
            edits = (Edit(url.start(), end, f"<{address}>"),)
            yield Fault("iri", url.start(), end, address, f"<{address}>", edits)
    if token.kind == "<":
        loose = _LOOSE_IRI.match(text, token.start)
        if loose:
            whole = re.sub(r"[\x00-\x20\"{}|^`\\]", lambda sign: f"%{ord(sign[0]):02X}", loose[1].strip())
            yield _mend("iri", loose, f"<{whole}>")
        unclosed = re.compile(r"<[^\s<>\"{}|^`\\]+").match(text, token.start)
        if unclosed:
            yield _mend("iri", unclosed, unclosed[0] + ">")


def _signs(reading: Reading, token: Token, before: Token | None) -> Iterator[Fault]:
    touches = before is not None and before.end == token.start
    if touches and before is not None and before.text + token.text in {"==", "<>", "=>", "=<"}:
        right = {"==": "=", "<>": "!=", "=>": ">=", "=<": "<="}[before.text + token.text]
        edit = Edit(before.start, token.end, right)
        yield Fault("sign", before.start, token.end, before.text + token.text, right, (edit,))
    word = token.text.upper()
    if word in _SYNONYMS and _SYNONYMS[word] in reading.expected:
        yield _replace("sign", token, _SYNONYMS[word])
    if before is not None and before.kind == "NOT":
        yield _replace("sign", before, "!")
    if before is not None and before.kind == "STRING" and token.kind == "^":
        yield _replace("sign", token, "^^")
    date = _DATE.match(reading.text, before.start) if before is not None and before.kind == "NUMBER" else None
    if date:
        yield _mend("bare", date, f'"{date[0]}"^^xsd:date')


def _words(reading: Reading, token: Token) -> Iterator[Fault]:
    if token.kind not in {"WORD", "STRAY", "LANGTAG"} and token.kind not in KEYWORDS:
        return
    word = token.text.upper().lstrip("@")
    if len(word) > 40:
        return
    if word in _PAIRS and _PAIRS[word].split()[0] in reading.expected:
        yield _replace("keyword", token, _PAIRS[word])
    for near in nearest_words(word, reading.expected & KEYWORDS):
        remedy = near if token.text != token.text.lower() or token.text[0] == "@" else near.lower()
        yield _replace("keyword", token, remedy)


def nearest_words(word: str, words: frozenset[str]) -> list[str]:
    """Return which keywords a word may have been meant to be, best first."""
    starts = [each for each in sorted(words) if len(each) > 2 and word.startswith(each)]
    near = difflib.get_close_matches(word, sorted(words), 3, 0.65)
    return list(dict.fromkeys([*near, *starts]))


def _ahead(reading: Reading) -> list[Token]:
    """Return the token that doesn't fit and those behind it."""
    return list(islice(read_tokens(reading.text, reading.tokens[-1].start), _MOST_AHEAD))


def _projections(reading: Reading, token: Token) -> Iterator[Fault]:
    """Yield remedies for an expression in SELECT that lacks brackets or a name."""
    if reading.within[-1] == "Aliased" and token.kind == ")" and "AS" in reading.expected:
        opening = _last_opening(reading)
        name = _new_name(reading)
        remedy = f"{reading.text[opening : token.start].rstrip()} AS ?{name})"
        yield Fault("alias", opening, token.end, "", remedy, (Edit(opening, token.end, remedy),))
    if token.kind == "VAR" and "AS" in reading.expected:
        yield Fault(
            "missing", token.start, token.end, token.text, "AS", (Edit(token.start, token.start, "AS "),)
        )
    if reading.expected == {"VAR"} and token.kind == "WORD":
        yield _replace("bare", token, f"?{token.text}")
    if not _is_in_select(reading):
        return
    if token.kind in {"WHERE", "FROM", "{"} and "*" in reading.expected:
        yield Fault(
            "missing", token.start, token.end, token.text, "*", (Edit(token.start, token.start, "* "),)
        )
    if token.kind not in KEYWORDS or token.kind in {"AS", "WHERE", "FROM"}:
        return
    ahead = _ahead(reading)
    end = _closing(ahead)
    if end is None:
        return
    expression = reading.text[token.start : ahead[end].end]
    behind = ahead[end + 1 : end + 3]
    if len(behind) == 2 and behind[0].kind == "AS" and behind[1].kind in {"VAR", "WORD"}:
        name, stop = behind[1].text.lstrip("?$"), behind[1].end
    else:
        name, stop = _new_name(reading), ahead[end].end
    remedy = f"({expression} AS ?{name})"
    yield Fault("alias", token.start, stop, expression, remedy, (Edit(token.start, stop, remedy),))


def _is_in_select(reading: Reading) -> bool:
    """Tell whether what is looked for is a variable or an expression of a SELECT."""
    expected = reading.expected
    return {"VAR", "("} <= expected and not expected.isdisjoint({"WHERE", "*"}) and "IRIREF" not in expected


def _last_opening(reading: Reading) -> int:
    """Return where the innermost bracket that is still open stands."""
    depth = 0
    for token in reversed(reading.tokens[:-1]):
        depth += (token.kind == ")") - (token.kind == "(")
        if depth < 0:
            return token.start
    return reading.tokens[-1].start


def _closing(tokens: list[Token]) -> int | None:
    """Return the index of the bracket that closes the one which opens after the first token."""
    depth = 0
    for index, token in enumerate(tokens[1:], 1):
        depth += (token.kind == "(") - (token.kind == ")")
        if depth == 0:
            return index if token.kind in {")", "NIL"} else None
    return None


def _new_name(reading: Reading) -> str:
    """Return a name for a result that no variable of the text has: of the function, if it is one."""
    functions = [token.kind.lower() for token in reading.tokens[-12:] if token.kind in AGGREGATES]
    stem = functions[-1] if functions else "value"
    taken = {name.lower() for name in re.findall(r"[?$](\w{1,60})", reading.text)}
    return next(
        name
        for number in range(len(taken) + 1)
        if (name := stem + (str(number + 1) if number else "")) not in taken
    )


def _prologue(reading: Reading, token: Token) -> Iterator[Fault]:
    if reading.expected == {"PNAME_NS"} and token.kind == "WORD":
        yield _replace("missing", token, f"{token.text}:")
    single = next(iter(reading.expected)) if len(reading.expected) == 1 else ""
    if single in KEYWORDS:
        yield Fault(
            "missing",
            token.start,
            token.end,
            token.text,
            single,
            (Edit(token.start, token.start, f"{single} "),),
        )


def _brackets(reading: Reading, token: Token) -> Iterator[Fault]:
    """Yield the condition of a FILTER, a HAVING or a BIND in the brackets that it lacks."""
    for index in range(len(reading.tokens) - 2, max(-1, len(reading.tokens) - 14), -1):
        if reading.tokens[index].kind in {"FILTER", "HAVING", "BIND"}:
            break
    else:
        return
    keyword, start = reading.tokens[index], reading.tokens[index + 1].start
    depth, last = 0, None
    for each in _ahead(reading):
        if (
            depth == 0
            and last is not None
            and each.kind in {"}", "END", ".", "ORDER", "LIMIT", "OFFSET", "VALUES"}
        ):
            content = reading.text[start : last.end]
            edits = (Edit(start, start, "("), Edit(last.end, last.end, ")"))
            yield Fault("missing", token.start, token.end, keyword.text, f"{keyword.text}({content})", edits)
            return
        depth += (each.kind in {"(", "{"}) - (each.kind in {")", "}"})
        last = each


def _inserted(reading: Reading, token: Token, before: Token | None) -> Iterator[Fault]:
    at = before.end if before is not None else 0
    subject = before.text if before is not None else ""
    start = at if token.kind == "END" else token.start
    for sign in _INSERTED:
        if sign not in reading.expected or (sign == "." and token.kind not in _TERM_STARTS):
            continue
        # A brace at the very end gets a line of its own.
        written = {".": " .", "}": "\n}" if token.kind == "END" else " }", "{": " {"}.get(sign, sign)
        yield Fault("missing", start, token.end, subject, sign, (Edit(at, at, written),))
    opening = _open_brace(reading) if token.kind == "UNION" else None
    if opening is not None:
        edits = (Edit(opening, opening, " {"), Edit(at, at, " }"))
        yield Fault("missing", token.start, token.end, subject, "{ } UNION { }", edits)


def _open_brace(reading: Reading) -> int | None:
    """Return the place behind the innermost brace that is still open."""
    depth = 0
    for token in reversed(reading.tokens[:-1]):
        depth += (token.kind == "}") - (token.kind == "{")
        if depth < 0:
            return token.end
    return None


def _bare(reading: Reading, token: Token, known: KnownTerms) -> Iterator[Fault]:
    """Yield what a word may mean that has neither a prefix nor a question mark nor quotes."""
    if token.kind != "WORD" or len(token.text) > 60:
        return
    if "PNAME_LN" in reading.expected:
        follows_a = len(reading.tokens) > 1 and reading.tokens[-2].kind == "a"
        iris = find_nearest(f":{token.text}", known.names("class" if follows_a else "property"), 1)
        for iri in iris:
            yield _replace("bare", token, compact(iri))
    if "VAR" in reading.expected:
        yield _replace("bare", token, f"?{token.text}")


def _removed(reading: Reading, token: Token) -> Iterator[Fault]:
    if token.kind == "," and _is_in_select(reading):
        commas = []
        for each in _ahead(reading):
            if each.kind not in {"VAR", ","}:
                break
            if each.kind == ",":
                commas.append(Edit(each.start, each.end, ""))
        yield Fault("extra", token.start, token.end, token.text, "", tuple(commas))
    elif token.kind in {".", ",", ";", "}", ")", "]"}:
        yield Fault("extra", token.start, token.end, token.text, "", (Edit(token.start, token.end, ""),))
