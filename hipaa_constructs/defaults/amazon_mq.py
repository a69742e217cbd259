"""Amazon MQ, of which CDK has no class but the resources: minor versions, which carry security fixes."""

from __future__ import annotations

from aws_cdk import aws_amazonmq as amazonmq

from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service

SERVICE = Service(
    raw=[
        Raw(
            construct=amazonmq.CfnBroker,
            resource_type="AWS::AmazonMQ::Broker",
            settings=[
                # docs.aws.amazon.com/amazon-mq/latest/developer-guide/upgrading-brokers.html
                RawSetting(
                    attribute="auto_minor_version_upgrade",
                    property="AutoMinorVersionUpgrade",
                    value=lambda session, broker: True,
                    why="The broker takes minor versions by itself, in its maintenance window.",
                )
            ],
        )
    ]
)
