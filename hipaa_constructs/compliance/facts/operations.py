"""What holds records of operation alone: no data of patients comes there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import (
    Ternary,
    as_items,
    dig,
    is_mapping,
    is_present,
    spread,
)
from hipaa_constructs.compliance.facts.events import event_pattern
from hipaa_constructs.compliance.facts.functions import logs_deployment_only
from hipaa_constructs.compliance.facts.literal_messages import hands_on_text_alone, publishes_text_alone
from hipaa_constructs.compliance.facts.mentions import users_in_any_world, users_in_template, users_of
from hipaa_constructs.compliance.facts.service_roles import lets_programs
from hipaa_constructs.compliance.facts.state_machines import STATE_MACHINE
from hipaa_constructs.iam.locations import IDENTITY_POLICIES

_GROUP, _TOPIC, _SUBSCRIPTION = "AWS::Logs::LogGroup", "AWS::SNS::Topic", "AWS::SNS::Subscription"
_RULE, _MAPPING = "AWS::Events::Rule", "AWS::Lambda::EventSourceMapping"
_SCHEDULE: Final = "AWS::Scheduler::Schedule"
# What reads a log group.
_READERS = ("AWS::Logs::MetricFilter", "AWS::Logs::QueryDefinition", "AWS::Logs::SubscriptionFilter")
# What tells of itself and of nothing else, beside those below.
_OF_COSTS = ("AWS::Budgets::Budget", "AWS::Budgets::BudgetsAction", "AWS::CE::AnomalySubscription")
# What names a topic or queue and sends nothing to it.
_SILENT = (
    # These show in a chat what a topic sends.
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::KMS::Key",
    "AWS::SNS::TopicInlinePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueueInlinePolicy",
    "AWS::SQS::QueuePolicy",
)
# Services whose events tell of what AWS runs, and hold no names of objects, records or inputs of the app:
# docs.aws.amazon.com/eventbridge/latest/ref/events.html.
_SOURCES_OF_OPERATION = frozenset(
    f"aws.{name}"
    for name in (
        "access-analyzer",
        "acm",
        "autoscaling",
        "backup",
        "cloudformation",
        "cloudwatch",
        "codebuild",
        "codecommit",
        "codedeploy",
        "codepipeline",
        "config",
        "ec2",
        "ecr",
        "ecs",
        "guardduty",
        "health",
        "inspector2",
        "kms",
        "rds",
        "securityhub",
        "signin",
        "trustedadvisor",
    )
)
_ALERTS: Final = re.compile(r"(alert|alarm)s?(?![a-z])", re.IGNORECASE)
# Where each type names the topics that it tells of itself.
_TELLERS: Mapping[str, tuple[str, ...]] = {
    "AWS::ApplicationInsights::Application": ("OpsItemSNSTopicArn", "SNSNotificationArn"),
    "AWS::AutoScaling::AutoScalingGroup": (
        "NotificationConfigurations[].TopicARN[]",
        "NotificationConfigurations[].TopicARN",
    ),
    "AWS::AutoScaling::LifecycleHook": ("NotificationTargetARN",),
    "AWS::Backup::BackupVault": ("Notifications.SNSTopicArn",),
    "AWS::CloudTrail::Trail": ("SnsTopicName",),
    "AWS::CloudWatch::Alarm": ("AlarmActions[]", "InsufficientDataActions[]", "OKActions[]"),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmActions[]", "InsufficientDataActions[]", "OKActions[]"),
    "AWS::CodeDeploy::DeploymentGroup": ("TriggerConfigurations[].TriggerTargetArn",),
    "AWS::CodePipeline::Pipeline": ("Stages[].Actions[].Configuration.NotificationArn",),
    "AWS::CodeStarNotifications::NotificationRule": ("Targets[].TargetAddress",),
    "AWS::Config::DeliveryChannel": ("SnsTopicARN",),
    "AWS::DMS::EventSubscription": ("SnsTopicArn",),
    "AWS::DevOpsGuru::NotificationChannel": ("Config.Sns.TopicArn",),
    "AWS::DocDB::EventSubscription": ("SnsTopicArn",),
    "AWS::ElastiCache::CacheCluster": ("NotificationTopicArn",),
    "AWS::ElastiCache::ReplicationGroup": ("NotificationTopicArn",),
    "AWS::ImageBuilder::InfrastructureConfiguration": ("SnsTopicArn",),
    "AWS::MemoryDB::Cluster": ("SnsTopicArn",),
    "AWS::Neptune::EventSubscription": ("SnsTopicArn",),
    "AWS::RDS::EventSubscription": ("SnsTopicArn",),
    "AWS::Redshift::EventSubscription": ("SnsTopicArn",),
    "AWS::SSMIncidents::ResponsePlan": ("ChatChannel.ChatbotSns[]",),
    "AWS::ServiceCatalog::LaunchNotificationConstraint": ("NotificationArns[]",),
}


def logs_operation_alone(group: Resource) -> bool:
    """Whether a log group takes flow logs, which hold addresses and counts, or what custom resources' functions say."""
    flows = group.template.app.told(group, "groups of flow logs", ("AWS::EC2::FlowLog",), _logged)
    return bool(flows) or logs_deployment_only(group)


