"""Which service ``DelegatedAdministrators`` delegates to whom, and what its function may do for that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._stacks import arn_in, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.compute.provider_function import ProviderFunction

# Registered with Organizations itself, since these services have no call of their own for it. Each by the account that
# runs it: docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
REGISTERED: Final[Mapping[str, tuple[str, ...]]] = {
    "security": ("access-analyzer", "config", "config-multiaccountsetup"),
    "identity": ("sso",),
    "backup": ("backup",),
    "deployment": ("member.org.stacksets.cloudformation",),
}
# Trusted by Organizations' own call; ``every`` goes for every organization. What is not here is trusted by a call of
# the service, which makes its roles too: RAM, IPAM, Firewall Manager, Macie, Inspector, GuardDuty, Detective,
# StackSets; or by turning it on, as Identity Center. For protection from malware GuardDuty asks for it by a name of its
# own (docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-guardduty.html).
TRUSTED: Final[Mapping[str, tuple[str, ...]]] = {
    "every": ("cloudtrail",),
    "roots": ("iam",),
    "security": (
        "access-analyzer",
        "config",
        "config-multiaccountsetup",
        "malware-protection.guardduty",
        "securityhub",
    ),
    "backup": ("backup",),
}
# Whom the services' calls have Organizations trust and register, in the name of who calls.
_BY_THE_SERVICE: Final[Mapping[str, tuple[str, ...]]] = {
    "stack_sets": ("member.org.stacksets.cloudformation",),
    "security": ("agentless.inspector2", "fms", "guardduty", "inspector2", "macie"),
    "network": ("ipam", "ram"),
    "backup": ("ram",),
}
_ROLES_MADE: Final[Mapping[str, Mapping[str, str]]] = {
    "stack_sets": {"stacksets.cloudformation": "AWSServiceRoleForCloudFormationStackSetsOrgAdmin"},
    "security": {"fms": "AWSServiceRoleForFMS", "macie": "AWSServiceRoleForAmazonMacie"},
    "network": {"ipam": "AWSServiceRoleForIPAM", "ram": "AWSServiceRoleForResourceAccessManager"},
    "backup": {"backup": "AWSServiceRoleForBackup", "ram": "AWSServiceRoleForResourceAccessManager"},
}
# None of these has a resource type, so that a policy can name no resource:
# docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "every": (
        "organizations:DescribeOrganization",
        "organizations:ListAWSServiceAccessForOrganization",
        "organizations:ListAccounts",
        "organizations:ListDelegatedAdministrators",
        "organizations:ListRoots",
    ),
    "roots": (
        "iam:EnableOrganizationsRootCredentialsManagement",
        "iam:EnableOrganizationsRootSessions",
        "iam:ListOrganizationsFeatures",
    ),
    "stack_sets": ("cloudformation:ActivateOrganizationsAccess", "cloudformation:DescribeOrganizationsAccess"),
    "security": (
        "fms:AssociateAdminAccount",
        "fms:GetAdminAccount",
        "guardduty:EnableOrganizationAdminAccount",
        "guardduty:ListOrganizationAdminAccounts",
        "inspector2:EnableDelegatedAdminAccount",
        "inspector2:ListDelegatedAdminAccounts",
        "macie2:EnableMacie",
        "macie2:EnableOrganizationAdminAccount",
        "macie2:ListOrganizationAdminAccounts",
    ),
    "network": ("ec2:EnableIpamOrganizationAdminAccount", "ram:EnableSharingWithAwsOrganization"),
    "backup": (
        "backup:DescribeGlobalSettings",
        "backup:UpdateGlobalSettings",
        "ram:EnableSharingWithAwsOrganization",
    ),
}


def principal(name: str) -> str:
    """Return a service by the name that Organizations knows it by, in every partition alike."""
    return f"{name}.amazonaws.com"


def trusted(parts: Collection[str]) -> list[str]:
    """Return the services that Organizations is told to trust."""
    return [principal(name) for name in _of(TRUSTED, parts)]


def define_policy(
    scope: Construct,
    provider: ProviderFunction,
    *,
    organization_id: str,
    administrators: Mapping[str, str],
    parts: Collection[str],
    policy_types: Collection[str],
) -> iam.ManagedPolicy:
    """Let the function do what it has to: nothing for an account that is not named, and nothing that takes away.

    :param parts: which parts of the tables above it does: the administrators', and those of the whole organization.
    """
    stack = stack_of(scope)
    root = _arn(stack, "root", organization_id, "r-*")
    policy = iam.ManagedPolicy(
        scope,
        "Settings",
        roles=[provider.role],
        description=f"Lets {provider.node.path} delegate services of the organization",
        statements=[
            *_statements(parts),
            *_policy_types(root, policy_types),
            *_delegate(stack, organization_id, administrators),
            *_roles_made(stack, parts),
        ],
    )
    acknowledge_limitation(
        policy,
        "AwsSolutions-IAM5[Resource::*]",
        reason="The actions change settings of the organization as a whole and have no resource types; where they "
        "have a condition for it, the services are named.",
        source="docs.aws.amazon.com/service-authorization/latest/reference/"
        "reference_policies_actions-resources-contextkeys.html",
    )
    if policy_types:
        acknowledge_limitation(
            policy,
            *wildcard_ids(scope, root),
            reason="An organization has one root, and its id does not follow from the organization's.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html",
        )
    return policy


def _of(table: Mapping[str, Collection[str]], parts: Collection[str]) -> list[str]:
    return sorted({name for part in parts for name in table.get(part, ())})


def _statements(parts: Collection[str]) -> list[iam.PolicyStatement]:
    trusted_by_calls = sorted({*_of(TRUSTED, parts), *_of(_BY_THE_SERVICE, parts)})
    return [
        iam.PolicyStatement(sid="Services", actions=_of(_CALLS, parts), resources=["*"]),
        _about_services("TrustServices", "organizations:EnableAWSServiceAccess", trusted_by_calls, "*"),
    ]


def _policy_types(root: str, kinds: Collection[str]) -> list[iam.PolicyStatement]:
    if not kinds:
        return []
    return [
        iam.PolicyStatement(
            sid="EnablePolicyTypes",
            actions=["organizations:EnablePolicyType"],
            resources=[root],
            conditions={"StringEquals": {"organizations:PolicyType": sorted(kinds)}},
        )
    ]


def _delegate(
    stack: cdk.Stack, organization_id: str, administrators: Mapping[str, str]
) -> Iterator[iam.PolicyStatement]:
    for part, account in administrators.items():
        # RAM has no administrator.
        services = sorted({*REGISTERED.get(part, ()), *_BY_THE_SERVICE.get(part, ())} - {"ram"})
        arn = _arn(stack, "account", organization_id, account)
        yield iam.PolicyStatement(
            sid=f"Know{part.capitalize()}", actions=["organizations:DescribeAccount"], resources=[arn]
        )
        yield _about_services(
            f"Delegate{part.capitalize()}", "organizations:RegisterDelegatedAdministrator", services, arn
        )


def _arn(stack: cdk.Stack, kind: str, organization_id: str, name: str) -> str:
    return arn_in(stack, "organizations", f"{kind}/{organization_id}/{name}", region="")


def _about_services(sid: str, action: str, services: Collection[str], resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        actions=[action],
        resources=[resource],
        conditions={"StringEquals": {"organizations:ServicePrincipal": [principal(name) for name in services]}},
    )


def _roles_made(stack: cdk.Stack, parts: Collection[str]) -> list[iam.PolicyStatement]:
    roles = {name: role for part in parts for name, role in _ROLES_MADE.get(part, {}).items()}
    return [
        iam.PolicyStatement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[arn_in(stack, "iam", f"role/aws-service-role/{service}.amazonaws.com/{role}", region="")],
            conditions={"StringEquals": {"iam:AWSServiceName": f"{service}.amazonaws.com"}},
        )
        for service, role in sorted(roles.items())
    ]
