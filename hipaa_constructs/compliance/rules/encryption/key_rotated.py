"""KMS keys rotate automatically.

Compliant: a symmetric KMS key with ``EnableKeyRotation`` true. Non-compliant: one without. Not applicable: asymmetric
and HMAC keys and keys with imported or external material, which KMS cannot rotate.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, is_one_of, is_true
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, unknown


def check(resource: Resource) -> Verdict:
    rotates = is_true(resource.get("EnableKeyRotation", False))
    rotatable = all_of(
        (
            is_one_of(resource.get("KeySpec", "SYMMETRIC_DEFAULT"), "SYMMETRIC_DEFAULT"),
            is_one_of(resource.get("Origin", "AWS_KMS"), "AWS_KMS"),
        )
    )
    if rotatable is Ternary.NO:
        return NOT_APPLICABLE
    if rotatable is Ternary.UNKNOWN and rotates is Ternary.NO:
        return unknown("EnableKeyRotation is not true, and whether the key can rotate is known only at deployment.")
    return judge(rotates, "EnableKeyRotation is not true, so the key does not rotate.")


RULE = Rule(
    name="KeyRotated",
    severity="error",
    resource_types=("AWS::KMS::Key",),
    controls=("164.312(a)(2)(iv)",),
    fix="Let KMS rotate the key every year.",
    fixes=(
        Fix(
            properties={"EnableKeyRotation": True},
            cdk=("kms.Key(enable_key_rotation=True)",),
            constructs=("KmsRotatedKey",),
        ),
    ),
    check=check,
)
