"""How much of what the rules say is worth saying: ``python -m benchmarks precision``.

``judged.json`` holds findings on public templates that were judged by hand: *true*; *noise*, where the fact is right
and concerns no data, is said already, or weighs less than it was given; *false*. ``weight`` is the most that a
finding should weigh. Each has a reduced template of our own, on which the rule is run. The templates themselves are
no part of this project: where ``JUDGED_TEMPLATES`` names a folder with checkouts (``<owner>/<name>``, at the commits
of the list), the rules run on them too, and what is unknown and which gaps of a review by hand are found is told as
well.

Findings were drawn at random: by sample 1 rules were mended; sample 2 was drawn after that, from templates that
sample 1 does not name. Of its 40 findings, 35 were true, 5 noise and none false when they were drawn, which says more
of other templates than what is measured here. Sample 3 is a choice from three draws of 85 findings each on 164
templates of 55 other repositories, before, while and after rules were mended by them: 4, 8 and 4 were noise, and none
was false. What is unknown was 7.6 % of all findings on these templates before, and 5.4 % after. Sample 4 is a choice
from what rules found that reviews of templates had asked for. Of about 170 such findings that were read,
half of them by their message alone, two were noise and none was false.

Sample 5 is of templates that nobody had looked at: twelve of six repositories, such as databases, networks, Kubernetes,
a data lake, sign-in and pipelines, each reviewed by hand before the rules ran. Of 250 gaps the rules told 221; of 243
findings 7 were noise, one was false and 4 were unknown. Rules were mended by them afterwards, which told 236 of the
gaps then, no measure of other templates. The list has what licences allow, of two of the repositories.

Sample 6 is of 25 templates of 13 repositories, chosen by their hash, after more rules had come. Of 406 findings,
378 were true, 12 noise and 10 unknown; 6 were false by two causes, five of them a message. The list has a choice.

Sample 7 is of twelve health templates of as many repositories, such as a hospital's, portals of patients and a pipeline
of waveforms, which nobody had looked at; each was reviewed by hand, strictly, before the rules ran. Of 438 findings 409
were true, 19 noise, 9 unknown and one false. Of 453 gaps the rules told 325; of the 279 that were sure and that a
template alone shows, 250. The list has a choice from four, whose licences allow it.

Sample 8 is of twelve templates of as many repositories that nobody had looked at, eight of them synthesized by CDK,
each reviewed by hand before the rules ran. Of 254 findings 230 were true, 13 noise, 2 unknown, and 9 false by four
causes; of 255 gaps of the reviews the rules told 184. Rules were mended by them afterwards. The list has what licences
allow, of five of the repositories.

Samples 9 and 10 are of twelve templates each, of 23 repositories, taken by chance after the rules of samples 7 and 8
had been mended, and reviewed before the rules ran, each by somebody who knew none of them. Of 715 findings 557 were
true, 139 noise, 18 unknown and one false, which is mended; of 354 errors 329 were true. Most of the noise is what
earlier reviews had missed, or what AWS's conformance pack for HIPAA asks for: functions outside of a VPC (36), sources
of roles' trust (8), DNS queries (8), egress (6). An app without any alarm (16) is no finding any more. Of 452 gaps the
rules told 396, of 443 that a template alone shows 393, and of 252 of those that were sure 238. Nothing of them is in
the list.

Samples 11 and 12 are of twelve and ten templates of as many other repositories, half of them about health, taken by
chance and reviewed before the rules ran, while warnings on a habit of a whole template began to be said once. Of 219
findings 186 were true, 32 noise and one false, which is mended with the noise that weighed most; of 203 findings after
that, 169 were true, 34 noise, none false and none unknown. Of 152 sure gaps the rules told 136, of 114 others 95. Most
of the noise is severity: stores without a plan beside point-in-time recovery, public access blocks that are on by
default. Nothing of them is in the list.

Findings that were judged before what AWS encrypts under a key of its own became a warning (decision 5 in
``docs/decisions``) have that weight now, twelve of samples 1, 2, 3 and 5, and so have five about deletion protection of
stores beside databases of RDS, of which RetainedOnDelete says the graver part, and four about a plan for backups beside
DatabaseBackupsKept or BucketVersioned.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.results import Result, show
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.engine import all_rules, evaluate
from hipaa_constructs.compliance.rule import Finding

FOLDER = "JUDGED_TEMPLATES"
NOISE_TARGET, FALSE_TARGET, UNKNOWN_TARGET, MISSED_TARGET = 10.0, 0.0, 5.0, 5.0
_LIST = Path(__file__).with_name("judged.json")
_WEIGHTS = ("none", "warning", "error")
_Said = Mapping[tuple[str, str], Sequence[Finding]]


@cache
def judged() -> Mapping[str, Any]:
    """Return the list: ``templates`` with source and licence, ``findings`` and ``gaps``."""
    found: Mapping[str, Any] = json.loads(_LIST.read_text("utf-8"))
    return found


def day() -> datetime.date:
    """Return the day on which the findings were judged, which versions are judged by."""
    return datetime.date.fromisoformat(judged()["judged_on"])


def weight_now(entry: Mapping[str, Any]) -> str:
    """Return what the rule says today of a judged finding's reduced template: ``error``, ``warning`` or ``none``."""
    app = App()
    app.today = day()
    app.add("Reduced.template.json", entry["reduced"])
    rule = next(rule for rule in all_rules() if rule.name == entry["rule"])
    said = [result.finding() for result in evaluate(app, [rule]) if result.resource.logical_id == "Subject"]
    return _heaviest(finding for finding in said if finding is not None)


