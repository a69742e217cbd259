from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_securityhub as securityhub
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._stacks import partition_in, region_of, stack_of
from hipaa_constructs.detection.existing import Existing, acknowledge_existing
from hipaa_constructs.detection.findings_digest import define_digest_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic

# docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html
_STANDARDS = {
    "FoundationalSecurityBestPractices": "aws-foundational-security-best-practices/v/1.0.0",
    "Nist80053": "nist-800-53/v/5.0.0",
    "CisFoundations": "cis-aws-foundations-benchmark/v/5.0.0",
}
# docs.aws.amazon.com/securityhub/latest/userguide/securityhub-internal-providers.html
_PRODUCTS = {
    "aws.access-analyzer": "access-analyzer",
    "aws.config": "config",
    "aws.guardduty": "guardduty",
    "aws.inspector2": "inspector",
    "aws.macie": "macie",
}


class SecurityPosture(Construct):
    """Security Hub, with the standards that come nearest to the Security Rule; failures reach the alert topic, once.

    Security Hub has no HIPAA standard. AWS Foundational Security Best Practices, NIST SP 800-53 revision 5 (which HHS
    maps to the Security Rule) and the CIS AWS Foundations Benchmark are on; AWS Config has to record in the Region, as
    ``ContinuousCompliance`` does, or most controls have nothing to judge.

    Security Hub sends an event whenever it looks at a finding again, each day. So findings are gathered, told in one
    message for each quarter of an hour that has any, and then set to NOTIFIED; Security Hub sets them back to NEW if
    they return. What another construct sends to ``topic`` already (GuardDuty, Macie, Inspector, IAM Access Analyzer,
    AWS Config) is left to it.

    Supports 164.308(a)(1)(ii)(A) risk analysis, 164.308(a)(1)(ii)(D) information system activity review and
    164.308(a)(8) evaluation.

    :param topic: who is told of new findings of severity high and critical.
    :param hub: the hub that the account has in this Region already; which standards it has on is then up to whoever
        runs it, since turning on one that is on fails. Default: one is made. There can be one:
        docs.aws.amazon.com/securityhub/1.0/APIReference/API_EnableSecurityHub.html.
    :param linked_regions: Regions whose findings are brought here, by a finding aggregator, and told here.
        Default: none.
    :raises ValueError: an argument of the wrong type.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: AlertTopic,
        hub: Existing | None = None,
        linked_regions: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)

        self._hub = None if hub else self._define_hub()
        rule = define_digest_rule(
            self,
            "Findings",
            source="aws.securityhub",
            detail_types=["Security Hub Findings - Imported"],
            topic=topic,
            description="New Security Hub findings of severity high and critical",
            runbook="security-hub-finding",
            detail={
                "findings": {
                    "Severity": {"Label": ["HIGH", "CRITICAL"]},
                    "Workflow": {"Status": ["NEW"]},
                    "RecordState": ["ACTIVE"],
                }
            },
        )
        resource, regions = cast("events.CfnRule", rule.node.default_child), linked_regions
        topic._when_heard(lambda services: _leave_out(resource, self._products(services, regions)))
        if hub is not None:
            acknowledge_existing(
                rule,
                "Security Hub",
                source="docs.aws.amazon.com/securityhub/1.0/APIReference/API_EnableSecurityHub.html",
            )

    @property
    def hub(self) -> securityhub.CfnHub | None:
        """The hub itself; None if it existed."""
        return self._hub

    def _define_hub(self) -> securityhub.CfnHub:
        """Turn the hub on, then one standard after the other: Security Hub takes one such request a second.

        Source: docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html.
        """
        hub = securityhub.CfnHub(
            self,
            "Resource",
            auto_enable_controls=True,
            control_finding_generator="SECURITY_CONTROL",
            # The defaults would add the outdated CIS 1.2.0.
            enable_default_standards=False,
        )
        before: cdk.CfnResource = hub
        for construct_name, standard in _STANDARDS.items():
            subscription = securityhub.CfnStandard(
                self, construct_name, standards_arn=_arn(stack_of(self), f"standards/{standard}")
            )
            subscription.add_resource_dependency(before)
            before = subscription
        return hub

    def _products(self, services: Sequence[str], linked_regions: Sequence[str]) -> list[str]:
        """Return the products of services in the Regions whose findings come here."""
        stack = stack_of(self)
        return [
            _arn(stack, f"product/aws/{_PRODUCTS[one]}", region)
            for one in services
            if one in _PRODUCTS
            for region in (None, *linked_regions)
        ]


def standard_arns(stack: cdk.Stack) -> list[str]:
    """Return the standards that are on, by their ARNs in the stack's Region."""
    return [_arn(stack, f"standards/{standard}") for standard in _STANDARDS.values()]


def _arn(stack: cdk.Stack, name: str, region: str | None = None) -> str:
    return f"arn:{partition_in(stack)}:securityhub:{region or region_of(stack)}::{name}"


def _leave_out(rule: events.CfnRule, products: Sequence[str]) -> None:
    """Take findings of all products but those whose own come to the topic already."""
    if products:
        rule.add_property_override(
            "EventPattern.detail.findings.ProductArn", [{"anything-but": list(dict.fromkeys(products))}]
        )
