"""User pools: how strong passwords are, and how long those last that somebody else chose."""

from __future__ import annotations

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_plain, require_undecided
from hipaa_constructs.mending.parameters import narrow, number

# As the rule UserPoolPasswordsStrong asks.
_KINDS = ("RequireLowercase", "RequireNumbers", "RequireSymbols", "RequireUppercase")
_LEAST, _LONG, _TEMPORARY_DAYS = 8, 15, 7


def passwords_strong(draft: Draft, finding: Finding) -> None:
    """Ask for passwords that are long, where they are weak, and let temporary ones end; nothing gets weaker."""
    policies = draft.properties(finding.resource_logical_id).get("Policies")
    policy = policies.get("PasswordPolicy") if is_plain(policies) else None
    if not is_plain(policy):
        raise CannotMendError(DECIDED)
    if number(policy.get("TemporaryPasswordValidityDays", 0)) > _TEMPORARY_DAYS:
        policy["TemporaryPasswordValidityDays"] = _TEMPORARY_DAYS
    length = policy.get("MinimumLength")
    if narrow(draft, length, "MinimumLength", _LONG):
        return
    require_undecided(length)
    mixed = all(str(policy.get(kind)).lower() == "true" for kind in _KINDS)
    if number(length) < (_LEAST if mixed else _LONG):
        policy["MinimumLength"] = _LONG
