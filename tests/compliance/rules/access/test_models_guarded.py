from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

AGENT, FLOW, FILTERS = "AWS::Bedrock::Agent", "AWS::Bedrock::Flow", "AWS::Bedrock::Guardrail"
GUARDRAIL = {"GuardrailIdentifier": "a1b2c3", "GuardrailVersion": "1"}


ATTACKS = {"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"}
NAMES = {"Type": "NAME", "Action": "ANONYMIZE"}


def _guardrail(attacks: Any = ATTACKS, **kinds: Any) -> dict[str, Any]:
    kinds = kinds or {"PiiEntitiesConfig": [NAMES]}
    return {
        "Name": "g",
        "ContentPolicyConfig": {"FiltersConfig": [attacks]},
        "SensitiveInformationPolicyConfig": kinds,
    }


def _flow(*configurations: dict[str, Any]) -> dict[str, Any]:
    nodes = [{"Name": f"N{number}", "Configuration": found} for number, found in enumerate(configurations)]
    return {"Definition": {"Nodes": nodes}}


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (AGENT, {"GuardrailConfiguration": GUARDRAIL}, "passed"),
        (AGENT, {"GuardrailConfiguration": {"GuardrailIdentifier": {"Fn::GetAtt": ["G", "GuardrailId"]}}}, "passed"),
        (AGENT, {}, "failed"),
        (AGENT, {"GuardrailConfiguration": GIVEN}, "unknown"),
        (FLOW, _flow({"Prompt": {"GuardrailConfiguration": GUARDRAIL}}), "passed"),
        (FLOW, _flow({"Prompt": {"GuardrailConfiguration": GUARDRAIL}}, {"Prompt": {}}), "failed"),
        (FLOW, _flow({"KnowledgeBase": {"ModelId": "amazon.nova-pro-v1:0"}}), "failed"),
        (FLOW, _flow({"KnowledgeBase": {"KnowledgeBaseId": "ABCDE12345"}}), "not_applicable"),
        (FLOW, _flow({"Input": {}}, {"Output": {}}), "not_applicable"),
        (FLOW, {"Definition": GIVEN}, "unknown"),
        (FLOW, {"DefinitionS3Location": {"Bucket": "flows", "Key": "a.json"}}, "unknown"),
        (FLOW, {"DefinitionString": "{}"}, "unknown"),
        (FILTERS, _guardrail(), "passed"),
        (FILTERS, _guardrail(RegexesConfig=[{"Name": "mrn", "Pattern": "[0-9]", "Action": "BLOCK"}]), "passed"),
        (FILTERS, {"Name": "g"}, "failed"),
        (FILTERS, {**_guardrail(), "ContentPolicyConfig": {"FiltersConfig": []}}, "failed"),
        (FILTERS, _guardrail({**ATTACKS, "InputStrength": "NONE"}), "failed"),
        (FILTERS, _guardrail({**ATTACKS, "InputAction": "NONE"}), "failed"),
        (FILTERS, _guardrail({**ATTACKS, "InputEnabled": False}), "failed"),
        (FILTERS, _guardrail({**ATTACKS, "Type": "VIOLENCE"}), "failed"),
        (FILTERS, _guardrail(PiiEntitiesConfig=[{**NAMES, "Action": "NONE"}]), "failed"),
        (FILTERS, _guardrail(PiiEntitiesConfig=[{**NAMES, "OutputAction": "NONE"}]), "failed"),
        (FILTERS, _guardrail(PiiEntitiesConfig=[{**NAMES, "Action": "NONE", "OutputAction": "BLOCK"}]), "passed"),
        (FILTERS, _guardrail(PiiEntitiesConfig=[{**NAMES, "OutputEnabled": False}]), "failed"),
        (FILTERS, {**_guardrail(), "SensitiveInformationPolicyConfig": GIVEN}, "unknown"),
        (FILTERS, _guardrail({**ATTACKS, "InputStrength": GIVEN}), "unknown"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    resources = one(kind, **properties) | {"G": {"Type": FILTERS, "Properties": _guardrail()}}
    assert judged("models_guarded", resources) == expected


MODEL = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku"
NAMED = {"StringEquals": {"bedrock:GuardrailIdentifier": "arn:aws:bedrock:us-east-1:111122223333:guardrail/a:1"}}
PROFILE = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-3-haiku"
BY_PROFILE = {"ArnEquals": {"bedrock:InferenceProfileArn": PROFILE}}
OTHERS = {"StringNotEquals": NAMED["StringEquals"]}


def _policy(action: Any, resource: Any = MODEL, *others: dict[str, Any], **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return one("AWS::IAM::Policy", PolicyDocument={"Statement": [statement, *others]}, Roles=[{"Ref": "Role"}])


def _role(service: str) -> dict[str, Any]:
    taken = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [taken]}}}}


_DENIAL = {"Effect": "Deny", "Action": "bedrock:InvokeModel*", "Resource": "*"}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy("bedrock:InvokeModel", Condition=NAMED), "passed"),
        (_policy("bedrock:InvokeModel"), "failed"),
        (_policy(["bedrock:invokemodelwithresponsestream"]), "failed"),
        (_policy("bedrock:Invoke*", "*"), "failed"),
        (_policy("bedrock:*", "*"), "passed"),
        (_policy("bedrock:ListFoundationModels", "*"), "passed"),
        (
            _policy("bedrock:InvokeModel", "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2"),
            "passed",
        ),
        (_policy("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/amazon.nova-canvas*"), "passed"),
        (_policy("bedrock:InvokeModel", MODEL, {**_DENIAL, "Condition": OTHERS}), "passed"),
        (_policy("bedrock:InvokeModel", MODEL, {**_DENIAL, "Condition": NAMED}), "failed"),
        (_policy("bedrock:InvokeModel", MODEL, {**_DENIAL, "Effect": GIVEN, "Condition": OTHERS}), "failed"),
        (
            _policy("bedrock:InvokeModel", MODEL, {**_DENIAL, "Action": "bedrock:InvokeModel", "Condition": OTHERS}),
            "failed",
        ),
        (_policy("bedrock:InvokeModel", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}}), "failed"),
        (
            _policy("bedrock:InvokeModel", Condition={"StringEqualsIfExists": NAMED["StringEquals"]}),
            "failed",
        ),
        (_policy("bedrock:InvokeModel", Condition=BY_PROFILE), "passed"),
        (_policy("bedrock:InvokeModel", PROFILE), "failed"),
        (_policy("bedrock:InvokeModel", Condition=GIVEN), "unknown"),
        (_policy("bedrock:InvokeModel") | _role("lambda.amazonaws.com"), "failed"),
        (_policy("bedrock:InvokeModel") | _role("bedrock.amazonaws.com"), "not_applicable"),
    ],
)
def test_who_may_ask_models(resources: dict[str, Any], expected: str) -> None:
    assert judged("models_guarded", resources) == expected
