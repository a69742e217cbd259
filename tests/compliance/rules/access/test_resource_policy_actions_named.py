from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

KEY = "AWS::KMS::Key"
SERVICE = {"Service": "logs.us-east-1.amazonaws.com"}
ROOT = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}


def _key(principal: Any, **statement: Any) -> dict[str, Any]:
    return one(
        KEY, KeyPolicy={"Statement": [{"Effect": "Allow", "Principal": principal, "Resource": "*", **statement}]}
    )


def _topic(principal: Any, **statement: Any) -> dict[str, Any]:
    document = {"Statement": [{"Effect": "Allow", "Principal": principal, "Resource": "*", **statement}]}
    return one("AWS::SNS::TopicPolicy", PolicyDocument=document, Topics=["arn:aws:sns:us-east-1:111122223333:results"])


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_key(SERVICE, Action="kms:Decrypt"), "passed"),
        (_key(SERVICE, Action=["kms:GenerateDataKey*", "kms:Decrypt"]), "passed"),
        (_key(SERVICE, Action="kms:*"), "failed"),
        (_key(SERVICE, Action=["kms:Decrypt", "*"]), "failed"),
        (_key(SERVICE, NotAction="kms:ScheduleKeyDeletion"), "failed"),
        (_key(SERVICE, Action=GIVEN), "unknown"),
        (_key(SERVICE, Action=["kms:Decrypt", "kms:PutKeyPolicy"]), "failed"),
        (_key(SERVICE, Action="kms:Put*"), "failed"),
        # People administer keys.
        (_key({"AWS": "arn:aws:iam::111122223333:role/keys"}, Action="kms:PutKeyPolicy"), "passed"),
        (_topic(SERVICE, Action=["sns:Publish", "SNS:AddPermission"]), "failed"),
        (_topic(SERVICE, Action="sns:Publish"), "passed"),
        # What SNS makes by itself.
        (
            _topic({"AWS": "*"}, Action="sns:AddPermission", Condition={"StringEquals": {"AWS:SourceOwner": "1"}}),
            "passed",
        ),
        # Whoever alone may do everything is the account that has the key.
        (_key({"AWS": "arn:aws:iam::999988887777:root"}, Action="kms:*"), "passed"),
        (_key({"AWS": ["arn:aws:iam::999988887777:root", SERVICE["Service"]]}, Action="kms:*"), "failed"),
        (_key({"AWS": ["arn:aws:iam::999988887777:root", "111122223333"]}, Action="kms:*"), "failed"),
        (
            _key({"AWS": "arn:aws:iam::999988887777:root"}, Action="kms:*", Condition={"StringEquals": {"a": "b"}}),
            "failed",
        ),
        (_key({"AWS": ROOT}, Action="kms:*"), "passed"),
        (_key({"AWS": [ROOT, "arn:aws:iam::999988887777:root"]}, Action="kms:*"), "failed"),
        (_key("*", Action="kms:*"), "passed"),
        (_key("*", Action="kms:*", Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}}), "failed"),
        (_key("*", Action="kms:Decrypt", Condition={"StringEquals": {"kms:CallerAccount": "1"}}), "passed"),
        (one(KEY, KeyPolicy={"Statement": [{"Effect": "Deny", "Principal": SERVICE, "Action": "kms:*"}]}), "passed"),
        (one(KEY, KeyPolicy=GIVEN), "unknown"),
        (one(KEY), "passed"),
        (
            one(
                "AWS::SQS::QueuePolicy",
                PolicyDocument={"Statement": [{"Effect": "Allow", "Principal": SERVICE, "Action": "sqs:*"}]},
            ),
            "failed",
        ),
        (
            one(
                "AWS::SQS::QueuePolicy",
                PolicyDocument={
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}, "Action": "sqs:*"}
                    ]
                },
            ),
            "failed",
        ),
        (one("AWS::EC2::VPCEndpoint"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("resource_policy_actions_named", resources) == expected
