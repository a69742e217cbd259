"""cdk-nag's packs: what they are called, and what they find as findings of this package's form; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.controls import nag_rules
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.twins import twin_of

HIPAA: Final = "HIPAA.Security"
SERVERLESS: Final = "Serverless"
PACKS: Final = (HIPAA, "NIST.800.53.R5", "PCI.DSS.321", "AwsSolutions", SERVERLESS)
# These repeat the same checks under prefixes of their own.
ALIKE: Final = PACKS[:3]
# What a pack reports of a rule that tripped over a resource, instead of an answer.
_THREW: Final = "Rule threw an error during validation"
FIX: Final = "Change what the rule names; cdk-nag's README says what each rule wants."


def prefixes(*, without: str = "") -> tuple[str, ...]:
    """Return what the packs' rule ids begin with."""
    return tuple(f"{pack}-" for pack in PACKS if pack != without)


def in_order(rule_ids: Iterable[str]) -> tuple[str, ...]:
    """Return ids once each, by pack in the order above, other ids before, so that a finding names them alike always."""
    packs = prefixes()
    return tuple(sorted(set(rule_ids), key=lambda one: (one.startswith(packs) and _rank(one), one)))


def _rank(rule_id: str) -> int:
    return next(number for number, prefix in enumerate(prefixes(), start=1) if rule_id.startswith(prefix))


def is_undecided(message: str) -> bool:
    """Whether a pack says that a rule failed to judge, rather than that the resource failed the rule."""
    return message.startswith(_THREW)


def as_finding(
    rule_id: str,
    *,
    severity: str,
    message: str,
    resource: Resource | None,
    construct_path: str,
    template: str = "",
    logical_id: str = "",
    fix: str = "",
) -> Finding:
    """Return what a pack reported as a finding; a rule that failed to judge is an unknown, and a warning.

    :param resource: what it is about. Default: what ``template`` and ``logical_id`` say is all that is known.
    :param fix: Default: what this package says to do, or else where to read it, for a rule of cdk-nag's.
    """
    undecided = is_undecided(message)
    known = nag_rules().get(rule_id.split("[", 1)[0])
    twin = twin_of(rule_id)
    ours = (twin.fix if twin else "") or (FIX if rule_id.startswith(prefixes()) else "")
    return Finding(
        rule_id=rule_id,
        severity="warning" if undecided or severity == "warning" else "error",
        outcome="unknown" if undecided else "failed",
        resource_logical_id=resource.logical_id if resource else logical_id,
        resource_type=resource.type if resource else "",
        template=resource.template.name if resource else template,
        construct_path=construct_path,
        controls=known.controls if known else (),
        message=message.partition(" - (Control ID")[0],
        fix=fix or ours,
    )
