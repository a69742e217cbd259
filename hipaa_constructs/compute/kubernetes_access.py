"""Which role of IAM may do what in a ``PrivateKubernetesCluster``."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

# What a policy is granted for; None is all of the cluster.
_Where = Sequence[str] | None


class AccessEntries(Construct):
    """The access entries of a cluster, one for each role, with all of its policies.

    EKS has one entry for a role, and one association of it with a policy; what is granted again is added to that.
    Source: docs.aws.amazon.com/eks/latest/userguide/access-entries.html.
    """

    def __init__(self, scope: Construct, construct_id: str, *, cluster: eks.CfnCluster) -> None:
        super().__init__(scope, construct_id)
        self._cluster = cluster
        self._granted: dict[str, dict[str, _Where]] = {}
        self._entries: dict[str, eks.CfnAccessEntry] = {}

    def add(self, role: iam.IRole, policy: eks.AccessPolicyArn, namespaces: _Where) -> None:
        """Add a policy to the entry of ``role``, in ``namespaces`` or in all of the cluster."""
        principal = role.role_arn
        granted = self._granted.setdefault(principal, {})
        before = granted.get(policy.policy_arn, ())
        both = None if before is None or namespaces is None else sorted({*before, *namespaces})
        granted[policy.policy_arn] = both
        written: list[cdk.IResolvable | eks.CfnAccessEntry.AccessPolicyProperty] = [
            _association(arn, where) for arn, where in granted.items()
        ]
        if principal in self._entries:
            self._entries[principal].access_policies = written
            return
        self._entries[principal] = eks.CfnAccessEntry(
            self,
            cdk.Names.node_unique_id(role.node),
            access_policies=written,
            cluster_name=self._cluster.ref,
            principal_arn=principal,
        )


def _association(policy_arn: str, namespaces: _Where) -> eks.CfnAccessEntry.AccessPolicyProperty:
    return eks.CfnAccessEntry.AccessPolicyProperty(
        policy_arn=policy_arn,
        access_scope=eks.CfnAccessEntry.AccessScopeProperty(
            type="cluster" if namespaces is None else "namespace", namespaces=namespaces
        ),
    )
