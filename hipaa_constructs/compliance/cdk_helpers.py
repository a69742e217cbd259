"""The one notice that stands for what is found of a function that CDK adds to an app by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.facts.cdk_functions import Helper, helpers
from hipaa_constructs.compliance.nag import in_order
from hipaa_constructs.compliance.rule import Finding, MetaRule, listed
from hipaa_constructs.compliance.twins import fact_of

RULE = MetaRule(
    "CdkHelperAvoided",
    "Functions that CDK adds by itself are avoided, or accepted by kind",
    "warning",
    ("164.312(a)(1)", "164.312(b)", "164.312(e)(1)"),
    "Avoid what makes CDK add the function, or acknowledge it once by its kind.",
    "Compliant: the app has no function that CDK adds by itself, or its kind is acknowledged. Non-compliant: "
    "it has one, whose code, settings and rights are CDK's to write, so that what rules find of it is told as "
    "one notice: what made it, what is found, which rights CDK gives it, and what makes it needless. What an "
    "app itself lets it do is told apart. Such functions call AWS with rights of their own: "
    "https://docs.aws.amazon.com/cdk/v2/guide/resources.html.",
)


@cache
def _routine() -> frozenset[str]:
    return frozenset(read("cdk_helpers.json")["routine"])


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, and the name of its template, or of the one that nests it.

    A helper may be a nested stack, and its role beside it. ``allows`` are the actions that it is about, if it is about
    actions that a policy allows and no more.
    """

    finding: Finding
    template: str
    allows: Sequence[str] = ()


def notices(findings: Mapping[int, Told]) -> Iterator[tuple[Finding, Sequence[int]]]:
    """Yield a notice for each helper of each template, with the keys of the findings that it stands for.

    Findings about more than what all helpers are like, and what CDK lets one do, stay.
    """
    grouped: dict[tuple[str, str], list[int]] = {}
    kinds = {helper.kind: helper for helper in helpers()}
    places: dict[int, str] = {}
    for key, told in findings.items():
        finding = told.finding
        routine = fact_of(finding.rule_id).partition("[")[0] in _routine()
        for helper in helpers():
            place = helper.place(finding.construct_path)
            if place and (routine or _gives(helper, told)):
                places[key] = place
                grouped.setdefault((told.template, helper.kind), []).append(key)
            if place:
                break
    for (template, kind), keys in grouped.items():
        # Of its places, that of the function: a policy that is kept elsewhere lies deeper, a topic is named later.
        first = min(keys, key=lambda key: (places[key].count("/"), places[key]))
        template = findings[first].finding.template or template
        yield _notice(kinds[kind], places[first], template, [findings[key] for key in keys]), keys


def _gives(helper: Helper, told: Told) -> bool:
    """Whether all that a finding says is that some of the rights are allowed which CDK gives a helper."""
    return bool(told.allows) and set(told.allows) <= set(helper.rights)


def _notice(helper: Helper, place: str, template: str, found: Sequence[Told]) -> Finding:
    rights = " ".join(dict.fromkeys(one.finding.message for one in found if _gives(helper, one)))
    also = in_order(rule_id for one in found for rule_id in (one.finding.rule_id, *one.finding.also))
    return Finding(
        rule_id=f"{RULE.id}[{helper.kind}]",
        severity=RULE.severity,
        outcome="failed",
        resource_logical_id="",
        resource_type="",
        template=template,
        construct_path=place,
        controls=RULE.controls,
        message=f"CDK added a function that {helper.what}, for {helper.made_by}. Its code and settings are CDK's, and "
        f"this package and others find of it: {listed(rule_id.rpartition('-')[2] for rule_id in also)}."
        + (f" CDK gives it these rights: {rights}" if rights else ""),
        fix=f"{helper.instead} Or acknowledge {RULE.id}[{helper.kind}] on it, once.",
        also=also,
    )
