"""What holds records of operation alone: no data of patients comes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import spread
from hipaa_constructs.compliance.facts.functions import logs_deployment_only

_GROUP, _TOPIC = "AWS::Logs::LogGroup", "AWS::SNS::Topic"
# Where each type names the topics that it tells of itself.
_TELLERS: Mapping[str, tuple[str, ...]] = {
    "AWS::AutoScaling::AutoScalingGroup": (
        "NotificationConfigurations[].TopicARN[]",
        "NotificationConfigurations[].TopicARN",
    ),
    "AWS::Backup::BackupVault": ("Notifications.SNSTopicArn",),
    "AWS::CloudTrail::Trail": ("SnsTopicName",),
    "AWS::CloudWatch::Alarm": ("AlarmActions[]", "InsufficientDataActions[]", "OKActions[]"),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmActions[]", "InsufficientDataActions[]", "OKActions[]"),
    "AWS::Config::DeliveryChannel": ("SnsTopicARN",),
}


def logs_operation_alone(group: Resource) -> bool:
    """Whether a log group takes flow logs, which hold addresses and counts, or what custom resources' functions say."""
    flows = group.template.app.told(group, "groups of flow logs", ("AWS::EC2::FlowLog",), _logged)
    return bool(flows) or logs_deployment_only(group)


def _logged(flow_log: Resource) -> Iterator[tuple[Resource, None]]:
    for path in ("LogGroupName", "LogDestination"):
        group = flow_log.template.target(flow_log.get(path), _GROUP)
        if group is not None:
            yield group, None


def tells_of_operation(topic: Resource) -> bool:
    """Whether alarms, trails or services tell of themselves through a topic."""
    return bool(topic.template.app.told(topic, "topics of operation", tuple(_TELLERS), _told))


def may_tell_of_operation(topic: Resource) -> bool:
    """Whether any of them does in some world, such as an alarm that a condition makes."""
    resources = topic.template.app.resources
    return any(told is topic for kind in _TELLERS for one in resources.get(kind, ()) for told, _ in _told(one))


def _told(teller: Resource) -> Iterator[tuple[Resource, None]]:
    for path in _TELLERS[teller.type]:
        for value in spread(teller.properties, path):
            topic = teller.template.target(value, _TOPIC)
            if topic is not None:
                yield topic, None
