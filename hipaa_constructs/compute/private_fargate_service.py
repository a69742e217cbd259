from __future__ import annotations

from collections.abc import Mapping, Sequence

import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._stacks import path_of, settle
from hipaa_constructs.compute import fargate_requirements as requirements
from hipaa_constructs.compute.fargate_cluster import define_cluster, require_cluster
from hipaa_constructs.compute.fargate_task import define_container, define_execution_role, define_role, define_task
from hipaa_constructs.compute.vpc_access import define_security_group
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


@jsii.implements(iam.IGrantable, ec2.IConnectable, elbv2.IApplicationLoadBalancerTarget)
class PrivateFargateService(Construct):
    """Containers for PHI on Fargate: in private subnets of two zones or more, unprivileged, with logs that mask PHI.

    It is a service that runs; ``PrivateService`` is a way by which other VPCs reach one, over PrivateLink.

    - The container runs as a user other than root, without capabilities of Linux, on a root file system that it cannot
      write to. What it has to write goes to ``writable_paths``, which end with the task.
    - The image is one that was examined: by its digest, or by the tag of a repository that lets no tag be moved and
      scans. Secrets come by ARN, of Secrets Manager or Parameter Store; one in the environment is refused. What starts
      the container reads those secrets and pulls that image, and nothing else.
    - Tasks have no public address. Their security group lets HTTPS out and nothing in; databases let them in with
      ``db.allow_from(service)``, stores with ``records.grant_read(service)``. The container is to speak TLS on ``port``
      with a certificate of its own, which ``HttpsLoadBalancer(…).add_target("Portal", targets=[service],
      port=service.port)`` asks for and takes any.
    - One customer key covers logs and the tasks' storage. Logs are kept seven years and mask the identifiers of US
      health care; a log line is no place for PHI all the same, and is dropped before the container would wait for it.
    - A deployment that fails is rolled back; as many tasks as before run meanwhile, on the newest platform of Fargate.
    - ECS Exec stays off: it needs a root file system that can be written to. The cluster logs sessions all the same,
      for other services in it. Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html.

    Without a way to the internet the VPC needs endpoints for ``ecr.api``, ``ecr.dkr``, ``logs`` and S3, with secrets
    ``secretsmanager`` or ``ssm``, and for what the container calls. ``PrivateVpc`` has these, and the service waits
    for them. Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-version-migration.html.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls and
    164.312(e)(1) transmission security. Supports 164.308(a)(3)(i) workforce security and 164.308(a)(4)(ii)(B) access
    authorization.

    :param vpc: has private subnets in two zones or more, as ``PrivateVpc`` has.
    :param repository: where the image is, in ECR. Of an ``ecr_assets.DockerImageAsset`` it is ``asset.repository``.
    :param tag_or_digest: which image: ``sha256:…``; a tag, if the repository is made in this app, immutable, and scans
        on push; or the ``image_tag`` of an asset.
    :param port: where the container listens, for TLS, from 1024 on. Default: 8443.
    :param cluster: the ``.cluster`` of another service like this, or one that is made alike, in ``vpc``. Default: one
        of its own, without machines, with Container Insights.
    :param encryption_key: for logs and storage, of one Region; it is made usable for CloudWatch Logs and Fargate.
        Default: a ``KmsRotatedKey`` of its own.
    :param command: what the container runs. Default: what its image says.
    :param environment: settings by name. Default: none.
    :param secrets: by the name of the variable they are put into; ``ecs.Secret.from_secrets_manager(…)``. A secret from
        elsewhere under a customer key has to name its ``encryption_key``. Default: none.
    :param cpu: 256 to 16,384 units; 1024 are one vCPU. Default: 512.
    :param memory_limit_mib: as much as Fargate has for ``cpu``. Default: 1024 MiB.
    :param cpu_architecture: what the image is built for. Default: x86_64.
    :param desired_count: how many tasks run, 2 to 5000; Fargate spreads them over the zones. Default: 2.
    :param user: the user, and perhaps the group, that the container runs as. Default: 1000.
    :param writable_paths: directories that can be written to. They are root's, unless the Dockerfile declares them as
        ``VOLUME`` (docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html). Default: none.
    :param ephemeral_storage_gib: storage of a task, 21 to 200 GiB. Default: 20 GiB.
    :raises ValueError: a tag that can be moved, a secret in the environment, root, a VPC in less than two zones, a
        cluster that leaves storage or sessions open, a multi-Region key, or a value beyond Fargate's limits.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        repository: ecr.IRepository,
        tag_or_digest: str,
        port: int = 8443,
        cluster: ecs.ICluster | None = None,
        encryption_key: kms.IKey | None = None,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, ecs.Secret] | None = None,
        cpu: int = 512,
        memory_limit_mib: int = 1024,
        cpu_architecture: ecs.CpuArchitecture | None = None,
        desired_count: int = 2,
        user: str = "1000",
        writable_paths: Sequence[str] = (),
        ephemeral_storage_gib: int | None = None,
    ) -> None:
        requirements.require_zones(vpc)
        requirements.require_pinned(repository, tag_or_digest)
        requirements.require_no_secret(scope, environment or {})
        requirements.require_size(cpu, memory_limit_mib)
        requirements.require_unprivileged(user)
        requirements.require_paths(writable_paths)
        requirements.require_one_region(encryption_key)
        requirements.require_limits(port, desired_count, ephemeral_storage_gib)
        if cluster is not None:
            require_cluster(cluster, vpc)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._logs = EncryptedLogGroup(self, "Logs", encryption_key=self._key)
        self._cluster = cluster or define_cluster(self, vpc=vpc, key=self._key, log_group=self._logs.log_group)
        self._role = define_role(self, "Role", description=f"Containers of {path_of(self)} run as this")
        self._execution_role = define_execution_role(self, repository)
        self._port = port
        self._task = define_task(
            self,
            role=self._role,
            execution_role=self._execution_role,
            cpu=cpu,
            memory_limit_mib=memory_limit_mib,
            cpu_architecture=cpu_architecture or ecs.CpuArchitecture.X86_64,
            ephemeral_storage_gib=ephemeral_storage_gib,
        )
        self._container = define_container(
            self._task,
            image=repository.repository_uri_for_tag_or_digest(tag_or_digest),
            command=command,
            environment=environment,
            secrets=secrets,
            user=user,
            port=port,
            log_group=self._logs.log_group,
            writable_paths=writable_paths,
        )
        self._security_group = define_security_group(self, vpc)
        self._connections = ec2.Connections(security_groups=[self._security_group])
        self._service = self._define_service(vpc, desired_count)

    @property
    def service(self) -> ecs.FargateService:
        """The service itself, for scaling and alarms."""
        return self._service

    @property
    def container(self) -> ecs.ContainerDefinition:
        """The container; ``.task_definition`` of it is that of the tasks."""
        return self._container

    @property
    def cluster(self) -> ecs.ICluster:
        """The cluster, which other services may share."""
        return self._cluster

    @property
    def port(self) -> int:
        """Where the container listens, for TLS."""
        return self._port

    @property
    def role(self) -> LeastPrivilegeRole:
        """What the container runs as."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Who is meant where the service is granted something."""
        return self._role

    @property
    def connections(self) -> ec2.Connections:
        """The tasks' side of security-group rules."""
        return self._connections

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The tasks' own security group."""
        return self._security_group

    @property
    def log_group(self) -> logs.LogGroup:
        """Where the container logs."""
        return self._logs.log_group

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of logs and storage."""
        return self._key

    def attach_to_application_target_group(
        self, target_group: elbv2.IApplicationTargetGroup
    ) -> elbv2.LoadBalancerTargetProps:
        """Become a target of a load balancer, and let it in; ``HttpsLoadBalancer.add_target`` calls this."""
        return self._service.attach_to_application_target_group(target_group)

    def _define_service(self, vpc: ec2.IVpc, desired_count: int) -> ecs.FargateService:
        service = ecs.FargateService(
            self,
            "Resource",
            cluster=self._cluster,
            task_definition=self._task,
            desired_count=desired_count,
            min_healthy_percent=100,
            max_healthy_percent=200,
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            platform_version=ecs.FargatePlatformVersion.LATEST,
            assign_public_ip=False,
            enable_execute_command=False,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[self._security_group],
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )
        # Tasks start by these rights, and by the endpoints of the VPC.
        service.node.add_dependency(self._execution_role, vpc)
        return service
