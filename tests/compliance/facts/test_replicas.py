from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import Verdict
from tests.compliance.rules.support import rule

RULES = [
    "database_encrypted",
    "database_iam_authenticated",
    "database_tls_minimum",
    "database_tls_required",
]
OLD = {"Engine": "mysql", "EngineVersion": "5.7"}


def _verdicts(module: str, **databases: dict[str, Any]) -> dict[str, Verdict]:
    resources = {name: {"Type": "AWS::RDS::DBInstance", "Properties": given} for name, given in databases.items()}
    for group in ("Own", "Shared"):
        resources[group] = {"Type": "AWS::RDS::DBParameterGroup", "Properties": {"Family": "mysql5.7"}}
    app = App()
    app.add("Test.template.json", {"Resources": resources})
    return {result.resource.logical_id: result.verdict for result in evaluate(app, [rule(module)])}


def _replica(source: str, **properties: Any) -> dict[str, Any]:
    return {**OLD, "SourceDBInstanceIdentifier": {"Ref": source}, **properties}


@pytest.mark.parametrize("module", RULES)
def test_the_finding_of_the_source_names_its_replicas(module: str) -> None:
    found = _verdicts(module, Second=_replica("First"), First=_replica("Source"), Source=OLD)
    assert found["Source"].outcome == "failed"
    assert found["Source"].seen[-1] == "The same is so of Second, First."
    for name in ("First", "Second"):
        assert (found[name].outcome, found[name].said_of.logical_id) == ("not_applicable", "Source")  # type: ignore[union-attr]


@pytest.mark.parametrize("module", RULES)
def test_a_source_without_replicas_names_none(module: str) -> None:
    found = _verdicts(module, Source=OLD, Other=OLD)
    assert [found[name].outcome for name in ("Source", "Other")] == ["failed", "failed"]
    assert "The same" not in found["Source"].message


def test_a_replica_in_the_version_of_its_source_is_one_finding_with_it() -> None:
    replica = {"SourceDBInstanceIdentifier": {"Ref": "Source"}, "EngineVersion": "5.7", "Engine": "mysql"}
    found = _verdicts("engine_version_supported", Source=OLD, Replica={**replica, "EngineVersion": 5.7})
    assert found["Source"].seen[-1] == "The same is so of Replica."
    assert found["Replica"].said_of is not None


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_replica_is_encrypted_as_its_source_whatever_it_says(encrypted: bool) -> None:
    replica = _replica("Source", StorageEncrypted=not encrypted)
    found = _verdicts("database_encrypted", Source={**OLD, "StorageEncrypted": encrypted}, Replica=replica)
    assert found["Replica"].outcome == ("passed" if encrypted else "not_applicable")


@pytest.mark.parametrize(
    ("module", "source", "replica"),
    [
        ("database_iam_authenticated", {**OLD, "EnableIAMDatabaseAuthentication": True}, {}),
        ("engine_version_supported", {"Engine": "mysql", "EngineVersion": "8.4"}, {}),
        (
            "database_tls_required",
            {**OLD, "DBParameterGroupName": {"Ref": "Shared"}},
            {"DBParameterGroupName": {"Ref": "Own"}},
        ),
        ("database_tls_minimum", OLD, {"DBParameterGroupName": {"Ref": "Own"}}),
    ],
)
def test_what_is_so_of_a_replica_alone_is_said_of_it(
    module: str, source: dict[str, Any], replica: dict[str, Any]
) -> None:
    assert _verdicts(module, Source=source, Replica=_replica("Source", **replica))["Replica"].outcome == "failed"


def test_a_replica_that_names_the_group_of_its_source_is_told_with_it() -> None:
    shared = {"DBParameterGroupName": {"Ref": "Shared"}}
    found = _verdicts("database_tls_required", Source={**OLD, **shared}, Replica=_replica("Source", **shared))
    assert found["Replica"].said_of is not None


def test_a_replica_that_is_there_where_its_source_complies_is_not_named() -> None:
    source = {**OLD, "EnableIAMDatabaseAuthentication": {"Fn::If": ["Prod", True, False]}}
    resources = {
        "Source": {"Type": "AWS::RDS::DBInstance", "Properties": source},
        "Replica": {"Type": "AWS::RDS::DBInstance", "Properties": _replica("Source"), "Condition": "Prod"},
    }
    app = App()
    app.add(
        "Test.template.json",
        {
            "Parameters": {"Stage": {"Type": "String"}},
            "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
            "Resources": resources,
        },
    )
    found = {one.resource.logical_id: one.verdict for one in evaluate(app, [rule("database_iam_authenticated")])}
    assert found["Replica"].outcome == "failed"
    assert "The same" not in found["Source"].message
    assert "The same" not in found["Replica"].message
