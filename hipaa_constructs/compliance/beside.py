"""What one rule says of what another one finds, said in one finding.

A group that the Internet reaches is one finding, with what stands behind it (SecurityGroupNotOpen and
SecurityGroupChainClosed). So is a statement of an identity that grants all of a service and reaches data everywhere
with its other actions (GrantsBounded and DataGrantsNameResources), and a task or an instance that has a public address
and lies in a public subnet (NoPublicAddress and WorkloadInPrivateSubnet). That a user has policies is a warning beside
an error about what they grant, or about the user (UserHasNoPolicies). Whoever accepts one of them by itself is told the
other. Evidence counts both as failed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_items, is_mapping
from hipaa_constructs.compliance.facts.grants import judge_grants
from hipaa_constructs.compliance.facts.security_groups import GROUP, INGRESS, SOURCES
from hipaa_constructs.compliance.facts.subnets import CUT_OFF
from hipaa_constructs.compliance.fold import Answers
from hipaa_constructs.compliance.rule import PREFIX, Finding, Outcome, Verdict
from hipaa_constructs.compliance.rules.access import data_grants_name_resources, grants_bounded
from hipaa_constructs.iam.document import Statement

_BOUNDED, _NAMING = f"{PREFIX}GrantsBounded", f"{PREFIX}DataGrantsNameResources"
_POLICIES = f"{PREFIX}UserHasNoPolicies"
# What is said of the same user's rights and weighs more than where these are written.
_WEIGHTIER = (_BOUNDED, _NAMING, f"{PREFIX}ManagedPoliciesReachNoData", f"{PREFIX}UserHasNoStandingCredentials")
_ADDRESSED, _PLACED = f"{PREFIX}NoPublicAddress", f"{PREFIX}WorkloadInPrivateSubnet"
_OPEN, _BEHIND = f"{PREFIX}SecurityGroupNotOpen", f"{PREFIX}SecurityGroupChainClosed"


@dataclass(frozen=True, slots=True)
class Joined:
    """The answers with their findings as they are told; ``into`` names, by the ``id()`` of one, that which says it."""

    answers: Answers
    into: Mapping[int, Sequence[Finding]]


def joined(answers: Answers, into: Mapping[int, Sequence[Finding]], apart: Collection[int]) -> Joined:
    """Put what a rule says of what another one finds into the finding of that one.

    :param into: what is a part of other findings already, by the ``id()`` of what was found.
    :param apart: the ``id()`` of findings that stay as they are.
    """
    more: dict[int, list[str]] = {}
    done: dict[int, str] = {}
    part_of: dict[int, list[Finding]] = {}
    for speaker, finding, said in (
        *_behind(answers, into, apart),
        *_of_same_statements(answers, into, apart),
        *_of_same_place(answers, into, apart),
    ):
        more.setdefault(id(speaker), []).append(said)
        if _is_of(finding, _PLACED):
            # That nothing leads out of private subnets is said once as well.
            done[id(speaker)] = f"{speaker.fix.removesuffix(CUT_OFF).strip()} {finding.fix}"
        part_of.setdefault(id(finding), []).append(speaker)
    told = {
        id(finding): replace(
            finding,
            message=" ".join((finding.message, *more[id(finding)])),
            fix=done.get(id(finding), finding.fix),
        )
        for _, finding in answers
        if finding is not None and id(finding) in more
    }
    told.update({id(finding): replace(finding, severity="warning") for finding in _of_same_user(answers, apart)})
    return Joined(
        [(result, told.get(id(finding), finding)) for result, finding in answers],
        {
            **{key: [told.get(id(one), one) for one in ends] for key, ends in into.items()},
            **{key: [told[id(one)] for one in speakers] for key, speakers in part_of.items()},
        },
    )


def _behind(
    answers: Answers, into: Mapping[int, Sequence[Finding]], apart: Collection[int]
) -> Iterator[tuple[Finding, Finding, str]]:
    """Yield findings of open groups, each with one of what stands behind it, and how it says that."""
    by_group: dict[int, Finding] = {}
    for result, finding in answers:
        if finding is not None and finding.severity == "error" and _counts(finding, _OPEN, apart):
            for group in _opened(result.resource):
                by_group.setdefault(id(group), finding)
    for result, finding in answers:
        if finding is not None and id(finding) not in into and _counts(finding, _BEHIND, apart):
            found = (by_group.get(id(group)) for group in _let_in(result.resource))
            speakers = {id(speaker): speaker for speaker in found if speaker is not None}
            for speaker in speakers.values():
                yield speaker, finding, f"Behind it stands {finding.resource_logical_id}: {finding.message}"


def _by_resource(answers: Answers, rule_ids: Collection[str], apart: Collection[int]) -> Mapping[int, list[Finding]]:
    found: dict[int, list[Finding]] = {}
    for result, finding in answers:
        if finding is not None and any(_counts(finding, rule_id, apart) for rule_id in rule_ids):
            found.setdefault(id(result.resource), []).append(finding)
    return found


def _of_same_statements(
    answers: Answers, into: Mapping[int, Sequence[Finding]], apart: Collection[int]
) -> Iterator[tuple[Finding, Finding, str]]:
    """Yield findings of unbounded grants, each with that about data of the same statements, which it repeats."""
    bounded = _by_resource(answers, (_BOUNDED,), apart)
    for result, finding in answers:
        speaker = next(iter(bounded.get(id(result.resource), ())), None)
        if finding is None or speaker is None or id(finding) in into or not _counts(finding, _NAMING, apart):
            continue
        if judge_grants(result.resource, _reaches_alone).outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE):
            yield speaker, finding, finding.message


def _of_same_place(
    answers: Answers, into: Mapping[int, Sequence[Finding]], apart: Collection[int]
) -> Iterator[tuple[Finding, Finding, str]]:
    """Yield findings of public addresses, each with that of the public subnet by which the same resource has it."""
    addressed = _by_resource(answers, (_ADDRESSED,), apart)
    for result, finding in answers:
        speaker = next(iter(addressed.get(id(result.resource), ())), None)
        if finding is not None and speaker is not None and id(finding) not in into and _counts(finding, _PLACED, apart):
            yield speaker, finding, finding.message


def _reaches_alone(statement: Statement) -> Iterator[Verdict]:
    """Judge what reaches data in statements that bound what they grant."""
    if not any(verdict.outcome is Outcome.FAILED for verdict in grants_bounded.judge_statement(statement)):
        yield from data_grants_name_resources.judge_statement(statement, texts=False)


def _of_same_user(answers: Answers, apart: Collection[int]) -> Iterator[Finding]:
    """Yield what says that a user has policies, beside what weighs more about the same user or policy."""
    weightier = _by_resource(answers, _WEIGHTIER, apart)
    for result, finding in answers:
        beside = weightier.get(id(result.resource), ())
        if (
            finding is not None
            and _counts(finding, _POLICIES, apart)
            and any(one.severity == "error" for one in beside)
        ):
            yield finding


def _counts(finding: Finding | None, rule_id: str, apart: Collection[int]) -> bool:
    return finding is not None and _is_of(finding, rule_id) and id(finding) not in apart


def _is_of(finding: Finding, rule_id: str) -> bool:
    return (finding.rule_id, finding.outcome) == (rule_id, "failed")


def _opened(resource: Resource) -> Iterator[Resource]:
    """Yield the group that a finding of an open one is about, be it told at a rule of the group."""
    group = resource if resource.type == GROUP else resource.template.target(resource.get("GroupId"), GROUP)
    if group is not None:
        yield group


def _let_in(resource: Resource) -> Iterator[Resource]:
    """Yield the groups that a group, or one of its rules, lets in."""
    rules = [resource.properties] if resource.type == INGRESS else as_items(resource.get("SecurityGroupIngress"))
    for rule in rules:
        if is_mapping(rule):
            groups = (resource.template.target(rule.get(name), GROUP) for name in SOURCES)
            yield from (group for group in groups if group is not None)
