"""Backup plans keep what they make.

Compliant: a rule, and of copies one, that keeps recovery points for 35 days or more, the floor of AWS Backup Audit
Manager (docs.aws.amazon.com/aws-backup/latest/devguide/controls-and-remediation.html) and of Config's
backup-plan-min-frequency-and-min-retention-check; and no rule or copy that AWS Backup or the vault's lock would
refuse: cold storage for less than 90 days, or a retention outside the lock's range. Non-compliant: anything else. Not
applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, as_int, dig, is_mapping, spread
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst

_MINIMUM_DAYS = 35
_COLD_DAYS = 90
_RULES = "BackupPlan.BackupPlanRule[]"
_VAULT = "AWS::Backup::BackupVault"


def _lifecycle(lifecycle: Resolved, what: str) -> Verdict:
    if lifecycle is UNKNOWN:
        return unknown(f"The lifecycle of {what} is known only at deployment.")
    deleted = as_int(dig(lifecycle, "DeleteAfterDays"))
    cold = as_int(dig(lifecycle, "MoveToColdStorageAfterDays"))
    if isinstance(deleted, int) and isinstance(cold, int) and deleted < cold + _COLD_DAYS:
        return failed(f"{what} moves to cold storage after {cold} days and is deleted after {deleted}.")
    return PASSED


def _lock(rule: object, plan: Resource) -> Verdict:
    vault = plan.template.target(dig(rule, "TargetBackupVault"), _VAULT)
    days = as_int(dig(rule, "Lifecycle.DeleteAfterDays"))
    if vault is None or not isinstance(days, int):
        return PASSED
    lowest = as_int(vault.get("LockConfiguration.MinRetentionDays"))
    highest = as_int(vault.get("LockConfiguration.MaxRetentionDays"))
    if (isinstance(lowest, int) and days < lowest) or (isinstance(highest, int) and days > highest):
        span = f"{lowest} to {highest}" if isinstance(highest, int) else f"at least {lowest}"
        return failed(f"{_name(rule)} keeps {days} days, and the lock of its vault takes {span}.")
    return PASSED


def _name(rule: object) -> str:
    return f"Rule {dig(rule, 'RuleName', 'without name')}"


def _each_rule(rule: Resolved, plan: Resource) -> Iterator[Verdict]:
    if not is_mapping(rule):
        yield unknown("A rule of the plan is known only at deployment.")
        return
    yield _lifecycle(rule.get("Lifecycle"), _name(rule))
    yield _lock(rule, plan)
    for copy in spread(rule, "CopyActions[]"):
        yield _lifecycle(dig(copy, "Lifecycle"), f"The copy of {_name(rule)}")


def _kept(items: Sequence[Resolved], what: str) -> Verdict:
    days = [as_int(dig(item, "Lifecycle.DeleteAfterDays")) for item in items]
    if any(number is None or (isinstance(number, int) and number >= _MINIMUM_DAYS) for number in days):
        return PASSED  # no DeleteAfterDays keeps recovery points for ever
    if any(number is UNKNOWN for number in days):
        return unknown(f"How long {what} are kept is known only at deployment.")
    longest = max((number for number in days if isinstance(number, int)), default=0)
    return failed(f"The plan keeps {what} for {longest} days at most.")


def check(resource: Resource) -> Verdict:
    rules = list(spread(resource.properties, _RULES))
    copies = [copy for rule in rules for copy in spread(rule, "CopyActions[]")]
    kept = [_kept(rules, "recovery points"), *([_kept(copies, "copies")] if copies else [])]
    return worst([*kept, *(verdict for rule in rules for verdict in _each_rule(rule, resource))])


RULE = Rule(
    name="BackupRetained",
    severity="error",
    resource_types=("AWS::Backup::BackupPlan",),
    controls=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)"),
    fix="Keep recovery points and copies for 35 days or more, within what the vault's lock takes.",
    fixes=(
        Fix(
            properties={"BackupPlan.BackupPlanRule[].Lifecycle.DeleteAfterDays": _MINIMUM_DAYS},
            beside=f"Set the same in the Lifecycle of CopyActions, {_COLD_DAYS} days more than "
            "MoveToColdStorageAfterDays where there is that, and between MinRetentionDays and "
            "MaxRetentionDays of the vault's LockConfiguration.",
            cdk=(f"backup.BackupPlanRule(delete_after=cdk.Duration.days({_MINIMUM_DAYS}))",),
            constructs=("BackupPlan",),
        ),
    ),
    check=check,
)
