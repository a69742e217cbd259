"""Brokers, Kubernetes clusters and Elastic Beanstalk deliver their logs.

Compliant: EKS control-plane logs with ``audit``; MSK broker logs to any destination; general logs of Amazon
MQ, and for ActiveMQ audit logs; log streaming of Elastic Beanstalk. Non-compliant: off or absent. Not applicable:
configuration templates that an environment of the app names, which is judged with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, is_one_of, is_true, spread
from hipaa_constructs.compliance.facts.beanstalk import Option
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, worst


def _kubernetes(resource: Resource) -> Verdict:
    types = spread(resource.properties, "Logging.ClusterLogging.EnabledTypes[].Type")
    return judge(
        any_of(is_one_of(kind, "audit") for kind in types),
        "Logging.ClusterLogging leaves out the audit log of the control plane.",
        unknown_message="Logging is known only at deployment.",
    )


def _kafka(resource: Resource) -> Verdict:
    return judge(
        any_of(
            is_true(resource.get(f"LoggingInfo.BrokerLogs.{target}.Enabled", False))
            for target in ("CloudWatchLogs", "Firehose", "S3")
        ),
        "LoggingInfo delivers no broker logs.",
        unknown_message="LoggingInfo is known only at deployment.",
    )


def _broker(resource: Resource) -> Verdict:
    rabbit = is_one_of(resource.get("EngineType"), "rabbitmq", any_case=True)
    kinds = ("General",) if rabbit is Ternary.YES else ("Audit", "General")
    return worst(
        judge(is_true(resource.get(f"Logs.{kind}", False)), f"Logs.{kind} is not switched on.") for kind in kinds
    )


_STREAMED = Option("aws:elasticbeanstalk:cloudwatch:logs/StreamLogs", is_true, default=False)
_CHECKS: Mapping[str, Callable[[Resource], Verdict]] = {
    "AWS::AmazonMQ::Broker": _broker,
    "AWS::EKS::Cluster": _kubernetes,
    "AWS::ElasticBeanstalk::ConfigurationTemplate": _STREAMED.judge,
    "AWS::ElasticBeanstalk::Environment": _STREAMED.judge,
    "AWS::MSK::Cluster": _kafka,
}


def check(resource: Resource) -> Verdict:
    return _CHECKS[resource.type](resource)


RULE = Rule(
    name="ServiceLogged",
    severity="error",
    resource_types=tuple(_CHECKS),
    controls=("164.312(b)",),
    fix="Switch on cluster_logging for EKS, logging for MSK, logs for Amazon MQ, StreamLogs for Elastic Beanstalk.",
    check=check,
)
