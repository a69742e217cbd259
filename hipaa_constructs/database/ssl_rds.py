from __future__ import annotations

import re
from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, refuse_everyone
from hipaa_constructs._stacks import region_of, settle
from hipaa_constructs.database import requirements
from hipaa_constructs.database.audit_files import AuditFiles, define_audit_files
from hipaa_constructs.database.aurora_cluster import define_cluster
from hipaa_constructs.database.prerequisites import define_prerequisites
from hipaa_constructs.database.rds_instance import define_instance
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket


class SslRds(Construct):
    """A relational database that is reached over TLS 1.2 or later only, by those who were let in.

    It stands in isolated subnets, is never public, listens on a port that is not its engine's well-known one,
    and lets nobody in before ``allow_from``. One customer key covers storage, snapshots, master secret, Database
    Insights and logs. Every log that the engine can export goes to a log group that is kept seven years, and the audit
    files of SQL Server and Db2 to a bucket. A standby (Aurora: a reader) is ready in another zone, RDS rotates the
    master secret every seven days, automated backups go back 35 days, and the backup plan keeps the rest. SQL Server,
    Oracle and Db2 have no IAM authentication on RDS.

    MySQL, MariaDB and Aurora MySQL record log-ins and statements from the start. The others meet 164.312(b) once SQL,
    which CloudFormation cannot run, has said what to record (pages of docs.aws.amazon.com/AmazonRDS/latest/UserGuide):

    - PostgreSQL, which records log-ins by itself: ``CREATE EXTENSION pgaudit`` in each database.
    - SQL Server: a server audit with a specification, on both nodes (Appendix.SQLServer.Options.Audit.html).
    - Db2: ``rdsadmin.configure_db_audit`` (db2-sp-managing-audit-policies.html).
    - Oracle: ``CREATE AUDIT POLICY`` and ``AUDIT POLICY``. Unified auditing, the only kind that 26ai takes, keeps its
      records in the database and so in its backups; the exported log ``audit`` holds what Oracle writes to files.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls,
    164.312(c)(1) integrity, 164.312(d) authentication, 164.312(e)(1) transmission security, 164.312(e)(2)(i) integrity
    controls, 164.312(e)(2)(ii) encryption and 164.308(a)(7)(ii)(A) data backup plan. Supports 164.308(a)(7)(i)
    contingency plan and 164.308(a)(7)(ii)(B) disaster recovery plan.

    :param engine: an aws_cdk engine with a version: PostgreSQL, MySQL, MariaDB, SQL Server (Standard, Enterprise,
        Web), Oracle, Aurora PostgreSQL, Aurora MySQL; or a ``Db2Engine``.
    :param vpc: has isolated subnets in two zones or more, as ``PrivateVpc`` has.
    :param backup_plan: the plan that covers the database; a ``BackupPlan``.
    :param encryption_key: the key for everything at rest. Default: a ``KmsRotatedKey`` of its own.
    :param instance_type: the class of the instance, or of each in a cluster. Default: m6g.large for PostgreSQL,
        MySQL and MariaDB, r6g.large for Aurora, m5.large for Oracle, m6i.xlarge for SQL Server Enterprise and
        m6i.large for the others; where the stack's Region lacks that class, a like one that it has.
    :param allocated_storage: what an instance starts with, in GiB. Default: 100. Aurora grows by itself.
    :param max_allocated_storage: what an instance's storage may grow to. Default: ten times ``allocated_storage``.
    :param database_name: a database to create. Default: none; Oracle's is then ``ORCL``.
    :param license_model: where an Oracle licence comes from. Default: RDS's own default for the edition.
    :param readers: Aurora's readers, 1 to 15, spread over the zones. Default: one.
    :raises ValueError: an engine that is not eligible or too old for a control, no backup plan, a VPC without isolated
        subnets, storage, names or instance classes that RDS refuses, or options of another kind of engine.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        engine: rds.IInstanceEngine | rds.IClusterEngine,
        vpc: ec2.IVpc,
        backup_plan: ProtectsData | None = None,
        encryption_key: kms.IKey | None = None,
        instance_type: ec2.InstanceType | None = None,
        allocated_storage: int | None = None,
        max_allocated_storage: int | None = None,
        database_name: str | None = None,
        license_model: rds.LicenseModel | None = None,
        readers: int | None = None,
    ) -> None:
        if backup_plan is None:
            refuse(
                "backup_plan",
                None,
                allowed="a database may hold PHI, and 45 CFR 164.308(a)(7)(ii)(A) asks for a backup plan",
                fix="Pass backup_plan=BackupPlan.daily_7_year(stack, 'Backups').",
            )
        request = requirements.validated_request(
            engine=engine,
            vpc=vpc,
            instance_type=instance_type,
            allocated_storage=allocated_storage,
            max_allocated_storage=max_allocated_storage,
            database_name=database_name,
            license_model=license_model,
            readers=readers,
            region=region_of(scope),
        )
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        prerequisites = define_prerequisites(self, controls=request.controls, key=self._key, vpc=vpc)
        self._security_group = prerequisites.security_group
        self._port = request.controls.client_port
        # With a port that is known at synth: the database's own is a token, which rules cannot read.
        self._connections = ec2.Connections(
            security_groups=[prerequisites.security_group], default_port=ec2.Port.tcp(self._port)
        )
        self._iam_authentication = request.controls.iam_authentication
        self._instance: rds.DatabaseInstance | None = None
        self._cluster: rds.DatabaseCluster | None = None
        self._audit_files: AuditFiles | None = None
        if request.controls.cluster:
            self._cluster = define_cluster(self, prerequisites, request)
            backup_plan.protect(self, self._cluster.cluster_arn)
        else:
            if request.controls.audit_option is not None:
                self._audit_files = define_audit_files(
                    self, key=self._key, backup_plan=backup_plan, identifier=prerequisites.identifier
                )
            self._instance = define_instance(self, prerequisites, request, self._audit_files)
            backup_plan.protect(self, self._instance.instance_arn)

    @property
    def instance(self) -> rds.DatabaseInstance | None:
        """The RDS instance; None for Aurora."""
        return self._instance

    @property
    def cluster(self) -> rds.DatabaseCluster | None:
        """The Aurora cluster; None for any other engine."""
        return self._cluster

    @property
    def endpoint(self) -> rds.Endpoint:
        """Where clients connect with TLS: for Aurora the writer, for Oracle and Db2 with their TLS port."""
        if self._cluster is not None:
            return rds.Endpoint(self._cluster.cluster_endpoint.hostname, self._port)
        return rds.Endpoint(self._require_instance().db_instance_endpoint_address, self._port)

    @property
    def reader_endpoint(self) -> rds.Endpoint | None:
        """Where Aurora's readers answer; None for any other engine, whose standby takes no connections."""
        if self._cluster is None:
            return None
        return rds.Endpoint(self._cluster.cluster_read_endpoint.hostname, self._port)

    @property
    def port(self) -> int:
        """The port of ``endpoint``, a number at synth."""
        return self._port

    @property
    def connections(self) -> ec2.Connections:
        """The database's side of security-group rules, for ``peer.connections.allow_to(db.connections, …)``."""
        return self._connections

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The database's own security group."""
        return self._security_group

    @property
    def audit_bucket(self) -> EncryptedBucket | None:
        """Where SQL Server and Db2 put audit files; None for engines whose records go to logs or stay inside."""
        return self._audit_files.bucket if self._audit_files else None

    @property
    def encryption_key(self) -> kms.IKey:
        """The key for everything at rest."""
        return self._key

    @property
    def secret(self) -> secretsmanager.ISecret:
        """The master user's secret, which RDS made and rotates."""
        secret = self._cluster.secret if self._cluster is not None else self._require_instance().secret
        return cast("secretsmanager.ISecret", secret)

    @checked_arguments
    def allow_from(self, peer: ec2.IConnectable) -> None:
        """Let a peer, such as a function or ``ec2.Peer.ipv4("10.0.1.0/24")``, reach the TLS port.

        :raises ValueError: a peer that stands for everyone.
        """
        refuse_everyone(peer, what="a database", fix="Name the clients or their subnets.")
        self._connections.allow_default_port_from(peer, "TLS client")

    @checked_arguments
    def grant_connect(self, grantee: iam.IGrantable, db_user: str) -> iam.Grant:
        """Let a principal log in to this database as ``db_user`` with a token of IAM instead of a password.

        :raises ValueError: an engine without IAM authentication, or a user name that is none or a pattern.
        """
        if not self._iam_authentication:
            refuse(
                "grantee",
                grantee,
                allowed="this engine has no IAM authentication",
                fix="Let it read db.secret, or a secret of its own.",
            )
        if not is_token(db_user) and not re.fullmatch(r"[\w.@-]{1,63}", db_user, re.ASCII):
            refuse(
                "db_user",
                db_user,
                allowed="it takes one database user, up to 63 letters, digits, '_', '.', '@' and '-'",
                fix="Create the user in the database and name it here.",
            )
        if self._cluster is not None:
            return self._cluster.grant_connect(grantee, db_user)
        return self._require_instance().grant_connect(grantee, db_user)

    def _require_instance(self) -> rds.DatabaseInstance:
        assert self._instance is not None
        return self._instance
