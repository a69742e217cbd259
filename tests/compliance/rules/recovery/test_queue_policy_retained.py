from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged

KEEP = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def _policy(queue: dict[str, Any], **policy: Any) -> dict[str, Any]:
    properties = {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Statement": []}}
    return {
        "Queue": {"Type": "AWS::SQS::Queue", **queue},
        "Subject": {"Type": "AWS::SQS::QueuePolicy", "Properties": properties, **policy},
    }


# Another queue's policy is kept, so this app keeps policies.
SISTER = {"Other": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": ["other"]}, "DeletionPolicy": "Retain"}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(KEEP, **KEEP), "passed"),
        (_policy(KEEP), "not_applicable"),
        (_policy(KEEP) | SISTER, "failed"),
        (_policy({**KEEP, "DeletionPolicy": "RetainExceptOnCreate"}) | SISTER, "failed"),
        (_policy(KEEP, **{**KEEP, "UpdateReplacePolicy": "Delete"}), "failed"),
        (_policy(KEEP, DeletionPolicy="Retain", UpdateReplacePolicy=GIVEN), "unknown"),
        (_policy({}) | SISTER, "not_applicable"),
        (
            {"Subject": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": ["elsewhere"]}}} | SISTER,
            "not_applicable",
        ),
        ({"Subject": {"Type": "AWS::SQS::Queue"}}, "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("queue_policy_retained", resources) == expected
