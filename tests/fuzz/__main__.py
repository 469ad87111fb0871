"""The fuzzer by hand: ``PYTHONPATH=tests python -m fuzz --seconds 3600``, or one case again."""

from __future__ import annotations

import argparse
import secrets
import sys
import textwrap

from fuzz.campaign import Campaign, campaign, describe
from fuzz.exchanges import make_case


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seed", default=secrets.token_hex(4), help="a word; cases follow from it")
    parser.add_argument("--seconds", type=float, default=600, help="how long to go on (600)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first case (0)")
    parser.add_argument("--case", type=int, help="send this case alone, and show it")
    arguments = parser.parse_args()
    sys.stdout.write(f"seed {arguments.seed}\n")
    sys.stdout.flush()
    with campaign(arguments.seed) as here:
        if arguments.case is None:
            here.run(arguments.seconds, arguments.first)
        else:
            show(here, arguments.case)
    sys.stdout.write(f"{here.summary}\n")
    sys.stdout.write(describe(here.findings, here.seed) + "\n" if here.findings else "nothing found\n")
    return 1 if here.findings else 0


def show(here: Campaign, number: int) -> None:
    """Send one case, and print it with its answers."""
    case = make_case(here.seed, number, here.surroundings)
    sound = "sound" if case.is_sound else "unsound"
    sys.stdout.write(f"{sound}, in {len(case.parts)} parts, then {case.ending}:\n")
    sys.stdout.write(textwrap.indent(case.data[:20_000].decode("utf-8", "backslashreplace"), "> ") + "\n\n")
    for answer in here.send(case):
        sys.stdout.write(f"< {answer.status} {dict(answer.headers)} whole: {answer.is_whole}\n")
        sys.stdout.write(
            textwrap.indent(answer.body[:5_000].decode("utf-8", "backslashreplace"), "< ") + "\n\n"
        )


if __name__ == "__main__":
    sys.exit(main())