def outcome(entry: Mapping[str, Any], weight: str) -> str:
    """Return what a judged finding is if it is given this weight: ``true``, ``noise``, ``false`` or ``silent``."""
    if weight == "none":
        return "silent"
    if entry["judged"] == "false":
        return "false"
    return "noise" if _WEIGHTS.index(weight) > _WEIGHTS.index(entry["weight"]) else "true"


def _heaviest(findings: Iterable[Finding]) -> str:
    return max((one.severity for one in findings if one.outcome == "failed"), key=_WEIGHTS.index, default="none")


def _shares(where: str, outcomes: Sequence[str]) -> Iterable[Result]:
    said = [one for one in outcomes if one != "silent"]
    for name, target in (("noise", NOISE_TARGET), ("false", FALSE_TARGET)):
        yield Result(f"{where}: {name}", _percent(said.count(name), len(said)), target, "%")
    missed = sum(
        1
        for entry, one in zip(judged()["findings"], outcomes, strict=True)
        if (entry["judged"], one) == ("true", "silent")
    )
    yield Result(f"{where}: true ones no longer found", missed, 0, "")


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def measure(step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Judge what the rules say today by what was judged by hand."""
    step("Reduced templates")
    findings = judged()["findings"]
    results = [*_shares("reduced templates", [outcome(entry, weight_now(entry)) for entry in findings])]
    folder = os.environ.get(FOLDER)
    if folder is None:
        return (*results, Result(f"public templates ({FOLDER} is not set)", None, None, "%"))
    said, unknown, every = _on_public(Path(folder), step)
    outcomes = [outcome(entry, _heaviest(said.get(_place(entry), ()))) for entry in findings]
    missed = [gap for gap in judged()["gaps"] if gap["rule"] is None or _place(gap) not in said]
    return (
        *results,
        *_shares("public templates", outcomes),
        Result("public templates: unknown, of all findings", _percent(unknown, every), UNKNOWN_TARGET, "%"),
        Result("gaps of a review by hand not found", _percent(len(missed), len(judged()["gaps"])), MISSED_TARGET, "%"),
    )


def _place(entry: Mapping[str, Any]) -> tuple[str, str]:
    return f"{entry['template']}#{entry['resource']}", f"HIPAA.Constructs-{entry['rule']}"


def _on_public(folder: Path, step: Callable[[str], None]) -> tuple[_Said, int, int]:
    said: dict[tuple[str, str], list[Finding]] = {}
    unknown = every = 0
    for name, source in judged()["templates"].items():
        step(name)
        file = folder / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != source["sha256"]:
            raise SystemExit(f"{file}: check out {source['commit']} of {source['repository']} there.")
        for finding in assess(assembly.load([file]), today=day()).open:
            every += 1
            unknown += finding.outcome == "unknown"
            said.setdefault((f"{name}#{finding.resource_logical_id}", finding.rule_id), []).append(finding)
    return said, unknown, every


if __name__ == "__main__":
    show(measure())
