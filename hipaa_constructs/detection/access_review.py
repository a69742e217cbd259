from __future__ import annotations

from aws_cdk import aws_accessanalyzer as accessanalyzer
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, require_range
from hipaa_constructs.detection.existing import Existing, acknowledge_existing
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic

# "Maximum account-level analyzers per analyzer type per AWS account per Region".
_QUOTAS = "docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-quotas.html"


class AccessReview(Construct):
    """IAM Access Analyzer: who outside the account can reach in, and which access nobody uses.

    With ``organization`` it looks at all accounts of the organization, and outside is who is not in it. It then belongs
    into the account that is Access Analyzer's delegated administrator:
    repost.aws/knowledge-center/iam-access-analyzer-organization.

    Supports 164.308(a)(3)(ii)(B) workforce clearance procedure, 164.308(a)(3)(ii)(C) termination procedures and
    164.308(a)(4)(ii)(C) access establishment and modification.

    :param topic: who is told of new findings.
    :param unused_access_days: after how many days without use access is reported, 1 to 365. Default: 90 days, the age
        at which the HIPAA conformance pack wants credentials rotated. Source:
        docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-accessanalyzer-analyzer-unusedaccessconfiguration.html.
    :param external_access: the account's analyzer of external access, where the Region has it already. Default: one is
        made. There can be one of a kind: docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-quotas.html.
    :param unused_access: the account's analyzer of unused access, where the Region has it already. Default: one is
        made.
    :param organization: whether it looks at all accounts of the organization. Default: at this one.
    :raises ValueError: days outside that range.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: AlertTopic,
        unused_access_days: int = 90,
        external_access: Existing | None = None,
        unused_access: Existing | None = None,
        organization: bool = False,
    ) -> None:
        require_range("unused_access_days", unused_access_days, 1, 365, unit="days", fix="Leave it out for 90 days.")
        super().__init__(scope, construct_id)

        whose = "ORGANIZATION" if organization else "ACCOUNT"
        self._external = self._unused = None
        if external_access is None:
            self._external = accessanalyzer.CfnAnalyzer(self, "ExternalAccess", type=whose)
        if unused_access is None:
            self._unused = accessanalyzer.CfnAnalyzer(
                self,
                "UnusedAccess",
                type=f"{whose}_UNUSED_ACCESS",
                analyzer_configuration=accessanalyzer.CfnAnalyzer.AnalyzerConfigurationProperty(
                    unused_access_configuration=accessanalyzer.CfnAnalyzer.UnusedAccessConfigurationProperty(
                        unused_access_age=unused_access_days
                    )
                ),
            )
        rule = define_alert_rule(
            self,
            "Findings",
            source="aws.access-analyzer",
            detail_types=["Access Analyzer Finding", "Unused Access Finding for IAM entities"],
            topic=topic,
            description="New Access Analyzer findings",
            runbook="access-analyzer-finding",
            detail={"status": ["ACTIVE"]},
        )
        if external_access is not None:
            acknowledge_existing(rule, "An analyzer of external access", source=_QUOTAS)

    @property
    def external_access(self) -> accessanalyzer.CfnAnalyzer | None:
        """The analyzer of access from outside the account; None if it existed."""
        return self._external

    @property
    def unused_access(self) -> accessanalyzer.CfnAnalyzer | None:
        """The analyzer of access that nobody uses; None if it existed."""
        return self._unused
