"""Which services of AWS a customer key lets use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, all_of, any_of, is_one_of
from hipaa_constructs.iam.document import Statement, policy_at

# What a service needs of the key to write under it.
_TO_SEND = ("kms:Decrypt", "kms:GenerateDataKey")
# Stands for a Region in the name of a service.
_REGION = "<region>"
LOGS, CLOUDTRAIL = f"logs.{_REGION}.amazonaws.com", "cloudtrail.amazonaws.com"

# What the policy of a key has to say for stores that a service writes as itself, so that no caller's rights stand in.
# Without it CloudWatch Logs refuses the key (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/
# encrypt-log-data-kms.html), and CloudTrail the trail or event data store (docs.aws.amazon.com/awscloudtrail/latest/
# userguide/create-kms-key-policy-for-cloudtrail.html).
LET_SERVICE_USE_KEY: Mapping[str, str] = {
    "AWS::CloudTrail::EventDataStore": f"The key's KeyPolicy allows {CLOUDTRAIL} kms:GenerateDataKey and kms:Decrypt, "
    "or CloudTrail refuses the key.",
    "AWS::CloudTrail::Trail": f"The key's KeyPolicy allows {CLOUDTRAIL} kms:DescribeKey, and kms:GenerateDataKey* and "
    "kms:Decrypt by the Condition {StringLike: {kms:EncryptionContext:aws:cloudtrail:arn: "
    "arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*}}, or CloudTrail refuses the key and the stack "
    "fails; who reads the files may kms:Decrypt.",
    "AWS::Logs::LogGroup": "The key's KeyPolicy allows logs.${AWS::Region}.amazonaws.com kms:Encrypt*, kms:Decrypt*, "
    "kms:ReEncrypt*, kms:GenerateDataKey* and kms:Describe* by the Condition {ArnLike: "
    "{kms:EncryptionContext:aws:logs:arn: arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*}}, "
    "or CloudWatch Logs refuses the key and the stack fails.",
}
# The same of stores whose L2 adds it to the key:
# docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html and
# eb-encryption-archives.html there.
LET_SERVICE_USE_KEY_BY_L2: Mapping[str, str] = {
    f"AWS::Events::{kind}": f"The key's KeyPolicy allows events.amazonaws.com {actions}."
    for kind, actions in (
        ("Archive", "kms:Decrypt, kms:GenerateDataKey, kms:ReEncrypt* and kms:DescribeKey"),
        ("EventBus", "kms:Decrypt, kms:GenerateDataKey and kms:DescribeKey"),
    )
}


def key_of(app: App, value: Resolved | None) -> Resource | None:
    """Return the key of the app that a property names, by itself or by an alias."""
    alias = app.target(value, "AWS::KMS::Alias")
    return app.target(alias.get("TargetKeyId") if alias else value, "AWS::KMS::Key", "AWS::KMS::ReplicaKey")


def lets_send(key: Resource, service: str, actions: Sequence[str] = _TO_SEND) -> Ternary | None:
    """Whether a key's policy lets a service send what is kept under it; None where the policy cannot be read."""
    found = policy_at(key, "KeyPolicy")
    if isinstance(found, Unknown):
        return None
    return all_of(any_of(lets_service(one, action, service) for one in found) for action in actions)


def lets_service(statement: Statement, action: str, service: str) -> Ternary:
    """Whether a statement lets a service do something; on which conditions is not looked at."""
    services = (value for kind, value in statement.principals if kind == "Service")
    named = (_is_service(value, service) for value in services)
    return all_of((statement.allows, statement.covers_action(action), any_of((statement.names_everyone(), *named))))


def _is_service(value: Resolved, service: str) -> Ternary:
    head, of_region, _ = service.partition(_REGION)
    if not of_region:
        return is_one_of(value, service, any_case=True)
    if not isinstance(value, str) or value.startswith("${"):
        return Ternary.UNKNOWN
    return Ternary.YES if value.lower().startswith(head) else Ternary.NO
