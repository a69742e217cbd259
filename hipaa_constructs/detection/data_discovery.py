from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aws_cdk import aws_macie as macie
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs.detection._routing import route
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.alert_topic import AlertTopic


class DataDiscovery(Construct):
    """Macie, looking every day for PHI and other personal data in the account's buckets.

    Automated discovery samples all buckets and reports what it finds where nobody expects it. CloudFormation shows
    whether it is on but cannot turn it on; ``baseline`` does.

    Meets 164.308(a)(1)(ii)(A) risk analysis, 164.308(a)(7)(ii)(E) applications and data criticality analysis.

    :param topic: who is told of findings of severity high.
    :param baseline: of this account; its function turns automated discovery on. Default: an administrator does, in the
        Macie console or with ``aws macie2 update-automated-discovery-configuration --status ENABLED``.
    :param custom_identifiers: regular expressions for your own identifiers, such as medical record numbers, by name:
        ``{"MedicalRecordNumber": r"MRN-[0-9]{8}"}``. At most 512 characters each, and no look-behind:
        docs.aws.amazon.com/macie/latest/user/cdis-components.html. Default: Macie's managed identifiers alone.
    :raises ValueError: a Region without Macie or custom identifiers, an argument of the wrong type, or an expression
        that is empty or longer than Macie takes.
    """

    TYPE: ClassVar = "AWS::Macie::Session"

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: AlertTopic,
        baseline: AccountBaseline | None = None,
        custom_identifiers: Mapping[str, str] | None = None,
    ) -> None:
        identifiers = dict(custom_identifiers or {})
        for name, expression in identifiers.items():
            if not 1 <= len(expression) <= 512 or not name.isalnum() or len(name) > 128:
                refuse(
                    f"custom_identifiers[{name!r}]",
                    expression,
                    allowed="a name is up to 128 letters and digits, an expression 1 to 512 characters",
                    fix="Shorten it, or split it into several identifiers.",
                )
        require_region(
            scope, self.TYPE, what="Macie", fix="Leave it out, or put it where the buckets are replicated to."
        )
        if identifiers:
            require_region(
                scope,
                "AWS::Macie::CustomDataIdentifier",
                what="A custom data identifier in CloudFormation",
                fix="Leave out custom_identifiers, and make them with: aws macie2 create-custom-data-identifier.",
            )
        super().__init__(scope, construct_id)

        self._session = macie.CfnSession(
            self,
            "Resource",
            status="ENABLED",
            finding_publishing_frequency="FIFTEEN_MINUTES",
        )
        for name, expression in identifiers.items():
            identifier = macie.CfnCustomDataIdentifier(self, name, name=name, regex=expression)
            identifier.add_resource_dependency(self._session)
        if baseline is not None:
            baseline.turn_on_data_discovery(self, self._session)
        route(
            self,
            "Findings",
            source="aws.macie",
            detail_types=["Macie Finding"],
            topic=topic,
            description="Macie findings of severity high",
            detail={"severity": {"description": ["High"]}},
        )

    @property
    def session(self) -> macie.CfnSession:
        """The Macie session itself."""
        return self._session
