"""Policies are within the size limits of AWS.

A policy beyond its quota is refused only at deployment, often halfway through it. Compliant: its known characters are
within the quota; what deployment fills in counts nothing, so that no sound policy is refused. Non-compliant: they
exceed it; so do the policies inside one role, user or group together. Not applicable: a resource without such a
policy, or of which nothing can be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Reference,
    Resolved,
    Ternary,
    Text,
    is_mapping,
    is_present,
    spread,
)
from hipaa_constructs.compliance.facts.organization import POLICY
from hipaa_constructs.compliance.facts.policy_fixes import ROLE_TYPES, identity_fixes, resource_fixes
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed
from hipaa_constructs.iam.document import parsed
from hipaa_constructs.iam.locations import IDENTITY_POLICIES, RESOURCE_POLICIES

# White space does not count: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. The others are from
# docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html,
# docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html,
# docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html and
# docs.aws.amazon.com/singlesignon/latest/userguide/limits.html.
_QUOTAS: Mapping[str, int] = {
    "AWS::IAM::Group": 5_120,
    "AWS::IAM::GroupPolicy": 5_120,
    "AWS::IAM::ManagedPolicy": 6_144,
    "AWS::IAM::Policy": 10_240,
    "AWS::IAM::Role": 10_240,
    "AWS::IAM::RolePolicy": 10_240,
    "AWS::IAM::User": 2_048,
    "AWS::IAM::UserPolicy": 2_048,
    "AWS::KMS::Key": 32_768,
    "AWS::KMS::ReplicaKey": 32_768,
    POLICY: 0,
    "AWS::S3::BucketPolicy": 20_480,
    "AWS::SSO::PermissionSet": 32_768,
    "AWS::SecretsManager::ResourcePolicy": 20_480,
}
# docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html; service control policies may be twice
# as long as before since May 2026. A type that is not here has 10,000.
_ORGANIZATION_QUOTAS = {
    "AISERVICES_OPT_OUT_POLICY": 2_500,
    "RESOURCE_CONTROL_POLICY": 5_120,
    "SERVICE_CONTROL_POLICY": 10_240,
}


def check(resource: Resource) -> Verdict:
    path, quota = _path(resource.type), _QUOTAS[resource.type]
    if resource.type == POLICY:
        kind = resource.get("Type")
        quota = _ORGANIZATION_QUOTAS.get(str(kind), 10_000)
    elif resource.type == "AWS::IAM::Policy" and is_present(resource.get("Users")) is Ternary.YES:
        quota = 2_048
    documents = [parsed(document) for document in spread(resource.properties, path) if document is not None]
    if not documents:
        return NOT_APPLICABLE
    size = sum(_known_characters(document) for document in documents)
    if size > quota:
        return failed(f"{path.removesuffix('[].PolicyDocument')} has {size} characters or more; AWS takes {quota}.")
    # What cannot be read has no length yet, and AWS refuses to deploy what is too long.
    return NOT_APPLICABLE if all(document is UNKNOWN for document in documents) else PASSED


def _path(kind: str) -> str:
    if kind == POLICY:
        return "Content"
    return IDENTITY_POLICIES[kind] if kind in IDENTITY_POLICIES else RESOURCE_POLICIES[kind][0]


def _known_characters(document: Resolved) -> int:
    return 0 if document is UNKNOWN else len("".join(json.dumps(_stripped(document), separators=(",", ":")).split()))


def _stripped(value: object) -> object:
    """Return the document without what only deployment fills in."""
    if is_mapping(value):
        return {str(key): _stripped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_stripped(item) for item in value]
    if value is UNKNOWN or isinstance(value, Reference):
        return ""
    if isinstance(value, Text):
        return re.sub(r"\$\{.*?\}", "", value)
    return value


RULE = Rule(
    name="PolicyWithinQuota",
    severity="error",
    resource_types=tuple(_QUOTAS),
    controls=("164.308(a)(4)(i)", "164.312(a)(1)"),
    fix="Split the policy over several, or let one pattern stand for many names.",
    fixes=(
        *identity_fixes(
            "keep fewer statements, and move the others to a further AWS::IAM::ManagedPolicy",
            "actions=<a part of the actions>, resources=[<a part of the ARNs>]",
            [kind for kind in _QUOTAS if kind.startswith("AWS::IAM::")],
            dict.fromkeys(ROLE_TYPES, ("LeastPrivilegeRole",)),
        ),
        *resource_fixes(
            "let one ARN with a wildcard, or a Condition on aws:PrincipalOrgID, stand for many",
            "actions=<the actions>, principals=[<who>], resources=[<fewer ARNs>]",
            [kind for kind in _QUOTAS if kind in RESOURCE_POLICIES],
        ),
        Fix(
            (POLICY,),
            beside="Split Content over several policies of its Type, all with the same TargetIds.",
            constructs=("Guardrails",),
        ),
        Fix(
            ("AWS::SSO::PermissionSet",),
            beside="Move statements of InlinePolicy to managed policies of each account, and name these in "
            "CustomerManagedPolicyReferences.",
            constructs=("WorkforcePermissionSets",),
        ),
    ),
    check=check,
)
