from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from benchmarks.plain.keys import USE, key
from benchmarks.plain.kubernetes_policies import control_plane, network, volumes
from benchmarks.plain.trail import masked_log_group

_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_BEFORE_NODES = ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")
_ON_NODES = ("aws-ebs-csi-driver", "coredns")
_CALLERS = {"aws-ebs-csi-driver": "ebs-csi-controller-sa", "vpc-cni": "aws-node"}
_PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def kubernetes(scope: Construct, construct_id: str, *, vpc: ec2.IVpc, version: str) -> eks.CfnCluster:
    cluster_key = _volume_key(scope, f"{construct_id}Key")
    logs = masked_log_group(scope, f"{construct_id}Logs", cluster_key)
    name = f"{scope.node.id}-{construct_id}"
    role = _role(scope, f"{construct_id}Role", iam.ServicePrincipal("eks.amazonaws.com"))
    _policy(scope, f"{construct_id}KeyPolicy", role, ["kms:DescribeKey"], cluster_key.key_arn)
    _policies(scope, f"{construct_id}Policy", role, control_plane(cdk.Stack.of(scope)))
    cluster = eks.CfnCluster(
        scope,
        construct_id,
        name=name,
        version=version,
        role_arn=role.role_arn,
        access_config=eks.CfnCluster.AccessConfigProperty(
            authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
        ),
        bootstrap_self_managed_addons=False,
        deletion_protection=True,
        encryption_config=[
            eks.CfnCluster.EncryptionConfigProperty(
                provider=eks.CfnCluster.ProviderProperty(key_arn=cluster_key.key_arn), resources=["secrets"]
            )
        ],
        logging=eks.CfnCluster.LoggingProperty(
            cluster_logging=eks.CfnCluster.ClusterLoggingProperty(
                enabled_types=[eks.CfnCluster.LoggingTypeConfigProperty(type=kind) for kind in _LOGS]
            )
        ),
        resources_vpc_config=eks.CfnCluster.ResourcesVpcConfigProperty(
            endpoint_private_access=True,
            endpoint_public_access=False,
            subnet_ids=[subnet.subnet_id for subnet in vpc.private_subnets],
        ),
        upgrade_policy=eks.CfnCluster.UpgradePolicyProperty(support_type="STANDARD"),
    )
    cluster.node.add_dependency(role, logs)
    first = _addons(scope, construct_id, _BEFORE_NODES, cluster)
    nodes = _nodes(scope, construct_id, cluster, cluster_key, vpc)
    nodes.node.add_dependency(*first)
    for addon in _addons(scope, construct_id, _ON_NODES, cluster):
        addon.node.add_dependency(nodes)
    return cluster


def _volume_key(scope: Construct, construct_id: str) -> kms.Key:
    volume_key = key(scope, construct_id)
    stack = cdk.Stack.of(scope)
    through_ec2 = {"kms:CallerAccount": stack.account, "kms:ViaService": f"ec2.{stack.region}.amazonaws.com"}
    volume_key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.StarPrincipal()],
            actions=[*USE, "kms:CreateGrant"],
            resources=["*"],
            conditions={"StringEquals": through_ec2},
        )
    )
    return volume_key


