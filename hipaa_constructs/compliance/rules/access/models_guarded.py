"""Models of Amazon Bedrock are asked behind a guardrail that guards PHI.

A guardrail keeps personal data that is not needed out of answers, and refuses prompts that would turn the model on its
data (docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html). Compliant: an agent with one; a flow whose nodes
that ask a model each have one; a guardrail that masks or blocks personal data and blocks prompt attacks; an identity
policy that lets models be asked on a condition on ``bedrock:GuardrailIdentifier``, or denies it otherwise
(docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html). Non-compliant: without. Unknown: a flow
whose definition is kept in S3 or written as text. Not applicable: a flow that asks no model itself; what Bedrock's own
roles may ask, whose agents, flows and jobs name the guardrail, and for which the condition would refuse calls; models
that embed, rank or draw, which answer no text; models behind an inference profile, of which the statement on the
profile is asked. Whether calls are logged is a setting of the account, for which
CloudFormation has no type. Policies are told once a template: one guardrail is for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    dig,
    is_false,
    is_one_of,
    is_present,
    negate,
    spread,
)
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.facts.grants import judge_grants
from hipaa_constructs.compliance.facts.policy_fixes import ROLE_TYPES, identity_fixes
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.fix import GUARDRAIL, GUARDRAIL_VERSION, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, listed, unknown, worst
from hipaa_constructs.iam.document import Statement, matches
from hipaa_constructs.iam.grants import IDENTITY_TYPES, documents, is_whole_service
from hipaa_constructs.iam.roles import roles_of, trusted_principals

_GUARDRAIL = "GuardrailConfiguration.GuardrailIdentifier"
_PERSONAL = "SensitiveInformationPolicyConfig"


# Converse asks for these, too: docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
_CALLS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
_NAMED, _PROFILE = "bedrock:guardrailidentifier", "bedrock:inferenceprofilearn"
_ANSWERLESS = re.compile(r"embed|rerank|canvas|image|reel|stability", re.IGNORECASE)


def check(resource: Resource) -> Verdict:
    if resource.type in IDENTITY_TYPES:
        return say_once(resource, _grants, IDENTITY_TYPES)
    if resource.type == "AWS::Bedrock::Agent":
        return judge(
            is_present(resource.get(_GUARDRAIL)),
            "GuardrailConfiguration names no guardrail.",
            unknown_message="GuardrailConfiguration is known only at deployment.",
        )
    if resource.type == "AWS::Bedrock::Guardrail":
        return worst(_filters(resource))
    if resource.get("DefinitionS3Location") is not None or resource.get("DefinitionString") is not None:
        return unknown("The flow's definition cannot be read before deployment.")
    return worst(_nodes(resource))


def _grants(resource: Resource) -> Verdict:
    if classification_of(resource) is DataClassification.NO_PHI:
        return NOT_APPLICABLE
    if any(isinstance(role, Resource) and _is_of_bedrock(role) for role in roles_of(resource)):
        return NOT_APPLICABLE
    return judge_grants(resource, partial(_statement, denied=any(map(_denies_unguarded, documents(resource)))))


def _is_of_bedrock(role: Resource) -> bool:
    trusted = trusted_principals(role)
    return not isinstance(trusted, Unknown) and any(str(value).startswith("bedrock.") for _, value in trusted)


def _denies_unguarded(policy: Sequence[Statement] | Unknown) -> bool:
    return not isinstance(policy, Unknown) and any(
        all_of((statement.denies, *(statement.covers_action(call) for call in _CALLS))) is Ternary.YES
        and any(
            condition.operator in ("null", "stringnotequals", "stringnotlike", "arnnotequals", "arnnotlike")
            for condition in statement.compared(_NAMED)
        )
        for statement in policy
    )


def _statement(statement: Statement, denied: bool) -> Iterator[Verdict]:
    # Whole services are GrantsBounded's.
    named = [action for action in statement.actions if isinstance(action, str) and not is_whole_service(action)]
    called = [action for action in named if any(matches(action, call) for call in _CALLS)]
    answering = [item for item in statement.resources if not _ANSWERLESS.search(str(item))]
    if denied or not called or not answering:
        return
    # What is behind a profile is asked with the profile, of which another statement says whether it is guarded.
    if any(not condition.if_exists for key in (_NAMED, _PROFILE) for condition in statement.compared(key)):
        return
    said = f"statement {statement.name} allows {listed(called)}"
    if any(isinstance(condition, Unknown) for condition in statement.conditions):
        yield unknown(f"On what condition {said} is known only at deployment.")
    else:
        yield failed(f"S{said[1:]} without a guardrail: no condition on bedrock:GuardrailIdentifier.")


def _filters(guardrail: Resource) -> Iterator[Verdict]:
    attacks = spread(guardrail.properties, "ContentPolicyConfig.FiltersConfig[]")
    yield judge(
        any_of(map(_blocks_attacks, attacks)),
        "ContentPolicyConfig blocks no prompt attacks.",
        unknown_message="ContentPolicyConfig is known only at deployment.",
    )
    kinds = ("PiiEntitiesConfig", "RegexesConfig")
    personal = (item for kind in kinds for item in spread(guardrail.properties, f"{_PERSONAL}.{kind}[]"))
    yield judge(
        any_of(map(_hides, personal)),
        f"{_PERSONAL} neither masks nor blocks personal data in answers.",
        unknown_message=f"{_PERSONAL} is known only at deployment.",
    )


def _blocks_attacks(item: Resolved) -> Ternary:
    """Whether a filter acts on prompts, which is where attacks are."""
    if item is UNKNOWN:
        return Ternary.UNKNOWN
    return all_of(
        (
            is_one_of(dig(item, "Type"), "PROMPT_ATTACK"),
            is_one_of(dig(item, "InputStrength"), "LOW", "MEDIUM", "HIGH"),
            negate(is_one_of(dig(item, "InputAction"), "NONE")),
            negate(is_false(dig(item, "InputEnabled"))),
        )
    )


def _hides(item: Resolved) -> Ternary:
    """Whether a filter acts on answers, from which what it finds would go on."""
    if item is UNKNOWN:
        return Ternary.UNKNOWN
    said = dig(item, "OutputAction")
    return all_of(
        (
            is_one_of(dig(item, "Action") if said is None else said, "ANONYMIZE", "BLOCK"),
            negate(is_false(dig(item, "OutputEnabled"))),
        )
    )


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
    resource_types=("AWS::Bedrock::Agent", "AWS::Bedrock::Flow", "AWS::Bedrock::Guardrail", *IDENTITY_TYPES),
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
        Fix(
            ("AWS::Bedrock::Guardrail",),
            beside="ContentPolicyConfig has a filter of Type PROMPT_ATTACK with InputStrength HIGH and OutputStrength "
            "NONE, and SensitiveInformationPolicyConfig the kinds of personal data to mask, with Action ANONYMIZE.",
            constructs=("ModelAccess",),
        ),
        *identity_fixes(
            "add to the statement a Condition {StringEquals: {bedrock:GuardrailIdentifier: the guardrail's ARN, a "
            "colon and its version}}",
            'actions=["bedrock:InvokeModel"], resources=[<the ARN of a model>], '
            'conditions={"StringEquals": {"bedrock:GuardrailIdentifier": <the guardrail>}}',
            constructs=dict.fromkeys(ROLE_TYPES, ("ModelAccess",)),
        ),
    ),
    check=check,
    phi_only=True,
)
