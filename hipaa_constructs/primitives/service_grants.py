"""Key-policy statements that let AWS services use a customer key, each tied to this account.

They work on any ``kms.IKey``: on a key of this app they change its policy; the policy of an imported key is
out of reach, so a synth-time warning shows the statement that has to be there.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from hipaa_constructs._constants import anyone, partition
from hipaa_constructs.cloudformation.partitions import partition_of, url_suffix_of
from hipaa_constructs.compliance.acknowledge import explain_to_scanners
from hipaa_constructs.iam.key_actions import SEND, USE
from hipaa_constructs.primitives.key_policy import add_to_key_policy, in_reach, say_what_is_missing
from hipaa_constructs.primitives.via_service import via_services

_Conditions = dict[str, dict[str, str]]

_AUTO_SCALING = "autoscaling.amazonaws.com"
_MACIE = "macie.amazonaws.com"


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
            f"logs.{stack.region}.{url_suffix_of(partition_of(stack.region))}",
            USE,
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    return granted


def grant_cloudtrail(key: kms.IKey, *, trail_arn: str, account: str | None = None) -> iam.Grant:
    """Let one CloudTrail trail encrypt its log files and, with a bucket key, check their digests.

    ``account`` is the trail's, if that is another than the key's.
    Source: docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html.
    """
    stack = cdk.Stack.of(key)
    source = {"StringEquals": {"aws:SourceArn": trail_arn}}
    principal = "cloudtrail.amazonaws.com"
    trails = stack.format_arn(service="cloudtrail", region="*", account=account, resource="trail", resource_name="*")
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
    return _grant(key, service, SEND, _for_topics(stack))


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
    exist; so conditions name it. Source:
    docs.aws.amazon.com/macie/latest/user/discovery-supported-encryption-types.html.
    """
    if key in _READ_BY_MACIE:
        return
    _READ_BY_MACIE[key] = None
    add_to_key_policy(key, _macie_reads(cdk.Stack.of(key).account))
    if not in_reach(key):
        return
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


def let_auto_scaling_publish(key: kms.IKey) -> None:
    """Let Auto Scaling of this account encrypt what it tells topics, which it does as its service-linked role.

    That role may publish by AWS's own policy for it, and may use no customer key unless the key's policy says so. It
    comes into being with the first group of an account, and KMS refuses a policy that names a principal which does not
    exist; so conditions name it. Sources:
    docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html and
    docs.aws.amazon.com/sns/latest/dg/sns-key-management.html.
    """
    if key in _PUBLISHED_UNDER:
        return
    _PUBLISHED_UNDER[key] = None
    stack = cdk.Stack.of(key)
    role = f"arn:{partition()}:iam::{stack.account}:role/aws-service-role/{_AUTO_SCALING}/AWSServiceRoleForAutoScaling"
    equal = {
        "aws:PrincipalArn": role,
        "kms:CallerAccount": stack.account,
        "kms:ViaService": via_services(stack.region, "sns"),
    }
    add_to_key_policy(
        key,
        iam.PolicyStatement(
            sid="NoticesOfAutoScaling",
            principals=[anyone()],
            actions=list(SEND),
            resources=["*"],
            conditions={"StringEquals": equal},
        ),
    )
    if in_reach(key):
        explain_to_scanners(
            key,
            reason="The wildcard stands for one role of this account, by the conditions aws:PrincipalArn and "
            "kms:CallerAccount.",
            source="docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html",
            checkov=["CKV_AWS_33"],
            cfn_nag=["F76"],
        )


def let_account_use(key: kms.IKey, services: Sequence[str]) -> None:
    """Let whoever of this account may use a resource of ``services``, such as ``s3``, use the key by it.

    So do AWS's own keys, under which resources are whose key nobody chose. Policies that were written by hand for them
    say nothing of a key, and would no longer be enough under one that asks each caller for leave of its own. Source:
    docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service.
    """
    _let_through(key, "ThroughServicesOfThisAccount", USE, services)


def let_volumes_use(key: kms.IKey) -> None:
    """Let whoever of this account may start instances encrypt their volumes, Auto Scaling's own role among them.

    That role may use no customer key unless the key's policy says so; the statement is that of the key which AWS keeps
    for volumes. A grant is how EBS uses a key on behalf of an instance. Sources:
    docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html and
    docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html.
    """
    _let_through(key, "VolumesOfThisAccount", (*USE, "kms:CreateGrant"), ["ec2"])


def _let_through(key: kms.IKey, sid: str, actions: Sequence[str], services: Sequence[str]) -> None:
    stack = cdk.Stack.of(key)
    add_to_key_policy(
        key,
        iam.PolicyStatement(
            sid=sid,
            principals=[anyone()],
            actions=list(actions),
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:CallerAccount": stack.account,
                    "kms:ViaService": via_services(stack.region, *services),
                }
            },
        ),
    )
    if in_reach(key):
        explain_to_scanners(
            key,
            reason="The wildcard stands for principals of this account that come by a service, by the conditions "
            "kms:CallerAccount and kms:ViaService.",
            source="docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
            checkov=["CKV_AWS_33"],
            cfn_nag=["F76"],
        )


def grant_healthimaging(key: kms.IKey) -> iam.Grant:
    """Let HealthImaging encrypt and decrypt images under keys of this account and Region.

    Each use names the key in its encryption context. A key's policy cannot name the key itself.
    Source: docs.aws.amazon.com/healthimaging/latest/devguide/data-encryption.html.
    """
    keys = cdk.Stack.of(key).format_arn(service="kms", resource="key", resource_name="*")
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
    return stack.format_arn(service="logs", resource="*", arn_format=cdk.ArnFormat.NO_RESOURCE_NAME)


