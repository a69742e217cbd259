from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_redshiftserverless as redshiftserverless
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse, refuse_everyone
from hipaa_constructs._names import KEPT, known_name, stack_piece
from hipaa_constructs.database.warehouse_access import define_access_role, define_logs
from hipaa_constructs.database.warehouse_requirements import require_capacity, require_name, warehouse_subnets
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

# Within the ports that Redshift Serverless takes, and not its well-known 5439:
# docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateWorkgroup.html
_PORT = 5440


class TlsWarehouse(Construct):
    """A data warehouse on Redshift Serverless for PHI, that is reached over TLS only, by those who were let in.

    - It stands in isolated subnets of three zones, is never public, and lets nobody in before ``allow_from``. What it
      copies from and to S3 goes through the VPC; with ``load_from`` or ``unload_to`` it therefore stands in private
      subnets, whose way to S3 is an endpoint, and HTTPS is the one thing that it may ask for outwards.
    - One customer key covers data, snapshots, logs and the secret of the administrator, whose password Redshift makes,
      keeps in Secrets Manager and renews. Let people and applications in by ``grant_connect``: IAM gives each a
      password for minutes.
    - Connections, changes of users and every statement go to log groups that are kept seven years and mask PHI: a
      statement may name a patient.
    - ``COPY`` and ``UNLOAD`` with ``IAM_ROLE default`` reach the buckets that are named here and no other. Write
      ``UNLOAD … KMS_KEY_ID '<the bucket's key>' ENCRYPTED``: else Redshift asks S3 for S3's own key, and an
      ``EncryptedBucket`` refuses that.
    - The backup plan keeps snapshots; Redshift's own recovery points go back 24 hours. Namespace and key stay when the
      stack goes. AWS Backup restores single tables; a whole namespace is restored from its snapshot in Redshift.
    - It grows with what is asked of it, up to ``max_capacity``, and computing costs nothing while nobody asks. Usage
      limits have no CloudFormation type: set them in Redshift.

    FIPS mode of TLS is off, as AWS asks for, unless a system has to have it:
    docs.aws.amazon.com/redshift/latest/mgmt/connecting-ssl-support.html.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls,
    164.312(c)(1) integrity, 164.312(e)(1) transmission security and 164.308(a)(7)(ii)(A) data backup plan.

    :param vpc: where it stands, with isolated (or private) subnets in three zones; in us-west-1, which has two, three
        subnets. Source: docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html.
    :param backup_plan: the plan that covers the namespace; a ``BackupPlan``.
    :param encryption_key: the key of everything at rest. Default: a ``KmsRotatedKey`` of its own.
    :param database_name: the first database. Default: ``dev``, which is Redshift's own default.
    :param base_capacity: how much computes a statement, in Redshift Processing Units: 4, or 8 to 512 in steps of 8,
        or to 1024 in steps of 32. Default: 8, enough for 128 TB. Not each Region has 4 and more than 512. Source:
        docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html.
    :param max_capacity: what it may grow to, in the same units. Default: as much as statements need.
    :param load_from: the buckets that it may read. Default: none.
    :param unload_to: the buckets that it may write. Default: none.
    :raises ValueError: no backup plan, too few zones, a capacity or a name that Redshift refuses.
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
        database_name: str = "dev",
        base_capacity: int = 8,
        max_capacity: int | None = None,
        load_from: Sequence[EncryptedBucket] = (),
        unload_to: Sequence[EncryptedBucket] = (),
    ) -> None:
        if backup_plan is None:
            refuse(
                "backup_plan",
                None,
                allowed="a warehouse may hold PHI, and 45 CFR 164.308(a)(7)(ii)(A) asks for a backup plan",
                fix="Pass backup_plan=BackupPlan.daily_7_year(stack, 'Backups').",
            )
        require_name("database_name", database_name)
        require_capacity(base_capacity, max_capacity)
        copies = bool(load_from or unload_to)
        subnets = warehouse_subnets(scope, vpc, isolated=not copies)
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        # Log groups are named after the namespace and outlive the stack: the name carries a piece of the stack's id.
        self._name = f"{known_name(self, max_length=50).lower()}-{stack_piece()}"
        logs = define_logs(self, namespace=self._name, key=self._key)
        self._role = define_access_role(self, load_from=load_from, unload_to=unload_to) if copies else None
        self._namespace = self._define_namespace(database_name)
        self._namespace.node.add_dependency(logs)
        self._security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="TLS clients of the warehouse", allow_all_outbound=False
        )
        if copies:
            # Not narrower than any address: S3's gateway endpoint answers from public addresses that change.
            self._security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "S3")
        self._connections = ec2.Connections(security_groups=[self._security_group], default_port=ec2.Port.tcp(_PORT))
        self._workgroup = self._define_workgroup(subnets, base_capacity, max_capacity)
        backup_plan.protect(self, self._namespace.attr_namespace_namespace_arn)

    @property
    def namespace(self) -> redshiftserverless.CfnNamespace:
        """The data: databases, users, and their key. CDK has no higher construct for it."""
        return self._namespace

    @property
    def workgroup(self) -> redshiftserverless.CfnWorkgroup:
        """What computes, and where clients connect."""
        return self._workgroup

    @property
    def role(self) -> LeastPrivilegeRole | None:
        """What ``COPY`` and ``UNLOAD`` take; none without buckets."""
        return self._role

    @property
    def hostname(self) -> str:
        """Where clients connect with TLS."""
        return self._workgroup.attr_workgroup_endpoint_address

    @property
    def port(self) -> int:
        """The port of ``hostname``, a number at synth."""
        return _PORT

    @property
    def connections(self) -> ec2.Connections:
        """The warehouse's side of security-group rules."""
        return self._connections

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The warehouse's own security group."""
        return self._security_group

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of everything at rest."""
        return self._key

    @checked_arguments
    def allow_from(self, peer: ec2.IConnectable) -> None:
        """Let a peer, such as a function or ``ec2.Peer.ipv4("10.0.1.0/24")``, reach the port.

        :raises ValueError: a peer that stands for everyone.
        """
        refuse_everyone(peer, what="a warehouse", fix="Name the clients or their subnets.")
        self._connections.allow_default_port_from(peer, "TLS client")

    @checked_arguments
    def grant_connect(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal log in as the database user of its own name, which Redshift makes, with a password of IAM.

        What the user may read, ``GRANT`` says in the database. Source:
        docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetCredentials.html.
        """
        return to_principal(
            grantee,
            ["redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"],
            [self._workgroup.attr_workgroup_workgroup_arn],
        )

    def _define_namespace(self, database_name: str) -> redshiftserverless.CfnNamespace:
        role_arn = self._role.role_arn if self._role is not None else None
        namespace = redshiftserverless.CfnNamespace(
            self,
            "Namespace",
            namespace_name=self._name,
            db_name=database_name,
            kms_key_id=self._key.key_arn,
            admin_username="dbadmin",
            manage_admin_password=True,
            admin_password_secret_kms_key_id=self._key.key_arn,
            log_exports=["connectionlog", "useractivitylog", "userlog"],
            default_iam_role_arn=role_arn,
            iam_roles=[role_arn] if role_arn is not None else None,
        )
        namespace.apply_removal_policy(KEPT)
        return namespace

    def _define_workgroup(
        self, subnets: Sequence[str], base_capacity: int, max_capacity: int | None
    ) -> redshiftserverless.CfnWorkgroup:
        parameters = {"require_ssl": "true", "enable_user_activity_logging": "true"}
        return redshiftserverless.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name=self._name,
            namespace_name=self._namespace.ref,
            base_capacity=base_capacity,
            max_capacity=max_capacity,
            port=_PORT,
            publicly_accessible=False,
            enhanced_vpc_routing=True,
            subnet_ids=list(subnets),
            security_group_ids=[self._security_group.security_group_id],
            config_parameters=[
                redshiftserverless.CfnWorkgroup.ConfigParameterProperty(parameter_key=key, parameter_value=value)
                for key, value in parameters.items()
            ],
        )