def is_written_by_nobody(group: Resource) -> bool:
    """Whether the app has no use for a log group: its name is CloudFormation's own, and nothing is told it."""
    users = users_of(group) if is_present(group.get("LogGroupName")) is Ternary.NO else None
    return users is not None and all(user.type in _READERS for user in users)


def _logged(flow_log: Resource) -> Iterator[tuple[Resource, None]]:
    for path in ("LogGroupName", "LogDestination"):
        group = flow_log.template.target(flow_log.get(path), _GROUP)
        if group is not None:
            yield group, None


def tells_of_operation(topic: Resource) -> bool:
    """Whether alarms, trails or services tell of themselves through a topic."""
    return bool(topic.template.app.told(topic, "topics of operation", tuple(_TELLERS), _told))


def is_for_alerts(topic: Resource) -> bool:
    """Whether alarms or services tell of themselves through a topic that is called by alerts, whoever else does.

    What a program sends there beside them is for those who operate it.
    """
    names = (topic.logical_id, topic.get("TopicName"), topic.get("DisplayName"))
    return any(_ALERTS.search(str(name)) for name in names) and tells_of_operation(topic)


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


def serves_operation_alone(target: Resource) -> bool:
    """Whether a topic, or a queue, hears of operation from services of AWS, and nothing of the app sends there.

    What is named by what may send more, such as a function, is for other things too, and so may be what other stacks of
    the app can see; an export alone, from the only one, tells of nobody who sends. Where a condition takes away all
    that send, what they would say tells what it is for.
    """
    alone = len(target.template.app.templates) == 1
    users = users_in_template(target) if alone else users_of(target)
    if users is None:
        return False
    there = [user for user in users if not _is_silent(user, target)]
    tellers = there or [user for user in users_in_any_world(target) if not _is_silent(user, target)]
    return bool(tellers) and all(_tells_of_operation(target, user) for user in tellers)


def _is_silent(user: Resource, target: Resource) -> bool:
    if user.type in IDENTITY_POLICIES:
        return not lets_programs(user, target, "sns:Publish", "sqs:SendMessage")
    if user.type == _MAPPING:
        return not names(user.raw.get("Properties", {}).get("DestinationConfig"), target.logical_id)
    return user.type in _SILENT or (user.type == _SUBSCRIPTION and target.type == _TOPIC)


def _tells_of_operation(target: Resource, user: Resource) -> bool:
    if user.type == _SUBSCRIPTION:
        topic = user.template.target(user.get("TopicArn"), _TOPIC)
        return topic is not None and serves_operation_alone(topic)
    if user.type == STATE_MACHINE:
        return publishes_text_alone(user, target)
    # What a schedule sends stands in it.
    if user.type == _SCHEDULE:
        return True
    if user.type == _RULE:
        return is_rule_of_operation(user) or _hands_on_text_alone(user, target)
    return user.type in _TELLERS or user.type in _OF_COSTS


def _hands_on_text_alone(rule: Resource, target: Resource) -> bool:
    """Whether a rule, whatever it is about, sends to a topic or a queue what the template says, and no event."""
    named = [
        one for one in as_items(rule.get("Targets")) if rule.template.target(dig(one, "Arn"), target.type) is target
    ]
    # What it cannot send it leaves in a queue as it is.
    left = spread(rule.properties, "Targets[].DeadLetterConfig.Arn")
    return (
        bool(named)
        and all(is_mapping(one) and hands_on_text_alone(one) for one in named)
        and not any(rule.template.target(value, target.type) is target for value in left)
    )


def is_rule_of_operation(rule: Resource) -> bool:
    """Whether a rule of EventBridge tells of operation alone, or the time of day."""
    if is_present(rule.get("ScheduleExpression")) is Ternary.YES:
        return is_present(rule.get("EventPattern")) is Ternary.NO
    sources = as_items(dig(event_pattern(rule), "source"))
    return bool(sources) and all(isinstance(one, str) and one in _SOURCES_OF_OPERATION for one in sources)
