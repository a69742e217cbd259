from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::OpenSearchServerless::Collection",
            {"Name": "notes", "EncryptionConfig": {"KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1"}},
            "passed",
        ),
        (
            "AWS::OpenSearchServerless::Collection",
            {"Name": "notes", "EncryptionConfig": {"AWSOwnedKey": True}},
            "failed",
        ),
        ("AWS::OpenSearchServerless::Collection", {"Name": "notes"}, "unknown"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("search_collection_encrypted_with_customer_key", one(kind, **properties)) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"Rules": [{"ResourceType": "collection", "Resource": ["collection/no*"]}], "KmsARN": "alias/own"}, "passed"),
        ({"Rules": [{"ResourceType": "collection", "Resource": ["collection/notes"]}], "AWSOwnedKey": True}, "failed"),
        ({"Rules": [{"ResourceType": "collection", "Resource": ["collection/other"]}], "AWSOwnedKey": True}, "unknown"),
    ],
)
@pytest.mark.parametrize("as_text", [True, False])
def test_policy_of_another_stack(policy: dict[str, Any], expected: str, as_text: bool) -> None:
    written = {
        "Policy": {
            "Type": "AWS::OpenSearchServerless::SecurityPolicy",
            "Properties": {"Type": "encryption", "Policy": json.dumps(policy) if as_text else policy},
        },
        "Broken": {
            "Type": "AWS::OpenSearchServerless::SecurityPolicy",
            "Properties": {"Type": "encryption", "Policy": "{"},
        },
    }
    assert (
        judged(
            "search_collection_encrypted_with_customer_key",
            written,
            one("AWS::OpenSearchServerless::Collection", Name="notes"),
        )
        == expected
    )


def test_a_name_that_deployment_fills_in_alike_is_covered() -> None:
    name = {"Fn::GetAtt": ["Namer", "Name"]}
    text = '{"Rules": [{"ResourceType": "collection", "Resource": ["collection/${Namer.Name}"]}], "AWSOwnedKey": true}'
    policy = {"Type": "encryption", "Policy": {"Fn::Sub": text}}
    resources = one("AWS::OpenSearchServerless::Collection", Name=name) | {
        "Namer": {"Type": "Custom::Namer", "Properties": {}},
        "Policy": {"Type": "AWS::OpenSearchServerless::SecurityPolicy", "Properties": policy},
    }
    assert judged("search_collection_encrypted_with_customer_key", resources) == "failed"
