from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_config as config
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._stacks import account_of, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.detection.conformance_pack import template_body_in
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

# What AWS's own policy AWSConfigRoleForOrganizations allows:
# docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSConfigRoleForOrganizations.html
_READS = (
    "organizations:DescribeOrganization",
    "organizations:ListAWSServiceAccessForOrganization",
    "organizations:ListAccounts",
    "organizations:ListDelegatedAdministrators",
)


class OrganizationCompliance(Construct):
    """AWS Config of all accounts of an organization, seen in one place and judged by the HIPAA conformance pack.

    It belongs into an account that is a delegated administrator of ``config.amazonaws.com`` and of
    ``config-multiaccountsetup.amazonaws.com``: docs.aws.amazon.com/config/latest/developerguide/
    aggregated-register-delegated-administrator.html and
    docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html.

    :param aggregator: whether an aggregator of all accounts and Regions is made. Default: it is.
    :param excluded_accounts: accounts that the pack is not put into, since they have it already, or no recorder; at
        most 1,000. None: no pack.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        aggregator: bool = True,
        excluded_accounts: Sequence[str] | None,
    ) -> None:
        super().__init__(scope, construct_id)
        if aggregator:
            config.CfnConfigurationAggregator(
                self,
                "Aggregator",
                organization_aggregation_source=config.CfnConfigurationAggregator.OrganizationAggregationSourceProperty(
                    role_arn=self._define_role(), all_aws_regions=True
                ),
            )
        self._pack: config.CfnOrganizationConformancePack | None = None
        if excluded_accounts is not None:
            self._pack = config.CfnOrganizationConformancePack(
                self,
                "Pack",
                organization_conformance_pack_name=cdk.Names.unique_resource_name(self, max_length=51, separator="-"),
                template_body=template_body_in(self),
                excluded_accounts=list(excluded_accounts) or None,
            )

    @property
    def conformance_pack(self) -> config.CfnOrganizationConformancePack | None:
        """The pack itself."""
        return self._pack

    def _define_role(self) -> str:
        stack = stack_of(self)
        role = LeastPrivilegeRole(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "config.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": account_of(stack)}}
            ),
            description=f"Reads for {self.node.path} which accounts there are",
        )
        policy = iam.ManagedPolicy(
            self,
            "Accounts",
            roles=[role],
            description=f"Lets {self.node.path} read which accounts there are",
            statements=[iam.PolicyStatement(actions=list(_READS), resources=["*"])],
        )
        acknowledge_limitation(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason="The actions read the organization as a whole and have no resource types.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html",
        )
        return role.role_arn
