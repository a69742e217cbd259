"""Whom policies of the app let in from elsewhere: the key of what they come for has to let them in too, and does not.

Without that, S3, SQS and SNS refuse them, or drop what they send:
docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk

from hipaa_constructs._arguments import is_token
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.primitives.service_grants import grant_service

# The type of the policy; where it names what it is about; the type of that.
_POLICIES = {
    "AWS::S3::BucketPolicy": ("bucket", "AWS::S3::Bucket"),
    "AWS::SQS::QueuePolicy": ("queues", "AWS::SQS::Queue"),
    "AWS::SNS::TopicPolicy": ("topics", "AWS::SNS::Topic"),
}
_KEYS = ("encryption_key", "encryption_master_key", "master_key")
# Writes flow logs and other vended logs into buckets:
# docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-cmk-policy.html
_LOG_DELIVERY = "delivery.logs.amazonaws.com"
# What the library, or CDK, lets use the key; load balancers and log delivery write to buckets without one.
_ADMITTED = ("cloudfront", "cloudwatch", "delivery.logs", "events", "logdelivery", "logging.s3", "s3", "sns")


def _finish(session: Session, found: Found) -> None:
    keyed = {change.path for change in session.changes if change.setting in _KEYS and change.outcome == "set"}
    owners = {
        (session.stack(resource), session.name(resource)): resource
        for _, kind in _POLICIES.values()
        for resource in found.of(kind)
    }
    for kind, (attribute, owned) in _POLICIES.items():
        for policy in found.of(kind):
            stack = session.stack(policy)
            written = session.resolved(policy, attribute, "policy_document")
            document = written.get("policy_document") or {}
            for name in _references(written.get(attribute)):
                resource = owners.get((stack, name))
                path = session.path(resource).removesuffix("/Resource") if resource is not None else ""
                if path in keyed:
                    if _LOG_DELIVERY in str(document):
                        _admit_log_delivery(session, policy)
                    for caller in sorted(set(_outside(document, stack))):
                        why = f"{caller} is let in, and needs kms:Decrypt and kms:GenerateDataKey in the key's policy."
                        session.record(policy, path, owned, f"caller {caller}", [], "unreached", why)


def _admit_log_delivery(session: Session, policy: cdk.CfnResource) -> None:
    key = session.key(policy)
    if (id(key), _LOG_DELIVERY) not in session.admitted:
        session.admitted.add((id(key), _LOG_DELIVERY))
        grant_service(key, _LOG_DELIVERY)


def _outside(document: Mapping[str, Any], stack: cdk.Stack) -> Iterator[str]:
    account = None if is_token(stack.account) else stack.account
    for statement in document.get("Statement", ()):
        if statement.get("Effect") != "Allow":
            continue
        principal = statement.get("Principal")
        if principal == "*":
            yield "*"
            continue
        for kind, names in principal.items() if isinstance(principal, Mapping) else ():
            for name in names if isinstance(names, list) else [names]:
                text = _text(name)
                stranger = text == "*" or _foreign(text, account)
                if stranger if kind == "AWS" else kind == "Service" and not text.startswith(_ADMITTED):
                    yield text


def _foreign(text: str, account: str | None) -> bool:
    """Whether a principal is of an account that is written out, and is not the stack's own."""
    parts = text.split(":")
    named = parts[4] if len(parts) > 4 else text
    return named.isdigit() and len(named) == 12 and named != account


def _text(value: Any) -> str:
    """Write a principal out, with what only deployment fills in left in the form of a template."""
    if isinstance(value, Mapping) and "Fn::Join" in value:
        return "".join(part if isinstance(part, str) else "${}" for part in value["Fn::Join"][1])
    return value if isinstance(value, str) else "${}"


def _references(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [value["Ref"]] if isinstance(value.get("Ref"), str) else []
    return [name for part in value for name in _references(part)] if isinstance(value, list) else []


SERVICE = Service(
    types=[*_POLICIES, *(kind for _, kind in _POLICIES.values())],
    finish=_finish,
    later=[
        "Where a policy of a bucket, queue or topic under the stack's key lets in principals of other accounts, or "
        "services that the key does not know, they are listed.",
    ],
)
