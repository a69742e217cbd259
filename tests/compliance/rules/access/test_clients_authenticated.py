from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

CACHE = "AWS::ElastiCache::ReplicationGroup"
SERVERLESS = "AWS::ElastiCache::ServerlessCache"
MEMORY = "AWS::MemoryDB::Cluster"
KAFKA = "AWS::MSK::Cluster"
NEPTUNE = "AWS::Neptune::DBCluster"
TOKEN = "{{resolve:secretsmanager:cache:SecretString:token}}"
IAM = {"Sasl": {"Iam": {"Enabled": True}}}


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (CACHE, {}, "failed"),
        (CACHE, {"AuthToken": TOKEN}, "passed"),
        (CACHE, {"UserGroupIds": ["app"]}, "passed"),
        (CACHE, {"UserGroupIds": []}, "failed"),
        (CACHE, {"AuthToken": {"Ref": "AWS::NoValue"}}, "failed"),
        (CACHE, {"AuthToken": GIVEN}, "unknown"),
        (CACHE, {"AuthToken": GIVEN, "UserGroupIds": ["app"]}, "passed"),
        (SERVERLESS, {"Engine": "valkey"}, "failed"),
        (SERVERLESS, {"Engine": "valkey", "UserGroupId": "app"}, "passed"),
        (SERVERLESS, {"Engine": "memcached"}, "not_applicable"),
        (SERVERLESS, {"Engine": GIVEN, "UserGroupId": GIVEN}, "unknown"),
        (MEMORY, {"ACLName": "open-access"}, "failed"),
        (MEMORY, {"ACLName": "app"}, "passed"),
        (MEMORY, {}, "failed"),
        (MEMORY, {"ACLName": GIVEN}, "unknown"),
        (KAFKA, {}, "failed"),
        (KAFKA, {"ClientAuthentication": IAM}, "passed"),
        (KAFKA, {"ClientAuthentication": {"Sasl": {"Scram": {"Enabled": "true"}}}}, "passed"),
        (KAFKA, {"ClientAuthentication": {"Tls": {"Enabled": True}}}, "passed"),
        (KAFKA, {"ClientAuthentication": {**IAM, "Unauthenticated": {"Enabled": True}}}, "failed"),
        (KAFKA, {"ClientAuthentication": {**IAM, "Unauthenticated": {"Enabled": False}}}, "passed"),
        (KAFKA, {"ClientAuthentication": {**IAM, "Unauthenticated": {"Enabled": GIVEN}}}, "unknown"),
        (KAFKA, {"ClientAuthentication": {"Sasl": {"Iam": {"Enabled": False}}}}, "failed"),
        (KAFKA, {"ClientAuthentication": GIVEN}, "unknown"),
        (NEPTUNE, {}, "failed"),
        (NEPTUNE, {"IamAuthEnabled": "false"}, "failed"),
        (NEPTUNE, {"IamAuthEnabled": True}, "passed"),
        (NEPTUNE, {"IamAuthEnabled": GIVEN}, "unknown"),
        ("AWS::DocDB::DBCluster", {}, "not_inspected"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("clients_authenticated", one(kind, **properties)) == expected


def test_what_holds_no_phi_is_not_inspected() -> None:
    tags = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
    assert judged("clients_authenticated", one(CACHE, Tags=tags)) == "not_inspected"
