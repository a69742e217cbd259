"""``hipaa-constructs fix``: templates mended in their place, as a diff or in the files."""

from __future__ import annotations

import datetime
import difflib
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from hipaa_constructs._commands.delivery import deliver
from hipaa_constructs._commands.exit_codes import CLEAN, FOUND
from hipaa_constructs._commands.options import today_option
from hipaa_constructs._commands.progress import Progress
from hipaa_constructs.cloudformation.load.parameters import merged, parse_parameter
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE, read_present
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.output import printable
from hipaa_constructs.compliance.rule import PREFIX
from hipaa_constructs.mending import GIVEN, QUESTIONS, Mending, mend, write

_COLORS = {"+": "32", "-": "31", "@": "36"}
# Of what is alike, so many are named.
_NAMED = 3


@click.command(name="fix")
@click.argument("files", nargs=-1, required=True, metavar="TEMPLATE...", type=click.Path(path_type=Path))
@click.option("--diff/--write", "as_diff", default=True, help="Show the change, or make it. Default: --diff.")
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="Mend what this rule finds; may be repeated.")
@click.option(
    "--allow-replacement",
    is_flag=True,
    help="Mend also what CloudFormation changes only by making a resource anew, a store empty.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--acknowledgements",
    "reviewed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"Reviewed acknowledgements, which are left. Default: {DEFAULT_FILE} here, if there is one.",
)
@click.option(
    "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="What a parameter is deployed with."
)
@click.option(
    "--given",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help=f"What only you know: {', '.join(GIVEN)}. VALUE may name a parameter or resource; a list has commas.",
)
@click.option(
    "--ask",
    is_flag=True,
    help=f"Ask for what is not given by parameters without a default: {', '.join(QUESTIONS)}. Who deploys gives them.",
)
@today_option("The day to judge acknowledgements and versions by, for a run that can be repeated.")
def command(
    files: Sequence[Path],
    as_diff: bool,
    rules: Sequence[str],
    allow_replacement: bool,
    form: str,
    reviewed: Path | None,
    parameters: Sequence[str],
    given: Sequence[str],
    ask: bool,
    today: datetime.date,
) -> int:
    """Mend CloudFormation templates, JSON or YAML, as far as a rule's fix is sure.

    Only what differs is written: comments, order, anchors and short forms stay. Each fix is proven by judging the
    templates, which count as deployed together, once more. Exits with 0 if nothing is left to mend, 1 if findings
    are left or, without --write, if there is a diff, 2 if a template cannot be used, in which case none is written.
    """
    _require_rules(rules)
    _require_files(files)
    with Progress() as progress:
        mendings = mend(
            files,
            today=today,
            rules=rules,
            allow_replacement=allow_replacement,
            acknowledgements=read_present(reviewed),
            parameters=merged((), parameters),
            given=_known(given),
            ask=ask,
            step=progress.show,
        )
    if not as_diff:
        for one in mendings:
            if one.changed:
                write(one)
    deliver(_as_json(mendings, not as_diff) if form == "json" else _as_text(mendings, as_diff=as_diff), None)
    if form == "text":
        # Not into the diff, which another program may read.
        click.echo(_told(mendings, wrote=not as_diff), err=True)
    return FOUND if any(one.left or (as_diff and one.changed) for one in mendings) else CLEAN


def _known(given: Sequence[str]) -> dict[str, str]:
    known = dict(parse_parameter(one, "--given") for one in given)
    for name, value in known.items():
        if name not in GIVEN or not value.strip():
            raise UnusableInput("--given", f"got {name}={value}; known are {', '.join(GIVEN)}, each with a value")
    return known


def _require_rules(asked: Sequence[str]) -> None:
    known = {rule.name for rule in every_rule()}
    for rule in asked:
        name = rule.split("::")[-1].removeprefix(PREFIX)
        if name not in known:
            near = ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.5))
            raise UnusableInput(rule, f"there is no rule of this id{f'; nearest are {near}' if near else ''}")


def _require_files(files: Sequence[Path]) -> None:
    for file in files:
        if file.is_dir() and (file / "manifest.json").is_file():
            raise UnusableInput(
                str(file),
                "the CDK writes this folder anew at each synth; mend the app, by secure_defaults or by the constructs "
                "of this package",
            )
        if not file.is_file():
            raise UnusableInput(str(file), "give template files: this is none" if file.exists() else "no such file")


def _as_text(mendings: Sequence[Mending], *, as_diff: bool) -> str:
    if not as_diff:
        return ""
    diff = "".join(one.diff for one in mendings)
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return diff
    # A template may hold what a terminal would obey.
    return "".join(f"{_colored(printable(line))}\n" for line in diff.splitlines())


def _colored(line: str) -> str:
    color = _COLORS.get(line[:1])
    return f"\x1b[{color}m{line}\x1b[0m" if color else line


def _told(mendings: Sequence[Mending], *, wrote: bool) -> str:
    fixed = sum(len(one.fixed) for one in mendings)
    left = [one for mending in mendings for one in mending.left]
    verb = "mended" if wrote else "can be mended"
    lines = [f"{fixed} of {fixed + len(left)} findings {verb} in {_count(mendings)}."]
    if any(one.added for one in mendings):
        added = [name for one in mendings for name in one.added]
        lines.append(f"Added: {', '.join(added)}.")
    for mending in mendings:
        lines += _asked(mending)
    by_reason: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in left:
        by_reason[one.why][one.finding.rule_id.removeprefix(PREFIX)].append(one.finding.resource_logical_id)
    for why, by_rule in sorted(by_reason.items(), key=lambda group: -sum(map(len, group[1].values()))):
        lines += ["", f"{sum(map(len, by_rule.values()))} left. {why}"]
        for rule, ids in sorted(by_rule.items(), key=lambda group: (-len(group[1]), group[0])):
            more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
            lines.append(f"  {rule}: {', '.join(ids[:_NAMED])}{more}")
    return "\n".join(printable(line) for line in lines)


def _asked(mending: Mending) -> Iterator[str]:
    """Say what whoever deploys a template next has to give, in the words of its command line."""
    if not mending.asked:
        return
    yield ""
    yield f"Asked of whoever deploys {mending.file}, which fails without:"
    for one in mending.asked:
        count = f"{len(one.fixed)} findings" if len(one.fixed) > 1 else "1 finding"
        yield f"  {one.parameter} ({one.declared['Type']}, for {count}): {GIVEN[one.what]}"
        if one.parents:
            yield f"    {', '.join(one.parents)} deploys it and does not pass it: add it to its Parameters."


def _count(mendings: Sequence[Mending]) -> str:
    return "1 template" if len(mendings) == 1 else f"{len(mendings)} templates"


def _as_json(mendings: Sequence[Mending], wrote: bool) -> str:
    told: list[dict[str, Any]] = [
        {
            "file": str(one.file),
            "changed": one.changed,
            "written": wrote and one.changed,
            "diff": one.diff,
            "fixed": [finding.as_dict() for finding in one.fixed],
            "left": [{**left.finding.as_dict(), "why": left.why} for left in one.left],
            "added": list(one.added),
            "asked": [
                {
                    "parameter": asked.parameter,
                    "given": asked.what,
                    "declared": dict(asked.declared),
                    "fixed": [finding.as_dict() for finding in asked.fixed],
                    "parents": list(asked.parents),
                }
                for asked in one.asked
            ],
        }
        for one in mendings
    ]
    return json.dumps(told, indent=2) + "\n"
