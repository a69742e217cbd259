from __future__ import annotations

from typing import Literal, cast

import aws_cdk as cdk
from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import (
    checked_arguments,
    is_token,
    refuse,
    require_one_of,
    require_range,
    require_written,
)
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import arn_in, path_of
from hipaa_constructs.database.prerequisites import BACKUPS, CERTIFICATE, MASTER, database_identifier
from hipaa_constructs.database.requirements import isolated_zones, require_maintenance_window
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

# Not 27017, where everyone looks (AwsSolutions-DOC2).
_PORT = 37017
# docs.aws.amazon.com/documentdb/latest/developerguide/docdb-engine-version-supportability.html: those with IAM
# authentication and in standard support without an announced end; by version their family of parameter groups.
FAMILIES = {"5.0.0": "docdb5.0", "8.0.0": "docdb8.0"}
# API_Parameter.html and event-auditing.html there; "all" records reads and writes beside log-ins and definitions.
PARAMETERS = {"tls": "tls1.2+", "audit_logs": "all", "profiler": "enabled"}


class TlsDocumentDb(Construct):
    """A document database (DocumentDB, compatible with MongoDB) that is reached over TLS 1.2 or later only.

    - It stands in isolated subnets, listens on a port that is not MongoDB's well-known one, and lets nobody in before
      ``connections.allow_default_port_from``.
    - The audit log records log-ins, definitions, reads and writes, the profiler's what takes longer than 100 ms; both
      go to log groups that mask PHI and are kept seven years.
    - One customer key covers storage, snapshots, the master user's secret and logs; it cannot be changed later.
    - Two instances or more take turns in the zones. Automated backups go back 35 days, the backup plan keeps the rest,
      and a last snapshot stays when the stack goes; before that somebody has to lift deletion protection.
    - DocumentDB makes the master user's password, keeps it in Secrets Manager and rotates it every seven days.
      CloudFormation does not tell which secret that is: ``aws docdb describe-db-clusters`` does. It is for creating
      users; what an application runs as signs in by IAM: create its role's ARN as a user in ``$external`` with
      ``MONGODB-AWS`` (docs.aws.amazon.com/documentdb/latest/developerguide/iam-identity-auth.html). That needs no
      grant of IAM, and a way to STS.

    DocumentDB patches its engine in the maintenance window by itself; ``AutoMinorVersionUpgrade`` does nothing there
    (docs.aws.amazon.com/documentdb/latest/developerguide/API_CreateDBInstance.html).

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls,
    164.312(c)(1) integrity, 164.312(d) authentication, 164.312(e)(1) transmission security, 164.312(e)(2)(i) integrity
    controls, 164.312(e)(2)(ii) encryption and 164.308(a)(7)(ii)(A) data backup plan. Supports 164.308(a)(7)(i)
    contingency plan and 164.308(a)(7)(ii)(B) disaster recovery plan.

    :param vpc: has isolated subnets in two zones or more, as ``PrivateVpc`` has.
    :param backup_plan: the plan that covers the cluster; a ``BackupPlan``.
    :param encryption_key: the key for everything at rest. Default: a ``KmsRotatedKey`` of its own.
    :param engine_version: ``5.0.0`` or ``8.0.0``. Default: 5.0.0, which has long-term support.
    :param instance_type: the class of each instance. Default: r6g.large.
    :param instances: how many there are, 2 to 16, one of them the writer. Default: 2.
    :param preferred_maintenance_window: when it is patched, in UTC. Default: DocumentDB chooses one.
    :raises ValueError: a Region without DocumentDB, no backup plan, a VPC without isolated subnets, another version, or
        fewer than two instances.
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
        engine_version: Literal["5.0.0", "8.0.0"] = "5.0.0",
        instance_type: ec2.InstanceType | None = None,
        instances: int = 2,
        preferred_maintenance_window: str | None = None,
    ) -> None:
        require_region(
            scope,
            "AWS::DocDB::DBCluster",
            what="DocumentDB",
            fix="Put the database into a stack of a Region that has it, such as us-east-1.",
        )
        if backup_plan is None:
            refuse(
                "backup_plan",
                None,
                allowed="a database may hold PHI, and 45 CFR 164.308(a)(7)(ii)(A) asks for a backup plan",
                fix="Pass backup_plan=BackupPlan.daily_7_year(stack, 'Backups').",
            )
        _require_version(engine_version)
        require_maintenance_window(preferred_maintenance_window)
        require_written("instances", instances, fix="Two are a writer and a reader.")
        require_range("instances", instances, 2, 16, unit="instances", fix="Two are enough to fail over.")
        zones = isolated_zones(vpc)
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="TLS clients of the database", allow_all_outbound=False
        )
        # With a port that is known at synth: the cluster's own is a token, which rules cannot read.
        self._connections = ec2.Connections(security_groups=[self._security_group], default_port=ec2.Port.tcp(_PORT))
        identifier = database_identifier(self)
        # DocumentDB would make them without key and retention.
        logs = Construct(self, "Logs")
        for log in ("audit", "profiler"):
            EncryptedLogGroup(
                logs,
                log.capitalize(),
                encryption_key=self._key,
                log_group_name=f"/aws/docdb/{identifier}/{log}",
            )
        self._cluster = docdb.DatabaseCluster(
            self,
            "Resource",
            db_cluster_name=identifier,
            engine_version=engine_version,
            parameter_group=docdb.ClusterParameterGroup(
                self,
                "Parameters",
                family=FAMILIES[engine_version],
                description=f"TLS and audit of {path_of(self)}",
                parameters=PARAMETERS,
            ),
            master_user=docdb.Login(username=MASTER),
            manage_master_user_password=True,
            master_user_secret_kms_key=self._key,
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_group=self._security_group,
            port=_PORT,
            instances=instances,
            instance_type=instance_type or ec2.InstanceType("r6g.large"),
            ca_certificate=CERTIFICATE,
            storage_encrypted=True,
            kms_key=self._key,
            backup=docdb.BackupProps(retention=BACKUPS),
            copy_tags_to_snapshot=True,
            export_audit_logs_to_cloud_watch=True,
            export_profiler_logs_to_cloud_watch=True,
            preferred_maintenance_window=preferred_maintenance_window,
            instance_maintenance_window=preferred_maintenance_window,
            deletion_protection=True,
            removal_policy=cdk.RemovalPolicy.SNAPSHOT,
        )
        self._cluster.node.add_dependency(logs)
        for index in range(instances):
            member = cast("docdb.CfnDBInstance", self._cluster.node.find_child(f"Instance{index + 1}"))
            member.availability_zone = zones[index % len(zones)] if zones else None
        backup_plan.protect(self, self._arn)

    @property
    def cluster(self) -> docdb.DatabaseCluster:
        """The cluster itself."""
        return self._cluster

    @property
    def endpoint(self) -> docdb.Endpoint:
        """Where the writer answers, with TLS."""
        return docdb.Endpoint(self._cluster.cluster_endpoint.hostname, _PORT)

    @property
    def reader_endpoint(self) -> docdb.Endpoint:
        """Where the readers answer, with TLS."""
        return docdb.Endpoint(self._cluster.cluster_read_endpoint.hostname, _PORT)

    @property
    def port(self) -> int:
        """The port of both, a number at synth."""
        return _PORT

    @property
    def connections(self) -> ec2.Connections:
        """The database's side of security-group rules."""
        return self._connections

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The database's own security group."""
        return self._security_group

    @property
    def encryption_key(self) -> kms.IKey:
        """The key for everything at rest."""
        return self._key

    @property
    def _arn(self) -> str:
        return arn_in(self, "rds", f"cluster:{self._cluster.cluster_identifier}")


def _require_version(version: str) -> None:
    # By it the family of parameters is known, which TLS depends on.
    if is_token(version):
        refuse("engine_version", version, allowed="it takes a version that is written", fix="Leave it out for 5.0.0.")
    require_one_of(
        "engine_version",
        version,
        tuple(FAMILIES),
        fix="3.6 is past its end, and 4.0 has no IAM authentication.",
    )
