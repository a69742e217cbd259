"""What the trails of an account, and of an organization, are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import cast

from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct, IDependable

from hipaa_constructs._constants import partition
from hipaa_constructs._stacks import arn_in, path_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import in_every_pack
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.encrypted_topic import EncryptedTopic
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

SERVICE = "cloudtrail.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Trails:
    """The trail of management events with its log group and topic, and that of data events where it is another."""

    trail: cloudtrail.Trail
    data_trail: cloudtrail.Trail | None
    log_group: logs.LogGroup
    topic: sns.Topic


def define_trails(
    scope: Construct,
    *,
    name: str,
    data_name: str | None,
    bucket_name: str,
    file_key: kms.IKey,
    encryption_key: kms.IKey,
    organization_id: str | None,
    after: IDependable | None,
) -> Trails:
    """Define the trails that record everything, with log group and topic, below ``scope``.

    :param data_name: the name of the trail of data events. None: the first one records these too.
    :param file_key: the key of log files.
    :param encryption_key: the key of log group and topic.
    :param organization_id: whose accounts are all recorded; None: this account alone.
    :param after: what CloudTrail has to find when it tries the bucket; None: nothing of this app.
    """
    log_group = EncryptedLogGroup(scope, "LogGroup", encryption_key=encryption_key).log_group
    notices = EncryptedTopic(scope, "Notices", encryption_key=encryption_key)
    define = partial(
        define_trail,
        # A reference only: to a bucket that it can change, CDK adds statements for any trail of any account.
        destination=s3.Bucket.from_bucket_name(scope, "Destination", bucket_name),
        encryption_key=file_key,
        organization_id=organization_id,
        after=after,
    )
    trail = define(scope, name=name, topic=notices.topic, management_events=True, data_events=data_name is None)
    arn = arn_in(scope, "cloudtrail", f"trail/{name}")
    notices.allow_publishing(SERVICE, source_arn=arn).apply_before(trail)
    deliver_to_logs(scope, trail, log_group)
    data_trail: cloudtrail.Trail | None = None
    if data_name is not None:
        # After the other, which so remains the account's first: rules on an account look at that one.
        below = Construct(scope, "DataEvents")
        data_trail = define(below, name=data_name, topic=None, management_events=False, data_events=True)
        acknowledge_no_log_group(data_trail)
    return Trails(trail, data_trail, log_group, notices.topic)


def define_trail(
    scope: Construct,
    *,
    name: str,
    destination: s3.IBucket,
    encryption_key: kms.IKey,
    topic: sns.Topic | None,
    organization_id: str | None,
    management_events: bool,
    data_events: bool,
    after: IDependable | None,
) -> cloudtrail.Trail:
    """Define a trail of all Regions for one kind of events, or both."""
    trail = cloudtrail.Trail(
        scope,
        "Resource",
        trail_name=name,
        bucket=destination,
        encryption_key=encryption_key,
        is_multi_region_trail=True,
        include_global_service_events=True,
        enable_file_validation=True,
        management_events=cloudtrail.ReadWriteType.ALL if management_events else None,
        insight_types=[cloudtrail.InsightType.API_CALL_RATE, cloudtrail.InsightType.API_ERROR_RATE]
        if management_events
        else None,
        is_organization_trail=True if organization_id else None,
        org_id=organization_id,
    )
    resource = cast("cloudtrail.CfnTrail", trail.node.default_child)
    # By CDK's own argument, the topic would get a statement for any trail.
    resource.sns_topic_name = topic.topic_name if topic else None
    if not management_events:
        trail.log_all_s3_data_events(include_management_events=False, read_write_type=cloudtrail.ReadWriteType.ALL)
    if data_events:
        # CDK's enumeration has no DynamoDB tables. The forms are those for all resources, current and future:
        # docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html
        resource.add_property_override("EventSelectors.0.DataResources", _data_resources())
    if after is not None:
        trail.node.add_dependency(after)
    return trail


def deliver_to_logs(scope: Construct, trail: cloudtrail.Trail, log_group: logs.LogGroup) -> None:
    """Send what a trail records to a log group too."""
    # CloudTrail supports no condition on the source here:
    # docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
    role = LeastPrivilegeRole(
        scope,
        "LogsRole",
        assumed_by=iam.ServicePrincipal(SERVICE),
        description=f"Delivers {path_of(scope)} to CloudWatch Logs",
    )
    added = role.add_to_principal_policy(
        iam.PolicyStatement(
            sid="Deliver",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        )
    )
    resource = cast("cloudtrail.CfnTrail", trail.node.default_child)
    # By CDK's own arguments, the role would get an inline policy.
    resource.cloud_watch_logs_log_group_arn = log_group.log_group_arn
    resource.cloud_watch_logs_role_arn = role.role_arn
    # CloudTrail tries the role when the trail is made.
    if added.policy_dependable is not None:
        trail.node.add_dependency(added.policy_dependable)


def acknowledge_no_log_group(trail: cloudtrail.Trail) -> None:
    """Leave a trace of why a trail of data events has no log group."""
    acknowledge_limitation(
        cast("Construct", trail.node.default_child),
        *in_every_pack("CloudTrailCloudWatchLogsEnabled"),
        "HIPAA.Constructs-TrailDeliveredToLogs",
        reason="CloudTrail sends a log group all that its trail records, so that every read and write of an object "
        "would be kept there a second time. The trail beside this one sends the management events, which alarms "
        "are about; these data events are in the locked bucket alone.",
        source="docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
    )


def _data_resources() -> list[dict[str, object]]:
    types = {"AWS::S3::Object": "s3", "AWS::Lambda::Function": "lambda", "AWS::DynamoDB::Table": "dynamodb"}
    return [{"Type": name, "Values": [f"arn:{partition()}:{service}"]} for name, service in types.items()]
