"""The errors of the package: one small tree, so that a caller may catch as much or as little as it means.

MesmartError
├── ConfigError           the settings are wrong: unknown key, bad value, missing file
├── FactError             a fact in ``data/`` can't be read (file, line)
├── RuleError             an inference rule is malformed, or concludes without end (rule)
├── ShapeError            the shapes themselves are malformed
├── NotConformant         the facts break the shapes (report); only ``build`` raises it
├── QueryError
│   ├── QuerySyntaxError  the text is not SPARQL (line, column)
│   ├── QueryRefused      the text is SPARQL, but asks what this service never does
│   ├── QueryTimeout      the deadline passed (seconds)
│   └── QueryTooLarge     the memory or another limit was passed (limit)
├── EngineUnavailable     the engine is not there, or holds another release
├── ReleaseNotFound       no release of that name on the shelf
├── ReleaseDamaged        a release does not match its own manifest (problems)
└── ResourceNotFound      nothing is known of that IRI

A message says what is wrong, where, and what to do next. Messages of ``QueryError`` and ``ResourceNotFound``
are shown to strangers: they never hold a path or a setting's secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesmart_kg.validation import Report


class MesmartError(Exception):
    """Any failure that this package foresees."""


class ConfigError(MesmartError):
    """A setting is unknown, has a wrong value, or names a file that is not there."""


class FactError(MesmartError):
    """A fact can't be read as it stands; the message is preceded by its place."""

    def __init__(self, message: str, file: str, line: int) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line


class RuleError(MesmartError):
    """An inference rule can't be used, or was stopped; the message begins with its name."""

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(f"rule {rule}: {message}")
        self.rule = rule


class ShapeError(MesmartError):
    """A shape is malformed. Not used for data that break a well-formed shape: that is a finding."""


class NotConformant(MesmartError):
    """The facts break at least one shape of severity Violation."""

    def __init__(self, report: Report) -> None:
        count = len(report.violations)
        super().__init__(f"the data break the shapes in {count} place{'s' if count != 1 else ''}")
        self.report = report


class QueryError(MesmartError):
    """A query could not be answered, and the fault or the remedy lies in the query."""


class QuerySyntaxError(QueryError):
    """The text is not a SPARQL query; line and column count from 1, and are 0 where unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class QueryRefused(QueryError):
    """The query asks for something that is never done here: an update, a call to another host."""


class QueryTimeout(QueryError):
    """The query was ended at its deadline."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the query was ended after its deadline of {seconds:g} seconds")
        self.seconds = seconds


class QueryTooLarge(QueryError):
    """The query was ended because it passed a limit other than time; the message names it."""

    def __init__(self, message: str, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class EngineUnavailable(MesmartError):
    """The engine does not answer, or does not hold the release that is asked for."""


class ReleaseNotFound(MesmartError):
    """There is no such release."""


class ReleaseDamaged(MesmartError):
    """The files of a release are not those that its manifest describes."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class ResourceNotFound(MesmartError):
    """The dataset says nothing of this resource."""
