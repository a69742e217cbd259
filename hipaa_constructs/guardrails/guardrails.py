from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_organizations as organizations
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._regions import all_left_out, require_region
from hipaa_constructs._stacks import account_of, region_of
from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.guardrails import management_policies, resource_control, service_control
from hipaa_constructs.guardrails.policy_sizes import MOST_SERVICE_CONTROL_POLICIES, packed, require_size
from hipaa_constructs.guardrails.requirements import (
    require_accounts,
    require_backup,
    require_organization,
    require_regions,
    require_roles,
    require_services,
    require_stacks,
    require_targets,
)
from hipaa_constructs.guardrails.statements import Exemptions

_CDK_ROLES = ("cdk-*-cfn-exec-role-*",)


class Guardrails(Construct):
    """What nobody in an organization's accounts may do, whatever their own policies say.

    Belongs in a stack of the management account, whose organization has all features and these policy types on.
    Service control policies deny services that are not HIPAA-eligible (where PHI is), use of the root user, leaving
    the organization, other Regions, turning off audit and detection (CloudTrail, Config, GuardDuty, Macie, Security
    Hub, Access Analyzer, Inspector, flow logs), unencrypted volumes, databases, file systems and caches, and public
    buckets, snapshots, databases and functions. A resource control policy keeps data, keys and roles to this
    organization and its services, and to TLS. A tag policy holds classifications to the known ones, and AI services
    may not use content to improve themselves. In AWS's commercial Regions, declarative policies keep buckets and
    machine images private and serial consoles closed, and ask for IMDSv2, whatever an account says.

    Nobody turns this off by a detour either: who is exempt is held to names, and nobody else can make a role of such a
    name, hand one to a service, or change the policies, functions and documents that go by the deployment roles' names.
    Control Tower's ``AWSControlTowerExecution`` and the roles of service-managed stack sets are exempt as well, since
    the management account acts through them; enrol accounts before.

    Attach it to a test account first: policies bind at once, except for the management account and for roles linked
    to services. Bootstrap accounts for the CDK before, or name the role that does in ``bootstrap_role_names``. A
    target keeps ``FullAWSAccess``; with at most four policies from here, it stays within AWS's quota.

    Meets 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls and 164.312(e)(1) transmission
    security. Supports 164.308(a)(3)(i) workforce security, 164.308(a)(4)(i) information access management and
    164.308(b)(1) business associate contracts (eligible services).

    :param organization_id: the organization, like ``o-a1b2c3d4e5``.
    :param target_ids: the root, organizational units or accounts that all policies bind.
    :param regions: the Regions that may be used. Services without Regions are free.
    :param phi_target_ids: where only HIPAA-eligible services may be used. Default: ``target_ids``.
    :param deployment_role_names: roles that may deploy and mend the controls, with ``*`` and ``?``; also the role of a
        function that sets account-wide blocks. Nobody else but the CDK's own deploying role can pass one to a service.
        Default: the roles with which the CDK deploys.
    :param bootstrap_role_names: roles that bootstrap accounts and Regions for the CDK later: they may make deployment
        roles, and the other policies bind them. Default: none.
    :param stack_names: CloudFormation stacks that hold the controls, with ``*`` and ``?``: nobody but who deploys may
        change or delete one. Default: none.
    :param emergency_role_names: break-glass roles. They may use other Regions and share database snapshots, to save
        data in a disaster; audit, detection and encryption bind them too. Default: none.
    :param trusted_account_ids: accounts of others that may reach what is stored here. Default: none.
    :param additional_services: IAM prefixes of services that you hold to be eligible or free of PHI, beyond the
        catalogue's list. Default: none.
    :param backup_vault_name: the vault that every account has in every Region of ``regions``, for the backup policy:
        what is tagged as PHI is kept up to seven years, and copied to the next Region of the list.
        Default: no backup policy.
    :param backup_role_name: the role in every account that AWS Backup takes; goes with ``backup_vault_name``.
    :raises ValueError: an id, Region, role or service that is none; a target that is the management account; lists so
        long that a policy outgrows AWS's limit.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_id: str,
        target_ids: Sequence[str],
        regions: Sequence[str],
        phi_target_ids: Sequence[str] | None = None,
        deployment_role_names: Sequence[str] = _CDK_ROLES,
        emergency_role_names: Sequence[str] = (),
        bootstrap_role_names: Sequence[str] = (),
        stack_names: Sequence[str] = (),
        trusted_account_ids: Sequence[str] = (),
        additional_services: Sequence[str] = (),
        backup_vault_name: str | None = None,
        backup_role_name: str | None = None,
    ) -> None:
        account = account_of(scope)
        require_organization(organization_id)
        require_targets("target_ids", target_ids, account)
        phi_targets = target_ids if phi_target_ids is None else phi_target_ids
        require_targets("phi_target_ids", phi_targets, account)
        require_regions(regions)
        require_roles("deployment_role_names", deployment_role_names)
        if not deployment_role_names:
            refuse(
                "deployment_role_names",
                [],
                allowed="somebody must be able to mend the controls",
                fix="Leave it out for the roles with which the CDK deploys.",
            )
        require_roles("emergency_role_names", emergency_role_names)
        require_roles("bootstrap_role_names", bootstrap_role_names)
        require_stacks(stack_names)
        require_accounts("trusted_account_ids", trusted_account_ids)
        require_services(additional_services)
        require_backup(backup_vault_name, backup_role_name)
        if backup_vault_name is not None:
            require_region(
                scope, "BACKUP_POLICY", kind="organization_policies", what="A backup policy", fix="Leave out the vault."
            )
        exempt = Exemptions(deployment_role_names, emergency_role_names, bootstrap_role_names)
        bans = packed(service_control.statements(regions, exempt, stack_names))
        (services,) = packed(service_control.eligible_services(additional_services))
        _require_attachable(len(bans) + 1)
        contents = {
            "ResourceControl": _authorization(resource_control.statements(organization_id, trusted_account_ids)),
            "Tags": management_policies.classification_tags(),
            "AiOptOut": management_policies.ai_opt_out(),
        }
        if backup_vault_name is not None and backup_role_name is not None:
            contents["Backups"] = management_policies.backups(
                regions, vault_name=backup_vault_name, role_name=backup_role_name
            )
        for name, content in contents.items():
            require_size(name, _KINDS[name], content)
        # AWS's pages on GovCloud and China name neither; accounts there set both for themselves.
        if partition_of(region_of(scope)) == "aws":
            contents |= {"Instances": management_policies.instances(), "Buckets": management_policies.buckets()}
        super().__init__(scope, construct_id)

        self._policies: list[organizations.CfnPolicy] = []
        for number, ban in enumerate(bans, start=1):
            self._define(f"Bans{number}", "SERVICE_CONTROL_POLICY", ban, target_ids)
        self._define("EligibleServices", "SERVICE_CONTROL_POLICY", services, phi_targets)
        absent = all_left_out(
            self,
            (_KINDS[name] for name in contents),
            kind="organization_policies",
            instead="Ask what each AI service does with content.",
        )
        for name, content in contents.items():
            if _KINDS[name] not in absent:
                self._define(name, _KINDS[name], content, target_ids)

    @property
    def policies(self) -> Sequence[organizations.CfnPolicy]:
        """The policies, in the order in which they are made."""
        return tuple(self._policies)

    def _define(self, construct_id: str, kind: str, content: Mapping[str, Any], targets: Sequence[str]) -> None:
        policy = organizations.CfnPolicy(
            self,
            construct_id,
            name=f"{cdk.Names.unique_resource_name(self, max_length=100)}-{construct_id}",
            description=_DESCRIPTIONS[kind],
            type=kind,
            content=content,
            target_ids=list(targets),
        )
        if self._policies:
            # Organizations refuses changes that come at the same time.
            policy.node.add_dependency(self._policies[-1])
        self._policies.append(policy)


_KINDS = {
    "AiOptOut": "AISERVICES_OPT_OUT_POLICY",
    "Backups": "BACKUP_POLICY",
    "Buckets": "S3_POLICY",
    "Instances": "DECLARATIVE_POLICY_EC2",
    "ResourceControl": "RESOURCE_CONTROL_POLICY",
    "Tags": "TAG_POLICY",
}
_DESCRIPTIONS = {
    "AISERVICES_OPT_OUT_POLICY": "AI services do not use content to improve themselves",
    "BACKUP_POLICY": "What is tagged as PHI is backed up",
    "DECLARATIVE_POLICY_EC2": "Images are private, serial consoles closed, and new instances ask for IMDSv2",
    "RESOURCE_CONTROL_POLICY": "Data, keys and roles are reached from the organization and over TLS alone",
    "S3_POLICY": "No bucket is public",
    "SERVICE_CONTROL_POLICY": "What no role may do, for the HIPAA Security Rule",
    "TAG_POLICY": "Data classifications are the known ones",
}


def _authorization(statements: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _require_attachable(count: int) -> None:
    if count > MOST_SERVICE_CONTROL_POLICIES:
        refuse(
            "deployment_role_names, emergency_role_names and bootstrap_role_names",
            f"{count} service control policies",
            allowed=f"a target takes {MOST_SERVICE_CONTROL_POLICIES} beside FullAWSAccess",
            fix="Name fewer roles, or use wildcards.",
        )
