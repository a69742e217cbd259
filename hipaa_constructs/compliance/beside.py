"""What one rule says of what another one finds, said in one finding.

A group that the Internet reaches is one finding, with what stands behind it (SecurityGroupNotOpen and
SecurityGroupChainClosed). Whoever accepts one of them by itself is told the other. Evidence counts both as failed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_items, is_mapping
from hipaa_constructs.compliance.facts.security_groups import GROUP, INGRESS, SOURCES
from hipaa_constructs.compliance.fold import Answers
from hipaa_constructs.compliance.rule import PREFIX, Finding

_OPEN, _BEHIND = f"{PREFIX}SecurityGroupNotOpen", f"{PREFIX}SecurityGroupChainClosed"


@dataclass(frozen=True, slots=True)
class Joined:
    """The answers with their findings as they are told; ``into`` names, by the ``id()`` of one, that which says it."""

    answers: Answers
    into: Mapping[int, Sequence[Finding]]


def joined(answers: Answers, into: Mapping[int, Sequence[Finding]], apart: Collection[int]) -> Joined:
    """Put what stands behind an open group into the finding of the group.

    :param into: what is a part of other findings already, by the ``id()`` of what was found.
    :param apart: the ``id()`` of findings that stay as they are.
    """
    by_group: dict[int, list[Finding]] = {}
    for result, finding in answers:
        if _counts(finding, _OPEN, apart) and finding is not None and finding.severity == "error":
            for group in _opened(result.resource):
                by_group.setdefault(id(group), []).append(finding)
    more: dict[int, list[Finding]] = {}
    part_of: dict[int, list[Finding]] = {}
    for result, finding in answers:
        if _counts(finding, _BEHIND, apart) and finding is not None and id(finding) not in into:
            for group in _let_in(result.resource):
                for speaker in by_group.get(id(group), ())[:1]:
                    if not any(one is finding for one in more.setdefault(id(speaker), [])):
                        more[id(speaker)].append(finding)
                        part_of.setdefault(id(finding), []).append(speaker)
    told = {
        id(finding): _with(finding, more[id(finding)])
        for _, finding in answers
        if finding is not None and id(finding) in more
    }
    return Joined(
        [(result, told.get(id(finding), finding)) for result, finding in answers],
        {
            **{key: [told.get(id(one), one) for one in ends] for key, ends in into.items()},
            **{key: [told[id(one)] for one in speakers] for key, speakers in part_of.items()},
        },
    )


def _counts(finding: Finding | None, rule_id: str, apart: Collection[int]) -> bool:
    return (
        finding is not None and (finding.rule_id, finding.outcome) == (rule_id, "failed") and id(finding) not in apart
    )


def _with(finding: Finding, behind: Sequence[Finding]) -> Finding:
    said = (f"Behind it stands {one.resource_logical_id}: {one.message}" for one in behind)
    return replace(finding, message=" ".join((finding.message, *said)))


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
