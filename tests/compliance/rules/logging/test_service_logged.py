from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


def _eks(*types: Any) -> dict[str, Any]:
    enabled = [{"Type": kind} for kind in types]
    return one("AWS::EKS::Cluster", Logging={"ClusterLogging": {"EnabledTypes": enabled}})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_eks("api", "audit"), "passed"),
        (_eks("api"), "failed"),
        (_eks("api", GIVEN), "unknown"),
        (one("AWS::EKS::Cluster"), "failed"),
        (one("AWS::EKS::Cluster", Logging=GIVEN), "unknown"),
        (one("AWS::MSK::Cluster"), "failed"),
        (one("AWS::MSK::Cluster", LoggingInfo={"BrokerLogs": {"S3": {"Enabled": True}}}), "passed"),
        (one("AWS::MSK::Cluster", LoggingInfo={"BrokerLogs": {"S3": {"Enabled": GIVEN}}}), "unknown"),
        (one("AWS::AmazonMQ::Broker", EngineType="ACTIVEMQ", Logs={"General": True}), "failed"),
        (one("AWS::AmazonMQ::Broker", EngineType="ACTIVEMQ", Logs={"General": True, "Audit": True}), "passed"),
        (one("AWS::AmazonMQ::Broker", EngineType="RabbitMQ", Logs={"General": True}), "passed"),
        (one("AWS::AmazonMQ::Broker", EngineType="RABBITMQ"), "failed"),
        (one("AWS::ECS::Cluster"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("service_logged", resources) == expected
