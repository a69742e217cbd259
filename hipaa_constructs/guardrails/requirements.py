"""Arguments of ``Guardrails``, held to what Organizations and IAM know."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hipaa_constructs._arguments import is_token, refuse

_TARGET = re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|\d{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
# A path of AWS's own or yours may stand before the name: aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Operator_*
_ROLE = re.compile(r"([\w+=,.@*?-]+/)*[\w+=,.@*?-]{1,64}")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")


def require_targets(argument: str, ids: Sequence[str], management_account: str) -> None:
    """Refuse ids that are none, and the management account, which these policies do not bind."""
    require_some(argument, ids, "ids of a root, organizational units or accounts")
    for target in ids:
        if is_token(target):
            continue
        if not _TARGET.fullmatch(target):
            refuse(
                argument,
                target,
                allowed="it takes ids like 'r-ab12', 'ou-ab12-11111111' or '111122223333'",
                fix="Read them with 'aws organizations list-roots' and 'list-organizational-units-for-parent'.",
            )
        if target == management_account:
            refuse(
                argument,
                target,
                allowed="service and resource control policies do not bind the management account",
                fix="Name organizational units or member accounts, and keep workloads out of the management account.",
            )


def require_organization(organization_id: str) -> None:
    """Refuse what is no id of an organization."""
    if not _ORGANIZATION.fullmatch(organization_id) and not is_token(organization_id):
        refuse(
            "organization_id",
            organization_id,
            allowed="it takes an id like 'o-a1b2c3d4e5'",
            fix="Read it with 'aws organizations describe-organization'.",
        )


def require_regions(regions: Sequence[str]) -> None:
    """Refuse none, and what is no Region."""
    require_some("regions", regions, "the Regions that may be used")
    for region in regions:
        if not _REGION.fullmatch(region) and not is_token(region):
            refuse("regions", region, allowed="it takes Regions", fix="Write each like 'us-east-1'.")
        if regions.count(region) > 1:
            refuse("regions", region, allowed="each Region stands once", fix="Leave out the repetition.")


def require_roles(argument: str, names: Sequence[str]) -> None:
    """Refuse what is no role name, and a pattern that would exempt everybody."""
    for name in names:
        if is_token(name):
            continue
        if not _ROLE.fullmatch(name):
            refuse(
                argument,
                name,
                allowed="it takes names of roles, with '*' and '?' as wildcards",
                fix="Write the name alone, without 'arn:…:role/'.",
            )
        if len(re.sub(r"[*?/]", "", name)) < 4:
            refuse(argument, name, allowed="it must not exempt every role", fix="Write more of the name.")


def require_stacks(names: Sequence[str]) -> None:
    """Refuse what is no name of a stack, and a pattern that would take in every stack."""
    for name in names:
        if is_token(name):
            continue
        if not re.fullmatch(r"[A-Za-z*?][A-Za-z0-9*?-]{0,127}", name):
            refuse(
                "stack_names",
                name,
                allowed="it takes names of stacks, with '*' and '?' as wildcards",
                fix="Write the name alone, such as 'Clinic-*'.",
            )
        if len(re.sub(r"[*?]", "", name)) < 4:
            refuse("stack_names", name, allowed="it must not take in every stack", fix="Write more of the name.")


def require_accounts(argument: str, ids: Sequence[str]) -> None:
    """Refuse what is no account id."""
    for account in ids:
        if not re.fullmatch(r"\d{12}", account) and not is_token(account):
            refuse(argument, account, allowed="it takes account ids", fix="Write each with twelve digits, as text.")


def require_services(prefixes: Sequence[str]) -> None:
    """Refuse what is no prefix of IAM actions."""
    for prefix in prefixes:
        if not re.fullmatch(r"[a-z0-9-]+", prefix):
            refuse(
                "additional_services",
                prefix,
                allowed="it takes prefixes of IAM actions",
                fix="Write what stands before the colon, like 'scheduler'.",
            )


def require_backup(vault_name: str | None, role_name: str | None) -> None:
    """Refuse one without the other, and names that AWS does not know."""
    if (vault_name is None) != (role_name is None):
        missing = "backup_role_name" if role_name is None else "backup_vault_name"
        refuse(
            missing,
            None,
            allowed="a backup policy names the vault and the role that every account has",
            fix="Pass both, or neither for no backup policy.",
        )
    # docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
    if vault_name is not None and not re.fullmatch(r"[a-zA-Z0-9_-]{2,50}", vault_name):
        refuse(
            "backup_vault_name",
            vault_name,
            allowed="allowed are 2 to 50 letters, digits, '_' and '-'",
            fix="Write the name of the vault, not its ARN.",
        )
    if role_name is not None and not re.fullmatch(r"([\w+=,.@-]+/)*[\w+=,.@-]{1,64}", role_name):
        refuse("backup_role_name", role_name, allowed="it takes the name of a role", fix="Write the name, not the ARN.")


def require_some(argument: str, values: Sequence[str], what: str) -> None:
    """Refuse an empty list."""
    if not values:
        refuse(argument, list(values), allowed=f"it takes {what}", fix="Name at least one.")
