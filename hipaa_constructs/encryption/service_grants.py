"""Key-policy statements that let AWS services use a customer key, each tied to this account.

They work on any ``kms.IKey``: on a key of this app they change its policy; the policy of an imported key is
out of reach, so a synth-time warning names the statement that has to be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from hipaa_constructs.compliance.availability import dns_suffix

USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


def grant_cloudwatch_logs(key: kms.IKey) -> iam.Grant:
    """Let CloudWatch Logs encrypt log groups of this account and Region.

    The encryption context carries the log group's ARN; the condition holds it to this account. In China the service's
    name ends like its endpoint: aws_cdk.region_info.Default, and hashicorp/terraform-provider-aws'
    aws_service_principal.
    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html.
    """
    granted = _GRANTED_TO_LOGS.get(key)
    if granted is None:
        stack = cdk.Stack.of(key)
        groups = stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name="*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        granted = _GRANTED_TO_LOGS[key] = _grant(
            key,
            f"logs.{stack.region}.{dns_suffix(stack.region)}",
            USE,
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    return granted


def grant_cloudtrail(key: kms.IKey, *, trail_arn: str) -> iam.Grant:
    """Let one CloudTrail trail encrypt its log files and, with a bucket key, check their digests.

    Source: docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html.
    """
    stack = cdk.Stack.of(key)
    source = {"StringEquals": {"aws:SourceArn": trail_arn}}
    principal = "cloudtrail.amazonaws.com"
    trails = stack.format_arn(service="cloudtrail", region="*", resource="trail", resource_name="*")
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
    topics = stack.format_arn(service="sns", resource="*")
    return _grant(
        key,
        service,
        ("kms:Decrypt", "kms:GenerateDataKey*"),
        {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": topics}},
    )


def grant_cloudfront(key: kms.IKey) -> iam.Grant:
    """Let this account's CloudFront distributions decrypt what they serve from buckets under the key.

    Naming the one distribution would be a circle: it names the bucket, which names the key. The bucket's policy holds
    each bucket to its distribution. Source:
    docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html.
    """
    distributions = cdk.Stack.of(key).format_arn(
        service="cloudfront", region="", resource="distribution", resource_name="*"
    )
    return _grant(
        key,
        "cloudfront.amazonaws.com",
        ("kms:Decrypt",),
        {"ArnLike": {"aws:SourceArn": distributions}},
    )


def grant_service(
    key: kms.IKey, service: str, *, source_arn: str | None = None, actions: Sequence[str] = USE
) -> iam.Grant:
    """Let a service use the key, only on behalf of this account and, if given, of one source.

    ``service`` is a principal such as ``sns.amazonaws.com``. The conditions are AWS's own defence against a
    confused deputy: docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html.
    """
    conditions: dict[str, dict[str, str]] = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(key).account}}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    return _grant(key, service, actions, conditions)


def _grant(
    key: kms.IKey,
    service: str,
    actions: Sequence[str],
    conditions: dict[str, dict[str, str]],
) -> iam.Grant:
    # What was made as a Key in this app is owned; the question itself would be a call to Node.
    if isinstance(key, kms.Key) or cdk.Resource.is_owned_resource(key):
        return key.grant(iam.ServicePrincipal(service, conditions=conditions), *actions)
    # CDK would call such a grant a success, and write nothing.
    cdk.Annotations.of(key).add_warning_v2(
        "hipaa-constructs:imported-key-policy",
        f"The policy of an imported key cannot be changed from here: see that it lets {service} "
        f"use {', '.join(actions)} under {conditions}.",
    )
    return iam.Grant.drop(iam.ServicePrincipal(service), "the policy of an imported key is out of reach")


# A key of many log groups gets the same statement from each, which CDK would merge into one.
_GRANTED_TO_LOGS: WeakKeyDictionary[kms.IKey, iam.Grant] = WeakKeyDictionary()
