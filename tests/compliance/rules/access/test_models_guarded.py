from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

AGENT, FLOW = "AWS::Bedrock::Agent", "AWS::Bedrock::Flow"
GUARDRAIL = {"GuardrailIdentifier": "a1b2c3", "GuardrailVersion": "1"}


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
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    resources = one(kind, **properties) | {"G": {"Type": "AWS::Bedrock::Guardrail", "Properties": {"Name": "g"}}}
    assert judged("models_guarded", resources) == expected
