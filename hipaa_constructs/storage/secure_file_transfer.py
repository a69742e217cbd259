from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_transfer as transfer
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse, refuse_everyone
from hipaa_constructs._regions import left_out
from hipaa_constructs._stacks import path_of
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_trust import of_this_account
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.grants import grant_list, grant_see_folders
from hipaa_constructs.storage.transfer_users import require_home, require_keys, require_user_name

_SSH = 22
# docs.aws.amazon.com/transfer/latest/userguide/security-policies.html. What CloudFormation takes where a template
# names none, 2018-11, accepts SHA-1.
_POLICY, _FIPS_POLICY = "TransferSecurityPolicy-2025-03", "TransferSecurityPolicy-FIPS-2025-03"


class SecureFileTransfer(Construct):
    """An SFTP server within a VPC, by which partners deliver files into a bucket of PHI and collect them.

    - Its endpoint stands in an isolated subnet of each zone, and has no public address. Its security group lets nobody
      in before ``allow_from``. Partners come by a ``SiteConnection``, or from within the VPC.
    - It speaks SFTP alone, by AWS's security policy of 2025-03: its variant with FIPS-validated cryptography where the
      Region has it, and in a stack that names none.
    - Users sign in with SSH keys; there are no passwords. Each has a role and a folder of the bucket, which is all of
      it that they see. Who only delivers neither reads nor deletes what is there.
    - Every sign-in, file and failure is logged as JSON, under a customer key, kept seven years, and masked for the
      identifiers of US health care. File names are in the log, in CloudTrail and in the partner's own logs: let them
      be no patient's.
    - A delivered file is an object: with a ``backup_plan`` the bucket tells EventBridge, and an ``events.Rule`` for
      source ``aws.s3`` starts what is to be done with it.

    The server makes its host keys itself, and another server has others, which partners have to be told: one that moves
    to another VPC is a new one. AS2 is not offered: its profiles, certificates and agreements are each partner's own.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls,
    164.312(e)(1) transmission security and 164.312(e)(2)(ii) encryption.

    :param vpc: has isolated subnets, as ``PrivateVpc`` has.
    :param bucket: where files are; each user has a folder of it.
    :param encryption_key: the key of the log; it is made usable for CloudWatch Logs. Default: a ``KmsRotatedKey`` of
        its own.
    :raises ValueError: an argument of the wrong type, or a VPC without isolated subnets.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        bucket: EncryptedBucket,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        if not vpc.isolated_subnets:
            refuse(
                "vpc",
                path_of(vpc),
                allowed="the endpoint stands in isolated subnets, and this VPC has none",
                fix="Pass PrivateVpc(…).vpc.",
            )
        super().__init__(scope, construct_id)

        self._bucket = bucket
        self._homes: list[str] = []
        self._logs = EncryptedLogGroup(self, "Logs", encryption_key=encryption_key)
        self._security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="SFTP from partners who were let in, nothing outwards",
            allow_all_outbound=False,
        )
        # With a port that is known at synth.
        self._connections = ec2.Connections(security_groups=[self._security_group], default_port=ec2.Port.tcp(_SSH))
        without_fips = left_out(
            self,
            "Transfer Family's FIPS policies",
            kind="file_transfer_features",
            instead=f"The server takes {_POLICY}.",
        )
        subnets = vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, one_per_az=True)
        self._server = transfer.CfnServer(
            self,
            "Resource",
            domain="S3",
            protocols=["SFTP"],
            endpoint_type="VPC",
            endpoint_details=transfer.CfnServer.EndpointDetailsProperty(
                vpc_id=vpc.vpc_id,
                subnet_ids=subnets.subnet_ids,
                security_group_ids=[self._security_group.security_group_id],
            ),
            # It cannot be changed later: docs.aws.amazon.com/transfer/latest/userguide/sshkeygen.html.
            identity_provider_type="SERVICE_MANAGED",
            security_policy_name=_POLICY if without_fips else _FIPS_POLICY,
            # Its ARN ends in ":*", as Transfer Family asks. AWS writes the resource policy by which logs are
            # delivered: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-vended-logs-permissions.html.
            structured_log_destinations=[self._logs.log_group.log_group_arn],
        )

    @property
    def server(self) -> transfer.CfnServer:
        """The server itself."""
        return self._server

    @property
    def server_id(self) -> str:
        """The id of the server, such as ``s-0123456789abcdef0``."""
        return self._server.attr_server_id

    @property
    def log_group(self) -> logs.LogGroup:
        """Where the server logs."""
        return self._logs.log_group

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The security group of the endpoint."""
        return self._security_group

    @property
    def connections(self) -> ec2.Connections:
        """The endpoint's side of security-group rules."""
        return self._connections

    @checked_arguments
    def allow_from(self, peer: ec2.IConnectable) -> None:
        """Let a peer, such as ``ec2.Peer.ipv4("192.0.2.0/24")``, reach the endpoint.

        :raises ValueError: a peer that stands for everyone.
        """
        refuse_everyone(peer, what="a server of PHI", fix="Name the partners' networks.")
        self._connections.allow_default_port_from(peer, "SFTP client")

    @checked_arguments
    def add_user(
        self,
        construct_id: str,
        *,
        user_name: str,
        ssh_public_keys: Sequence[str],
        home: str | None = None,
        access: Literal["write", "read", "read_write"] = "write",
    ) -> LeastPrivilegeRole:
        """Add a user, and return the role by which Transfer Family reaches the user's folder.

        - ``write``: deliver and list. Files cannot be read back, appended to or renamed, so that a client that uploads
          under another name first needs ``read_write``. Source:
          docs.aws.amazon.com/transfer/latest/userguide/configure-storage.html.
        - ``read``: list and collect.
        - ``read_write``: all of it, and delete. What is overwritten or deleted stays as a version.

        :param user_name: 3 to 100 letters, digits and any of ``_@.-``. Another name is another user.
        :param ssh_public_keys: public keys of RSA, ECDSA or Ed25519, as a client's ``.pub`` file has them; the old and
            the new one while a partner changes keys.
        :param home: the folder of the bucket that the user sees as ``/``. Default: ``user_name``.
        :param access: what the user may do there. Default: ``write``.
        :raises ValueError: a name, key or folder that is none, a private key, or a folder whose listing would show
            another user's.
        """
        folder = user_name if home is None else home
        require_user_name(user_name)
        require_keys(ssh_public_keys)
        require_home(folder, self._homes)
        self._homes.append(folder)

        user = Construct(self, construct_id)
        role = LeastPrivilegeRole(
            user,
            "Role",
            assumed_by=of_this_account("transfer.amazonaws.com", user),
            description=f"Files of {path_of(user)}",
        )
        self._grant(role, folder, access)
        transfer.CfnUser(
            user,
            "Resource",
            server_id=self.server_id,
            user_name=user_name,
            role=role.role_arn,
            ssh_public_keys=list(ssh_public_keys),
            home_directory_type="LOGICAL",
            home_directory_mappings=[
                transfer.CfnUser.HomeDirectoryMapEntryProperty(
                    entry="/", target=cdk.Fn.join("", ["/", self._bucket.bucket.bucket_name, "/", folder])
                )
            ],
        )
        return role

    def _grant(self, role: LeastPrivilegeRole, folder: str, access: str) -> None:
        files, bucket = f"{folder}/*", self._bucket
        grant_list(bucket.bucket, role, folder)
        if access == "write":
            grant_see_folders(bucket.bucket, role, folder)
            bucket.grant_put(role, objects_key_pattern=files)
        elif access == "read":
            bucket.grant_read(role, objects_key_pattern=files)
        else:
            bucket.grant_read_write(role, objects_key_pattern=files)
