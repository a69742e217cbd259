"""Key-policy statements that let AWS services use a customer key, each tied to this account.

They work on any ``kms.IKey``: on a key of this app they change its policy; the policy of an imported key is
out of reach, so a synth-time warning names the statement that has to be there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from hipaa_constructs._constants import anyone, partition
from hipaa_constructs.compliance.acknowledge import explain_to_scanners

USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
_MACIE = "macie.amazonaws.com"


def grant_cloudwatch_logs(key: kms.IKey) -> iam.Grant:
    """Let CloudWatch Logs encrypt log groups of this account and Region.

    The encryption context carries the log group's ARN; the condition holds it to this account.
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
            f"logs.{stack.region}.amazonaws.com",
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


def grant_queue_sender(key: kms.IKey, service: str, *, stack: cdk.Stack) -> iam.Grant:
    """Let a service encrypt messages for the SQS queues of ``stack``'s account and Region.

    As with topics, EventBridge states no source when it uses a key. SQS binds each data key to the queue's ARN:
    docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
    """
    return _grant(
        key,
        service,
        ("kms:Decrypt", "kms:GenerateDataKey"),
        {"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": stack.format_arn(service="sqs", resource="*")}},
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


def let_macie_read(key: kms.IKey) -> None:
    """Let Macie of this account decrypt what it looks into, which it does as its service-linked role.

    The role comes into being when Macie is turned on, and KMS refuses a policy that names a principal which does not
    exist; so conditions name it. An imported key is left alone: see ``DataDiscovery`` for what it needs. Source:
    docs.aws.amazon.com/macie/latest/user/discovery-supported-encryption-types.html.
    """
    if key in _READ_BY_MACIE or not isinstance(key, kms.Key):
        return
    _READ_BY_MACIE[key] = None
    key.add_to_resource_policy(_macie_reads(cdk.Stack.of(key).account))
    explain_to_scanners(
        key,
        reason="The wildcard stands for one role of this account, by the conditions aws:PrincipalArn and "
        "kms:CallerAccount.",
        source="docs.aws.amazon.com/macie/latest/user/discovery-supported-encryption-types.html",
        checkov=["CKV_AWS_33"],
        cfn_nag=["F76"],
    )


@functools.cache
def _macie_reads(account: str) -> iam.PolicyStatement:
    role = f"role/aws-service-role/{_MACIE}/AWSServiceRoleForAmazonMacie"
    statement = iam.PolicyStatement(
        sid="MacieOfThisAccount",
        principals=[anyone()],
        actions=["kms:Decrypt"],
        resources=["*"],
        conditions={
            "StringEquals": {
                "aws:PrincipalArn": f"arn:{partition()}:iam::{account}:{role}",
                "kms:CallerAccount": account,
            }
        },
    )
    statement.freeze()
    return statement


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
# Buckets may share a key.
_READ_BY_MACIE: WeakKeyDictionary[kms.IKey, None] = WeakKeyDictionary()
