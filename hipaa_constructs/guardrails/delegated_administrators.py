from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._constants import minutes
from hipaa_constructs._regions import all_left_out, left_out
from hipaa_constructs._stacks import account_of, region_of
from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.guardrails.delegated_services import REGISTERED, define_policy, principal, trusted
from hipaa_constructs.guardrails.requirements import require_accounts, require_organization, require_regions
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

# Those of Guardrails, and declarative policies of EC2.
_POLICY_TYPES = (
    "AISERVICES_OPT_OUT_POLICY",
    "BACKUP_POLICY",
    "DECLARATIVE_POLICY_EC2",
    "RESOURCE_CONTROL_POLICY",
    "S3_POLICY",
    "SERVICE_CONTROL_POLICY",
    "TAG_POLICY",
)
# Where Firewall Manager takes its default administrator: where a partition has what exists once.
# docs.aws.amazon.com/waf/latest/developerguide/enable-integration.html
_ONCE = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-northwest-1"}
_MACIE = "AWS::Macie::Session"
_ROOTS = "central root access"
_STACK_SETS = "StackSets with AWS Organizations"
# docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateGlobalSettings.html
_BACKUP_SETTINGS = ("isCrossAccountBackupEnabled", "isDelegatedAdministratorEnabled")


class DelegatedAdministrators(Construct):
    """Accounts of an organization that each run a service for all of it, made so from the management account.

    Belongs in a stack of the management account, whose organization has all features. What CloudFormation has no types
    for goes through one function, in all ``regions`` from one place:

    - ``security_account`` gets GuardDuty, Macie and Inspector of each Region, Firewall Manager, Access Analyzer, and
      AWS Config with its rules and packs for the organization. Security Hub and Detective have types, one resource a
      Region: ``AWS::SecurityHub::DelegatedAdmin`` and ``AWS::Detective::OrganizationAdmin``.
    - ``identity_account`` gets Identity Center, which has to be on already; ``backup_account`` AWS Backup, and copies
      across accounts are allowed; ``network_account`` IPAM; ``deployment_account`` StackSets. With a network or a
      backup account, RAM shares within the organization.
    - In any case StackSets and CloudTrail are trusted, kinds of policies are on, and root users of member accounts are
      managed from the management account: their credentials can be deleted, and single tasks done as root.

    What is so already stays, so that it can be deployed over Control Tower and by hand alike. A service that takes one
    administrator and has another fails the deployment, with that account's number; AWS Config, AWS Backup and StackSets
    take several, but none moves by a change here. Nothing is ever taken away, also if the construct is removed:
    findings and evidence would go with an administrator. ``docs/runbooks`` tells how to move one. Macie delegates only
    where the management account has it, and is turned on there if it is not.

    Supports 164.308(a)(1)(ii)(D) information system activity review and 164.308(a)(4)(ii)(B) access authorization.

    :param organization_id: the organization, like ``o-a1b2c3d4e5``.
    :param regions: where the security account runs what is of a Region. What one lacks is left out there.
    :param security_account: an account's id. Default, as of the others: nobody is made administrator of its services.
    :param identity_account: the same of Identity Center.
    :param backup_account: the same of AWS Backup.
    :param network_account: the same of IPAM.
    :param deployment_account: the same of StackSets.
    :param policy_types: kinds of policies that are turned on, as Organizations calls them. Default: those that
        ``Guardrails`` attaches, and ``DECLARATIVE_POLICY_EC2``.
    :param encryption_key: for logs, environment and dead letters of the function. Default: a key of its own.
    :param reserve_concurrency: whether the function has executions of its own; see ``ProviderFunction``.
        Default: it has two.
    :raises ValueError: no organization's id, no Region, what is no account's id, or the management account itself.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_id: str,
        regions: Sequence[str],
        security_account: str | None = None,
        identity_account: str | None = None,
        backup_account: str | None = None,
        network_account: str | None = None,
        deployment_account: str | None = None,
        policy_types: Sequence[str] = _POLICY_TYPES,
        encryption_key: kms.IKey | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        given = {
            "security": security_account,
            "identity": identity_account,
            "backup": backup_account,
            "network": network_account,
            "deployment": deployment_account,
        }
        self._administrators = {part: account for part, account in given.items() if account is not None}
        require_organization(organization_id)
        require_regions(regions)
        for part, account in self._administrators.items():
            _require_member(f"{part}_account", account, management=account_of(scope))
        super().__init__(scope, construct_id)

        self._provider = ProviderFunction(
            self,
            "Provider",
            handler="handlers.delegation.handle",
            vpc=None,
            encryption_key=encryption_key or KmsRotatedKey(self, "Key").key,
            reserve_concurrency=reserve_concurrency,
        )
        self._provider.acknowledge_no_vpc(
            reason="The function changes settings of the organization through AWS's APIs at deployment, handles no "
            "PHI, and reaches nothing inside a VPC. A VPC without internet would need endpoints of a dozen services "
            "in other Regions, for calls made once."
        )
        parts = ["every", *self._parts_of_the_region(), *self._administrators]
        absent = all_left_out(self, policy_types, kind="organization_policies", instead="There is nothing to turn on.")
        kinds = [kind for kind in policy_types if kind not in absent]
        self._policy = define_policy(
            self,
            self._provider,
            organization_id=organization_id,
            administrators=self._administrators,
            parts=parts,
            policy_types=kinds,
        )
        self._trusted = self._make("TrustedAccess", "TrustedAccess", ServicePrincipals=trusted(parts))
        self._trusted.node.add_dependency(self._policy)
        self._define_organization(parts, kinds)
        self._define_administrators(regions)

    @property
    def trusted_access(self) -> cdk.CustomResource:
        """What makes Organizations trust services; what needs one of these, such as an organization's trail, waits."""
        return self._trusted

    def _parts_of_the_region(self) -> Iterator[str]:
        if not left_out(self, _ROOTS, kind="organization_features", instead="Let nobody make keys of root users."):
            yield "roots"
        if not left_out(self, _STACK_SETS, kind="organization_features", instead="Deploy to each account."):
            yield "stack_sets"

    def _define_organization(self, parts: Sequence[str], policy_types: Sequence[str]) -> None:
        here = region_of(self)
        if policy_types:
            self._define("PolicyTypes", PolicyTypes=list(policy_types))
        if "roots" in parts:
            self._define("RootAccess")
        if "stack_sets" in parts:
            active = self._define("StackSetsAccess", Region=here)
            self._register("deployment", after=active)
        if {"backup", "network"} & self._administrators.keys():
            self._define("ResourceSharing", Region=here)
        if "backup" in self._administrators and not left_out(
            self, "cross-account-copy", kind="backup_features", instead="Copy to another Region of the account."
        ):
            self._define("BackupSettings", Region=here, Enabled=list(_BACKUP_SETTINGS))

    def _define_administrators(self, regions: Sequence[str]) -> None:
        here = region_of(self)
        for part in ("security", "identity", "backup"):
            self._register(part)
        if account := self._administrators.get("network"):
            self._define("IpamAdministrator", AccountId=account, Region=here)
        if account := self._administrators.get("security"):
            self._define("FirewallManagerAdministrator", AccountId=account, Region=_ONCE[partition_of(here)])
            for region in regions:
                self._define_detection(account, region)

    def _register(self, part: str, *, after: cdk.CustomResource | None = None) -> None:
        if part not in self._administrators:
            return
        for name in REGISTERED[part]:
            registered = self._define(
                "DelegatedAdministrator",
                f"Registered-{name}",
                AccountId=self._administrators[part],
                ServicePrincipal=principal(name),
            )
            if after is not None:
                registered.node.add_dependency(after)

    def _define_detection(self, account: str, region: str) -> None:
        where = {"AccountId": account, "Region": region}
        self._define("GuardDutyAdministrator", f"GuardDuty-{region}", **where)
        if not left_out(self, _MACIE, instead="Look for PHI in buckets otherwise.", region=region):
            self._define("MacieAdministrator", f"Macie-{region}", **where)
        if not left_out(self, "inspector2", kind="services", instead="Scan software otherwise.", region=region):
            self._define("InspectorAdministrator", f"Inspector-{region}", **where)

    def _define(self, setting: str, construct_id: str | None = None, **properties: Any) -> cdk.CustomResource:
        resource = self._make(setting, construct_id or setting, **properties)
        resource.node.add_dependency(self._trusted, self._policy)
        return resource

    def _make(self, setting: str, construct_id: str, **properties: Any) -> cdk.CustomResource:
        return cdk.CustomResource(
            self,
            construct_id,
            resource_type=f"Custom::{setting}",
            service_token=self._provider.function.function_arn,
            service_timeout=minutes(5),
            properties={"Setting": setting, **properties},
            # A deletion changes nothing: CloudFormation need not ask for it.
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )


def _require_member(argument: str, account: str, *, management: str) -> None:
    require_accounts(argument, [account])
    if account == management:
        refuse(
            argument,
            account,
            allowed="it is the management account, which runs all services already and cannot be delegated to",
            fix="Name a member account, so that little is done with the management account's credentials.",
        )
