"""Brokers of Amazon MQ take minor versions, unless the app says no."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_amazonmq as amazonmq

from tests.defaults.support import lint_errors, synthesized


@pytest.mark.parametrize(("said", "upgrades"), [(None, True), (False, False)])
def test_brokers_take_minor_versions_unless_the_app_says_no(said: bool | None, upgrades: bool) -> None:
    def define(stack: cdk.Stack) -> None:
        amazonmq.CfnBroker(
            stack,
            "Orders",
            broker_name="orders",
            deployment_mode="SINGLE_INSTANCE",
            engine_type="RABBITMQ",
            host_instance_type="mq.m7g.medium",
            publicly_accessible=False,
            auto_minor_version_upgrade=said,
        )

    made = synthesized(define)
    (broker,) = made.of("AWS::AmazonMQ::Broker")
    assert broker["AutoMinorVersionUpgrade"] is upgrades
    assert made.changed("S/Orders") == ({"auto_minor_version_upgrade"} if said is None else set())
    assert lint_errors(made) == []
