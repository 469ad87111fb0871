"""The town of ``town`` released twice, a day apart, with every kind of change in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from town import copy_town

from mesmart_kg.build import build

if TYPE_CHECKING:
    from pathlib import Path

    from mesmart_kg.config import Config
    from mesmart_kg.release import Release

HOSTILE = "<script>alert(1)</script> \\u202E \U0001f3db"


@dataclass(frozen=True)
class TwoReleases:
    """The older and the newer release on one shelf."""

    config: Config
    before: Release
    after: Release


def build_two(folder: Path) -> TwoReleases:
    """Release the town; then Corinth comes, Athens leaves the league and has another name, Sparta's name is
    told by a second source too, and the league has a name that would run as a script; release it again.
    """
    config = copy_town(folder)
    before = build(config, date(2026, 11, 22))
    notice = config.paths.data / "facts" / "notice.ttl"
    text = notice.read_text("utf-8")
    beginning = text.index("<id/membership/lega--gr-atene>")
    end = text.index("<id/observation/lega>")
    text = text[:beginning] + text[end:]
    text = text.replace('"Atene"@it', '"Atene la bella"@it')
    text = text.replace('"League"@en', f'"League"@en ; skos:altLabel "{HOSTILE}"@en')
    text += '\n<id/city/gr-corinto> a cc:City ; skos:prefLabel "Corinto"@it , "Corinth"@en .\n'
    notice.write_text(text, "utf-8")
    rumour = config.paths.data / "facts" / "rumour.ttl"
    second = '\n<id/city/gr-sparta> <http://www.w3.org/2004/02/skos/core#prefLabel> "Sparta"@it .\n'
    rumour.write_text(rumour.read_text("utf-8") + second, "utf-8")
    return TwoReleases(config, before, build(config, date(2026, 11, 23)))
