"""Brokers and Kubernetes clusters deliver their logs.

Compliant: EKS control-plane logs with ``audit``; MSK broker logs to any destination; general logs of Amazon
MQ, and for ActiveMQ audit logs. Non-compliant: off or absent. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, spread
from hipaa_constructs.compliance.facts.settings import is_true
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, judge, unknown, worst


def _kubernetes(resource: Resource) -> Verdict:
    types = list(spread(resource.properties, "Logging.ClusterLogging.EnabledTypes[].Type"))
    if "audit" not in types and UNKNOWN in types:
        return unknown("Logging is known only at deployment.")
    return judge("audit" in types, "Logging.ClusterLogging leaves out the audit log of the control plane.")


def _kafka(resource: Resource) -> Verdict:
    switches = [
        is_true(resource.get(f"LoggingInfo.BrokerLogs.{target}.Enabled", False))
        for target in ("CloudWatchLogs", "Firehose", "S3")
    ]
    if True in switches:
        return judge(True, "")
    if any(switch is UNKNOWN for switch in switches):
        return unknown("LoggingInfo is known only at deployment.")
    return failed("LoggingInfo delivers no broker logs.")


def _broker(resource: Resource) -> Verdict:
    kinds = ("General",) if str(resource.get("EngineType")).upper() == "RABBITMQ" else ("Audit", "General")
    return worst(
        judge(is_true(resource.get(f"Logs.{kind}", False)), f"Logs.{kind} is not switched on.") for kind in kinds
    )


_CHECKS: Mapping[str, Callable[[Resource], Verdict]] = {
    "AWS::AmazonMQ::Broker": _broker,
    "AWS::EKS::Cluster": _kubernetes,
    "AWS::MSK::Cluster": _kafka,
}


def check(resource: Resource) -> Verdict:
    return _CHECKS[resource.type](resource)


RULE = Rule(
    name="ServiceLogged",
    severity="error",
    resource_types=tuple(_CHECKS),
    controls=("164.312(b)",),
    fix="Switch on cluster_logging for EKS, logging for MSK, logs for Amazon MQ.",
    check=check,
)
