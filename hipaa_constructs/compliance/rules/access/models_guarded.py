"""Agents and flows of Amazon Bedrock hold what models are asked and answer against a guardrail.

A guardrail keeps personal data that is not needed out of answers, and refuses prompts that would turn the model on its
data (docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html). Compliant: an agent with one; a flow whose nodes
that ask a model each have one. Non-compliant: without. Unknown: a flow whose definition is kept in S3 or written as
text. Not applicable: a flow that asks no model itself. Whether calls are logged is a setting of the account, for which
CloudFormation has no type.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, dig, is_present, spread
from hipaa_constructs.compliance.fix import GUARDRAIL, GUARDRAIL_VERSION, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, unknown, worst

_GUARDRAIL = "GuardrailConfiguration.GuardrailIdentifier"


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::Bedrock::Agent":
        return judge(
            is_present(resource.get(_GUARDRAIL)),
            "GuardrailConfiguration names no guardrail.",
            unknown_message="GuardrailConfiguration is known only at deployment.",
        )
    if resource.get("DefinitionS3Location") is not None or resource.get("DefinitionString") is not None:
        return unknown("The flow's definition cannot be read before deployment.")
    return worst(_nodes(resource))


def _nodes(flow: Resource) -> Iterator[Verdict]:
    for node in spread(flow.properties, "Definition.Nodes[]"):
        if node is UNKNOWN:
            yield unknown("The flow's nodes are known only at deployment.")
            continue
        for kind in ("Prompt", "KnowledgeBase"):
            settings = dig(node, f"Configuration.{kind}")
            # A knowledge base without a model only looks up.
            if settings is None or (kind == "KnowledgeBase" and is_present(dig(settings, "ModelId")) is Ternary.NO):
                continue
            yield judge(
                is_present(dig(settings, _GUARDRAIL)),
                f"GuardrailConfiguration of the node {dig(node, 'Name')} names no guardrail.",
                unknown_message=f"GuardrailConfiguration of the node {dig(node, 'Name')} is known only at deployment.",
            )


RULE = Rule(
    name="ModelsGuarded",
    severity="warning",
    resource_types=("AWS::Bedrock::Agent", "AWS::Bedrock::Flow"),
    controls=("164.308(a)(1)(ii)(B)",),
    fix="Have a guardrail block prompt attacks and mask personal data.",
    fixes=(
        Fix(
            ("AWS::Bedrock::Agent",),
            {"GuardrailConfiguration": {"GuardrailIdentifier": GUARDRAIL, "GuardrailVersion": GUARDRAIL_VERSION}},
        ),
        Fix(
            ("AWS::Bedrock::Flow",),
            beside="In Definition.Nodes, each node that asks a model or a knowledge base has GuardrailConfiguration.",
        ),
    ),
    check=check,
    phi_only=True,
)
