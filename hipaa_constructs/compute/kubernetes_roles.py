"""Who acts in a ``PrivateKubernetesCluster``: the control plane, the nodes, the network's and the volumes' drivers.

AWS's managed policies for them reach everything of the account; here each is a policy that names this cluster,
account and Region where EC2 lets it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._constants import partition
from hipaa_constructs._stacks import account_of, path_of, region_of, settle
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.compute.kubernetes_addons import NAMESPACE, SERVICE_ACCOUNTS
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_trust import of_this_account

_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_MANAGED_TAG = "ebs.csi.aws.com/cluster"


def pod_principal(scope: Construct, *, cluster_name: str, namespace: str, service_account: str) -> iam.IPrincipal:
    """Return EKS Pod Identity, on behalf of one service account of one cluster.

    It tags its sessions with the three: docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html.
    """
    return iam.ServicePrincipal(
        "pods.eks.amazonaws.com",
        conditions={
            "StringEquals": {
                "aws:SourceAccount": account_of(scope),
                "aws:RequestTag/eks-cluster-name": cluster_name,
                "aws:RequestTag/kubernetes-namespace": namespace,
                "aws:RequestTag/kubernetes-service-account": service_account,
            }
        },
    ).with_session_tags()


def define_cluster_role(scope: Construct, key: kms.IKey) -> LeastPrivilegeRole:
    """Make the control plane's role: it describes and tags nodes, and makes no load balancers.

    Source: docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html.
    """
    role = LeastPrivilegeRole(
        scope,
        "Role",
        assumed_by=of_this_account("eks.amazonaws.com", scope),
        description=f"The control plane of {path_of(scope)} runs as this",
    )
    key.grant(role, "kms:DescribeKey")
    _define_policy(
        role,
        "Nodes",
        "Lets the control plane know its nodes",
        [
            _allow(
                [
                    "DescribeAvailabilityZones",
                    "DescribeDhcpOptions",
                    "DescribeInstanceTopology",
                    "DescribeInstances",
                    "DescribeNetworkInterfaces",
                    "DescribeVpcs",
                ],
                ["*"],
            ),
            _allow(
                ["CreateTags"],
                [_ec2(scope, "instance")],
                {"ForAnyValue:StringLike": {"aws:TagKeys": "kubernetes.io/cluster/*"}},
            ),
        ],
        source="docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html",
    )
    return role


def define_node_role(
    scope: Construct, *, cluster_arn: str, repositories: Sequence[ecr.IRepository]
) -> LeastPrivilegeRole:
    """Make the nodes' role: it finds the cluster, gets pods their credentials, and pulls images.

    Of this account it pulls from ``repositories`` alone. Add-ons come from accounts of AWS's, another in each Region.
    Sources: docs.aws.amazon.com/eks/latest/userguide/create-node-role.html and pod-id-agent-setup.html.
    """
    role = LeastPrivilegeRole(
        scope,
        "NodeRole",
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        description=f"The nodes of {path_of(scope)} run as this",
    )
    role.allow(["eks-auth:AssumeRoleForPodIdentity", "eks:DescribeCluster"], [cluster_arn])
    for repository in repositories:
        repository.grant(role, *_PULL)
    elsewhere = {"StringNotEquals": {"aws:ResourceAccount": account_of(scope)}}
    _define_policy(
        role,
        "Start",
        "Lets nodes join the cluster and pull the images of its add-ons",
        [
            _allow(["DescribeInstanceTypes", "DescribeInstances"], ["*"]),
            _Allowed(["ecr:GetAuthorizationToken"], ["*"]),
            _Allowed(_PULL, ["*"], elsewhere),
        ],
        source="docs.aws.amazon.com/eks/latest/userguide/create-node-role.html",
    )
    return role


def define_addon_roles(scope: Construct, *, cluster_name: str) -> Mapping[str, LeastPrivilegeRole]:
    """Make the roles of the add-ons that call AWS, by name."""
    made = {}
    for name, construct_id in (("vpc-cni", "NetworkRole"), ("aws-ebs-csi-driver", "VolumeRole")):
        made[name] = LeastPrivilegeRole(
            scope,
            construct_id,
            assumed_by=pod_principal(
                scope, cluster_name=cluster_name, namespace=NAMESPACE, service_account=SERVICE_ACCOUNTS[name]
            ),
            description=f"The add-on {name} of {path_of(scope)} runs as this",
        )
    _define_policy(
        made["vpc-cni"],
        "Addresses",
        "Lets the network give addresses to pods",
        _network(scope),
        source="docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKS_CNI_Policy.html",
    )
    _define_policy(
        made["aws-ebs-csi-driver"],
        "Volumes",
        "Lets volumes of pods be made, encrypted, and attached",
        _volumes(scope, cluster_name),
        source="docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEBSCSIDriverPolicyV2.html",
    )
    return made


def _network(scope: Construct) -> Sequence[_Allowed]:
    """Return AmazonEKS_CNI_Policy, held to this account and Region."""
    instances, interfaces = _ec2(scope, "instance"), _ec2(scope, "network-interface")
    # A subnet may be another account's, which shares it.
    places = [_ec2(scope, "security-group"), _ec2(scope, "subnet", account="*")]
    return [
        _allow(
            [
                "DescribeInstanceTypes",
                "DescribeInstances",
                "DescribeNetworkInterfaces",
                "DescribeSubnets",
                "DescribeTags",
            ],
            ["*"],
        ),
        _allow(
            [
                "AssignPrivateIpAddresses",
                "CreateTags",
                "DeleteNetworkInterface",
                "UnassignPrivateIpAddresses",
            ],
            [interfaces],
        ),
        _allow(["AttachNetworkInterface", "DetachNetworkInterface"], [instances, interfaces]),
        _allow(["CreateNetworkInterface"], [interfaces, *places]),
        _allow(["ModifyNetworkInterfaceAttribute"], [instances, interfaces, places[0]]),
    ]


def _volumes(scope: Construct, cluster_name: str) -> Sequence[_Allowed]:
    """Return AmazonEBSCSIDriverPolicyV2 for what the driver made itself, and for encrypted volumes alone."""
    volume, snapshot = _ec2(scope, "volume"), _ec2(scope, "snapshot", account="*")
    tagged: Mapping[str, Any] = {"StringEquals": {f"aws:ResourceTag/{_MANAGED_TAG}": "true"}}
    tagging: Mapping[str, Any] = {"StringEquals": {f"aws:RequestTag/{_MANAGED_TAG}": "true"}}
    own_tags = [_MANAGED_TAG, f"{_MANAGED_TAG}-name", "kubernetes.io/created-for/pvc/name"]
    return [
        _allow(
            [
                "DescribeAvailabilityZones",
                "DescribeInstanceTypes",
                "DescribeInstances",
                "DescribeSnapshots",
                "DescribeVolumeStatus",
                "DescribeVolumes",
                "DescribeVolumesModifications",
            ],
            ["*"],
        ),
        _allow(["CreateVolume"], [volume], {**tagging, "Bool": {"ec2:Encrypted": "true"}}),
        _allow(["CreateVolume"], [snapshot], tagged),
        _allow(["CreateSnapshot"], [snapshot], tagging),
        _allow(["AttachVolume", "CreateSnapshot", "DeleteVolume", "DetachVolume", "ModifyVolume"], [volume], tagged),
        # EKS tags managed nodes so: AmazonEBSCSIDriverEKSClusterScopedPolicy.
        _allow(
            ["AttachVolume", "DetachVolume"],
            [_ec2(scope, "instance")],
            {"StringEquals": {"aws:ResourceTag/eks:cluster-name": cluster_name}},
        ),
        _allow(["DeleteSnapshot"], [snapshot], tagged),
        _allow(
            ["CreateTags"],
            [volume, snapshot],
            {"StringEquals": {"ec2:CreateAction": ["CreateSnapshot", "CreateVolume"]}},
        ),
        _allow(
            ["CreateTags", "DeleteTags"],
            [volume],
            {
                **tagged,
                "Null": {"aws:TagKeys": "false"},
                "ForAllValues:StringNotEquals": {"aws:TagKeys": own_tags},
            },
        ),
    ]


class _Allowed(NamedTuple):
    """A statement before CDK has it, which would be asked for its resources."""

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Any] | None = None


def _allow(actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None) -> _Allowed:
    return _Allowed([f"ec2:{name}" for name in actions], resources, conditions)


def _ec2(scope: Construct, resource: str, *, account: str | None = None) -> str:
    whose = account_of(scope) if account is None else account
    return f"arn:{partition()}:ec2:{region_of(scope)}:{whose}:{resource}/*"


def _define_policy(
    role: LeastPrivilegeRole,
    construct_id: str,
    description: str,
    allowed: Sequence[_Allowed],
    *,
    source: str,
) -> None:
    """Give ``role`` a policy of its own, so that what is acknowledged stands alone."""
    statements = [
        iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=conditions)
        for actions, resources, conditions in allowed
    ]
    policy = iam.ManagedPolicy(role, construct_id, roles=[role], description=description, statements=statements)
    settle(policy, role, construct_id)
    wildcards = dict.fromkeys(arn for _, arns, _ in allowed for arn in arns)
    acknowledge_limitation(
        policy,
        *wildcard_ids(role, *wildcards),
        reason="EC2 and ECR take no resource for part of this; the rest is made later, under names of AWS's, and is "
        "held to account, Region and tags.",
        source=source,
    )
