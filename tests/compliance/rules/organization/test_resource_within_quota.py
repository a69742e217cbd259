from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule, verdict

RULE = "resource_within_quota"
FUNCTION, POLICY = "AWS::Lambda::Function", "AWS::Logs::ResourcePolicy"


def variables(**values: Any) -> dict[str, Any]:
    return one(FUNCTION, Environment={"Variables": values})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(FUNCTION), "not_applicable"),
        # As compact JSON: {"A":"…"} is eight bytes more than its value.
        (variables(A="x" * 4088), "passed"),
        (variables(A="x" * 4089), "failed"),
        (variables(A="ä" * 2044), "passed"),
        (variables(A="ä" * 2045), "failed"),
        # What deployment fills in counts nothing, what stands beside it does.
        (variables(A="x" * 4081, B=GIVEN), "passed"),
        (variables(A="x" * 4082, B=GIVEN), "failed"),
        (variables(A={"Fn::Sub": "${AWS::StackId}" + "x" * 4089}), "failed"),
        (variables(A={"Fn::Sub": "${AWS::StackId}" * 400}), "passed"),
        (variables(A="{{resolve:ssm:" + "x" * 4100 + "}}"), "passed"),
        (one(FUNCTION, Environment={"Variables": GIVEN}), "not_applicable"),
        (one(FUNCTION, Layers=["arn:aws:lambda:us-east-1:111122223333:layer:x:1"] * 5), "passed"),
        (one(FUNCTION, Layers=["arn:aws:lambda:us-east-1:111122223333:layer:x:1"] * 6), "failed"),
        (one(FUNCTION, Layers=[*["a"] * 5, {"Ref": "AWS::NoValue"}]), "passed"),
        (one("AWS::CloudFormation::StackSet", TemplateBody="x" * 51_200), "passed"),
        (one("AWS::CloudFormation::StackSet", TemplateBody="x" * 51_201), "failed"),
        (one("AWS::CloudFormation::StackSet", TemplateURL="https://bucket.s3.amazonaws.com/t.json"), "not_applicable"),
        (one("AWS::IAM::Role", ManagedPolicyArns=["a"] * 10), "passed"),
        (one("AWS::IAM::Role", ManagedPolicyArns=["a"] * 11), "failed"),
        (one("AWS::IAM::Role", ManagedPolicyArns=GIVEN), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


def test_message_says_how_much_how_much_may_be_and_who_says_so() -> None:
    found = verdict(RULE, variables(A="x" * 5000))
    assert found
    assert found.severity is None
    assert found.message == (
        "Environment.Variables has 5008 bytes or more; AWS takes 4096 "
        "(docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."
    )
    found = verdict(RULE, one("AWS::IAM::Role", ManagedPolicyArns=["a"] * 11))
    assert found
    assert found.severity == "warning"


def policies(count: int, **more: Any) -> dict[str, Any]:
    return {f"Policy{number}": {"Type": POLICY, **more} for number in range(count)}


def failures(*stacks: tuple[dict[str, Any], str | None, str | None], **sections: Any) -> list[str]:
    app = App()
    for number, (resources, account, region) in enumerate(stacks):
        app.add(f"{number}.json", {"Resources": resources, **sections}, account=account, region=region)
    results = evaluate(app, [rule(RULE)])
    return [f"{one.resource.template.name} {one.verdict.message}" for one in results if one.verdict.seen]


def test_an_account_has_so_many_in_one_region() -> None:
    here, elsewhere = ("111122223333", "us-east-1"), ("111122223333", "us-west-2")
    assert failures((policies(10), *here)) == []
    assert failures((policies(5), *here), (policies(6), *elsewhere)) == []
    assert failures((policies(5), *here), (policies(6), "444455556666", "us-east-1")) == []
    # What is not known to be one place is counted by its template.
    assert failures((policies(5), None, None), (policies(6), None, None)) == []
    (found,) = failures((policies(5), *here), (policies(6), *here))
    assert found == (
        "0.json An account gets 11 of its type in one Region; AWS takes 10 "
        "(docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html)."
    )
    assert len(failures((policies(11), None, None))) == 1


def test_what_is_not_deployed_does_not_count() -> None:
    one_of_both = {
        **policies(10),
        "Here": {"Type": POLICY, "Condition": "InProduction"},
        "There": {"Type": POLICY, "Condition": "InTest"},
    }
    never = {"Never": {"Fn::Equals": ["a", "b"]}}
    assert failures(({**policies(10), "X": {"Type": POLICY, "Condition": "Never"}}, None, None), Conditions=never) == []
    sections = {
        "Parameters": {"Stage": {"Type": "String", "AllowedValues": ["production", "test"]}},
        "Conditions": {
            "InProduction": {"Fn::Equals": [{"Ref": "Stage"}, "production"]},
            "InTest": {"Fn::Equals": [{"Ref": "Stage"}, "test"]},
        },
    }
    (found,) = failures((one_of_both, None, None), **sections)
    assert "gets 11 of its type" in found
