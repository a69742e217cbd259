from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import Verdict
from tests.compliance.rules.support import rule


def _verdicts(module: str, resources: dict[str, Any], **sections: Any) -> dict[str, Verdict]:
    app = App()
    app.add("Test.template.json", {"Resources": resources, **sections})
    return {result.resource.logical_id: result.verdict for result in evaluate(app, [rule(module)])}


def _role(service: str = "states.amazonaws.com", **attributes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Statement": [statement]}, "ManagedPolicyArns": ["own"]},
        **attributes,
    }


TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
}
FAILING: list[tuple[str, dict[str, Any]]] = [
    ("services_act_for_account", _role()),
    ("resource_use_monitored", {"Type": "AWS::ECS::Cluster"}),
    ("store_backed_up", TABLE),
    ("runtime_supported", {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "java8"}}),
    (
        "no_secrets_in_environment",
        {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": {"DB_PASSWORD": "aT7-mQ2-xL9"}}}},
    ),
    ("engine_version_supported", {"Type": "AWS::EKS::Cluster", "Properties": {"Version": "1.20"}}),
    ("alarm_delivered", {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": []}}),
    ("store_encrypted_with_customer_key", {"Type": "AWS::CodeBuild::Project"}),
    (
        "function_logs_kept",
        {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::111122223333:role/Clinic"}},
    ),
]


@pytest.mark.parametrize(("module", "resource"), FAILING)
def test_first_speaks_for_all(module: str, resource: dict[str, Any]) -> None:
    found = _verdicts(module, dict.fromkeys("ABCDE", resource))
    assert found["A"].outcome == "failed"
    assert found["A"].seen[-1] == "The same is so of B, C, D and 1 more."
    assert {found[name].outcome for name in "BCDE"} == {"not_applicable"}
    assert all(found[name].said_of.logical_id == "A" for name in "BCDE")  # type: ignore[union-attr]


@pytest.mark.parametrize(("module", "resource"), FAILING)
def test_one_alone_names_no_other(module: str, resource: dict[str, Any]) -> None:
    found = _verdicts(module, {"A": resource})["A"]
    assert found.outcome == "failed"
    assert "The same" not in found.message


def test_first_that_always_fails_speaks() -> None:
    resources = {"A": _role(Condition="Large"), "B": _role(), "C": _role("lambda.amazonaws.com")}
    parameters = {"Size": {"Type": "String"}}
    conditions = {"Large": {"Fn::Equals": [{"Ref": "Size"}, "large"]}}
    found = _verdicts("services_act_for_account", resources, Parameters=parameters, Conditions=conditions)
    assert {name: str(one.outcome) for name, one in found.items()} == {
        "A": "not_applicable",
        "B": "failed",
        "C": "passed",
    }
    assert "The same is so of A." in found["B"].message


def test_stores_of_records_stay_apart() -> None:
    found = _verdicts(
        "store_encrypted_with_customer_key", {name: {"Type": "AWS::DynamoDB::Table"} for name in ("A", "B")}
    )
    assert {one.outcome for one in found.values()} == {"failed"}


def _function(runtime: Any) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": runtime}}


def test_what_has_another_cause_is_told_by_itself() -> None:
    old, given = "nodejs12.x", {"Ref": "Runtime"}
    functions = {"A": old, "B": given, "C": "java8", "D": old, "E": given}
    found = _verdicts(
        "runtime_supported",
        {name: _function(runtime) for name, runtime in functions.items()},
        Parameters={"Runtime": {"Type": "String", "Default": old}},
    )
    assert {name for name, verdict in found.items() if verdict.outcome == "failed"} == {"A", "B", "C"}
    assert [found[name].seen[-1] for name in "AB"] == ["The same is so of D.", "The same is so of E."]
    assert len(found["C"].seen) == 1


def test_an_alarm_that_is_off_is_not_said_of_one_without_actions() -> None:
    alarms = {
        "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {}},
        "B": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"ActionsEnabled": False, "AlarmActions": ["topic"]}},
    }
    found = _verdicts("alarm_delivered", alarms)
    assert [found[name].outcome for name in "AB"] == ["failed", "failed"]


def test_one_line_of_globals_is_said_once() -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "a.b", "CodeUri": "."}}
    found = _verdicts(
        "runtime_supported",
        {"A": function, "B": function},
        Transform="AWS::Serverless-2016-10-31",
        Globals={"Function": {"Runtime": "nodejs12.x"}},
    )
    assert (found["A"].outcome, found["A"].seen[-1]) == ("failed", "The same is so of B.")
    assert found["B"].outcome == "not_applicable"


STAGE: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String"}},
    "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}, "Other": {"Fn::Not": [{"Condition": "Prod"}]}},
}


def _database(interval: Any = None, **attributes: Any) -> dict[str, Any]:
    properties = {"Engine": "postgres"} | ({} if interval is None else {"MonitoringInterval": interval})
    return {"Type": "AWS::RDS::DBInstance", "Properties": properties, **attributes}


def test_what_fails_in_other_worlds_is_not_said_of_one_another() -> None:
    resources = {"A": _database({"Fn::If": ["Prod", 60, 0]}), "B": _database(Condition="Prod")}
    found = _verdicts("resource_use_monitored", resources, **STAGE)
    assert {one.outcome for one in found.values()} == {"failed"}
    assert not any("The same" in one.message for one in found.values())
    assert "when Stage is not prod" in found["A"].message


def test_what_excludes_one_another_is_not_said_of_one_another() -> None:
    resources = {"A": _database(Condition="Prod"), "B": _database(Condition="Other")}
    found = _verdicts("resource_use_monitored", resources, **STAGE)
    assert [found[name].outcome for name in "AB"] == ["failed", "failed"]
    assert not any("The same" in one.message for one in found.values())


def test_one_that_fails_in_some_worlds_alone_speaks_for_itself() -> None:
    resources = {"A": _database(), "B": _database({"Fn::If": ["Prod", 60, 0]}), "C": _database(Condition="Prod")}
    found = _verdicts("resource_use_monitored", resources, **STAGE)
    assert [found[name].outcome for name in "ABC"] == ["failed", "failed", "not_applicable"]
    assert found["A"].seen[-1] == "The same is so of C."
    assert found["B"].message.endswith("(when Stage is not prod).")


def test_of_what_is_there_by_conditions_of_its_own_no_earlier_one_is_named() -> None:
    parameters = {name: {"Type": "String"} for name in ("One", "Two")}
    conditions = {name: {"Fn::Equals": [{"Ref": name}, "yes"]} for name in parameters}
    resources = {"A": _database(Condition="One"), "B": _database(Condition="Two")}
    found = _verdicts("resource_use_monitored", resources, Parameters=parameters, Conditions=conditions)
    assert "The same is so of B." in found["A"].message
    assert "The same" not in found["B"].message
