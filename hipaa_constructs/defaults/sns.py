"""Amazon SNS: the stack's key, TLS, and leave for those who publish.

A topic without a policy lets its own account publish, and alarms with it; one with a policy, such as that for TLS, lets
in whom it names. A key lets in whom its policy names too. Source:
docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting
from hipaa_constructs.primitives.service_grants import grant_topic_publisher

_TYPE = "AWS::SNS::Topic"
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_DATABASE_EVENTS = "AWS::RDS::EventSubscription"
_PUBLISHERS = {"cloudwatch.amazonaws.com": "Alarms", "events.rds.amazonaws.com": "DatabaseEvents"}
_ACTIONS = ("alarm_actions", "ok_actions", "insufficient_data_actions")

_TOPIC = Plain(
    construct=sns.Topic,
    props=sns.TopicProps,
    resource_type=_TYPE,
    settings=[
        Setting(
            argument="master_key",
            properties=["KmsMasterKeyId"],
            value=lambda made: made.key,
            why="Messages are under the stack's key.",
        ),
        Setting(
            argument="enforce_ssl",
            properties=[],
            value=lambda made: True,
            why="The topic's policy denies publishing without TLS.",
        ),
    ],
)


def _finish(session: Session, found: Found) -> None:
    topics = [(topic, session.owner(topic)) for topic in found.of(_TYPE)]
    plain = {
        topic: owner for topic, owner in topics if isinstance(owner, sns.Topic) and session.path(owner) in session.seen
    }
    told = {
        "cloudwatch.amazonaws.com": [session.resolved(alarm, *_ACTIONS) for alarm in found.of(*_ALARMS)],
        # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.GrantingPermissions.html
        "events.rds.amazonaws.com": [session.resolved(one, "sns_topic_arn") for one in found.of(_DATABASE_EVENTS)],
    }
    for service, values in told.items():
        names = set(_references(values))
        for topic, owner in plain.items():
            if session.name(topic) in names:
                _let_publish(session, topic, owner, service)
    for rule in found.of("AWS::Events::Rule"):
        names = set(_references(session.resolved(rule, "targets")))
        for topic, owner in plain.items():
            if session.name(topic) in names:
                _admit(session, owner, "events.amazonaws.com")


def _let_publish(session: Session, topic: sns.CfnTopic, owner: sns.Topic, service: str) -> None:
    owner.add_to_resource_policy(
        iam.PolicyStatement(
            sid=_PUBLISHERS[service],
            principals=[iam.ServicePrincipal(service)],
            actions=["sns:Publish"],
            resources=[topic.ref],
            conditions={"StringEquals": {"aws:SourceAccount": session.stack(topic).account}},
        )
    )
    why = f"{_PUBLISHERS[service]} tell the topic, which its policy and its key have to let them."
    session.record(topic, session.path(owner), _TYPE, "policy", [], "set", why)
    _admit(session, owner, service)


def _admit(session: Session, topic: sns.Topic, service: str) -> None:
    key = topic.master_key
    if key is not None and (id(key), service) not in session.admitted:
        session.admitted.add((id(key), service))
        grant_topic_publisher(key, service, stack=session.stack(topic))


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str):
            return [value["Ref"]]
        return [name for part in value.values() for name in _references(part)]
    return [name for part in value for name in _references(part)] if isinstance(value, list) else []


SERVICE = Service(
    plain=[_TOPIC],
    types=[_TYPE, *_ALARMS, _DATABASE_EVENTS, "AWS::Events::Rule"],
    finish=_finish,
    later=[
        "Topic and key let in alarms and events of databases that name the topic, and the key EventBridge for rules.",
    ],
)
