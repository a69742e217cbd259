"""What a cluster's roles need of EC2: AWS's published policies, held to an account, a Region and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

_MANAGED = "ebs.csi.aws.com/cluster"


def control_plane(stack: cdk.Stack) -> list[iam.PolicyStatement]:
    describing = [
        "DescribeAvailabilityZones",
        "DescribeDhcpOptions",
        "DescribeInstanceTopology",
        "DescribeInstances",
        "DescribeNetworkInterfaces",
        "DescribeVpcs",
    ]
    tagging = {"ForAnyValue:StringLike": {"aws:TagKeys": "kubernetes.io/cluster/*"}}
    return [_allow(describing, ["*"]), _allow(["CreateTags"], [_arn(stack, "instance")], tagging)]


def network(stack: cdk.Stack) -> list[iam.PolicyStatement]:
    instances, interfaces = _arn(stack, "instance"), _arn(stack, "network-interface")
    group, subnet = _arn(stack, "security-group"), _arn(stack, "subnet", account="*")
    describing = [
        "DescribeInstanceTypes",
        "DescribeInstances",
        "DescribeNetworkInterfaces",
        "DescribeSubnets",
        "DescribeTags",
    ]
    giving = ["AssignPrivateIpAddresses", "CreateTags", "DeleteNetworkInterface", "UnassignPrivateIpAddresses"]
    return [
        _allow(describing, ["*"]),
        _allow(giving, [interfaces]),
        _allow(["AttachNetworkInterface", "DetachNetworkInterface"], [instances, interfaces]),
        _allow(["CreateNetworkInterface"], [interfaces, group, subnet]),
        _allow(["ModifyNetworkInterfaceAttribute"], [instances, interfaces, group]),
    ]


def volumes(stack: cdk.Stack, cluster_name: str) -> list[iam.PolicyStatement]:
    volume, snapshot = _arn(stack, "volume"), _arn(stack, "snapshot", account="*")
    tagged = {"StringEquals": {f"aws:ResourceTag/{_MANAGED}": "true"}}
    tagging = {"StringEquals": {f"aws:RequestTag/{_MANAGED}": "true"}}
    describing = [
        "DescribeAvailabilityZones",
        "DescribeInstanceTypes",
        "DescribeInstances",
        "DescribeSnapshots",
        "DescribeVolumeStatus",
        "DescribeVolumes",
        "DescribeVolumesModifications",
    ]
    own_tags = [_MANAGED, f"{_MANAGED}-name", "kubernetes.io/created-for/pvc/name"]
    making = {"StringEquals": {"ec2:CreateAction": ["CreateSnapshot", "CreateVolume"]}}
    of_cluster = {"StringEquals": {"aws:ResourceTag/eks:cluster-name": cluster_name}}
    retagging = {**tagged, "Null": {"aws:TagKeys": "false"}, "ForAllValues:StringNotEquals": {"aws:TagKeys": own_tags}}
    return [
        _allow(describing, ["*"]),
        _allow(["CreateVolume"], [volume], {**tagging, "Bool": {"ec2:Encrypted": "true"}}),
        _allow(["CreateVolume"], [snapshot], tagged),
        _allow(["CreateSnapshot"], [snapshot], tagging),
        _allow(["AttachVolume", "CreateSnapshot", "DeleteVolume", "DetachVolume", "ModifyVolume"], [volume], tagged),
        _allow(["AttachVolume", "DetachVolume"], [_arn(stack, "instance")], of_cluster),
        _allow(["DeleteSnapshot"], [snapshot], tagged),
        _allow(["CreateTags"], [volume, snapshot], making),
        _allow(["CreateTags", "DeleteTags"], [volume], retagging),
    ]


def _allow(
    actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=[f"ec2:{action}" for action in actions], resources=list(resources), conditions=conditions
    )


def _arn(stack: cdk.Stack, resource: str, *, account: str | None = None) -> str:
    return stack.format_arn(service="ec2", resource=resource, resource_name="*", account=account)
