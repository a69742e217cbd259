"""What is told in a finding of another rule, and the findings that may be told so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.engine import Result
from hipaa_constructs.compliance.fold import Answers
from hipaa_constructs.compliance.nag import in_order
from hipaa_constructs.compliance.rule import PREFIX, Finding

Fixed = Callable[[str], str]
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A finding that another one, the speaker, tells, and in which words.

    ``fix`` makes the speaker's fix into that of both; None leaves it as it is. What is ``gone`` with what the speaker
    is about needs no mending of its own.
    """

    speaker: Finding
    finding: Finding
    said: str
    fix: Fixed | None = None
    gone: bool = False

    def between(self, speaker: Finding, finding: Finding) -> Part:
        """Return the same of two findings as they are told now."""
        return replace(self, speaker=speaker, finding=finding)


def place(finding: Finding) -> Place:
    """Return what a finding is about: of one rule there is one for each resource."""
    return finding.template, finding.resource_logical_id


class Failures:
    """What rules found failed, each with its resource, without what stays as it is or is a part of others already."""

    def __init__(self, answers: Answers, taken: Collection[int]) -> None:
        self._by_rule: dict[str, list[tuple[Result, Finding]]] = {}
        self._by_place: dict[tuple[str, int], Finding] = {}
        self._said_of: dict[tuple[str, int], list[Resource]] = {}
        for result, finding in answers:
            if finding is not None and finding.outcome == "failed" and id(finding) not in taken:
                self._by_rule.setdefault(finding.rule_id, []).append((result, finding))
                self._by_place.setdefault((finding.rule_id, id(result.resource)), finding)
            elif result.verdict.said_of is not None:
                self._said_of.setdefault((result.rule.id, id(result.verdict.said_of)), []).append(result.resource)

    def of_rule(self, name: str) -> Sequence[tuple[Result, Finding]]:
        """Return what a rule found, by its name."""
        return self._by_rule.get(PREFIX + name, ())

    def at(self, resource: Resource, *names: str) -> Finding | None:
        """Return what the first of some rules found that found something of a resource."""
        found = (self._by_place.get((PREFIX + name, id(resource))) for name in names)
        return next((one for one in found if one is not None), None)

    def places(self) -> Mapping[int, Collection[Place]]:
        """Return the resources that findings are about, by the ``id()`` of each: its own, and those it speaks for."""
        return {
            id(finding): {
                place(finding),
                *((one.template.name, one.logical_id) for one in self.told_with(result)),
            }
            for found in self._by_rule.values()
            for result, finding in found
        }

    def told_with(self, result: Result) -> Sequence[Resource]:
        """Return the other resources of which a finding says what is so."""
        return self._said_of.get((result.rule.id, id(result.resource)), ())


def with_fix(finding: Finding) -> Fixed:
    """Return what adds the fix of a finding to another one, unless that says it already."""
    return lambda fix: fix if finding.fix in fix else f"{fix} {finding.fix}"


class Told:
    """Parts put together: into which findings each goes in the end, and how those are told."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts: list[Part] = []
        self._into: dict[int, list[Finding]] = {}
        for part in parts:
            weighs_more = part.finding.severity == "error" and part.speaker.severity != "error"
            if not weighs_more and all(end is not part.finding for end in self.ends(part.speaker)):
                self._parts.append(part)
                self._into.setdefault(id(part.finding), []).append(part.speaker)

    def ends(self, finding: Finding) -> Sequence[Finding]:
        """Return the findings that tell one in the end: itself, if no other one does."""
        speakers = self._into.get(id(finding))
        if speakers is None:
            return [finding]
        return list({id(end): end for speaker in speakers for end in self.ends(speaker)}.values())

    def findings(self) -> Mapping[int, Finding]:
        """Return the findings that tell others, as they do, by the ``id()`` of each as it was."""
        told: dict[int, Finding] = {}
        # What is told at once stands before what that tells.
        for part in sorted(self._parts, key=lambda part: id(part.speaker) in self._into):
            for end in self.ends(part.speaker):
                one = told.get(id(end), end)
                told[id(end)] = replace(
                    one,
                    message=one.message if part.said in one.message else f"{one.message} {part.said}",
                    fix=one.fix if part.fix is None else part.fix(one.fix),
                    also=in_order((*one.also, *part.finding.also)),
                    tells=_without(one.rule_id, (*one.tells, part.finding.rule_id, *part.finding.tells)),
                    inner=(*one.inner, *part.finding.inner),
                )
        return told

    @property
    def parts(self) -> Mapping[int, Sequence[Finding]]:
        """The findings that are told in others, by their ``id()``, each with those."""
        return {key: [end for one in speakers for end in self.ends(one)] for key, speakers in self._into.items()}

    @property
    def mended(self) -> Mapping[int, bool]:
        """Whether each of them is mended by itself, by their ``id()``."""
        return {id(part.finding): not part.gone for part in self._parts}


def _without(rule_id: str, rule_ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for one in dict.fromkeys(rule_ids) if one != rule_id)
