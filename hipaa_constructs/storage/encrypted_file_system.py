from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse, refuse_everyone
from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import path_of, settle
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.tls_only import tls_only
from hipaa_constructs.storage.access_points import define_access_point, require_mount_path, through

_NFS = 2049
_MOUNT, _WRITE = "elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"


class EncryptedFileSystem(Construct):
    """An EFS file system for PHI under a customer key, that is mounted over TLS only, by those who were let in.

    - It has a mount target in an isolated subnet of each zone, behind a security group that lets nobody in before
      ``allow_from``.
    - Its policy denies everyone who comes without TLS, and allows nobody: EFS's own policy would let any client in that
      reaches a mount target (docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html). So clients mount
      with IAM, as the EFS mount helper (``tls,iam``), Lambda and ECS can, and never as root.
    - Each application has an access point: a directory of its own, whose files belong to one user and group. Grants are
      for one access point. Nobody needs the key for it: EFS uses that by itself.
    - The backup plan keeps copies. File system and key stay when the stack goes.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(c)(1) integrity,
    164.312(e)(1) transmission security and 164.308(a)(7)(ii)(A) data backup plan. Supports 164.308(a)(7)(i)
    contingency plan.

    :param vpc: has isolated subnets, as ``PrivateVpc`` has.
    :param backup_plan: the plan that covers the file system; a ``BackupPlan``.
    :param encryption_key: the key of the file system; it cannot be changed later. Default: a ``KmsRotatedKey`` of its
        own.
    :param lifecycle_policy: when files that nobody reads go to cheaper storage. Default: they stay where they are.
    :raises ValueError: no backup plan, or a VPC without isolated subnets.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        backup_plan: ProtectsData | None = None,
        encryption_key: kms.IKey | None = None,
        lifecycle_policy: efs.LifecyclePolicy | None = None,
    ) -> None:
        if backup_plan is None:
            refuse(
                "backup_plan",
                None,
                allowed="a file system may hold PHI, and 45 CFR 164.308(a)(7)(ii)(A) asks for a backup plan",
                fix="Pass backup_plan=BackupPlan.daily_7_year(stack, 'Backups').",
            )
        if not vpc.isolated_subnets:
            refuse(
                "vpc",
                path_of(vpc),
                allowed="mount targets stand in isolated subnets, and this VPC has none",
                fix="Pass PrivateVpc(…).vpc.",
            )
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="NFS from those who were let in, nothing outwards",
            allow_all_outbound=False,
        )
        # With a port that is known at synth.
        self._connections = ec2.Connections(security_groups=[self._security_group], default_port=ec2.Port.tcp(_NFS))
        self._file_system = efs.FileSystem(
            self,
            "Resource",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, one_per_az=True),
            security_group=self._security_group,
            encrypted=True,
            kms_key=self._key,
            lifecycle_policy=lifecycle_policy,
            file_system_policy=tls_only("elasticfilesystem"),
            # Else CDK would add a statement to the policy, which lets everyone write as root who may mount.
            allow_anonymous_access=True,
            removal_policy=KEPT,
        )
        self._arn = self._file_system.file_system_arn
        backup_plan.protect(self, self._arn)

    @property
    def file_system(self) -> efs.FileSystem:
        """The file system itself."""
        return self._file_system

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the file system."""
        return self._key

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The security group of the mount targets."""
        return self._security_group

    @property
    def connections(self) -> ec2.Connections:
        """The mount targets' side of security-group rules."""
        return self._connections

    @checked_arguments
    def add_access_point(self, construct_id: str, *, path: str, uid: int = 1000, gid: int = 1000) -> efs.AccessPoint:
        """Add an access point: who mounts it sees ``path`` as the root, and is user ``uid`` of group ``gid`` there.

        The directory is made at the first mount, for that user and group alone (750). An access point cannot be
        changed later: another path or user replaces it, and the files stay.

        :raises ValueError: the root directory or user, a path of more than four directories or 100 characters, or an
            id beyond 32 bits.
        """
        return define_access_point(self, construct_id, file_system=self._file_system, path=path, uid=uid, gid=gid)

    @checked_arguments
    def allow_from(self, peer: ec2.IConnectable) -> None:
        """Let a peer, such as a service or ``ec2.Peer.ipv4("10.0.1.0/24")``, reach the mount targets.

        :raises ValueError: a peer that stands for everyone.
        """
        refuse_everyone(peer, what="a file system", fix="Name the clients.")
        self._connections.allow_default_port_from(peer, "NFS client")

    @checked_arguments
    def grant_read(self, grantee: iam.IGrantable, access_point: efs.IAccessPoint) -> iam.Grant:
        """Let a principal mount ``access_point`` and read there."""
        return self._grant(grantee, access_point, _MOUNT)

    @checked_arguments
    def grant_read_write(self, grantee: iam.IGrantable, access_point: efs.IAccessPoint) -> iam.Grant:
        """Let a principal mount ``access_point``, and read and write there."""
        return self._grant(grantee, access_point, _MOUNT, _WRITE)

    @checked_arguments
    def mounted(self, access_point: efs.IAccessPoint, local_mount_path: str) -> lambda_.FileSystem:
        """Return what a ``PrivateFunction`` takes as ``filesystem``, to read and write at ``local_mount_path``.

        CDK's own would let it mount file systems by a wildcard.

        :raises ValueError: a path that is not below ``/mnt``.
        """
        require_mount_path(local_mount_path)
        return lambda_.FileSystem(
            arn=access_point.access_point_arn,
            local_mount_path=local_mount_path,
            connections=self._connections,
            dependency=[self._file_system.mount_targets_available],
            policies=[
                iam.PolicyStatement(actions=[_MOUNT, _WRITE], resources=[self._arn], conditions=through(access_point))
            ],
        )

    def _grant(self, grantee: iam.IGrantable, access_point: efs.IAccessPoint, *actions: str) -> iam.Grant:
        grant = to_principal(grantee, actions, [self._arn], conditions=through(access_point))
        if not grant.success:
            # The file system's policy cannot name an access point, which itself names the file system.
            refuse(
                "grantee",
                grantee,
                allowed="its own policies have to say so, and they are not of this app",
                fix="Grant to a role of this app.",
            )
        return grant
