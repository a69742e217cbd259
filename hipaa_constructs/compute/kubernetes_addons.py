"""EKS's add-ons of a ``PrivateKubernetesCluster``: those that nodes start with, and those that run on nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

# On every node, before anything else can: Kubernetes waits for the network, and the network for its role.
BEFORE_NODES: Mapping[str, str] = {
    "eks-pod-identity-agent": "PodIdentityAgent",
    "kube-proxy": "KubeProxy",
    "vpc-cni": "VpcCni",
}
# EKS calls these active once they run somewhere.
ON_NODES: Mapping[str, str] = {"aws-ebs-csi-driver": "EbsCsiDriver", "coredns": "CoreDns"}
ADDONS = tuple(sorted({**BEFORE_NODES, **ON_NODES}))

# Who calls AWS: docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html.
NAMESPACE = "kube-system"
SERVICE_ACCOUNTS: Mapping[str, str] = {"aws-ebs-csi-driver": "ebs-csi-controller-sa", "vpc-cni": "aws-node"}


def define_addons(
    scope: Construct,
    names: Mapping[str, str],
    *,
    cluster_name: str,
    versions: Mapping[str, str],
    roles: Mapping[str, iam.IRole],
) -> Sequence[eks.CfnAddon]:
    """Make add-ons, each with a role by pod identity where it calls AWS.

    What somebody changed in the cluster is put back: the template is what was reviewed.
    """
    return [
        eks.CfnAddon(
            scope,
            construct_id,
            addon_name=name,
            addon_version=versions.get(name),
            cluster_name=cluster_name,
            resolve_conflicts="OVERWRITE",
            pod_identity_associations=[
                eks.CfnAddon.PodIdentityAssociationProperty(
                    role_arn=roles[name].role_arn, service_account=SERVICE_ACCOUNTS[name]
                )
            ]
            if name in roles
            else None,
        )
        for name, construct_id in names.items()
    ]