def _nodes(
    scope: Construct, construct_id: str, cluster: eks.CfnCluster, volume_key: kms.Key, vpc: ec2.IVpc
) -> eks.CfnNodegroup:
    group = ec2.SecurityGroup(
        scope, f"{construct_id}Group", vpc=vpc, description="HTTPS outwards", allow_all_outbound=False
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS endpoints")
    control_plane = ec2.SecurityGroup.from_security_group_id(
        scope, f"{construct_id}ControlPlane", cluster.attr_cluster_security_group_id
    )
    group.connections.allow_internally(ec2.Port.all_traffic(), "among each other")
    control_plane.connections.allow_from(group, ec2.Port.tcp(443), "to the Kubernetes API")
    for port in (ec2.Port.tcp(443), ec2.Port.tcp_range(1025, 65_535)):
        group.add_ingress_rule(control_plane, port, "from the control plane")
    template = _template(scope, f"{construct_id}Template", volume_key, group)
    role = _role(scope, f"{construct_id}NodeRole", iam.ServicePrincipal("ec2.amazonaws.com"))
    _policy(scope, f"{construct_id}Join", role, ["eks:DescribeCluster"], cluster.attr_arn)
    elsewhere = {"StringNotEquals": {"aws:ResourceAccount": cdk.Stack.of(scope).account}}
    starting = [
        iam.PolicyStatement(actions=["ec2:DescribeInstanceTypes", "ec2:DescribeInstances"], resources=["*"]),
        iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        iam.PolicyStatement(actions=_PULL, resources=["*"], conditions=elsewhere),
    ]
    _policies(scope, f"{construct_id}Pull", role, starting)
    return eks.CfnNodegroup(
        scope,
        f"{construct_id}Nodes",
        ami_type="BOTTLEROCKET_x86_64",
        cluster_name=cluster.ref,
        instance_types=["m6i.large"],
        launch_template=eks.CfnNodegroup.LaunchTemplateSpecificationProperty(
            id=template.ref, version=template.attr_latest_version_number
        ),
        node_repair_config=eks.CfnNodegroup.NodeRepairConfigProperty(enabled=True),
        node_role=role.role_arn,
        scaling_config=eks.CfnNodegroup.ScalingConfigProperty(desired_size=2, max_size=6, min_size=2),
        subnets=[subnet.subnet_id for subnet in vpc.private_subnets],
        version=cluster.version,
    )


def _template(
    scope: Construct, construct_id: str, volume_key: kms.Key, group: ec2.SecurityGroup
) -> ec2.CfnLaunchTemplate:
    return ec2.CfnLaunchTemplate(
        scope,
        construct_id,
        launch_template_data=ec2.CfnLaunchTemplate.LaunchTemplateDataProperty(
            block_device_mappings=[
                ec2.CfnLaunchTemplate.BlockDeviceMappingProperty(
                    device_name=device,
                    ebs=ec2.CfnLaunchTemplate.EbsProperty(
                        encrypted=True, kms_key_id=volume_key.key_arn, volume_size=size, volume_type="gp3"
                    ),
                )
                for device, size in (("/dev/xvda", None), ("/dev/xvdb", 50))
            ],
            metadata_options=ec2.CfnLaunchTemplate.MetadataOptionsProperty(
                http_endpoint="enabled", http_put_response_hop_limit=1, http_tokens="required"
            ),
            monitoring=ec2.CfnLaunchTemplate.MonitoringProperty(enabled=True),
            security_group_ids=[group.security_group_id],
            tag_specifications=[
                ec2.CfnLaunchTemplate.TagSpecificationProperty(
                    resource_type=kind, tags=[cdk.CfnTag(key="Name", value=construct_id)]
                )
                for kind in ("instance", "volume")
            ],
        ),
    )


def _addons(
    scope: Construct, construct_id: str, names: Sequence[str], cluster: eks.CfnCluster
) -> Sequence[eks.CfnAddon]:
    made = []
    for name in names:
        associations = []
        if name in _CALLERS:
            pods = iam.ServicePrincipal("pods.eks.amazonaws.com").with_session_tags()
            role = _role(scope, f"{construct_id}{name}Role", pods)
            stack = cdk.Stack.of(scope)
            allowed = network(stack) if name == "vpc-cni" else volumes(stack, construct_id)
            _policies(scope, f"{construct_id}{name}Policy", role, allowed)
            associations = [
                eks.CfnAddon.PodIdentityAssociationProperty(role_arn=role.role_arn, service_account=_CALLERS[name])
            ]
        made.append(
            eks.CfnAddon(
                scope,
                f"{construct_id}{name}",
                addon_name=name,
                cluster_name=cluster.ref,
                resolve_conflicts="OVERWRITE",
                pod_identity_associations=associations or None,
            )
        )
    return made


def _role(scope: Construct, construct_id: str, principal: iam.IPrincipal) -> iam.Role:
    return iam.Role(scope, construct_id, assumed_by=principal, description=construct_id)


def _policy(scope: Construct, construct_id: str, role: iam.Role, actions: Sequence[str], resource: str) -> None:
    _policies(scope, construct_id, role, [iam.PolicyStatement(actions=list(actions), resources=[resource])])


def _policies(scope: Construct, construct_id: str, role: iam.Role, statements: Sequence[iam.PolicyStatement]) -> None:
    iam.ManagedPolicy(scope, construct_id, roles=[role], description=construct_id, statements=list(statements))
