"""Key-policy statements that let AWS services use a customer key, each tied to this account.

They work on any ``kms.IKey``: on a key of this app they change its policy; the policy of an imported key is
out of reach, so a synth-time warning shows the statement that has to be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from hipaa_constructs._stacks import account_of, arn_in, region_of, stack_of
from hipaa_constructs.cloudformation.partitions import partition_of, url_suffix_of
from hipaa_constructs.iam.key_actions import SEND, USE
from hipaa_constructs.primitives.account_key import AccountKey
from hipaa_constructs.primitives.key_policy import in_reach, say_what_is_missing
from hipaa_constructs.primitives.key_statements import EVENT_BUS, Conditions, for_service, for_topics


def grant_cloudwatch_logs(key: kms.IKey) -> iam.Grant:
    """Let CloudWatch Logs encrypt log groups of this account and Region.

    The encryption context carries the log group's ARN; the condition holds it to this account. In China the service's
    name ends like its endpoint: aws_cdk.region_info.Default, and hashicorp/terraform-provider-aws'
    aws_service_principal.
    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html.
    """
    granted = _GRANTED_TO_LOGS.get(key)
    if granted is None:
        stack = stack_of(key)
        groups = arn_in(stack, "logs", "log-group:*")
        region = region_of(key)
        granted = _GRANTED_TO_LOGS[key] = _grant(
            key,
            f"logs.{region}.{url_suffix_of(partition_of(region))}",
            USE,
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    return granted


def grant_cloudtrail(key: kms.IKey, *, trail_arn: str, account: str | None = None) -> iam.Grant:
    """Let one CloudTrail trail encrypt its log files and, with a bucket key, check their digests.

    ``account`` is the trail's, if that is another than the key's.
    Source: docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html.
    """
    stack = stack_of(key)
    source = {"StringEquals": {"aws:SourceArn": trail_arn}}
    principal = "cloudtrail.amazonaws.com"
    trails = arn_in(stack, "cloudtrail", "trail/*", region="*", account=account)
    context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}}
    _grant(key, principal, ("kms:DescribeKey", "kms:Decrypt"), source)
    return _grant(key, principal, ("kms:GenerateDataKey*",), {**source, **context})


def grant_topic_publisher(key: kms.IKey, service: str, *, stack: cdk.Stack) -> iam.Grant:
    """Let a service encrypt messages for the SNS topics of ``stack``'s account and Region.

    EventBridge would be locked out by ``aws:SourceAccount`` or ``aws:SourceArn`` in a key policy:
    docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services. The condition here is
    the topic's ARN instead, to which SNS binds each data key. AWS's guide is silent on that context; CloudTrail
    records it with every use of the key.
    """
    return _grant(key, service, SEND, for_topics(stack))


def grant_queue_sender(key: kms.IKey, service: str, *, stack: cdk.Stack) -> iam.Grant:
    """Let a service encrypt messages for the SQS queues of ``stack``'s account and Region.

    As with topics, EventBridge states no source when it uses a key. SQS binds each data key to the queue's ARN:
    docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
    """
    return _grant(
        key,
        service,
        ("kms:Decrypt", "kms:GenerateDataKey"),
        {"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": arn_in(stack, "sqs", "*")}},
    )


def grant_cloudfront(key: kms.IKey) -> iam.Grant:
    """Let this account's CloudFront distributions decrypt what they serve from buckets under the key.

    Naming the one distribution would be a circle: it names the bucket, which names the key. The bucket's policy holds
    each bucket to its distribution. Source:
    docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html.
    """
    distributions = arn_in(key, "cloudfront", "distribution/*", region="")
    return _grant(
        key,
        "cloudfront.amazonaws.com",
        ("kms:Decrypt",),
        {"ArnLike": {"aws:SourceArn": distributions}},
    )


def grant_healthimaging(key: kms.IKey) -> iam.Grant:
    """Let HealthImaging encrypt and decrypt images under keys of this account and Region.

    Each use names the key in its encryption context. A key's policy cannot name the key itself.
    Source: docs.aws.amazon.com/healthimaging/latest/devguide/data-encryption.html.
    """
    keys = arn_in(key, "kms", "key/*")
    return _grant(
        key,
        "medical-imaging.amazonaws.com",
        ("kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"),
        {"ArnLike": {"kms:EncryptionContext:kms-arn": keys}},
    )


def grant_log_delivery(key: kms.IKey, *, stack: cdk.Stack) -> iam.Grant:
    """Let log delivery decrypt what services of ``stack``'s account and Region send to CloudWatch Logs under the key.

    A service encrypts log events in a context that names the account's log groups, by an ARN that ends in an asterisk.
    Source: docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html.
    """
    return _grant(
        key,
        "delivery.logs.amazonaws.com",
        ("kms:Decrypt",),
        {"ArnLike": {"kms:EncryptionContext:SourceArn": log_groups(stack)}},
    )


def log_groups(stack: cdk.Stack) -> str:
    """Return how log delivery calls the log groups of ``stack``'s account and Region in its encryption context."""
    return arn_in(stack, "logs", "*")


def grant_event_bus(key: kms.IKey, *, name: str, stack: cdk.Stack) -> None:
    """Let EventBridge use the key for one bus of ``stack``, whose ``kms_key`` it is.

    CDK writes this into the policy of a key of the app, and says nothing of another's.
    Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html.
    """
    if in_reach(key):
        return
    bus = arn_in(stack, "events", f"event-bus/{name}")
    equal = {"aws:SourceAccount": account_of(stack), "aws:SourceArn": bus, EVENT_BUS: bus}
    actions = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")
    say_what_is_missing(key, for_service("events.amazonaws.com", actions, {"StringEquals": equal}))


def service_source(scope: IConstruct, organization_id: str | None = None) -> dict[str, str]:
    """Return the condition on whose behalf a service acts: this account's or, if given, an organization's.

    Control Tower's own log archive has the second: docs.aws.amazon.com/controltower/latest/userguide/
    logging-s3-audit-bucket.html.
    """
    if organization_id is not None:
        return {"aws:SourceOrgID": organization_id}
    return {"aws:SourceAccount": account_of(scope)}


def grant_service(
    key: kms.IKey,
    service: str,
    *,
    source_arn: str | None = None,
    organization_id: str | None = None,
    actions: Sequence[str] = USE,
) -> iam.Grant:
    """Let a service use the key, only on behalf of this account or, if given, of an organization or of one source.

    ``service`` is a principal such as ``sns.amazonaws.com``. The conditions are AWS's own defence against a
    confused deputy: docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html.
    """
    conditions: Conditions = {"StringEquals": service_source(key, organization_id)}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    return _grant(key, service, actions, conditions)


def _grant(
    key: kms.IKey,
    service: str,
    actions: Sequence[str],
    conditions: Conditions,
) -> iam.Grant:
    principal = iam.ServicePrincipal(service, conditions=conditions)
    if isinstance(key, AccountKey):
        return key.grant_held(principal, *actions)
    if in_reach(key):
        return key.grant(principal, *actions)
    # CDK would call such a grant a success, and write nothing.
    say_what_is_missing(key, for_service(service, actions, conditions))
    return iam.Grant.drop(principal, "the policy of an imported key is out of reach")


# A key of many log groups gets the same statement from each, which CDK would merge into one.
_GRANTED_TO_LOGS: WeakKeyDictionary[kms.IKey, iam.Grant] = WeakKeyDictionary()
