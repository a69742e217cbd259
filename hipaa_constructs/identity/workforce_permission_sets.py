from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sso as sso
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._constants import hours, partition
from hipaa_constructs.identity import workforce_policies
from hipaa_constructs.identity.identity_center import require_instance
from hipaa_constructs.identity.workforce_conditions import outside, require_conditions
from hipaa_constructs.identity.workforce_policies import DEFAULT_BACKUP_ROLE
from hipaa_constructs.identity.workforce_roles import require_session

_GROUP = re.compile(r"([0-9a-f]{10}-)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class WorkforcePermissionSets(Construct):
    """The jobs of ``WorkforceRoles`` for people of IAM Identity Center, in as many accounts as wanted.

    Developers, operators and auditors have the same duties, and are kept from PHI, from rights and from writing by the
    same denials. Identity Center asks for the second factor itself: CloudFormation has no type for that setting, so
    turn on MFA at every sign-in there, and refuse sign-in without a device:
    docs.aws.amazon.com/singlesignon/latest/userguide/mfa-configure.html.

    Belongs in the account of Identity Center, the management account or its delegated administrator.

    Meets 164.312(a)(1) access control and 164.312(a)(2)(iii) automatic logoff. Supports 164.308(a)(3)(i) workforce
    security and 164.308(a)(4)(ii)(B) access authorization.

    :param instance_arn: the Identity Center instance.
    :param account_ids: the accounts that the groups may enter.
    :param developers: the id of the developers' group. Default: no such permission set.
    :param operators: the id of the operators' group. Default: no such permission set.
    :param auditors: the id of the auditors' group. Default: no such permission set.
    :param session_duration: when a session ends, between one hour and a shift of eight. Default: one hour.
    :param source_networks: public CIDR blocks that people come from; with them, credentials work from nowhere else.
        Default: any network.
    :param backup_role_name: what operators start backups with in each account, with its path; a ``*`` stands for what
        CloudFormation adds to names. They can pass no other role.
        Default: the role that AWS Backup's console makes, ``service-role/AWSBackupDefaultServiceRole``.
    :raises ValueError: no group, an id, name or network that is none, or a session beyond a shift.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        instance_arn: str,
        account_ids: Sequence[str],
        developers: str | None = None,
        operators: str | None = None,
        auditors: str | None = None,
        session_duration: cdk.Duration | None = None,
        source_networks: Sequence[str] = (),
        backup_role_name: str = DEFAULT_BACKUP_ROLE,
    ) -> None:
        groups = {"Developer": developers, "Operator": operators, "Auditor": auditors}
        _require_ids(instance_arn, account_ids, groups)
        require_session("session_duration", session_duration)
        require_conditions(source_networks, None)
        _require_role_name(backup_role_name)
        super().__init__(scope, construct_id)

        duration = session_duration or hours(1)
        self._sets: dict[str, sso.CfnPermissionSet] = {}
        for job, group in groups.items():
            if group is None:
                continue
            self._sets[job] = sso.CfnPermissionSet(
                self,
                job,
                instance_arn=instance_arn,
                name=cdk.Names.unique_resource_name(self, max_length=21) + f"-{job}",
                description=f"{job} by {self.node.path}"[:700],
                session_duration=duration.to_iso_string(),
                inline_policy=_document(job, source_networks, f"arn:{partition()}:iam::*:role/{backup_role_name}"),
            )
            for account in account_ids:
                sso.CfnAssignment(
                    self,
                    f"{job}In{account}",
                    instance_arn=instance_arn,
                    permission_set_arn=self._sets[job].attr_permission_set_arn,
                    principal_type="GROUP",
                    principal_id=group,
                    target_type="AWS_ACCOUNT",
                    target_id=account,
                )

    @property
    def permission_sets(self) -> Mapping[str, sso.CfnPermissionSet]:
        """The permission sets by job: ``Developer``, ``Operator``, ``Auditor``."""
        return dict(self._sets)


def _document(job: str, networks: Sequence[str], backup_role: str) -> dict[str, Any]:
    """Return duties and denials in one, since a boundary would have to exist in every account by name."""
    limits = workforce_policies.limits(job, outside(networks), backup_role)
    denials = [entry for entry in limits if entry["Effect"] == "Deny"]
    return {"Version": "2012-10-17", "Statement": [*workforce_policies.duties(job, backup_role), *denials]}


def _require_role_name(name: str) -> None:
    if not is_token(name) and not re.fullmatch(r"([\w+=,.@*-]+/)*[\w+=,.@-]{3}[\w+=,.@*-]*", name, re.A):
        refuse(
            "backup_role_name",
            name,
            allowed="it takes one role's name, with its path, of which at least three letters come before any '*'",
            fix="Leave it out for AWS Backup's own, or write it like 'Clinic-Foundation-BackupsRole*'.",
        )


def _require_ids(instance_arn: str, account_ids: Sequence[str], groups: Mapping[str, str | None]) -> None:
    require_instance(instance_arn)
    if not account_ids:
        refuse("account_ids", [], allowed="groups need accounts to enter", fix="Name at least one.")
    for account in account_ids:
        # Each account's assignment is a construct of its own, so that a token cannot stand here.
        if not re.fullmatch(r"\d{12}", account):
            refuse("account_ids", account, allowed="it takes account ids", fix="Write twelve digits, as text.")
        if account_ids.count(account) > 1:
            refuse("account_ids", account, allowed="each account stands once", fix="Leave out the repetition.")
    if not any(groups.values()):
        refuse(
            "developers, operators, auditors",
            None,
            allowed="a permission set needs people",
            fix="Pass the id of at least one group.",
        )
    for job, group in groups.items():
        if group is not None and not _GROUP.fullmatch(group) and not is_token(group):
            refuse(
                f"{job.lower()}s",
                group,
                allowed="it takes the id of a group in the identity store",
                fix="Read it with 'aws identitystore list-groups'.",
            )
