"""Which services' ARNs an action can be about."""

from __future__ import annotations

import pytest

from hipaa_constructs.cloudformation.values import UNKNOWN
from hipaa_constructs.iam.arn_services import may_be_about

LOGS = "arn:aws:logs:*:*:*"


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", LOGS, False),
        ("S3:Get*", LOGS, False),
        ("logs:PutLogEvents", LOGS, True),
        ("s3:GetObject", "arn:aws:s3:::*", True),
        ("s3:GetObject", "arn:aws:s3-object-lambda:*:*:*", True),
        ("s3:GetObject", "*", True),
        ("s3:GetObject", "arn:aws:*:*:*:*", True),
        ("s3:GetObject", "arn:aws:s?:*:*:*", True),
        ("s3:GetObject", "arn:aws:${Service}:*:*:*", True),
        ("s3:GetObject", "arn:aws::*:*:*", True),
        ("s3:GetObject", "records", True),
        ("*", LOGS, True),
        ("s*:GetObject", LOGS, True),
        # Services whose actions are about what other services have.
        ("ssm:SendCommand", "arn:aws:ec2:*:*:*", True),
        ("sts:AssumeRole", "arn:aws:iam::*:*", True),
        ("kafka-cluster:ReadData", "arn:aws:kafka:*:*:*", True),
        ("kafka-cluster:ReadData", "arn:aws:kafka-cluster:*:*:*", False),
        ("rds-data:ExecuteStatement", "arn:aws:rds:*:*:*", True),
        ("rds-db:connect", "arn:aws:rds:*:*:*", False),
        # In doubt.
        ("backup:StartRestoreJob", "arn:aws:ec2:*:*:*", True),
        ("wafv2:AssociateWebACL", "arn:aws:apigateway:*:*:*", True),
        (UNKNOWN, LOGS, True),
        ("s3:GetObject", UNKNOWN, True),
    ],
)
def test_services(action: object, resource: object, expected: bool) -> None:
    assert may_be_about(action, resource) is expected
