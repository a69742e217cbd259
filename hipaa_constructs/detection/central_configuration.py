from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_securityhub as securityhub
from constructs import Construct, IDependable

from hipaa_constructs._stacks import stack_of
from hipaa_constructs.detection.security_posture import standard_arns


class CentralConfiguration(Construct):
    """Security Hub of all accounts of an organization, in all its Regions, as one policy says.

    Accounts that are there and those that join have Security Hub with the standards of ``SecurityPosture`` and every
    control of these, old and new; an account cannot turn one off. Findings of ``linked_regions`` come to the Region of
    the stack.

    It belongs into the account that is Security Hub's administrator, which must not be the management account, in the
    home Region, once a hub is on there. AWS Config has to record wherever something is judged:
    docs.aws.amazon.com/securityhub/latest/userguide/central-configuration-intro.html.

    :param root_id: the organization's root.
    :param linked_regions: the further Regions that the policy goes for.
    :param after: what turns the hub on.
    """

    TYPE: ClassVar = "AWS::SecurityHub::ConfigurationPolicy"

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        root_id: str,
        linked_regions: Sequence[str],
        after: IDependable,
    ) -> None:
        super().__init__(scope, construct_id)
        self._aggregator = securityhub.CfnFindingAggregator(
            self, "Aggregator", region_linking_mode="SPECIFIED_REGIONS", regions=list(linked_regions)
        )
        self._aggregator.node.add_dependency(after)
        # With central configuration the policy says what is on in new accounts, and these two have to be off:
        # docs.aws.amazon.com/securityhub/1.0/APIReference/API_UpdateOrganizationConfiguration.html
        organization = securityhub.CfnOrganizationConfiguration(
            self, "Organization", auto_enable=False, auto_enable_standards="NONE", configuration_type="CENTRAL"
        )
        organization.add_resource_dependency(self._aggregator)
        self._policy = securityhub.CfnConfigurationPolicy(
            self,
            "Policy",
            name=cdk.Names.unique_resource_name(self, max_length=128, separator="-"),
            description="The standards that come nearest to the Security Rule, with all their controls",
            configuration_policy=securityhub.CfnConfigurationPolicy.PolicyProperty(
                security_hub=securityhub.CfnConfigurationPolicy.SecurityHubPolicyProperty(
                    service_enabled=True,
                    enabled_standard_identifiers=standard_arns(stack_of(self)),
                )
            ),
        )
        # None is off, and whatever Security Hub adds is on. CDK would leave an empty list out.
        self._policy.add_property_override(
            "ConfigurationPolicy.SecurityHub.SecurityControlsConfiguration.DisabledSecurityControlIdentifiers", []
        )
        self._policy.add_resource_dependency(organization)
        securityhub.CfnPolicyAssociation(
            self,
            "All",
            configuration_policy_id=self._policy.attr_id,
            target_id=root_id,
            target_type="ROOT",
        )

    @property
    def policy(self) -> securityhub.CfnConfigurationPolicy:
        """What is on in all accounts."""
        return self._policy

    @property
    def aggregator(self) -> securityhub.CfnFindingAggregator:
        """What brings findings of other Regions here."""
        return self._aggregator
