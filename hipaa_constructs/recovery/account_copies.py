"""Copies into a vault of another account, which is known by its ARN alone."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._regions import left_out
from hipaa_constructs._stacks import account_of, region_of, stack_of
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.key_actions import USE
from hipaa_constructs.primitives.key_policy import add_to_key_policy
from hipaa_constructs.recovery.copy_permissions import copy_statements
from hipaa_constructs.recovery.permissions import Place, Statement

_VAULT = "backup-vault:"
# AWS Backup does not manage these in full: their copies are read under the key of the store itself.
# docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html#copy-encryption
_UNDER_OWN_KEY = (
    docdb.CfnDBCluster,
    docdb.DatabaseCluster,
    rds.CfnDBCluster,
    rds.CfnDBInstance,
    rds.DatabaseCluster,
    rds.DatabaseInstance,
)


@dataclass(frozen=True, slots=True)
class AccountVault:
    """Another account's vault in the plan's own Region."""

    arn: str
    place: Place


def vault_of_account(scope: Construct, arn: str | None) -> AccountVault | None:
    """Read the vault that a plan in the stack of ``scope`` copies to; None too where the Region copies to no account.

    It is in the plan's Region: a copy in another one is ``copy_to``'s, and each is made from the recovery point itself.

    :raises ValueError: an ARN of something else, of another Region, or of the plan's own account.
    """
    if arn is None:
        return None
    parts = None if is_token(arn) else parse_arn(arn)
    if parts is None or parts.service != "backup" or not parts.name.startswith(_VAULT):
        refuse(
            "copy_to_account",
            arn,
            allowed="it takes a vault's ARN, known at synth",
            fix="Write arn:aws:backup:<region>:<account>:backup-vault:<name>.",
        )
    stack = stack_of(scope)
    if not is_token(region_of(stack)) and parts.region != region_of(stack):
        refuse(
            "copy_to_account",
            arn,
            allowed=f"the vault has to be in the plan's own Region, {region_of(stack)}",
            fix="Name that account's vault there; copy_to takes copies in another Region.",
        )
    if not is_token(account_of(stack)) and parts.account == account_of(stack):
        refuse(
            "copy_to_account",
            arn,
            allowed="the vault has to be of another account than the plan's",
            fix="Name the backup account's vault.",
        )
    if left_out(
        scope, "cross-account-copy", kind="backup_features", instead="Copies stay in this account; see copy_to."
    ):
        return None
    return AccountVault(arn, Place(parts.account, parts.region))


def account_copy_statements(scope: Construct, vault: AccountVault) -> list[Statement]:
    """What the plan's role needs to copy: of the account's keys those that AWS Backup uses in its name.

    The vault's key has to let the role in too (``accept_copies_from_organization``); a logically air-gapped vault under
    AWS's own key asks for none.
    """
    stack = stack_of(scope)
    key = {"Resource": vault.place.arns("kms", "key/*"), "Condition": vault.place.via("backup")}
    return copy_statements(Place.of(stack), vault.place, vault_arn=vault.arn, key=key)


def open_key(key: kms.IKey, account: str) -> None:
    """Let another account read what is under a key, and AWS services there be given grants.

    Source: docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html.
    """
    other = iam.AccountPrincipal(account)
    add_to_key_policy(key, iam.PolicyStatement(principals=[other], actions=list(USE), resources=["*"]))
    add_to_key_policy(
        key,
        iam.PolicyStatement(
            principals=[other],
            actions=["kms:CreateGrant"],
            resources=["*"],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )


def open_store(store: Construct, account: str) -> None:
    """Let another account read the copies of a store of this library whose recovery points are under its own key."""
    made = store if isinstance(store, _UNDER_OWN_KEY) else store.node.try_find_child("Resource")
    key = getattr(store, "encryption_key", None)
    if isinstance(made, _UNDER_OWN_KEY) and key is not None:
        open_key(key, account)
