"""An app tells somebody when what it runs fails.

A warning, said once an app at what runs first, since AWS makes no alarm by itself
(docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html). Compliant:
an alarm that does more than to scale; a rule of EventBridge that tells a topic, or takes changes of state and failures;
a subscription to a database's events; a channel of DevOps Guru. Whether an alarm reaches anybody is asked by
AlarmDelivered. Non-compliant: code or a database, together with what it serves or keeps, and none of these. Not
applicable: functions that CloudFormation alone calls; parts of an app, such as a database by itself, or a function and
its dead-letter queue; everything but the first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, is_one_of, spread
from hipaa_constructs.compliance.facts.dead_letters import keeps_dead_letters
from hipaa_constructs.compliance.facts.events import event_pattern
from hipaa_constructs.compliance.facts.functions import FUNCTION, QUEUE, serves_deployment_only
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed

_RUNNING = (
    "AWS::AppRunner::Service",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::Instance",
    "AWS::ECS::Service",
    "AWS::EKS::Cluster",
    "AWS::ElasticBeanstalk::Environment",
    FUNCTION,
    "AWS::StepFunctions::StateMachine",
)
_DATABASES = (
    "AWS::DocDB::DBCluster",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
)
# What code serves or keeps: an app, and no part of one.
_SERVED = (
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Api",
    "AWS::AppSync::GraphQLApi",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Kinesis::Stream",
    "AWS::OpenSearchServerless::Collection",
    "AWS::OpenSearchService::Domain",
    "AWS::S3::Bucket",
    QUEUE,
)
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_SUBSCRIPTIONS = ("AWS::DMS::EventSubscription", "AWS::DevOpsGuru::NotificationChannel", "AWS::RDS::EventSubscription")
_SCALING = ("AWS::ApplicationAutoScaling::ScalingPolicy", "AWS::AutoScaling::ScalingPolicy")
_OF_FAILURE = re.compile(r"state.?change|fail|error|alarm|health|finding|insight", re.IGNORECASE)


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    first, tells = app.cached("what runs first, and whether anybody is told", _judged)
    if first is not resource:
        return NOT_APPLICABLE
    if tells:
        return PASSED
    return failed("The app has no alarm and no rule for failures, so nobody is told when what it runs fails.", at="")


def _judged(app: App) -> tuple[Resource | None, bool]:
    database = min(app.of_type(*_DATABASES), key=_name, default=None)
    serves = any(one.type != QUEUE or not keeps_dead_letters(one) for one in app.of_type(*_SERVED))
    # By name, so that how the app is cut into templates changes nothing.
    runs = min(_running(app), key=_name, default=None) if serves or database is not None else None
    return runs or (database if serves else None), any(_telling(app))


def _name(resource: Resource) -> tuple[str, ...]:
    return (resource.type, resource.logical_id, resource.template.name)


def _running(app: App) -> Iterator[Resource]:
    return (one for one in app.of_type(*_RUNNING) if one.type != FUNCTION or not serves_deployment_only(one))


def _telling(app: App) -> Iterator[bool]:
    yield any(True for _ in app.of_type(*_SUBSCRIPTIONS))
    yield any(not _only_scales(alarm) for alarm in app.of_type(*_ALARMS))
    yield any(map(_tells, app.of_type("AWS::Events::Rule")))


def _only_scales(alarm: Resource) -> bool:
    actions = list(spread(alarm.properties, "AlarmActions[]"))
    return bool(actions) and all(alarm.template.target(action, *_SCALING) is not None for action in actions)


def _tells(rule: Resource) -> bool:
    """Whether a rule takes what failed, or may tell a topic for all that is known."""
    if is_one_of(rule.get("State"), "DISABLED") is Ternary.YES:
        return False
    targets = list(spread(rule.properties, "Targets[].Arn"))
    if any(
        target is UNKNOWN
        or rule.template.target(target, "AWS::SNS::Topic") is not None
        or (isinstance(target, str) and ":sns:" in target)
        for target in targets
    ):
        return True
    pattern = event_pattern(rule)
    return bool(targets) and _OF_FAILURE.search(json.dumps(pattern, default=str)) is not None


RULE = Rule(
    name="FailuresTold",
    severity="warning",
    resource_types=(*_RUNNING, *_DATABASES),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(6)(ii)"),
    fix="Alarm somebody when code fails, requests are refused, messages wait or a database runs out of space; "
    "acknowledge the finding where another app watches this one.",
    fixes=(
        Fix(
            beside="An AWS::CloudWatch::Alarm for each metric that shows a failure, such as Errors of functions, "
            "HTTPCode_Target_5XX_Count of load balancers, 5XXError of APIs, ApproximateAgeOfOldestMessage of queues "
            "and FreeStorageSpace of databases, names in AlarmActions a topic that somebody is subscribed to; "
            "acknowledge the finding where another app watches this one.",
            constructs=("AlertTopic",),
        ),
    ),
    needs="app",
    check=check,
)
