"""KMS keys rotate by themselves.

Compliant: a symmetric KMS key with ``EnableKeyRotation`` true. Non-compliant: one without. Not applicable: asymmetric
and HMAC keys and keys with imported or external material, which KMS cannot rotate.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_bool
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge


def check(resource: Resource) -> Verdict:
    if resource.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        return NOT_APPLICABLE
    if resource.get("Origin", "AWS_KMS") != "AWS_KMS":
        return NOT_APPLICABLE
    return judge(
        as_bool(resource.get("EnableKeyRotation", False)), "EnableKeyRotation is not true, so the key does not rotate."
    )


RULE = Rule(
    name="KeyRotated",
    severity="error",
    resource_types=("AWS::KMS::Key",),
    controls=("164.312(a)(2)(iv)",),
    fix="Set EnableKeyRotation to true (enable_key_rotation=True on kms.Key), or use KmsRotatedKey.",
    check=check,
)