def grant_event_bus(key: kms.IKey, *, name: str, stack: cdk.Stack) -> None:
    """Let EventBridge use the key for one bus of ``stack``, whose ``kms_key`` it is.

    CDK writes this into the policy of a key of the app, and says nothing of another's.
    Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html.
    """
    if in_reach(key):
        return
    bus = stack.format_arn(service="events", resource="event-bus", resource_name=name)
    equal = {"aws:SourceAccount": stack.account, "aws:SourceArn": bus, _EVENT_BUS: bus}
    actions = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")
    say_what_is_missing(key, _for_service("events.amazonaws.com", actions, {"StringEquals": equal}))


def service_source(scope: IConstruct, organization_id: str | None = None) -> dict[str, str]:
    """Return the condition on whose behalf a service acts: this account's or, if given, an organization's.

    Control Tower's own log archive has the second: docs.aws.amazon.com/controltower/latest/userguide/
    logging-s3-audit-bucket.html.
    """
    if organization_id is not None:
        return {"aws:SourceOrgID": organization_id}
    return {"aws:SourceAccount": cdk.Stack.of(scope).account}


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
    conditions: _Conditions = {"StringEquals": service_source(key, organization_id)}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    return _grant(key, service, actions, conditions)


def held_to_account(statement: iam.PolicyStatement, *, stack: cdk.Stack) -> Sequence[iam.PolicyStatement]:
    """Return what to write instead of ``statement`` into the policy of a key in ``stack``.

    Where a queue or topic under the key is told of something, CDK lets the sender use the key: on behalf of any
    account, or of one bucket or topic. The second is a circle as soon as that is under the key as well, and
    CloudFormation refuses it (github.com/aws/aws-cdk/issues/11158 and 17786). The policy of the queue or topic names
    the sender; here it is enough that it belongs to this account. That is what AWS asks of a key's policy
    (docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services), and CDK's own way out
    for rules, ``@aws-cdk/aws-events:eventsTargetQueueSameAccount``. An archive names its event bus in the same way.
    Any other statement stays as it is.
    """
    written: dict[str, Any] = stack.resolve(statement.to_statement_json())
    principal, actions, conditions = written.get("Principal"), written.get("Action"), written.get("Condition", {})
    service = principal.get("Service") if isinstance(principal, Mapping) and len(principal) == 1 else None
    if not (isinstance(service, str) and isinstance(actions, list) and written["Effect"] == "Allow"):
        return [statement]
    if _is_reference(conditions.get("StringEquals", {}).get(_EVENT_BUS)):
        return [_for_service(service, actions, _within(stack, _EVENT_BUS, "events", "event-bus", "*"))]
    if not (_SENDERS.match(service) and frozenset(actions) in _SENDING and _for_any_account(conditions)):
        return [statement]
    held = [_for_service(service, SEND, {"StringEquals": {"aws:SourceAccount": stack.account}})]
    if service.startswith("events."):
        # The first counts for queues; for topics it would lock EventBridge out, see grant_topic_publisher.
        held.append(_for_service(service, SEND, _for_topics(stack)))
    return held


_EVENT_BUS = "kms:EncryptionContext:aws:events:event-bus:arn"
# Whom CDK's notifications, subscriptions and event targets let in, and for what.
_SENDERS = re.compile(r"(events|s3|sns)(\.[a-z0-9-]+)?\.amazonaws\.com")
_SENDING = (
    frozenset(SEND),
    frozenset({"kms:Decrypt", "kms:GenerateDataKey"}),
    frozenset({"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"}),
)


def _for_any_account(conditions: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether nothing says whose requests are meant, or only the ARN of a resource that is made in the app."""
    keys = [(key.lower(), value) for tests in conditions.values() for key, value in tests.items()]
    return all(key == "aws:sourcearn" and _is_reference(value) for key, value in keys)


def _is_reference(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "Fn::GetAtt" in value or not str(value.get("Ref", "AWS::")).startswith("AWS::")
    return isinstance(value, list) and any(_is_reference(item) for item in value)


def _for_topics(stack: cdk.Stack) -> _Conditions:
    return _within(stack, "kms:EncryptionContext:aws:sns:topicArn", "sns", "*")


def _within(stack: cdk.Stack, key: str, service: str, resource: str, name: str | None = None) -> _Conditions:
    return {"ArnLike": {key: stack.format_arn(service=service, resource=resource, resource_name=name)}}


def _for_service(service: str, actions: Sequence[str], conditions: _Conditions) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(service, conditions=conditions)], actions=list(actions), resources=["*"]
    )


def _grant(
    key: kms.IKey,
    service: str,
    actions: Sequence[str],
    conditions: _Conditions,
) -> iam.Grant:
    principal = iam.ServicePrincipal(service, conditions=conditions)
    if in_reach(key):
        return key.grant(principal, *actions)
    # CDK would call such a grant a success, and write nothing.
    say_what_is_missing(key, _for_service(service, actions, conditions))
    return iam.Grant.drop(principal, "the policy of an imported key is out of reach")


# A key of many log groups gets the same statement from each, which CDK would merge into one.
_GRANTED_TO_LOGS: WeakKeyDictionary[kms.IKey, iam.Grant] = WeakKeyDictionary()
# Buckets may share a key.
_READ_BY_MACIE: WeakKeyDictionary[kms.IKey, None] = WeakKeyDictionary()
# Groups may share a topic.
_PUBLISHED_UNDER: WeakKeyDictionary[kms.IKey, None] = WeakKeyDictionary()
