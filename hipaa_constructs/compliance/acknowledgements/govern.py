"""The rules that acknowledgements themselves are held to, and what they leave open; imports no aws_cdk."""

from __future__ import annotations

import datetime
import difflib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from hipaa_constructs.compliance import nag
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, pack_of, place_of
from hipaa_constructs.compliance.acknowledgements.rules import (
    APPROVED,
    IN_FORCE,
    KNOWN,
    NARROW,
    REASONED,
    RENEWED,
    SHORT,
    USED,
)
from hipaa_constructs.compliance.cdk_helpers import RULE as CDK_HELPER_AVOIDED
from hipaa_constructs.compliance.controls import nag_rules
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.rule import PREFIX, Finding, MetaRule
from hipaa_constructs.compliance.said import LONGEST_DAYS, RENEWAL_DAYS, is_thin, names_nobody
from hipaa_constructs.compliance.shown_secrets import RULE as TEMPLATE_SHOWS_NO_SECRETS
from hipaa_constructs.compliance.template_quotas import RULE as TEMPLATE_WITHIN_QUOTA
from hipaa_constructs.compliance.twins import fact_of, facts_of
from hipaa_constructs.compliance.unread import RULE as TEMPLATE_READABLE

_OF_TEMPLATES = (TEMPLATE_READABLE, TEMPLATE_SHOWS_NO_SECRETS, TEMPLATE_WITHIN_QUOTA)
# Packs whose rules this package does not list; an acknowledgement of theirs is known by its prefix.
_FOREIGN = (*nag.prefixes(without=nag.HIPAA), "CloudFormation-Validate::")


@dataclass(frozen=True, slots=True)
class Governed:
    """Findings sorted by whether someone accepted them, and what is wrong with the acknowledgements.

    ``blamed`` names, for each of ``problems``, the acknowledgement that it is about.
    """

    open: Sequence[Finding]
    acknowledged: Sequence[tuple[Finding, Acknowledgement]]
    problems: Sequence[Finding]
    blamed: Sequence[Acknowledgement] = ()


def govern(
    findings: Sequence[Finding],
    acknowledgements: Sequence[Acknowledgement],
    *,
    today: datetime.date,
    known_rules: Collection[str] | None = None,
    packs: Collection[str] = (),
    stacks: Collection[str] | None = None,
) -> Governed:
    """Apply acknowledgements to findings, and judge the acknowledgements.

    :param findings: of this package and of any other pack, each with its own pack's rule ids.
    :param known_rules: ids that an acknowledgement may name. Default: this package's and cdk-nag's HIPAA pack's.
    :param packs: names of other packs that have run, such as ``HIPAA.Security``: an acknowledgement of theirs that
        matches nothing is reported. Those with findings need not be named.
    :param stacks: construct paths of the app's stacks, or template names where no construct made them.
        Default: the first part of each finding's path.
    """
    known = _known_rules() if known_rules is None else known_rules
    named = (rule_id for finding in findings for rule_id in (finding.rule_id, *finding.also))
    ran = {PREFIX, *(f"{pack}-" for pack in packs), *map(pack_of, named)}
    broad = {place_of(finding).split("/", 1)[0] for finding in findings} if stacks is None else set(stacks)
    by_fact: dict[str, list[Acknowledgement]] = defaultdict(list)
    for acknowledgement in acknowledgements:
        by_fact[acknowledgement.fact].append(acknowledgement)

    remaining: list[Finding] = []
    acknowledged: list[tuple[Finding, Acknowledgement]] = []
    used: set[int] = set()
    partial: dict[int, str] = {}
    for finding in findings:
        place = place_of(finding)
        covering = [one for fact in sorted(facts_of(finding)) for one in by_fact.get(fact, ()) if one.reaches(place)]
        standing = _standing(finding, [one for one in covering if not one.expired(today)])
        if standing is not None:
            acknowledged.append((finding, standing))
        else:
            remaining.append(finding)
            partial.update((id(one), _part_of(finding)) for one in covering if not one.expired(today))
        used.update(id(one) for one in covering if standing is not None or one.expired(today))

    problems: list[Finding] = []
    blamed: list[Acknowledgement] = []
    for one in acknowledgements:
        wrong = [*_form(one, today, broad), *_name(one, known, ran)]
        named_wrong = any(rule is KNOWN for rule, _ in wrong)
        if id(one) not in used and one.origin != "library" and pack_of(one.rule_id) in ran and not named_wrong:
            wrong.append((USED, partial.get(id(one)) or f"it matches no finding.{_detailed(one, findings)}"))
        problems.extend(_finding(one, rule, message) for rule, message in wrong)
        blamed.extend(one for _ in wrong)
    return Governed(remaining, acknowledged, problems, blamed)


