from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::KMS::Key", {}, "passed"),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
                            "Action": "kms:*",
                            "Resource": "*",
                        }
                    ],
                }
            },
            "passed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}],
                }
            },
            "failed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"AWS": ["*"]},
                        "Action": "kms:Decrypt",
                        "Resource": "*",
                    },
                }
            },
            "failed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}],
                }
            },
            "passed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "kms:*",
                            "Resource": "*",
                            "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}},
                        }
                    ],
                }
            },
            "passed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "kms:*",
                            "Resource": "*",
                            "Condition": {"StringEquals": {"aws:principalorgid": GIVEN}},
                        }
                    ],
                }
            },
            "passed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "kms:*",
                            "Resource": "*",
                            "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
                        }
                    ],
                }
            },
            "failed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "kms:*",
                            "Resource": "*",
                            "Condition": {"StringLike": {"aws:PrincipalArn": "*"}},
                        }
                    ],
                }
            },
            "failed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "kms:*",
                            "Resource": "*",
                            "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
                        }
                    ],
                }
            },
            "failed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": "*",
                            "Action": "kms:*",
                            "Resource": "*",
                            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "1"}},
                        }
                    ],
                }
            },
            "failed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"},
                            "Action": "kms:*",
                            "Resource": "*",
                        }
                    ],
                }
            },
            "failed",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Principal": {"AWS": GIVEN}, "Action": "kms:*", "Resource": "*"}],
                }
            },
            "unknown",
        ),
        (
            "AWS::KMS::Key",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": GIVEN}
                    ],
                }
            },
            "unknown",
        ),
        ("AWS::KMS::Key", {"KeyPolicy": GIVEN}, "unknown"),
        (
            "AWS::KMS::ReplicaKey",
            {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}],
                }
            },
            "failed",
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("key_policy_not_public", one(kind, **properties)) == expected
