from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import jsii
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import minutes
from hipaa_constructs._stacks import path_of
from hipaa_constructs.compute import instance_requirements as requirements
from hipaa_constructs.compute.instance_group import define_group, define_launch_template, define_patching, heed_checks
from hipaa_constructs.compute.instance_sessions import define_document, grant_session, let_agent_work
from hipaa_constructs.compute.vpc_access import define_security_group
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.caller_grants import let_auto_scaling_publish, let_volumes_use
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


@jsii.implements(
    iam.IGrantable, ec2.IConnectable, elbv2.IApplicationLoadBalancerTarget, elbv2.INetworkLoadBalancerTarget
)
class PrivateInstances(Construct):
    """Machines for software that needs them, such as an interface engine: replaceable, patched, and nobody logs in.

    An EC2 Auto Scaling group of two instances or more, in private subnets of two zones or more, on the Nitro System.

    - Root and data volumes are under a customer key, and end with their instance. Nothing on an instance is backed up:
      AWS Backup finds volumes by ARN or tag, and would copy those of instances that are long gone. State belongs
      into a database, a queue, or ``EncryptedFileSystem``.
    - Instances answer requests for metadata of version 2 alone, over one hop, so that neither a request that the
      software is tricked into nor a container gets the role's credentials. They run as a ``LeastPrivilegeRole``.
    - There is no SSH key, no public address and no way in. The security group lets HTTPS out and nothing in;
      databases let it in with ``db.allow_from(instances)``, a load balancer is let in by ``add_target``.
    - People come by Session Manager, and only who was granted ``grant_session``. Sessions are encrypted under the key
      besides TLS, end after an hour or 15 idle minutes, and go to a log group as they happen. It names
      ``session_document_name`` as ``--document-name``; any other document is refused. What is typed into a port
      forwarding or over SSH cannot be logged, and neither is allowed.
    - Once a week instances install what their operating system's patch baseline approves, one at a time, and start
      again if a patch asks for it. A new one starts from the newest Amazon Linux 2023, which is looked up at each
      start, so that what ``start_instance_refresh`` or a failure replaces is newer than what it replaces.
    - What cannot answer its load balancer is replaced, five minutes after it started at the earliest. An update
      replaces one instance at a time, after a new one runs. Each launch, end and failure is told to ``alert_topic``.

    Scans for weak spots are for the account: ``VulnerabilityScanning`` turns on Inspector, which finds the instances by
    their agent. Only some families encrypt what goes between instances
    (docs.aws.amazon.com/AWSEC2/latest/UserGuide/data-protection.html#encryption-transit); have the software speak TLS.

    Without a way to the internet the VPC needs endpoints for ``ssm``, ``ssmmessages``, ``ec2messages``, ``kms``,
    ``logs`` and S3, as ``PrivateVpc`` has, and the instances wait for them. Source:
    docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.312(b) audit controls.
    Supports 164.308(a)(5)(ii)(B) protection from malicious software and 164.308(a)(4)(ii)(B) access authorization.

    :param vpc: has private subnets in two zones or more, as ``PrivateVpc`` has.
    :param instance_type: of the Nitro System, for x86_64 or arm64.
    :param alert_topic: what tells of instances that start, end, or fail to.
    :param machine_image: with the agent of Systems Manager, as images of AWS have it. An image of a fixed id is as old
        as it is. Default: Amazon Linux 2023.
    :param root_device_name: with ``machine_image``, what it calls its root volume, such as ``/dev/sda1``.
    :param root_volume_gib: size of the root volume, 8 to 65,536 GiB, and not below that of the image. Default: 30 GiB.
    :param data_volumes: sizes in GiB of further volumes, by device name such as ``/dev/sdf``; they come empty, for
        ``user_data`` to format. Default: none.
    :param user_data: what runs at first start. It is no place for a secret, and one that is found is refused.
        Default: nothing.
    :param min_capacity: how many instances run at least, 2 or more. Default: 2.
    :param max_capacity: how many run at most, at least one more than that. Default: one more.
    :param start_within: how long an instance takes from its start until it serves, 1 to 60 minutes. Default: 5 minutes.
    :param patch_weekday: when patches are installed, ``SUN`` to ``SAT``. Default: ``SUN``.
    :param patch_hour: at which hour, in UTC, 0 to 23. Default: 9, which is 1 to 5 o'clock at night in the states of the
        US on the continent.
    :param encryption_key: for volumes, sessions and their logs; it is made usable for CloudWatch Logs, and for whoever
        of this account may start instances, Auto Scaling among them. Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: a VPC in less than two zones, instances on Xen, an image without its root device or the other
        way around, a secret in ``user_data``, or a value beyond EC2's limits.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        instance_type: ec2.InstanceType,
        alert_topic: AlertTopic,
        machine_image: ec2.IMachineImage | None = None,
        root_device_name: str | None = None,
        root_volume_gib: int = 30,
        data_volumes: Mapping[str, int] | None = None,
        user_data: ec2.UserData | None = None,
        min_capacity: int = 2,
        max_capacity: int | None = None,
        start_within: cdk.Duration | None = None,
        patch_weekday: str = "SUN",
        patch_hour: int = 9,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        root, start_within = root_device_name or "/dev/xvda", start_within or minutes(5)
        requirements.require_zones(vpc)
        requirements.require_nitro(instance_type)
        requirements.require_image(machine_image, root_device_name)
        requirements.require_volumes(root, root_volume_gib, data_volumes or {})
        requirements.require_capacity(min_capacity, max_capacity)
        requirements.require_start(start_within)
        requirements.require_patching(patch_weekday, patch_hour)
        requirements.require_no_secret(scope, user_data)
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        let_volumes_use(self._key)
        let_auto_scaling_publish(alert_topic.encryption_key)
        self._logs = EncryptedLogGroup(self, "SessionLogs", encryption_key=self._key)
        self._document = define_document(self, log_group=self._logs.log_group, key=self._key)
        self._role = LeastPrivilegeRole(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            description=f"Instances of {path_of(self)} run as this",
        )
        let_agent_work(self._role, log_group=self._logs.log_group, key=self._key)
        self._security_group = define_security_group(self, vpc)
        self._connections = ec2.Connections(security_groups=[self._security_group])
        self._group = define_group(
            self,
            vpc=vpc,
            launch_template=define_launch_template(
                self,
                machine_image=machine_image,
                instance_type=instance_type,
                role=self._role,
                security_group=self._security_group,
                user_data=user_data,
                volumes={root: root_volume_gib, **(data_volumes or {})},
                key=self._key,
            ),
            topic=alert_topic.topic,
            min_capacity=min_capacity,
            max_capacity=max_capacity or min_capacity + 1,
            start_within=start_within,
        )
        # Instances start by these rights, and by the endpoints of the VPC.
        self._group.node.add_dependency(self._role, vpc)
        define_patching(self, self._group, weekday=patch_weekday, hour=patch_hour)

    @property
    def auto_scaling_group(self) -> autoscaling.AutoScalingGroup:
        """The group itself, for scaling and alarms."""
        return self._group

    @property
    def role(self) -> LeastPrivilegeRole:
        """What instances run as."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Who is meant where the instances are granted something."""
        return self._role

    @property
    def connections(self) -> ec2.Connections:
        """The instances' side of security-group rules."""
        return self._connections

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The instances' own security group."""
        return self._security_group

    @property
    def session_document_name(self) -> str:
        """By which document sessions are opened: ``aws ssm start-session --document-name``."""
        return self._document.ref

    @property
    def session_document(self) -> ssm.CfnDocument:
        """That document."""
        return self._document

    @property
    def session_log_group(self) -> logs.LogGroup:
        """Where sessions are logged."""
        return self._logs.log_group

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of volumes, sessions and their logs."""
        return self._key

    @checked_arguments
    def grant_session(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal of this account open logged sessions on the instances, and resume and end its own.

        To do so it names the document and an instance:
        ``aws ssm start-session --document-name … --target i-…``.
        """
        return grant_session(
            grantee, document=self._document, group_name=self._group.auto_scaling_group_name, key=self._key
        )

    def attach_to_application_target_group(
        self, target_group: elbv2.IApplicationTargetGroup
    ) -> elbv2.LoadBalancerTargetProps:
        """Become a target of a load balancer, heed its health checks, and let it in."""
        heed_checks(self._group)
        return self._group.attach_to_application_target_group(target_group)

    def attach_to_network_target_group(self, target_group: elbv2.INetworkTargetGroup) -> elbv2.LoadBalancerTargetProps:
        """Become a target of a network load balancer, and heed its health checks."""
        heed_checks(self._group)
        return self._group.attach_to_network_target_group(target_group)
