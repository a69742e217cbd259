from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, beanstalk, judged

KIND = ("aws:elasticbeanstalk:environment", "LoadBalancerType")
NO_80 = ("aws:elbv2:listener:default", "ListenerEnabled", "false")
HTTPS = ("aws:elbv2:listener:443", "Protocol", "HTTPS")
POLICY = ("aws:elbv2:listener:443", "SSLPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06")
MODERN = (*KIND, "application")
CLASSIC = [
    ("aws:elb:listener", "ListenerEnabled", "false"),
    ("aws:elb:listener:443", "ListenerProtocol", "HTTPS"),
]


@pytest.mark.parametrize(
    ("options", "more", "expected"),
    [
        ([MODERN, NO_80, HTTPS, POLICY], {}, "passed"),
        ([MODERN, HTTPS, POLICY], {}, "failed"),
        ([MODERN, NO_80, HTTPS], {}, "failed"),
        ([MODERN, NO_80, HTTPS, (*POLICY[:2], "ELBSecurityPolicy-2016-08")], {}, "failed"),
        ([MODERN, NO_80, ("aws:elbv2:listener:8080", "Protocol", "HTTP")], {}, "failed"),
        ([MODERN, (*NO_80[:2], GIVEN)], {}, "unknown"),
        ([MODERN, NO_80, (*HTTPS[:2], GIVEN)], {}, "unknown"),
        ([(*KIND, GIVEN)], {}, "unknown"),
        ([(*KIND, "network")], {}, "not_applicable"),
        ([], {}, "failed"),
        (CLASSIC, {}, "failed"),
        (
            [
                *CLASSIC,
                ("aws:elb:policies:tls", "SSLReferencePolicy", "ELBSecurityPolicy-TLS-1-2-2017-01"),
                ("aws:elb:policies:tls", "LoadBalancerPorts", "443"),
            ],
            {},
            "passed",
        ),
        ([("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance")], {}, "not_applicable"),
        ([("aws:elasticbeanstalk:environment", "LoadBalancerIsShared", "true")], {}, "not_applicable"),
        ([], {"Tier": {"Name": "Worker", "Type": "SQS/HTTP"}}, "not_applicable"),
    ],
)
def test_listeners(options: Any, more: dict[str, Any], expected: str) -> None:
    assert judged("beanstalk_tls_required", beanstalk(*options, **more)) == expected
