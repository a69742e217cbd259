"""EBS volumes are encrypted with a customer key.

A warning, since a volume without one is encrypted under a key that AWS manages; what is not encrypted is
VolumeEncrypted's. Compliant: every encrypted volume names a customer key, and so does AccountBaseline's setting for
volumes that name none. Non-compliant: one that names none, or a key that AWS manages. Not applicable: volumes that are
not encrypted, which VolumeEncrypted reports; launch configurations, and the launch specifications of Spot fleets, which
cannot name a key (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
aws-properties-ec2-spotfleet-ebsblockdevice.html).
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Fields, Ternary, is_true
from hipaa_constructs.compliance.facts.encryption import KEYLESS, VOLUMES, fixes_of_volumes, judge_keys, judge_volumes
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict

# CloudFormation has no type for it; this is the custom resource of AccountBaseline.
_DEFAULT = "Custom::EbsEncryption"


def check(resource: Resource) -> Verdict:
    if resource.type == _DEFAULT:
        return judge_keys([("KmsKeyId", resource.get("KmsKeyId"))])
    return judge_volumes(resource, _judge)


def _judge(name: str, settings: Fields) -> Verdict:
    if is_true(settings.get("Encrypted")) is Ternary.NO:
        return NOT_APPLICABLE
    return judge_keys([(f"{name}: KmsKeyId", settings.get("KmsKeyId"))])


RULE = Rule(
    name="VolumeEncryptedWithCustomerKey",
    severity="warning",
    resource_types=(*(kind for kind in VOLUMES if kind not in KEYLESS), _DEFAULT),
    controls=("164.312(a)(2)(iv)",),
    fix="Encrypt every volume with a customer key, and let one be the account's default.",
    fixes=(
        *(fix for fix in fixes_of_volumes() if not {*fix.resource_types} & {*KEYLESS}),
        Fix((_DEFAULT,), {"KmsKeyId": CUSTOMER_KEY}, constructs=("AccountBaseline",)),
    ),
    check=check,
    phi_only=True,
)
