"""Policies are within the size limits of AWS.

A policy beyond its quota is refused only at deployment, often halfway through it. Compliant: its known characters are
within the quota; what deployment fills in counts nothing, so that no sound policy is refused. Non-compliant: they
exceed it; so do the policies inside one role, user or group together. A warning: they exceed a quota that AWS raises
on request, as that of whom a role trusts. Not applicable: a resource without such a policy, or of which nothing can be
read.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, is_present, spread
from hipaa_constructs.compliance.facts.organization import POLICY
from hipaa_constructs.compliance.facts.policy_fixes import ROLE_TYPES, identity_fixes, resource_fixes
from hipaa_constructs.compliance.facts.quotas import Quota, known_characters, quotas
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, worst
from hipaa_constructs.iam.document import parsed
from hipaa_constructs.iam.locations import IDENTITY_POLICIES, RESOURCE_POLICIES, TRUST_POLICY

_ENDPOINT = "AWS::EC2::VPCEndpoint"
_QUOTAS: Mapping[str, Quota] = {kind: Quota.of(entry) for kind, entry in quotas()["policies"].items()}
_TRUST = Quota.of(quotas()["trust_policy"])
_TYPES = (*_QUOTAS, POLICY)


def check(resource: Resource) -> Verdict:
    verdicts = [_judge(resource, _path(resource.type), _quota(resource))]
    if resource.type == "AWS::IAM::Role":
        verdicts.append(_judge(resource, TRUST_POLICY, _TRUST))
    return worst(verdicts)


def _judge(resource: Resource, path: str, quota: Quota) -> Verdict:
    documents = [parsed(document) for document in spread(resource.properties, path) if document is not None]
    size = sum(known_characters(document) for document in documents)
    verdict = quota.judge(path.removesuffix("[].PolicyDocument"), size, "characters")
    if size <= quota.limit and all(document is UNKNOWN for document in documents):
        # What cannot be read has no length yet, and AWS refuses to deploy what is too long.
        return NOT_APPLICABLE
    return verdict


def _quota(resource: Resource) -> Quota:
    if resource.type == POLICY:
        table = quotas()["organization_policies"]
        limit = table["limits"].get(str(resource.get("Type")), table["others"])
        return Quota(limit, table["source"])
    if resource.type == "AWS::IAM::Policy" and is_present(resource.get("Users")) is Ternary.YES:
        return _QUOTAS["AWS::IAM::UserPolicy"]
    return _QUOTAS[resource.type]


def _path(kind: str) -> str:
    if kind == POLICY:
        return "Content"
    if kind == _ENDPOINT:
        return "PolicyDocument"
    return IDENTITY_POLICIES[kind] if kind in IDENTITY_POLICIES else RESOURCE_POLICIES[kind][0]


RULE = Rule(
    name="PolicyWithinQuota",
    severity="error",
    resource_types=_TYPES,
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
            (_ENDPOINT,),
            beside="In PolicyDocument, let one ARN with a wildcard, or a Condition on aws:ResourceOrgID, stand for "
            "many.",
            cdk=tuple(
                f"ec2.{kind}.add_to_policy(iam.PolicyStatement(actions=<the actions>, principals=[<who>], "
                "resources=[<fewer ARNs>]))"
                for kind in ("GatewayVpcEndpoint", "InterfaceVpcEndpoint")
            ),
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
