from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do

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


def _with_user(**user: Any) -> dict[str, Any]:
    return {
        **one(CACHE, UserGroupIds=[{"Ref": "Group"}]),
        "Group": {
            "Type": "AWS::ElastiCache::UserGroup",
            "Properties": {"Engine": "redis", "UserGroupId": "app", "UserIds": [{"Ref": "User"}]},
        },
        "User": {
            "Type": "AWS::ElastiCache::User",
            "Properties": {"Engine": "redis", "UserId": "somebody", "UserName": "default", **user},
        },
    }


EVERYTHING = "on ~* +@all"
KEYLESS = {"AuthenticationMode": {"Type": "no-password-required"}}


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"AccessString": EVERYTHING, "AuthenticationMode": {"Type": "iam"}}, "passed"),
        ({"AccessString": EVERYTHING, "Passwords": [TOKEN]}, "passed"),
        ({"AccessString": EVERYTHING, "NoPasswordRequired": True}, "failed"),
        ({"AccessString": EVERYTHING, "NoPasswordRequired": "true"}, "failed"),
        ({"AccessString": EVERYTHING, **KEYLESS}, "failed"),
        ({"AccessString": "off -@all", **KEYLESS}, "passed"),
        # Who is not switched on is off.
        ({**KEYLESS}, "passed"),
        ({"AccessString": GIVEN, **KEYLESS}, "unknown"),
        ({"AccessString": EVERYTHING, "NoPasswordRequired": GIVEN}, "unknown"),
    ],
)
def test_users_of_a_group_sign_in_or_are_off(user: dict[str, Any], expected: str) -> None:
    assert judged("clients_authenticated", _with_user(**user)) == expected


def test_groups_and_users_are_found_by_their_ids_and_the_service_s_own_default_user_is_open() -> None:
    resources = _with_user(AccessString=EVERYTHING, **KEYLESS)
    resources["Subject"]["Properties"]["UserGroupIds"] = ["app"]
    resources["Group"]["Properties"]["UserIds"] = ["somebody"]
    assert judged("clients_authenticated", resources) == "failed"
    resources["Group"]["Properties"]["UserIds"] = ["elsewhere"]
    assert judged("clients_authenticated", resources) == "passed"
    resources["Group"]["Properties"]["UserIds"] = ["elsewhere", "default"]
    assert judged("clients_authenticated", resources) == "failed"


def test_serverless_caches_are_asked_for_their_users_too() -> None:
    resources = _with_user(AccessString=EVERYTHING, **KEYLESS)
    resources["Subject"] = one(SERVERLESS, Engine="redis", UserGroupId={"Ref": "Group"})["Subject"]
    assert judged("clients_authenticated", resources) == "failed"


def test_what_holds_no_phi_is_not_inspected() -> None:
    tags = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
    assert judged("clients_authenticated", one(CACHE, Tags=tags)) == "not_inspected"


@pytest.mark.parametrize(
    ("given", "by_token"),
    [
        ({"EngineVersion": "5.0.6"}, True),
        ({"Engine": "redis", "EngineVersion": "6.2"}, False),
        ({"Engine": "valkey", "EngineVersion": "7.2"}, False),
        ({"Engine": "redis"}, False),
        ({"Engine": "redis", "EngineVersion": GIVEN}, False),
    ],
)
def test_user_groups_are_for_redis_6_and_later(given: dict[str, Any], by_token: bool) -> None:
    fix = to_do("clients_authenticated", one("AWS::ElastiCache::ReplicationGroup", **given))
    assert ("Set AuthToken: " in fix, "Set UserGroupIds: " in fix) == (by_token, not by_token)
