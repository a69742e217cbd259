"""The machines of a ``PrivateKubernetesCluster``, and who reaches them."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._stacks import path_of
from hipaa_constructs.primitives.arns import key_arn

# kubelet, webhooks and what the API server is asked to forward to.
_HTTPS, _UNPRIVILEGED = ec2.Port.tcp(443), ec2.Port.tcp_range(1025, 65_535)


def let_each_other_in(nodes: ec2.SecurityGroup, control_plane: ec2.ISecurityGroup) -> None:
    """Let nodes reach each other and the control plane, and the control plane reach nodes.

    EKS's own group for both would let nodes out to anywhere. Source:
    docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html.
    """
    nodes.connections.allow_internally(ec2.Port.all_traffic(), "pods and nodes among each other")
    control_plane.connections.allow_from(nodes, _HTTPS, "nodes to the Kubernetes API")
    nodes.add_ingress_rule(control_plane, _HTTPS, "control plane to webhooks")
    nodes.add_ingress_rule(control_plane, _UNPRIVILEGED, "control plane to kubelets and webhooks")


def define_launch_template(
    scope: Construct, *, ami_type: eks.NodegroupAmiType, key: kms.IKey, security_group: ec2.ISecurityGroup, size: int
) -> ec2.CfnLaunchTemplate:
    """Make what nodes start as: their volumes under ``key``, their role out of the reach of pods.

    One hop is too few for a pod's request to come to the instance's metadata, and so to the node's role:
    docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html.
    """
    # Bottlerocket keeps itself on one volume, images and logs on another:
    # github.com/bottlerocket-os/bottlerocket, README.md.
    bottlerocket = ami_type.value.startswith("BOTTLEROCKET")
    volumes = [("/dev/xvda", None), ("/dev/xvdb", size)] if bottlerocket else [("/dev/xvda", size)]
    return ec2.CfnLaunchTemplate(
        scope,
        "LaunchTemplate",
        launch_template_data=ec2.CfnLaunchTemplate.LaunchTemplateDataProperty(
            block_device_mappings=[
                ec2.CfnLaunchTemplate.BlockDeviceMappingProperty(
                    device_name=device,
                    ebs=ec2.CfnLaunchTemplate.EbsProperty(
                        delete_on_termination=True,
                        encrypted=True,
                        kms_key_id=key_arn(key),
                        volume_size=gib,
                        volume_type="gp3",
                    ),
                )
                for device, gib in volumes
            ],
            metadata_options=ec2.CfnLaunchTemplate.MetadataOptionsProperty(
                http_endpoint="enabled", http_put_response_hop_limit=1, http_tokens="required"
            ),
            monitoring=ec2.CfnLaunchTemplate.MonitoringProperty(enabled=True),
            security_group_ids=[security_group.security_group_id],
            tag_specifications=[
                ec2.CfnLaunchTemplate.TagSpecificationProperty(
                    resource_type=kind, tags=[cdk.CfnTag(key="Name", value=path_of(scope))]
                )
                for kind in ("instance", "volume")
            ],
        ),
    )


def define_nodes(
    scope: Construct,
    *,
    cluster: eks.CfnCluster,
    ami_type: eks.NodegroupAmiType,
    instance_types: Sequence[ec2.InstanceType],
    launch_template: ec2.CfnLaunchTemplate,
    min_size: int,
    max_size: int,
    role: iam.IRole,
    subnet_ids: Sequence[str],
) -> eks.CfnNodegroup:
    """Make the nodes, of the cluster's version; EKS puts new ones in the place of those that fail."""
    return eks.CfnNodegroup(
        scope,
        "Nodes",
        # As EKS writes it; CDK's enumeration is in capitals.
        ami_type=ami_type.value.replace("X86", "x86"),
        cluster_name=cluster.ref,
        instance_types=[one.to_string() for one in instance_types],
        launch_template=eks.CfnNodegroup.LaunchTemplateSpecificationProperty(
            id=launch_template.ref, version=launch_template.attr_latest_version_number
        ),
        node_repair_config=eks.CfnNodegroup.NodeRepairConfigProperty(enabled=True),
        node_role=role.role_arn,
        scaling_config=eks.CfnNodegroup.ScalingConfigProperty(
            desired_size=min_size, max_size=max_size, min_size=min_size
        ),
        subnets=list(subnet_ids),
        version=cluster.version,
    )
