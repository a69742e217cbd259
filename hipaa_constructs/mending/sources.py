"""For whom AWS services act on what a policy lets them use: for what this account has of them, where that is shown.

Each names the resource that it acts for: docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html,
docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html,
docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_plain, listed

_CLOUDTRAIL, _EVENTS, _SNS = "cloudtrail.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"
# What of this account each acts for. A topic may be of another Region, and so is a trail of all of them.
_OF_ACCOUNT: Mapping[str, str] = {
    _CLOUDTRAIL: "arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*",
    _EVENTS: "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*",
    _SNS: "arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*",
}
_NOT_SHOWN = "For whose resources the service acts the template does not show."


def of_account(draft: Draft, finding: Finding) -> None:
    """Let services act for this account's rules, topics and trails alone, where the template has the one that does."""
    properties = draft.properties(finding.resource_logical_id)
    document = properties.get("PolicyDocument")
    if not is_plain(document):
        raise CannotMendError(DECIDED)
    about = listed(properties.get(_ABOUT[finding.resource_type]))
    for statement in listed(document.get("Statement", [])):
        service = _unlimited(statement)
        if service is None:
            continue
        if service not in _OF_ACCOUNT or not _acts(draft, service, about) or not _is_own(service, statement):
            raise CannotMendError(_NOT_SHOWN)
        condition = statement.setdefault("Condition", {})
        if not is_plain(condition) or not is_plain(condition.setdefault("ArnLike", {})):
            raise CannotMendError(DECIDED)
        condition["ArnLike"]["aws:SourceArn"] = {"Fn::Sub": _OF_ACCOUNT[service]}


_ABOUT: Mapping[str, str] = {
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueuePolicy": "Queues",
}


def _unlimited(statement: Any) -> str | None:
    """Return the service that a statement allows for whomever it acts; None where it does not."""
    if not is_plain(statement):
        raise CannotMendError(DECIDED)
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or not is_plain(principal) or "Service" not in principal:
        return None
    if "aws:source" in str(statement.get("Condition", "")).lower():
        return None
    services = listed(principal["Service"])
    if len(services) != 1 or len(principal) != 1 or not isinstance(services[0], str):
        raise CannotMendError(_NOT_SHOWN)
    return services[0]


def _acts(draft: Draft, service: str, about: list[Any]) -> bool:
    """Whether something of the template has a service act on each of what a policy is about."""
    return bool(about) and all(any(_ACTORS[service](draft, one)) for one in about)


def _rules(draft: Draft, queue: Any) -> Iterator[bool]:
    for _, rule in draft.of_type("AWS::Events::Rule"):
        targets = [one for one in listed(rule["Properties"].get("Targets", [])) if is_plain(one)]
        yield any(_is_same(draft, queue, one.get("Arn")) for one in targets)


def _subscriptions(draft: Draft, queue: Any) -> Iterator[bool]:
    topics = [name for name, _ in draft.ids("AWS::SNS::Topic")]
    for _, subscription in draft.of_type("AWS::SNS::Subscription"):
        given = subscription["Properties"]
        known = any(is_about(given.get("TopicArn"), one) for one in topics)
        yield known and _is_same(draft, queue, given.get("Endpoint"))


def _trails(draft: Draft, named: Any) -> Iterator[bool]:
    for _, trail in draft.of_type("AWS::CloudTrail::Trail"):
        given = trail["Properties"]
        # The trail of an organization is another account's where this is not the one that manages it.
        own = given.get("IsOrganizationTrail", False) in (False, "false")
        yield own and any(_is_same(draft, named, given.get(one)) for one in ("S3BucketName", "SnsTopicName"))


_ACTORS: Mapping[str, Callable[[Draft, Any], Iterator[bool]]] = {
    _CLOUDTRAIL: _trails,
    _EVENTS: _rules,
    _SNS: _subscriptions,
}


def _is_same(draft: Draft, one: Any, other: Any) -> bool:
    """Whether two values name the same resource, each by its name or ARN."""
    return one == other or any(is_about(one, name) and is_about(other, name) for name in draft.resources)


def _is_own(service: str, statement: Mapping[str, Any]) -> bool:
    """Whether files that CloudTrail writes by a statement are this account's: a bucket may have those of others."""
    if service != _CLOUDTRAIL or "s3:PutObject" not in listed(statement.get("Action")):
        return True
    return all("AWS::AccountId" in str(one) for one in listed(statement.get("Resource", "")))
