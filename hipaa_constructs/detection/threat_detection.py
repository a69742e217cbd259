from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_guardduty as guardduty
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._regions import all_left_out
from hipaa_constructs._stacks import account_of, arn_in, settle, stack_of
from hipaa_constructs.detection.existing import Existing, acknowledge_existing
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.arns import bucket_arn, key_arn
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.service_grants import grant_service
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.replica import require_destination
from hipaa_constructs.storage.requirements import require_copy
from hipaa_constructs.storage.write_denials import keep_to_one_writer

# docs.aws.amazon.com/guardduty/latest/APIReference/API_DetectorFeatureConfiguration.html
FEATURES: Mapping[str, tuple[str, ...]] = {
    "S3_DATA_EVENTS": (),
    "EKS_AUDIT_LOGS": (),
    "EBS_MALWARE_PROTECTION": (),
    "RDS_LOGIN_EVENTS": (),
    "LAMBDA_NETWORK_LOGS": (),
    "RUNTIME_MONITORING": ("EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"),
}


class ThreatDetection(Construct):
    """GuardDuty with every protection, findings kept encrypted in a bucket and sent to people by severity.

    On are, as far as the Region has them, the foundational sources (CloudTrail, VPC flow, DNS), S3 data events, EKS
    audit logs, malware scans of EBS volumes, database log-ins, Lambda network activity, and runtime monitoring with
    agents that GuardDuty manages.

    Supports 164.308(a)(1)(ii)(D) information system activity review, 164.308(a)(5)(ii)(B) protection from malicious
    software, 164.308(a)(5)(ii)(C) log-in monitoring and 164.308(a)(6)(ii) response and reporting.

    :param topic: who is told.
    :param backup_plan: the plan that covers the bucket of findings.
        Default: none; then ``replication_destination`` is needed.
    :param replication_destination: a bucket in another Region, as of ``EncryptedBucket.replica``, for a Region that
        has no plan of its own. Default: no replication; then ``backup_plan`` is needed.
    :param detector: the detector that the account has in this Region already, with its id as ``resource_id`` to have
        its findings kept here. Without an id they are kept by whoever runs it, and neither plan nor replica is taken.
        Default: one is made. There can be one:
        docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateDetector.html.
    :param minimum_severity: findings from this severity up reach the topic: 1 (low), 4 (medium), 7 (high) or 9
        (critical). All are kept. Default: 4. Source:
        docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html.
    :raises ValueError: a severity other than those, neither plan nor replica, either of them where no findings are
        kept, or a destination that cannot work.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: AlertTopic,
        backup_plan: ProtectsData | None = None,
        replication_destination: EncryptedBucket | None = None,
        detector: Existing | None = None,
        minimum_severity: int = 4,
    ) -> None:
        if minimum_severity not in (1, 4, 7, 9):
            refuse(
                "minimum_severity",
                minimum_severity,
                allowed="allowed are 1 (low), 4 (medium), 7 (high) and 9 (critical)",
                fix="Leave it out for 4.",
            )
        kept = detector is None or detector.resource_id is not None
        if kept:
            require_copy(backup_plan, replication_destination)
        else:
            _refuse_copy(backup_plan=backup_plan, replication_destination=replication_destination)
        if replication_destination is not None:
            require_destination(scope, replication_destination, locked=False)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._detector = self._bucket = None
        if detector is None:
            self._detector = self._define_detector()
            detector_id: str | None = self._detector.ref
        else:
            detector_id = detector.resource_id
        if detector_id is not None:
            self._bucket = EncryptedBucket(
                self,
                "Findings",
                encryption_key=KmsRotatedKey(self, "Key").key,
                backup_plan=backup_plan,
                replication_destination=replication_destination,
            )
            self._define_export(self._bucket, detector_id)
        rule = define_alert_rule(
            self,
            "Alerts",
            source="aws.guardduty",
            detail_types=["GuardDuty Finding"],
            topic=topic,
            description=f"GuardDuty findings of severity {minimum_severity} and up",
            runbook="guardduty-finding",
            detail={"severity": [{"numeric": [">=", minimum_severity]}]},
        )
        if detector is not None:
            acknowledge_existing(
                rule,
                "A GuardDuty detector",
                source="docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateDetector.html",
            )

    @property
    def detector(self) -> guardduty.CfnDetector | None:
        """The detector itself; None if it existed."""
        return self._detector

    @property
    def bucket(self) -> EncryptedBucket | None:
        """Where all findings are kept; None if whoever runs the detector keeps them."""
        return self._bucket

    def _define_detector(self) -> guardduty.CfnDetector:
        absent = all_left_out(self, FEATURES, kind="guardduty_features", instead="GuardDuty watches the rest.")
        return guardduty.CfnDetector(
            self,
            "Resource",
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            features=[_feature(name, agents) for name, agents in FEATURES.items() if name not in absent],
        )

    def _define_export(self, findings: EncryptedBucket, detector_id: str) -> None:
        """Let GuardDuty, for this detector alone, write findings, and nobody else write or delete any.

        Source: docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html.
        """
        stack = stack_of(self)
        detector_arn = arn_in(stack, "guardduty", f"detector/{detector_id}")
        bucket, key = findings.bucket, findings.encryption_key
        arn, policy = bucket_arn(bucket), bucket.policy
        grant_service(key, "guardduty.amazonaws.com", source_arn=detector_arn, actions=["kms:GenerateDataKey"])
        for action, resource in (
            ("s3:GetBucketLocation", arn),
            ("s3:PutObject", f"{arn}/*"),
        ):
            bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("guardduty.amazonaws.com")],
                    actions=[action],
                    resources=[resource],
                    conditions={
                        "StringEquals": {"aws:SourceAccount": account_of(stack), "aws:SourceArn": detector_arn}
                    },
                )
            )
        if policy is not None:
            keep_to_one_writer(policy.document, bucket_arn=arn, service="guardduty.amazonaws.com")
        export = guardduty.CfnPublishingDestination(
            self,
            "Export",
            detector_id=detector_id,
            destination_type="S3",
            destination_properties=guardduty.CfnPublishingDestination.CFNDestinationPropertiesProperty(
                destination_arn=arn, kms_key_arn=key_arn(key)
            ),
        )
        # GuardDuty tries a write before it accepts the destination.
        if policy is not None:
            export.node.add_dependency(policy)


def _refuse_copy(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            refuse(
                name,
                value,
                allowed="findings of an existing detector without its id are kept elsewhere",
                fix="Give detector=Existing(resource_id=…) to have them kept here, or leave this out.",
            )


def _feature(name: str, additional: tuple[str, ...]) -> guardduty.CfnDetector.CFNFeatureConfigurationProperty:
    return guardduty.CfnDetector.CFNFeatureConfigurationProperty(
        name=name,
        status="ENABLED",
        additional_configuration=[
            guardduty.CfnDetector.CFNFeatureAdditionalConfigurationProperty(name=agent, status="ENABLED")
            for agent in additional
        ]
        or None,
    )
