"""Services of AWS that send to a queue or a topic, or write a log group or a trail, may use its key.

They send as themselves, and no caller's rights stand in: what the key refuses is dropped when their retries are over,
and nobody is told (docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html,
docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html). Compliant: the policy of the
customer key allows each of them ``kms:Decrypt`` and ``kms:GenerateDataKey``: EventBridge, whose rule has it for a
target or for what it could not deliver, S3 for notices of a bucket, and SNS for a topic that the queue is subscribed
to; and it allows CloudWatch Logs both for a log group, and CloudTrail ``kms:GenerateDataKey`` for a trail, which
refuse the key else, so that the stack fails (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/
encrypt-log-data-kms.html and awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html there).
Non-compliant: it does not, or the key of a queue or topic is one that AWS manages, whose policy nobody can change. A
warning, as of other messages that are lost. Unknown: a policy that cannot be read. Not applicable: those without a key
or with one that the app does not define, and to which none of these services sends; of alarms AlarmDelivered tells, and
a rule that sends by a role of its own is its caller.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary
from hipaa_constructs.compliance.facts.aws_senders import senders_to
from hipaa_constructs.compliance.facts.encryption import LET_SENDERS_USE_KEY, customer_key
from hipaa_constructs.compliance.facts.key_users import CLOUDTRAIL, LET_SERVICE_USE_KEY, LOGS, key_of, lets_send
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, named, unknown, worst

_QUEUE, _TOPIC = "AWS::SQS::Queue", "AWS::SNS::Topic"
# Type: its key, which service writes it, and what that needs of the key.
_WRITTEN = {
    "AWS::CloudTrail::Trail": ("KMSKeyId", CLOUDTRAIL, ("kms:GenerateDataKey",)),
    "AWS::Logs::LogGroup": ("KmsKeyId", LOGS, ("kms:Decrypt", "kms:GenerateDataKey")),
}
_KEY = "KmsMasterKeyId"


def check(resource: Resource) -> Verdict:
    if resource.type in _WRITTEN:
        return _of_written(resource)
    value, app = resource.get(_KEY), resource.template.app
    if value is None:
        return NOT_APPLICABLE
    key = key_of(app, value)
    if key is None and customer_key(value) is not Ternary.NO:
        return NOT_APPLICABLE
    return worst(_judge(value, key, service, found) for service, found in senders_to(resource).items())


def _of_written(resource: Resource) -> Verdict:
    path, service, actions = _WRITTEN[resource.type]
    key = key_of(resource.template.app, resource.get(path))
    if key is None:
        return NOT_APPLICABLE
    return _let(lets_send(key, service, actions), key, service, "so it refuses the key and the stack fails", path)


def _judge(value: Resolved, key: Resource | None, service: str, senders: list[Resource]) -> Verdict:
    sends = "sends" if len(senders) == 1 else "send"
    lost = f"so that what {named(senders)} {sends} is lost"
    if key is None:
        return failed(f"{_KEY} is {value}, a key of AWS's own, which {service} may not use, {lost}.")
    return _let(lets_send(key, service), key, service, lost, _KEY)


def _let(lets: Ternary | None, key: Resource, service: str, consequence: str, at: str) -> Verdict:
    if lets is None:
        return unknown(f"The policy of {key.logical_id} cannot be read before deployment.")
    return judge(
        lets,
        f"The policy of {key.logical_id} does not let {service} use the key, {consequence}.",
        unknown_message=f"Whether {service} may use {key.logical_id} is known only at deployment.",
        at=at,
    )


RULE = Rule(
    name="SendersMayUseKey",
    severity="warning",
    resource_types=(_TOPIC, _QUEUE, *_WRITTEN),
    controls=("164.308(a)(6)(ii)", "164.312(c)(1)"),
    fix="Let each service that sends or writes there use the key.",
    fixes=tuple(
        Fix(
            (kind,),
            template=said,
            cdk=(
                'kms.Key.add_to_resource_policy(iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey*"], '
                'principals=[iam.ServicePrincipal(<the service>)], resources=["*"]))',
            ),
        )
        for kind, said in (
            *((kind, f"{_KEY} names a customer key. {said}") for kind, said in LET_SENDERS_USE_KEY.items()),
            *((kind, LET_SERVICE_USE_KEY[kind]) for kind in _WRITTEN),
        )
    ),
    check=check,
    phi_only=True,
)
