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
        "Properties": {"AssumeRolePolicyDocument": {"Statement": [statement]}},
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
    ("store_encrypted_with_customer_key", {"Type": "AWS::ECR::Repository"}),
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
