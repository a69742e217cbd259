from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict


@pytest.mark.parametrize("kind", ["AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain"])
@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, "failed"),
        ({"AdvancedSecurityOptions": {"Enabled": False}}, "failed"),
        ({"AdvancedSecurityOptions": {"Enabled": True}}, "passed"),
        ({"AdvancedSecurityOptions": {"Enabled": "true", "AnonymousAuthEnabled": False}}, "passed"),
        ({"AdvancedSecurityOptions": {"Enabled": True, "AnonymousAuthEnabled": True}}, "failed"),
        ({"AdvancedSecurityOptions": {"Enabled": GIVEN}}, "unknown"),
        ({"AdvancedSecurityOptions": GIVEN}, "unknown"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("search_access_fine_grained", one(kind, **properties)) == expected


def test_what_holds_no_phi_is_not_inspected() -> None:
    tags = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
    assert judged("search_access_fine_grained", one("AWS::OpenSearchService::Domain", Tags=tags)) == "not_inspected"


ROLE = "arn:aws:iam::111122223333:role/notes"
FITTING = {"permission": "aoss:ReadDocument", "resource": "index/notes/*", "principal": ROLE}


def _data_access(**more: str) -> str:
    grant = {**FITTING, **more}
    rule = {"ResourceType": "index", "Resource": [grant["resource"]], "Permission": [grant["permission"]]}
    return json.dumps([{"Rules": [rule], "Principal": [grant["principal"]]}])


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (_data_access(), "passed"),
        (_data_access(resource="collection/notes"), "passed"),
        (_data_access(resource="index/notes-*/*"), "passed"),
        (_data_access(principal="saml/111122223333/clinic/group/nurses"), "passed"),
        (_data_access(permission="aoss:*"), "failed"),
        (_data_access(resource="collection/*"), "failed"),
        (_data_access(resource="index/*/*"), "failed"),
        (_data_access(principal="*"), "failed"),
        (_data_access(principal="arn:aws:iam::111122223333:root"), "failed"),
        (_data_access(principal="arn:aws:iam::111122223333:role/*"), "failed"),
        ({"Fn::Sub": _data_access(principal="arn:${AWS::Partition}:iam::${AWS::AccountId}:root")}, "failed"),
        ({"Fn::Sub": _data_access(principal="${Reader.Arn}")}, "passed"),
        ({"Fn::Sub": _data_access(resource="collection/${Given}")}, "passed"),
        ({"Fn::Sub": _data_access(permission="${Given}")}, "unknown"),
        (GIVEN, "unknown"),
        ("no policy", "unknown"),
    ],
)
def test_data_access_policies(policy: Any, expected: str) -> None:
    resources = {
        **one("AWS::OpenSearchServerless::AccessPolicy", Name="notes", Type="data", Policy=policy),
        "Reader": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
    }
    found = verdict("search_access_fine_grained", resources)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, "warning" if expected == "failed" else None)
