from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_securityhub as securityhub
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs.detection._routing import route
from hipaa_constructs.detection.alert_topic import AlertTopic

# docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html
_STANDARDS = {
    "FoundationalSecurityBestPractices": "aws-foundational-security-best-practices/v/1.0.0",
    "Nist80053": "nist-800-53/v/5.0.0",
    "CisFoundations": "cis-aws-foundations-benchmark/v/5.0.0",
}


class SecurityPosture(Construct):
    """Security Hub, with the standards that come nearest to the Security Rule; failures reach the alert topic.

    Security Hub has no HIPAA standard. AWS Foundational Security Best Practices, NIST SP 800-53 revision 5 (which HHS
    maps to the Security Rule) and the CIS AWS Foundations Benchmark are on; AWS Config has to record in the Region, as
    ``ContinuousCompliance`` does, or most controls have nothing to judge.

    Meets 164.308(a)(1)(ii)(A) risk analysis, 164.308(a)(1)(ii)(D) information system activity review,
    164.308(a)(8) evaluation.

    :param topic: who is told of new findings of severity high and critical.
    :raises ValueError: an argument of the wrong type.
    """

    @checked_arguments
    def __init__(self, scope: Construct, construct_id: str, *, topic: AlertTopic) -> None:
        super().__init__(scope, construct_id)

        self._hub = securityhub.CfnHub(
            self,
            "Resource",
            auto_enable_controls=True,
            control_finding_generator="SECURITY_CONTROL",
            # The defaults would add the outdated CIS 1.2.0.
            enable_default_standards=False,
        )
        stack = cdk.Stack.of(self)
        for construct_name, standard in _STANDARDS.items():
            subscription = securityhub.CfnStandard(
                self,
                construct_name,
                standards_arn=f"arn:{stack.partition}:securityhub:{stack.region}::standards/{standard}",
            )
            subscription.add_resource_dependency(self._hub)
        route(
            self,
            "Findings",
            source="aws.securityhub",
            detail_types=["Security Hub Findings - Imported"],
            topic=topic,
            description="New Security Hub findings of severity high and critical",
            detail={
                "findings": {
                    "Severity": {"Label": ["HIGH", "CRITICAL"]},
                    "Workflow": {"Status": ["NEW"]},
                    "RecordState": ["ACTIVE"],
                }
            },
        )

    @property
    def hub(self) -> securityhub.CfnHub:
        """The hub itself."""
        return self._hub
