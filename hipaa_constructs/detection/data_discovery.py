from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aws_cdk import aws_macie as macie
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import settle
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.discovery_results_bucket import DiscoveryResultsBucket
from hipaa_constructs.detection.existing import Existing, acknowledge_existing
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.replica import require_destination
from hipaa_constructs.storage.requirements import require_copy


class DataDiscovery(Construct):
    """Macie, looking every day for PHI and other personal data in the account's buckets.

    Automated discovery samples all buckets and reports what it finds where nobody expects it. CloudFormation shows
    whether it is on but cannot turn it on; ``baseline`` does. The record of every object that was looked into, which
    Macie forgets after 90 days, goes to a bucket that nobody else can write to or delete from.

    Macie reads as its service-linked role, and what lies under a customer key only if the key's policy says so. The
    keys of ``EncryptedBucket`` do, as far as this app makes them; any other needs a statement that allows
    ``kms:Decrypt`` to ``role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie`` of the account:
    docs.aws.amazon.com/macie/latest/user/discovery-supported-encryption-types.html.

    Supports 164.308(a)(1)(ii)(A) risk analysis and 164.308(a)(7)(ii)(E) applications and data criticality analysis.

    :param topic: who is told of findings of severity high.
    :param baseline: of this account; its function turns automated discovery on and has results kept. Default: an
        administrator does, in the Macie console or with ``aws macie2 update-automated-discovery-configuration --status
        ENABLED`` and ``put-classification-export-configuration``.
    :param backup_plan: the plan that covers the bucket of results.
        Default: none; then ``replication_destination`` is needed, if there is a ``baseline``.
    :param replication_destination: a bucket in another Region, as of ``EncryptedBucket.replica``, for a Region that
        has no plan of its own. Default: no replication; then ``backup_plan`` is needed, if there is a ``baseline``.
    :param session: Macie, where it is on in this Region already. Default: it is turned on. It can be once:
        docs.aws.amazon.com/macie/latest/APIReference/macie.html.
    :param custom_identifiers: regular expressions for your own identifiers, such as medical record numbers, by name:
        ``{"MedicalRecordNumber": r"MRN-[0-9]{8}"}``. At most 512 characters each, and no look-behind:
        docs.aws.amazon.com/macie/latest/user/cdis-components.html. Default: Macie's managed identifiers alone.
    :raises ValueError: a Region without Macie or custom identifiers, an argument of the wrong type, an expression that
        is empty or longer than Macie takes, a baseline with neither plan nor replica, or a destination that cannot
        work.
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
        backup_plan: ProtectsData | None = None,
        replication_destination: EncryptedBucket | None = None,
        session: Existing | None = None,
        custom_identifiers: Mapping[str, str] | None = None,
    ) -> None:
        identifiers = dict(custom_identifiers or {})
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
        for name, expression in identifiers.items():
            if not 1 <= len(expression) <= 512 or not name.isalnum() or len(name) > 128:
                refuse(
                    f"custom_identifiers[{name!r}]",
                    expression,
                    allowed="a name is up to 128 letters and digits, an expression 1 to 512 characters",
                    fix="Shorten it, or split it into several identifiers.",
                )
        if baseline is not None:
            require_copy(backup_plan, replication_destination)
        if replication_destination is not None:
            require_destination(scope, replication_destination, locked=False)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._session = None
        if session is None:
            self._session = macie.CfnSession(
                self,
                "Resource",
                status="ENABLED",
                finding_publishing_frequency="FIFTEEN_MINUTES",
            )
        for name, expression in identifiers.items():
            identifier = macie.CfnCustomDataIdentifier(self, name, name=name, regex=expression)
            if self._session is not None:
                identifier.add_resource_dependency(self._session)
        self._results: EncryptedBucket | None = None
        if baseline is not None:
            results = DiscoveryResultsBucket(
                self, "Results", backup_plan=backup_plan, replication_destination=replication_destination
            )
            baseline.turn_on_data_discovery(self, self._session, results=results)
            self._results = results
        rule = define_alert_rule(
            self,
            "Findings",
            source="aws.macie",
            detail_types=["Macie Finding"],
            topic=topic,
            description="Macie findings of severity high",
            runbook="macie-finding",
            detail={"severity": {"description": ["High"]}},
        )
        if session is not None:
            acknowledge_existing(rule, "Macie", source="docs.aws.amazon.com/macie/latest/APIReference/macie.html")

    @property
    def session(self) -> macie.CfnSession | None:
        """The Macie session itself; None if it existed."""
        return self._session

    @property
    def results(self) -> EncryptedBucket | None:
        """Where the record of what was looked into is kept; None without a ``baseline``."""
        return self._results
