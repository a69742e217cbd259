"""Runs the rules over an app's templates; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance import rules as rules_package
from hipaa_constructs.compliance.across_worlds import judge_everywhere, of_all_uses, place_of
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.facts.replaced_stores import with_replacement
from hipaa_constructs.compliance.rule import Finding, Outcome, OutsideProduction, Rule, Verdict, unknown

_OF_KEYS = "StoreEncryptedWithCustomerKey"


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule answered about one resource."""

    rule: Rule
    resource: Resource
    verdict: Verdict

    @property
    def message(self) -> str:
        """What a finding says was seen."""
        # What tells a parameter from a resource within a text, its reader knows from the template.
        return self.verdict.message.replace("${?", "${")

    def finding(self) -> Finding | None:
        """Return the finding, if the rule failed or could not be decided."""
        if self.verdict.outcome not in (Outcome.FAILED, Outcome.UNKNOWN):
            return None
        unknown = self.verdict.outcome is Outcome.UNKNOWN
        return Finding(
            rule_id=self.rule.id,
            # What nobody can know at synth must be seen, but cannot be held against the author.
            severity="warning" if unknown else self.verdict.severity or self.rule.severity,
            outcome="unknown" if unknown else "failed",
            resource_logical_id=self.resource.logical_id,
            resource_type=self.resource.type,
            template=self.resource.template.name,
            construct_path=self.resource.construct_path,
            controls=self.rule.controls,
            message=self.message,
            fix=self._fix(),
            place=place_of(self.resource, partial(_answer, self.rule), self.verdict.outcome),
            inner=self.verdict.inner,
        )

    def _fix(self) -> str:
        """Say what to do where it is read: in a CDK app by the L2's arguments, in a template by its properties.

        Where an app has the L1 itself, those properties are its arguments too.
        """
        fix = self.rule.fix_of(self.resource.type, self.resource)
        if fix is None:
            return self.rule.fix
        fix = with_replacement(fix, self.resource, _under_keys())
        by_l2 = self.resource.construct_path and not self.resource.is_l1
        return fix.in_cdk() if by_l2 else fix.in_cloudformation()


@cache
def _under_keys() -> frozenset[str]:
    """Return the types that a rule wants encrypted under a key of the account's: they keep data."""
    return frozenset(kind for rule in all_rules() if rule.name == _OF_KEYS for kind in rule.resource_types)


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule of this package, by id."""
    return tuple(sorted(rules_package.load(), key=lambda rule: rule.id))


def evaluate(app: App, rules: Iterable[Rule] | None = None) -> Iterator[Result]:
    """Run ``rules``, by default all, over ``app``: one result for each rule and resource that it inspects.

    What is deployed in no world, since its condition never holds, has no result. A resource of a template that several
    nested stacks deploy has one result for all of them.
    """
    for rule in all_rules() if rules is None else rules:
        for resource in app.of_type(*rule.resource_types):
            result = result_of(rule, resource)
            if result is not None:
                yield result


def result_of(rule: Rule, resource: Resource) -> Result | None:
    """Run a rule over a resource: None where it is deployed in no world, or has its result with another use of it."""
    if resource.template.parent is None:
        verdict = _judge(rule, resource)
        return None if verdict is None else Result(rule, resource, verdict)
    uses = resource.template.app.uses(resource)
    if resource is not uses[0]:
        return None
    judged = [(use, verdict) for use in uses if (verdict := _judge(rule, use)) is not None]
    return Result(rule, *of_all_uses(judged)) if judged else None


def _judge(rule: Rule, resource: Resource) -> Verdict | None:
    if rule.phi_only and classification_of(resource) is DataClassification.NO_PHI:
        return None
    # A database of a test that is not kept costs work, not records: decision 5.
    about_recovery = any(control.startswith("164.308(a)(7)") for control in rule.controls)
    outside: OutsideProduction = "none" if rule.production_only else "lesser" if about_recovery else "same"
    return judge_everywhere(resource, partial(_answer, rule), outside_production=outside)


def findings(app: App, rules: Iterable[Rule] | None = None) -> Sequence[Finding]:
    """Run ``rules``, by default all, over ``app`` and return what they found."""
    found = (result.finding() for result in evaluate(app, rules))
    return [finding for finding in found if finding is not None]


def _answer(rule: Rule, resource: Resource) -> Verdict:
    try:
        return rule.check(resource)
    except Exception as error:
        # A template may hold anything; a rule that trips over it must neither pass nor end the run.
        return unknown(f"The rule could not read this resource ({type(error).__name__}: {error}).")
