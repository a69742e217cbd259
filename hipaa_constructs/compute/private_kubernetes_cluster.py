from __future__ import annotations

from collections.abc import Mapping, Sequence

import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse_everyone
from hipaa_constructs._names import deployed_name
from hipaa_constructs._stacks import arn_in, settle
from hipaa_constructs._vpcs import private_subnet_ids
from hipaa_constructs.compute import kubernetes_nodes as nodes
from hipaa_constructs.compute import kubernetes_requirements as requirements
from hipaa_constructs.compute import kubernetes_roles as roles
from hipaa_constructs.compute.kubernetes_access import AccessEntries
from hipaa_constructs.compute.kubernetes_addons import BEFORE_NODES, ON_NODES, define_addons
from hipaa_constructs.compute.vpc_access import define_security_group
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.caller_grants import let_volumes_use
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

# docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
_NAME_LENGTH = 100
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@jsii.implements(ec2.IConnectable)
class PrivateKubernetesCluster(Construct):
    """A Kubernetes cluster of EKS for PHI: private, known to IAM alone, its secrets, logs and disks under one key.

    - The Kubernetes API answers in the VPC alone, to whom ``allow_from`` lets in, and does for a role of IAM what
      ``grant_access`` says. Whoever deploys the cluster is nobody in it, and there is no ``aws-auth`` to edit.
    - Kubernetes secrets are encrypted under the key before they are stored. All five logs of the control plane, who
      asked for what among them, go to a log group that is made first: under the key, kept seven years, masking PHI.
    - Nodes run Bottlerocket in private subnets, without a way to sign in. Their disks are under the key. A pod is
      a hop too far from their metadata, and so from their role, unless it is let into the network of its host. What a
      pod may do in AWS is a role of its own: ``records.grant_read(cluster.add_pod_identity("portal", "api"))``.
    - EKS's add-ons for network, DNS, identity and volumes run with a role each, of this cluster, account and Region
      instead of AWS's managed policies. A volume that is not encrypted they cannot make: a ``StorageClass`` says
      ``encrypted: "true"`` and, as ``kmsKeyId``, ``encryption_key.key_arn``. They clone no volumes.
    - Nodes and pods reach each other, and HTTPS outside; databases let them in with ``db.allow_from(cluster)``.
    - Only versions in standard support are run; when that ends EKS upgrades. Deletion is refused until somebody turns
      ``DeletionProtection`` off, also that of a first deployment that failed.

    **What stays yours.** Nothing here encrypts traffic between pods: that is TLS of the application or a service mesh.
    Nor does it decide what pods may do to each other and to their node: that are network policies, Pod Security
    Standards and RBAC. Container logs stay on the node until an agent of yours ships them. Volumes of pods are no part
    of the template: no backup plan selects them here, and the evidence does not list them.

    The VPC needs endpoints for ``ec2``, ``ecr.api``, ``ecr.dkr``, ``eks``, ``eks-auth``, ``logs``, ``sts`` and S3.
    ``PrivateVpc`` has these with ``interface_endpoints=[ec2.InterfaceVpcEndpointAwsService.EKS,
    ec2.InterfaceVpcEndpointAwsService.EKS_AUTH]``, and the nodes wait for them. Source:
    docs.aws.amazon.com/eks/latest/userguide/private-clusters.html.

    Key and name are for good: CloudFormation cannot make the cluster anew under its name, and says so.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls and
    164.312(e)(1) transmission security. Supports 164.308(a)(3)(i) workforce security and 164.308(a)(4)(ii)(B) access
    authorization.

    :param vpc: has private subnets in two zones or more, as ``PrivateVpc`` has.
    :param version: of Kubernetes, in standard support. Default: the newest of the catalogue's dated table. EKS upgrades
        by one version at a time and never back: write it down for a cluster that is to stay.
    :param encryption_key: for secrets, logs and disks; it is made usable for CloudWatch Logs and for volumes.
        Default: a ``KmsRotatedKey`` of its own.
    :param repositories: what nodes pull images from, of this account. Default: none; they pull those of the add-ons.
    :param ami_type: Bottlerocket or Amazon Linux 2023. Default: Bottlerocket for x86_64.
    :param instance_types: what nodes are, one architecture; another list makes new nodes. Default: m6i.large, which
        encrypts what it sends to its like (docs.aws.amazon.com/AWSEC2/latest/UserGuide/data-protection.html).
    :param min_size: how many nodes there are at least, and after a change of the template. Default: 2, in two zones.
    :param max_size: how many nodes an autoscaler of yours may make of it. Default: 6.
    :param volume_size_gib: the disk of a node for images and logs. Default: 50 GiB.
    :param addon_versions: by name of the add-on, such as ``{"vpc-cni": "v1.20.4-eksbuild.1"}``. Default: EKS's default
        for the version of Kubernetes, when the add-on is made.
    :param zonal_shift: whether traffic can be shifted out of a zone by Amazon Application Recovery Controller.
        Default: it cannot.
    :raises ValueError: a VPC in less than two zones, a version that is past its standard support, other images or
        another architecture than the instances', fewer than two nodes, or an add-on that is none of the five.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        version: str | None = None,
        encryption_key: kms.IKey | None = None,
        repositories: Sequence[ecr.IRepository] = (),
        ami_type: eks.NodegroupAmiType = eks.NodegroupAmiType.BOTTLEROCKET_X86_64,
        instance_types: Sequence[ec2.InstanceType] | None = None,
        min_size: int = 2,
        max_size: int = 6,
        volume_size_gib: int = 50,
        addon_versions: Mapping[str, str] | None = None,
        zonal_shift: bool = False,
    ) -> None:
        machines = [ec2.InstanceType("m6i.large")] if instance_types is None else instance_types
        current = requirements.current_version(version)
        requirements.require_zones(vpc)
        requirements.require_ami(ami_type, machines)
        requirements.require_sizes(min_size, max_size, volume_size_gib)
        requirements.require_addons(addon_versions or {})
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        let_volumes_use(self._key)
        self._name = deployed_name(self, max_length=_NAME_LENGTH)
        self._arn = arn_in(self, "eks", f"cluster/{self._name}")
        # EKS writes there, and would make it, without key and for ever, if it were not there.
        self._logs = EncryptedLogGroup(
            self, "Logs", encryption_key=self._key, log_group_name=f"/aws/eks/{self._name}/cluster"
        )
        self._cluster = self._define_cluster(vpc, current, zonal_shift)
        self._security_group = define_security_group(
            self, vpc, description="HTTPS outwards, nodes among each other, the control plane inwards"
        )
        self._connections = ec2.Connections(security_groups=[self._security_group])
        self._control_plane = ec2.SecurityGroup.from_security_group_id(
            self, "ControlPlane", self._cluster.attr_cluster_security_group_id
        )
        nodes.let_each_other_in(self._security_group, self._control_plane)
        self._node_role = roles.define_node_role(self, cluster_arn=self._arn, repositories=repositories)
        self._nodes = nodes.define_nodes(
            self,
            cluster=self._cluster,
            ami_type=ami_type,
            instance_types=machines,
            launch_template=nodes.define_launch_template(
                self, ami_type=ami_type, key=self._key, security_group=self._security_group, size=volume_size_gib
            ),
            min_size=min_size,
            max_size=max_size,
            role=self._node_role,
            subnet_ids=private_subnet_ids(vpc),
        )
        self._define_addons(vpc, addon_versions or {})
        self._access = AccessEntries(self, "Access", cluster=self._cluster)
        self._pods = Construct(self, "PodIdentities")

    @property
    def cluster(self) -> eks.CfnCluster:
        """The cluster itself, of CloudFormation's own class."""
        return self._cluster

    @property
    def cluster_name(self) -> str:
        """What ``aws eks update-kubeconfig --name`` takes."""
        return self._cluster.ref

    @property
    def cluster_arn(self) -> str:
        """The cluster's ARN."""
        return self._cluster.attr_arn

    @property
    def endpoint(self) -> str:
        """The URL of the Kubernetes API, in the VPC alone."""
        return self._cluster.attr_endpoint

    @property
    def nodes(self) -> eks.CfnNodegroup:
        """The nodes."""
        return self._nodes

    @property
    def node_role(self) -> LeastPrivilegeRole:
        """What nodes run as; pods do not."""
        return self._node_role

    @property
    def connections(self) -> ec2.Connections:
        """The side of nodes and pods in security-group rules."""
        return self._connections

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The nodes' own security group."""
        return self._security_group

    @property
    def control_plane_security_group(self) -> ec2.ISecurityGroup:
        """The security group that EKS makes for the Kubernetes API."""
        return self._control_plane

    @property
    def log_group(self) -> logs.LogGroup:
        """Where the control plane logs."""
        return self._logs.log_group

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of secrets, logs and disks."""
        return self._key

    @checked_arguments
    def allow_from(self, peer: ec2.IConnectable) -> None:
        """Let a peer, such as a pipeline in the VPC or ``ec2.Peer.ipv4("10.0.1.0/24")``, reach the Kubernetes API.

        :raises ValueError: a peer that stands for everyone.
        """
        refuse_everyone(peer, what="the Kubernetes API", fix="Name clients or subnets.")
        self._control_plane.connections.allow_from(peer, ec2.Port.tcp(443), "Kubernetes API")

    @checked_arguments
    def grant_access(
        self, grantee: iam.IRole, policy: eks.AccessPolicyArn, *, namespaces: Sequence[str] | None = None
    ) -> iam.Grant:
        """Let a role do in Kubernetes what an access policy of EKS says, and find the cluster.

        What is granted twice comes together. Source: docs.aws.amazon.com/eks/latest/userguide/access-policies.html.

        :param grantee: a role; people come by one.
        :param policy: such as ``eks.AccessPolicyArn.AMAZON_EKS_VIEW_POLICY``, which reads no Kubernetes secrets.
        :param namespaces: where it holds; ``*`` stands for any letters. Default: in all of the cluster.
        :raises ValueError: no namespace at all, or none that Kubernetes takes.
        """
        requirements.require_namespaces(namespaces)
        self._access.add(grantee, policy, namespaces)
        return to_principal(grantee, ["eks:DescribeCluster"], [self.cluster_arn])

    @checked_arguments
    def add_pod_identity(self, namespace: str, service_account: str, role: iam.Role | None = None) -> iam.Role:
        """Let the pods of a service account act as a role in AWS, and return the role, to be granted to.

        :param namespace: where the pods are.
        :param service_account: what their ``serviceAccountName`` says; nothing of it is made here.
        :param role: one of this app, which is made to trust these pods. Default: a ``LeastPrivilegeRole`` of its own.
        :raises ValueError: a name that Kubernetes does not take.
        """
        requirements.require_service_account(namespace, service_account)
        scope = Construct(self._pods, f"{namespace}.{service_account}")
        pods = roles.pod_principal(self, cluster_name=self._name, namespace=namespace, service_account=service_account)
        if role is None:
            role = LeastPrivilegeRole(
                scope, "Role", assumed_by=pods, description=f"Pods of {service_account} in {namespace} run as this"
            )
        elif role.assume_role_policy is not None:
            role.assume_role_policy.add_statements(
                iam.PolicyStatement(principals=[pods], actions=["sts:AssumeRole", "sts:TagSession"])
            )
        eks.CfnPodIdentityAssociation(
            scope,
            "Resource",
            cluster_name=self._cluster.ref,
            namespace=namespace,
            service_account=service_account,
            role_arn=role.role_arn,
        )
        return role

    def _define_cluster(self, vpc: ec2.IVpc, version: str, zonal_shift: bool) -> eks.CfnCluster:
        role = roles.define_cluster_role(self, self._key)
        cluster = eks.CfnCluster(
            self,
            "Resource",
            name=self._name,
            version=version,
            role_arn=role.role_arn,
            access_config=eks.CfnCluster.AccessConfigProperty(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            bootstrap_self_managed_addons=False,
            deletion_protection=True,
            encryption_config=[
                eks.CfnCluster.EncryptionConfigProperty(
                    provider=eks.CfnCluster.ProviderProperty(key_arn=key_arn(self._key)), resources=["secrets"]
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
                subnet_ids=list(private_subnet_ids(vpc)),
            ),
            upgrade_policy=eks.CfnCluster.UpgradePolicyProperty(support_type="STANDARD"),
            zonal_shift_config=eks.CfnCluster.ZonalShiftConfigProperty(enabled=True) if zonal_shift else None,
        )
        cluster.node.add_dependency(role, self._logs)
        return cluster

    def _define_addons(self, vpc: ec2.IVpc, versions: Mapping[str, str]) -> None:
        callers = roles.define_addon_roles(self, cluster_name=self._name)
        first = define_addons(self, BEFORE_NODES, cluster_name=self._cluster.ref, versions=versions, roles=callers)
        # Nodes join by these, by the endpoints of the VPC, and by the rules between them and the control plane.
        self._nodes.node.add_dependency(
            *first, *callers.values(), self._node_role, self._security_group, self._control_plane, vpc
        )
        for addon in define_addons(self, ON_NODES, cluster_name=self._cluster.ref, versions=versions, roles=callers):
            addon.node.add_dependency(self._nodes)
