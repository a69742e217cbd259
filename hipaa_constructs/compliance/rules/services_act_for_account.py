"""AWS services act on behalf of this account, not of whoever asks them to.

Compliant: what a policy allows to a service that names its source is tied to an account, an organization, a source or
an encryption context. Non-compliant: it is not, so that the service can be used from another account as a deputy
(docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). Not applicable: services that state no source, such as
EventBridge to a topic, or CloudTrail to the role for its log group; for these a condition would stop everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.compliance.policy import Statement, statements
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.compliance.template import Resource, Unknown

_EVERYWHERE = ("guardduty", "monitoring.rds", "vpc-flow-logs")
_BUCKETS = (*_EVERYWHERE, "cloudtrail", "config", "delivery.logs", "logging.s3", "logs")
# Where each type keeps its policy, and which services state their source to it. To a key each of them says at least
# for what it asks, by the encryption context: docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html.
_POLICIES: Mapping[str, tuple[str, tuple[str, ...] | None]] = {
    "AWS::IAM::Role": ("AssumeRolePolicyDocument", _EVERYWHERE),
    "AWS::KMS::Key": ("KeyPolicy", None),
    "AWS::KMS::ReplicaKey": ("KeyPolicy", None),
    "AWS::S3::BucketPolicy": ("PolicyDocument", _BUCKETS),
}
_TYING = (
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "kms:calleraccount",
    "kms:encryptioncontext:",
    "kms:viaservice",
)


def _service(value: Any) -> str:
    name = str(value)
    # Some services have a principal for each Region: logs.us-east-1.amazonaws.com.
    return "logs" if name.startswith("logs.") else name.removesuffix(".cn").removesuffix(".amazonaws.com")


def _judge(statement: Statement, services: tuple[str, ...] | None) -> Iterator[Verdict]:
    conditions = statement.conditions
    for kind, value in statement.principals:
        if kind != "Service" or not statement.allows or (services is not None and _service(value) not in services):
            continue
        if conditions is not None and not isinstance(conditions, Mapping):
            yield unknown(f"The conditions for {value} are known only at deployment.")
            continue
        keys = [key for entries in (conditions or {}).values() if isinstance(entries, Mapping) for key in entries]
        if not any(str(key).lower().startswith(_TYING) for key in keys):
            yield failed(f"{value} is let in for any account that asks it.")


def check(resource: Resource) -> Verdict:
    path, services = _POLICIES[resource.type]
    found = statements(resource.get(path))
    if isinstance(found, Unknown):
        return unknown(f"{path} cannot be read at synth.")
    return worst([PASSED, *(verdict for statement in found for verdict in _judge(statement, services))])


RULE = Rule(
    name="ServicesActForAccount",
    title="AWS services act on behalf of this account, not of whoever asks them to",
    severity="warning",
    resource_types=tuple(_POLICIES),
    fix="Add a condition on aws:SourceAccount or aws:SourceArn, or use the grants of KmsRotatedKey.",
    check=check,
)
