"""Who may write a search domain's logs, and who may send it which requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_opensearchservice as opensearch
from constructs import Construct

from hipaa_constructs._names import deployed_name
from hipaa_constructs._stacks import account_of, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards

_POLICY_ID = "SearchLogDelivery"
AUDIT = "audit_log"
# Construct ids are part of the contract; the names of logs are those of CDK's LoggingOptions.
_LOG_IDS = {
    AUDIT: "AuditLogs",
    "app_log": "ApplicationLogs",
    "slow_search_log": "SlowSearchLogs",
    "slow_index_log": "SlowIndexLogs",
}
_METHODS = ("es:ESHttpDelete", "es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPatch", "es:ESHttpPost", "es:ESHttpPut")
# By what may be sent: below which index, to which paths. Clients post what they search for.
_READ: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("es:ESHttpGet", "es:ESHttpHead"): ("", "/*"),
    ("es:ESHttpPost",): ("/_count", "/_mget", "/_msearch", "/_search"),
}
# Documents alone: the index itself, with its mapping and its end, is its administrator's.
_WRITE: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("es:ESHttpDelete", "es:ESHttpPost", "es:ESHttpPut"): ("/_bulk", "/_create/*", "/_doc", "/_doc/*", "/_update/*"),
}


def define_logs(scope: Construct, *, key: kms.IKey) -> Mapping[str, logs.LogGroup]:
    """Define a log group for each log: what is asked and found may name a patient."""
    return {
        log: EncryptedLogGroup(scope, construct_id, encryption_key=key).log_group
        for log, construct_id in _LOG_IDS.items()
    }


def publishing(groups: Mapping[str, logs.LogGroup]) -> opensearch.LoggingOptions:
    """Return the options that send each log to its group."""
    options: dict[str, Any] = {}
    for log, group in groups.items():
        options |= {f"{log}_enabled": True, f"{log}_group": group}
    return opensearch.LoggingOptions(**options)


def let_logs_in(scope: Construct, groups: Sequence[logs.ILogGroup], *, domain_arn: str) -> Construct:
    """Let OpenSearch write the logs of one domain; return what it has to wait for.

    A Region of an account has ten such policies, so all domains of a stack share one. CDK would make one for each, by
    a function. Source: docs.aws.amazon.com/opensearch-service/latest/developerguide/
    createdomain-configure-slow-logs.html.
    """
    stack = stack_of(scope)
    policy = stack.node.try_find_child(_POLICY_ID)
    if not isinstance(policy, logs.ResourcePolicy):
        # CDK's own name would be that of each stack with the same ids.
        name = deployed_name(stack, max_length=128)
        policy = logs.ResourcePolicy(stack, _POLICY_ID, resource_policy_name=f"{name}-{_POLICY_ID}")
    policy.document.add_statements(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("es.amazonaws.com")],
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[group.log_group_arn for group in groups],
            conditions={
                "StringEquals": {"aws:SourceAccount": account_of(stack)},
                "ArnEquals": {"aws:SourceArn": domain_arn},
            },
        )
    )
    return policy


def define_access(domain: opensearch.Domain, master_user_role: iam.IRole, *, domain_arn: str) -> None:
    """Let the master user in; whoever else comes has been granted it, which is enough within an account.

    CDK would set the policy by a function, since it knows the domain's ARN only then. Source:
    docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html.
    """
    resource = cast("opensearch.CfnDomain", domain.node.default_child)
    resource.access_policies = iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                principals=[iam.ArnPrincipal(master_user_role.role_arn)],
                actions=list(_METHODS),
                resources=[f"{domain_arn}/*"],
            )
        ]
    )
    acknowledge_limitation(
        resource,
        "AwsSolutions-OS3",
        reason="OpenSearch refuses access policies with IP addresses on a domain in a VPC, where security groups say "
        "from where it is reached. This one names the role that it lets in.",
        source="docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html",
    )


def grant_read(domain_arn: str, grantee: iam.IGrantable, indices: Sequence[str]) -> iam.Grant:
    """Grant to search, count and get what is in ``indices``."""
    return _grant(_READ, domain_arn, grantee, indices)


def grant_write(domain_arn: str, grantee: iam.IGrantable, indices: Sequence[str]) -> iam.Grant:
    """Grant to make, change and delete documents in ``indices``."""
    return _grant(_WRITE, domain_arn, grantee, indices)


def _grant(
    paths: Mapping[tuple[str, ...], tuple[str, ...]], domain_arn: str, grantee: iam.IGrantable, indices: Sequence[str]
) -> iam.Grant:
    grants = []
    for actions, below in paths.items():
        arns = [f"{domain_arn}/{index}{path}" for index in indices for path in below]
        role = grantee.grant_principal
        if isinstance(role, LeastPrivilegeRole):
            acknowledge_wildcards(
                role,
                *(arn for arn in arns if "*" in arn),
                reason="A request names its document, and often its index, at the end of its path, and IAM knows a set "
                "of them by a pattern alone. It stays within one domain.",
                source="docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html",
            )
        grants.append(to_principal(grantee, actions, arns))
    first, *rest = grants
    for one in rest:
        first = first.combine(one)
    return first
