"""The guardrail that every request has to name: it masks who a patient is, and refuses attacks on the prompt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._names import deployed_name
from hipaa_constructs._stacks import stack_of
from hipaa_constructs.primitives.arns import key_arn

# Of the identifiers that 45 CFR 164.514(b)(2) counts, those that Bedrock knows by itself:
# docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html. Dates and ages stay: clinical text
# is about them.
MASKED = (
    "ADDRESS",
    "CREDIT_DEBIT_CARD_NUMBER",
    "DRIVER_ID",
    "EMAIL",
    "IP_ADDRESS",
    "LICENSE_PLATE",
    "MAC_ADDRESS",
    "NAME",
    "PHONE",
    "URL",
    "US_BANK_ACCOUNT_NUMBER",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "US_PASSPORT_NUMBER",
    "US_SOCIAL_SECURITY_NUMBER",
    "USERNAME",
    "VEHICLE_IDENTIFICATION_NUMBER",
)
# Nothing that a model has to know.
BLOCKED = ("AWS_ACCESS_KEY", "AWS_SECRET_KEY", "PASSWORD", "PIN")
# docs.aws.amazon.com/bedrock/latest/APIReference/API_GuardrailRegexConfig.html
_MOST_PATTERNS, _PATTERN_CHARACTERS, _NAME_CHARACTERS = 30, 500, 100


def require_patterns(patterns: Mapping[str, str]) -> None:
    """Refuse what Bedrock does not take as patterns of its own."""
    if len(patterns) > _MOST_PATTERNS:
        refuse(
            "masked_patterns",
            f"{len(patterns)} patterns",
            allowed=f"a guardrail takes {_MOST_PATTERNS}",
            fix="Put several into one, with '|'.",
        )
    for name, pattern in patterns.items():
        for what, text, most in (("name", name, _NAME_CHARACTERS), ("pattern", pattern, _PATTERN_CHARACTERS)):
            if not is_token(text) and not 1 <= len(text) <= most:
                refuse(
                    "masked_patterns",
                    f"a {what} of {len(text)} characters",
                    allowed=f"allowed are 1 to {most}",
                    fix="Shorten it." if text else "Write one.",
                )


def define_guardrail(
    scope: Construct, *, key: kms.IKey, masked_patterns: Mapping[str, str]
) -> tuple[bedrock.CfnGuardrail, bedrock.CfnGuardrailVersion]:
    """Define the guardrail, and a version of it, which is another one whenever what is masked or blocked is."""
    config = bedrock.CfnGuardrail
    filters = config.SensitiveInformationPolicyConfigProperty(
        pii_entities_config=[
            config.PiiEntityConfigProperty(type=kind, action=action)
            for kinds, action in ((MASKED, "ANONYMIZE"), (BLOCKED, "BLOCK"))
            for kind in kinds
        ],
        regexes_config=[
            config.RegexConfigProperty(name=name, pattern=pattern, action="ANONYMIZE")
            for name, pattern in masked_patterns.items()
        ]
        or None,
    )
    guardrail = config(
        scope,
        "Guardrail",
        name=deployed_name(scope, max_length=50),
        blocked_input_messaging="This request was blocked.",
        blocked_outputs_messaging="This answer was blocked.",
        kms_key_arn=key_arn(key),
        content_policy_config=config.ContentPolicyConfigProperty(
            filters_config=[
                config.ContentFilterConfigProperty(type="PROMPT_ATTACK", input_strength="HIGH", output_strength="NONE")
            ]
        ),
        sensitive_information_policy_config=filters,
    )
    # A version is a copy of the guardrail as it was when the version was made; a new text makes a new one.
    said = stack_of(scope).resolve([[*MASKED], [*BLOCKED], {**masked_patterns}])
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]
    version = bedrock.CfnGuardrailVersion(
        scope, "GuardrailVersion", guardrail_identifier=guardrail.attr_guardrail_id, description=f"Filters {digest}"
    )
    return guardrail, version
