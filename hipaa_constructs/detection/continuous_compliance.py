from __future__ import annotations

from collections.abc import Collection

import aws_cdk as cdk
from aws_cdk import aws_config as config
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from hipaa_constructs._arguments import checked_arguments, refuse, require_one_of
from hipaa_constructs._regions import left_out
from hipaa_constructs._stacks import account_of, settle, stack_of
from hipaa_constructs.audit.audit_trail import AuditTrail
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.config_bucket import ConfigBucket
from hipaa_constructs.detection.conformance_pack import template_body_in
from hipaa_constructs.detection.existing import Existing, acknowledge_existing
from hipaa_constructs.detection.findings_digest import define_digest_rule
from hipaa_constructs.detection.recording import define_recording
from hipaa_constructs.detection.remediation import Remediation
from hipaa_constructs.detection.repair_names import NAMES
from hipaa_constructs.detection.repairs import Repair, repairs, trail_repair
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_trust import of_this_account
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

# The original of an encrypted copy stays until a person deletes it, and would be found again every time.
_BY_HAND = ("UnencryptedDatabaseSnapshots",)


class ContinuousCompliance(Construct):
    """AWS Config: what every resource was and is, judged against HIPAA all the time, and set right where it drifts.

    - The recorder takes every type of resource and runs as Config's service-linked role, as Security Hub asks.
    - Its files go to a bucket that nobody else can write to or delete from, for seven years.
    - The 130 rules of AWS's conformance pack "Operational Best Practices for HIPAA Security" watch, as far as the
      Region has them, with the retention that this library's stores have.
    - What no longer complies is told to ``topic``, once, in one message for each quarter of an hour that has any. What
      Security Hub has AWS Config look at is left to ``SecurityPosture``.
    - Mended by itself, within an hour: public buckets; public snapshots; EBS encryption switched off; SSH or RDP open
      to the internet; VPCs without flow logs; a stopped trail; keys that do not rotate. By hand: unencrypted database
      snapshots, of which an encrypted copy is made.
    - Where the Region has no remediation, or lacks a rule or runbook, what does not comply is told all the same.
    - An aggregator shows all Regions of the account in one place.

    Meets 164.312(b) audit controls. Supports 164.308(a)(8) evaluation, 164.308(a)(1)(ii)(D) information system activity
    review, 164.308(a)(6)(ii) response and reporting and 164.316(b)(2)(i) time limit.

    :param topic: who is told.
    :param baseline: of this account; it makes the service-linked role that the recorder runs as. Default: none; then
        ``recorder`` is needed.
    :param backup_plan: the plan that covers the bucket. Default: none; then ``recorder`` or ``delivery_bucket`` is
        needed.
    :param recorder: the recorder, with its delivery channel, that the account has in this Region already, such as
        Control Tower's; its files go where they went. Default: both are made. There can be one of each:
        docs.aws.amazon.com/config/latest/developerguide/configlimits.html.
    :param delivery_bucket: a bucket of another account that lets AWS Config deliver this one's files, as an
        organization's log archive does; they are under that bucket's key. Default: a bucket of its own.
    :param trail: whose trails are started again when someone stops the one of management events.
        Default: a stopped trail is told, not started.
    :param encryption_key: the key for bucket and logs. Default: a ``KmsRotatedKey`` of its own.
    :param record_global_resources: whether IAM users, groups, roles and policies are recorded here; True in one Region
        of an account, False in its others. Default: True. Source:
        docs.aws.amazon.com/config/latest/developerguide/select-resources.html.
    :param manual_remediations: what waits for a person, such as ``["OpenRemoteAdministration"]``.
        Default: unencrypted database snapshots alone.
    :raises ValueError: a remediation that does not exist, no recorder and nothing to make one with, or an argument of
        the wrong type.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: AlertTopic,
        baseline: AccountBaseline | None = None,
        backup_plan: ProtectsData | None = None,
        recorder: Existing | None = None,
        delivery_bucket: s3.IBucket | None = None,
        trail: AuditTrail | None = None,
        encryption_key: kms.IKey | None = None,
        record_global_resources: bool = True,
        manual_remediations: Collection[str] = _BY_HAND,
    ) -> None:
        for name in manual_remediations:
            require_one_of("manual_remediations", name, NAMES, fix="Leave it out to have it mended by itself.")
        if recorder is None:
            _require("baseline", baseline, fix="Pass baseline=AccountBaseline(…)")
            if delivery_bucket is None:
                _require("backup_plan", backup_plan, fix="Pass backup_plan=BackupPlan.daily_7_year(…)")
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._bucket: ConfigBucket | None = None
        self._recorder: config.CfnConfigurationRecorder | None = None
        recording: list[IDependable] = []
        if recorder is None and baseline is not None:
            if delivery_bucket is None:
                self._bucket = ConfigBucket(self, "Bucket", encryption_key=self._key, backup_plan=backup_plan)
                delivery_bucket = self._bucket.bucket
            recording = self._define_recording(delivery_bucket, baseline, record_global_resources)
        self._pack = config.CfnConformancePack(
            self,
            "Pack",
            conformance_pack_name=cdk.Names.unique_resource_name(self, max_length=51, separator="-"),
            template_body=template_body_in(self),
        )
        self._pack.node.add_dependency(*recording)
        if not left_out(self, Remediation.TYPE, instead="What does not comply is told, and mended by hand."):
            self._define_remediations(trail, manual_remediations, recording)
        config.CfnConfigurationAggregator(
            self,
            "Aggregator",
            account_aggregation_sources=[
                config.CfnConfigurationAggregator.AccountAggregationSourceProperty(
                    account_ids=[account_of(self)], all_aws_regions=True
                )
            ],
        )
        # Not through the delivery channel: AWS Config does not publish to encrypted topics.
        rule = define_digest_rule(
            self,
            "Findings",
            source="aws.config",
            detail_types=["Config Rules Compliance Change"],
            topic=topic,
            description="Resources that no longer comply with a rule of AWS Config",
            runbook="config-finding",
            detail={
                "messageType": ["ComplianceChangeNotification"],
                "newEvaluationResult": {"complianceType": ["NON_COMPLIANT"]},
                # Security Hub's own rules, which it tells of by severity:
                # docs.aws.amazon.com/securityhub/latest/userguide/securityhub-setup-prereqs.html
                "configRuleName": [{"anything-but": {"prefix": "securityhub-"}}],
            },
        )
        if recorder is not None:
            acknowledge_existing(
                rule,
                "AWS Config's recorder",
                source="docs.aws.amazon.com/config/latest/developerguide/configlimits.html",
            )

    @property
    def bucket(self) -> EncryptedBucket | None:
        """Where the history of every resource is kept; None if the recorder existed, or another does."""
        return self._bucket

    @property
    def recorder(self) -> config.CfnConfigurationRecorder | None:
        """The recorder itself; rules of your own have to depend on it. None if it existed."""
        return self._recorder

    @property
    def conformance_pack(self) -> config.CfnConformancePack:
        """The conformance pack itself."""
        return self._pack

    def _define_recording(
        self, files: s3.IBucket, baseline: AccountBaseline, global_resources: bool
    ) -> list[IDependable]:
        # A bucket of another account has a default key, which S3 uses where AWS Config names none.
        recorder, channel = define_recording(
            self,
            bucket_name=files.bucket_name,
            key_arn=key_arn(self._key) if self._bucket is not None else None,
            global_resources=global_resources,
        )
        # AWS Config tries a write before it accepts the channel.
        before: list[IDependable] = [] if self._bucket is None else [self._bucket.accept_deliveries()]
        for resource in (recorder, channel):
            resource.node.add_dependency(*before, baseline.config_role)
        self._recorder = recorder
        return [recorder, channel]

    def _define_remediations(
        self, trail: AuditTrail | None, by_hand: Collection[str], recording: list[IDependable]
    ) -> None:
        stack = stack_of(self)
        log_group = EncryptedLogGroup(self, "FlowLogs", encryption_key=self._key, masked_identifiers=()).log_group
        delivery = LeastPrivilegeRole(
            self,
            "FlowLogDelivery",
            assumed_by=of_this_account("vpc-flow-logs.amazonaws.com", self),
            description=f"Delivers flow logs that {self.node.path} makes",
        )
        # docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        log_group_arn = log_group.log_group_arn
        delivery.allow(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [log_group_arn])
        every = repairs(
            stack,
            key_arn=key_arn(self._key),
            log_group_arn=log_group_arn,
            delivery_role_arn=delivery.role_arn,
        )
        if trail is not None:
            trails = [one for one in (trail.trail, trail.data_trail) if one is not None]
            every.append(trail_repair([one.trail_arn for one in trails], topic_arn=trail.topic.topic_arn))
        for repair in every:
            if self._lacks(repair):
                continue
            Remediation(self, repair.name, repair=repair, automatic=repair.name not in by_hand, after=recording)

    def _lacks(self, repair: Repair) -> bool:
        """Whether the Region has no rule that finds, or no runbook that mends, what ``repair`` is about."""
        by_hand = f"{repair.name}: look and mend by hand."
        no_rule = left_out(self, repair.rule, kind="config_rules", instead=by_hand)
        return no_rule or (
            repair.runbook is not None and left_out(self, repair.runbook, kind="config_runbooks", instead=by_hand)
        )


def _require(name: str, value: object, *, fix: str) -> None:
    if value is None:
        refuse(
            name,
            value,
            allowed="it is needed to make AWS Config's recorder",
            fix=f"{fix}, or recorder=Existing() where the account has one in this Region.",
        )
