"""Identity: who may do what in the workloads' accounts, from Identity Center's delegated administrator."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._stacks import arn_in
from hipaa_constructs.identity.just_in_time_access import JustInTimeAccess
from hipaa_constructs.identity.workforce_permission_sets import WorkforcePermissionSets
from hipaa_constructs.identity.workforce_source import WorkforceSource
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.identity_center_section import (
    ElevationConfig,
    IdentityCenterConfig,
    PeopleConfig,
    StatementConfig,
)
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

_ACCOUNT = "{account}"
# How many accounts one stack lets people into. Three groups make three assignments in each, of the 500 resources that a
# stack has at most, and an elevation names each account in a permission set of 32,768 characters.
_MOST = 50


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define the role's stacks, if the configuration says what is in them: one for each fifty workloads, in order.

    Each has permission sets and elevations of its own, so that none outgrows what AWS takes of it.
    """
    center = config.organization.identity
    if center is None:
        return []
    accounts = [workload.account for workload in config.organization.workloads]
    parts = [accounts[start : start + _MOST] for start in range(0, max(1, len(accounts)), _MOST)]
    return [
        IdentityStack(
            scope,
            f"{config.name}-Identity{f'-{number}' if number > 1 else ''}",
            config=config,
            center=center,
            accounts=part,
        )
        for number, part in enumerate(parts, start=1)
    ]


class IdentityStack(RoleStack):
    """Permission sets for the jobs of people, and elevation after approval, in workloads' accounts.

    A delegated administrator cannot manage permission sets that are provisioned in the management account, nor let
    anybody in there (docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html), so that nothing here
    reaches that account. Have another set for it, made in it, and never one of these.

    Control Tower (docs.aws.amazon.com/aws-managed-policy/latest/reference/
    AWSControlTowerIdentityCenterManagementPolicy.html) and Landing Zone Accelerator may have permission sets of their
    own, which these stand beside.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        center: IdentityCenterConfig,
        accounts: Sequence[str],
    ) -> None:
        super().__init__(
            scope, construct_id, config=config, role="identity", description="Who may do what in the workloads"
        )
        self._center = center
        self._workloads = accounts
        self.workforce: WorkforcePermissionSets | None = None
        if center.developers or center.operators or center.auditors:
            self.workforce = WorkforcePermissionSets(
                self,
                "Workforce",
                instance_arn=center.instance_arn,
                account_ids=self._workloads,
                developers=center.developers,
                operators=center.operators,
                auditors=center.auditors,
                source_networks=center.source_networks,
            )
        if center.requesters is not None and center.approvers is not None and center.elevations:
            self.alerts = AlertTopic(
                self, "Alerts", emails=config.alerts.emails, reserve_concurrency=config.reserve_concurrency
            )
            requester = self._define_role("Requester", center.requesters)
            approver = self._define_role("Approver", center.approvers)
            for elevation in center.elevations:
                self._define_elevation(elevation, requester, approver)

    def _define_role(self, name: str, people: PeopleConfig) -> LeastPrivilegeRole:
        return LeastPrivilegeRole(
            self,
            name,
            assumed_by=self._source(name, people).principal(),
            description=f"{name} of elevated access",
        )

    def _source(self, name: str, people: PeopleConfig) -> WorkforceSource:
        if people.saml_provider is not None:
            return WorkforceSource.from_saml(
                iam.SamlProvider.from_saml_provider_arn(self, f"{name}Provider", people.saml_provider)
            )
        if people.open_id is not None:
            issuer = people.open_id.issuer
            arn = arn_in(self, "iam", f"oidc-provider/{issuer}", region="")
            return WorkforceSource.from_open_id(
                iam.OpenIdConnectProvider.from_open_id_connect_provider_arn(self, f"{name}Provider", arn),
                issuer=issuer,
                client_id=people.open_id.client_id,
            )
        return WorkforceSource.from_accounts(people.accounts)

    def _define_elevation(self, elevation: ElevationConfig, requester: iam.IRole, approver: iam.IRole) -> None:
        JustInTimeAccess(
            self,
            elevation.name,
            instance_arn=self._center.instance_arn,
            account_ids=self._workloads,
            statements=[self._statement(one) for one in elevation.statements],
            requesters=[requester],
            approvers=[approver],
            alert_topic=self.alerts,
            duration=cdk.Duration.minutes(elevation.minutes),
        )

    def _statement(self, given: StatementConfig) -> iam.PolicyStatement:
        """Write a statement with the accounts of workloads where it says ``{account}``."""
        resources = [
            resource.replace(_ACCOUNT, account)
            for resource in given.resources
            for account in (self._workloads if _ACCOUNT in resource else [""])
        ]
        return iam.PolicyStatement(actions=list(given.actions), resources=resources, conditions=given.conditions)
