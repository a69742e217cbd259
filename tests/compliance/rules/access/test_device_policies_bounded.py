from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

DEVICE = "AWS::IoT::Policy"
ARN = "arn:aws:iot:us-east-1:111122223333:"
OWN = "${iot:Connection.Thing.ThingName}"


def _policy(*actions: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return one(DEVICE, PolicyDocument={"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy("iot:*"), "failed"),
        (_policy("iot:*", resource=f"{ARN}topic/{OWN}"), "failed"),
        (_policy("*"), "failed"),
        (_policy("iot:Publish"), "failed"),
        (_policy("iot:publish"), "failed"),
        (_policy("iot:Publish", resource="arn:aws:iot:*:*:*"), "failed"),
        (_policy("iot:Publish", resource="arn:aws:sns:*:*:*"), "passed"),
        (_policy("iot:Pub*"), "failed"),
        (_policy("iot:Subscribe", resource=f"{ARN}topicfilter/*"), "failed"),
        (_policy("iot:Receive", resource=f"{ARN}topic/*"), "failed"),
        (_policy("iot:GetThingShadow", resource=f"{ARN}thing/*"), "failed"),
        (_policy("iot:Connect"), "failed"),
        (_policy("iot:Connect", resource={"Fn::Sub": f"{ARN}client/${{!iot:Connection.Thing.ThingName}}"}), "passed"),
        (_policy("iot:Publish", resource=f"{ARN}topic/{OWN}/*"), "passed"),
        (_policy("iot:Publish", resource=f"{ARN}topic/vitals/*"), "passed"),
        (_policy("iot:Publish", Effect="Deny"), "passed"),
        (_policy("iot:DescribeEndpoint"), "passed"),
        (_policy(GIVEN), "unknown"),
        (one(DEVICE, PolicyDocument=GIVEN), "unknown"),
        (one("AWS::IoT::Thing"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("device_policies_bounded", resources) == expected


def test_connecting_alone_is_a_warning() -> None:
    connecting, publishing = (
        verdict("device_policies_bounded", _policy(*actions)) for actions in (["iot:Connect"], ["iot:Publish"])
    )
    assert connecting is not None
    assert publishing is not None
    assert (connecting.severity, publishing.severity) == ("warning", None)


def _claim(*topics: str, **more: Any) -> dict[str, Any]:
    asking = {
        "Effect": "Allow",
        "Action": ["iot:Publish", "iot:Receive"],
        "Resource": [f"{ARN}{one}" for one in topics],
    }
    connecting = {"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}
    return one(DEVICE, PolicyDocument={"Statement": [connecting, {**asking, **more}]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_claim("topic/$aws/certificates/create/*", "topic/$aws/provisioning-templates/fleet/provision/*"), "passed"),
        (_claim("topic/$aws/certificates/create-from-csr/*"), "passed"),
        (_claim("topicfilter/$aws/certificates/create/*", Action="iot:Subscribe"), "passed"),
        (_claim("topic/$aws/certificates/create/*", "topic/vitals"), "failed"),
        (_claim("topic/$aws/things/*"), "failed"),
        (_claim(), "failed"),
        (_claim("topic/$aws/certificates/create/*", Effect="Deny"), "failed"),
    ],
)
def test_a_claim_names_no_thing_when_it_connects(resources: dict[str, Any], expected: str) -> None:
    assert judged("device_policies_bounded", resources) == expected