def _standing(finding: Finding, covering: Sequence[Acknowledgement]) -> Acknowledgement | None:
    """Return what accepts a finding: its own id, or else those of all that other packs found of it.

    Where two rules of a pack went into one finding, accepting one of them accepts no more than that.
    """
    parts = {fact_of(rule_id) for rule_id in finding.also}
    whole = [one for one in covering if one.fact not in parts]
    if whole:
        return whole[0]
    return covering[0] if covering and parts <= {one.fact for one in covering} else None


def _part_of(finding: Finding) -> str:
    return f"it accepts only a part of {finding.rule_id}, which is also {' and '.join(finding.also)}. Name that rule."


def _form(one: Acknowledgement, today: datetime.date, stacks: Collection[str]) -> Iterator[tuple[MetaRule, str]]:
    if one.origin == "library":
        # It stands for a limit of AWS's, stated with its source and reviewed with each release of this package.
        return
    if one.expires is None:
        yield IN_FORCE, "it has no end date."
    elif one.expired(today):
        yield IN_FORCE, f"it ended on {one.expires}."
    elif one.expires <= today + datetime.timedelta(days=RENEWAL_DAYS):
        left = (one.expires - today).days
        yield RENEWED, f"it ends on {one.expires}, {'today' if not left else f'in {left} days'}."
    elif one.expires > today + datetime.timedelta(days=LONGEST_DAYS):
        yield SHORT, f"it ends on {one.expires}, more than a year ahead."
    if names_nobody(one.approved_by):
        said = one.approved_by.strip()
        yield APPROVED, f"{said[:40]!r} is nobody who approved it." if said else "nobody approved it."
    if is_thin(one.reason):
        yield REASONED, f"its reason says too little: {one.reason.strip()[:80]!r}."
    # What a macro hides, what outputs show, and how large it is, is a matter of the whole template.
    breadth = "" if one.rule_id in {rule.id for rule in _OF_TEMPLATES} else _breadth(one, stacks)
    if breadth:
        yield NARROW, f"it covers {breadth}."


def _name(one: Acknowledgement, known: Collection[str], ran: Collection[str]) -> Iterator[tuple[MetaRule, str]]:
    name = one.rule_id.split("[", 1)[0]
    own = name.startswith((PREFIX, f"{nag.HIPAA}-"))
    if name in known or (not own and (name.startswith(_FOREIGN) or pack_of(name) in ran)):
        return
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if not near:
        # Only the last part may be right, as in an id written without its pack.
        tails = {identifier.rpartition("-")[2]: identifier for identifier in sorted(known)}
        near = [tails[tail] for tail in difflib.get_close_matches(name.rpartition("-")[2], tails, n=3, cutoff=0.7)]
    hint = f" Nearest: {', '.join(near)}." if near else ""
    yield KNOWN, f"there is no rule of this id.{hint}"


def _breadth(one: Acknowledgement, stacks: Collection[str]) -> str:
    if one.origin == "file":
        # A path that no pattern was written for: if it is reached, so is everything in the stack.
        probes = ("", "/\0", "/\0/\0", "/\0/Resource")
        whole = [stack for stack in stacks if any(one.reaches(stack + probe) for probe in probes)]
        return f"everything in {_several(whole)}" if whole else ""
    if not one.path:
        return "the whole app"
    if one.path in stacks:
        return "a whole stack"
    return "a whole stage" if any(stack.startswith(f"{one.path}/") for stack in stacks) else ""


def _several(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more stacks"


def _detailed(one: Acknowledgement, findings: Sequence[Finding]) -> str:
    """Hint at the id with its detail, where the rule reports one finding for each."""
    for finding in findings:
        if finding.rule_id.startswith(f"{one.rule_id}[") and one.reaches(place_of(finding)):
            return f" Findings of this rule carry a detail: write {finding.rule_id}."
    return ""


def _finding(one: Acknowledgement, rule: MetaRule, problem: str) -> Finding:
    where = f"{one.source}, on {one.path}" if one.source else f"on {one.path or 'the app'}"
    # A pattern in a file is no construct's path.
    path = "" if one.origin == "file" else one.path
    return rule.finding(f"The acknowledgement of {one.rule_id} ({where}): {problem}", construct_path=path)


@cache
def _known_rules() -> frozenset[str]:
    others = (*_OF_TEMPLATES, CDK_HELPER_AVOIDED)
    return frozenset((*(rule.id for rule in all_rules()), *(rule.id for rule in others), *nag_rules()))
