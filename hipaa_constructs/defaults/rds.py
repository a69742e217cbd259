"""Amazon RDS and Aurora: TLS, logs, IAM log-ins, backups, protection; encryption in databases that are new."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from constructs import Construct

from hipaa_constructs._asked import AskedOnce
from hipaa_constructs.database.engine_controls import EngineControls
from hipaa_constructs.database.prerequisites import BACKUPS, MASTER, MONITORED_EVERY, define_monitoring_role
from hipaa_constructs.database.requirements import controls_of
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting

_INSTANCE = "AWS::RDS::DBInstance"
_CLUSTER = "AWS::RDS::DBCluster"
_MIGRATION = "Restore a snapshot, encrypted, into a second database, and move the clients there."


_PROTECTED = "Somebody has to lift the protection before the database can be deleted."


def _controls(made: Made) -> EngineControls | None:
    """Return what this package knows of the engine; None for one that is not eligible or too old for it."""
    engine: Any = made.props.get("engine")
    return _controls_of(engine)[0] if engine is not None else None


@AskedOnce
def _controls_of(engine: Any) -> tuple[EngineControls | None]:
    try:
        return (controls_of(engine.engine_type, engine),)
    except ValueError:
        return (None,)


def _known(made: Made) -> bool:
    return _controls(made) is not None


def _by_iam(made: Made) -> bool:
    controls = _controls(made)
    return controls is not None and controls.iam_authentication


def _exports(made: Made) -> list[str] | None:
    controls = _controls(made)
    if controls is None:
        return None
    names = (*controls.logs, *controls.unwritten_logs)
    by_iam = made.props.get("iamAuthentication") is not False
    return [name for name in names if by_iam or name != "iam-db-auth-error"]


def _parameters(made: Made) -> dict[str, str] | None:
    controls = _controls(made)
    return dict(controls.parameters) if controls is not None and controls.parameters else None


def _option_group(made: Made) -> rds.OptionGroup | None:
    """Make an option group with the audit of MySQL or MariaDB; other engines' options ask for more, or are none.

    It stays, as snapshots of the database go on to refer to it:
    docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html.
    """
    controls = _controls(made)
    engine: Any = made.props.get("engine")
    if controls is None or not controls.options or controls.tls_port is not None or controls.audit_option is not None:
        return None
    if getattr(engine, "engine_version", None) is None:
        return None
    options = [
        rds.OptionConfiguration(name=name, settings=dict(settings)) for name, settings in controls.options.items()
    ]
    group = rds.OptionGroup(made.home, "Options", engine=engine, configurations=options)
    group.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    return group


def _monitoring(session: Session, near: Construct) -> Construct:
    """Return the home of the one role by which databases of a stack are monitored."""
    home = session.home(session.stack(near))
    known = home.node.try_find_child("Monitoring")
    if isinstance(known, Construct):
        return known
    made = Construct(home, "Monitoring")
    define_monitoring_role(made, "")
    return made


def _monitoring_role(made: Made) -> iam.Role:
    role = _monitoring(made.session, made.scope).node.find_child("MonitoringRole")
    assert isinstance(role, iam.Role)
    return role


def _monitored() -> list[Setting]:
    return [
        Setting(
            argument="monitoring_interval",
            properties=["MonitoringInterval"],
            value=lambda made: MONITORED_EVERY,
            unless=["monitoring_role"],
            why="The operating system below the database is watched.",
        ),
        Setting(
            argument="monitoring_role",
            properties=["MonitoringRoleArn"],
            value=_monitoring_role,
            unless=["monitoring_interval"],
            why="A role held to this account's databases delivers what is watched.",
        ),
    ]


def _protected() -> Setting:
    return Setting(
        argument="deletion_protection",
        properties=["DeletionProtection"],
        value=lambda made: True,
        why=_PROTECTED,
    )


def _iam_authentication() -> Setting:
    return Setting(
        argument="iam_authentication",
        properties=["EnableIAMDatabaseAuthentication"],
        value=lambda made: True,
        when=_by_iam,
        why="People can log in by IAM instead of a shared password.",
    )


def _exported() -> Setting:
    return Setting(
        argument="cloudwatch_logs_exports",
        properties=["EnableCloudwatchLogsExports"],
        value=_exports,
        why="The engine's logs go to CloudWatch Logs. RDS makes those log groups itself: set key and retention there.",
    )


def _tls(parameter_group: str) -> Setting:
    return Setting(
        argument="parameters",
        properties=[parameter_group],
        value=_parameters,
        unless=["parameter_group"],
        why="Connections without TLS are refused, and log-ins recorded; both once the database has restarted.",
    )


def _encrypted() -> list[Setting]:
    return [
        Setting(
            argument="storage_encryption_key",
            properties=["StorageEncrypted", "KmsKeyId"],
            value=lambda made: made.key,
            when=lambda made: made.props.get("storageEncrypted") is not False,
            why="Data is under the stack's key.",
        ),
    ]


def _managed_password() -> list[Setting]:
    """Let RDS make and rotate the master user's password.

    Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html.
    """
    why = "RDS makes the master user's password and rotates it, in a secret under the stack's key."
    return [
        Setting(
            argument="manage_master_user_password",
            properties=["MasterUsername"],
            value=lambda made: True,
            unless=["credentials"],
            why=why,
        ),
        Setting(
            argument="credentials",
            properties=["MasterUsername"],
            value=lambda made: rds.Credentials.from_username(MASTER, encryption_key=made.key),
            unless=["manage_master_user_password"],
            why=why,
        ),
    ]


def _instance_settings() -> list[Setting]:
    return [
        _iam_authentication(),
        _protected(),
        _exported(),
        _tls("DBParameterGroupName"),
        Setting(
            argument="option_group",
            properties=["OptionGroupName"],
            value=_option_group,
            why="MySQL and MariaDB record log-ins and statements, by the option of their audit.",
        ),
        *_monitored(),
        Setting(
            argument="publicly_accessible",
            properties=["PubliclyAccessible"],
            value=lambda made: False,
            why="The database has no address on the internet.",
        ),
        Setting(
            argument="backup_retention",
            properties=["BackupRetentionPeriod"],
            value=lambda made: BACKUPS,
            why="The database can be restored to any second of the last 35 days.",
        ),
        Setting(
            argument="multi_az",
            properties=["MultiAZ"],
            value=lambda made: True,
            when=_known,
            unless=["availability_zone"],
            why="A standby in another zone takes over.",
        ),
    ]


def _cluster_settings() -> list[Setting]:
    return [
        _iam_authentication(),
        _protected(),
        _exported(),
        _tls("DBClusterParameterGroupName"),
        *_monitored(),
        Setting(
            argument="backup",
            properties=["BackupRetentionPeriod"],
            parts=rds.BackupProps,
            value=lambda made: {"retention": BACKUPS},
            why="The cluster can be restored to any second of the last 35 days.",
        ),
    ]


def _finish(session: Session, found: Found) -> None:
    for resource in found.of(_INSTANCE):
        owner = session.path(session.owner(resource))
        above = owner.rsplit("/", 1)[0]
        if owner not in session.seen and above not in session.seen:
            continue
        if owner not in session.seen and resource.publicly_accessible is None:
            resource.publicly_accessible = False
            why = "The member of the cluster has no address on the internet."
            session.record(resource, owner, _INSTANCE, "publicly_accessible", ["PubliclyAccessible"], "set", why)
        if _is_monitored(session, owner) or _is_monitored(session, above):
            # Before its policy, the role is refused, or delivers nothing.
            resource.node.add_dependency(_policy(session, resource))


def _is_monitored(session: Session, path: str) -> bool:
    return any(change.path == path and change.setting == "monitoring_role" for change in session.changes)


def _policy(session: Session, resource: cdk.CfnResource) -> Any:
    return _monitoring(session, resource).node.find_child("MonitoringRole").node.find_child("Policy1")


def _own_data(resource: Any) -> bool:
    """Whether a raw database begins empty, so that nothing else says how it is encrypted."""
    return all(getattr(resource, name, None) is None for name in _ORIGINS)


_ORIGINS = (
    "snapshot_identifier",
    "db_snapshot_identifier",
    "db_cluster_snapshot_identifier",
    "db_cluster_identifier",
    "global_cluster_identifier",
    "replication_source_identifier",
    "restore_to_time",
    "source_db_cluster_identifier",
    "source_db_cluster_resource_id",
    "source_db_instance_automated_backups_arn",
    "source_db_instance_identifier",
    "source_dbi_resource_id",
)


def _raw(construct: Any, resource_type: str) -> Raw:
    """Return what a database gets that the app writes as a resource, whose engine is only a name there."""
    return Raw(
        construct=construct,
        resource_type=resource_type,
        migration=_MIGRATION,
        settings=[
            RawSetting(
                attribute="storage_encrypted",
                property="StorageEncrypted",
                value=lambda session, database: True,
                when=_own_data,
                why="Data is encrypted.",
            ),
            RawSetting(
                attribute="kms_key_id",
                property="KmsKeyId",
                value=lambda session, database: session.key(database).key_arn,
                when=lambda database: database.storage_encrypted is True and _own_data(database),
                why="Data is under the stack's key.",
            ),
            RawSetting(
                attribute="deletion_protection",
                property="DeletionProtection",
                value=lambda session, database: True,
                when=_stands_alone,
                why=_PROTECTED,
            ),
            RawSetting(
                attribute="backup_retention_period",
                property="BackupRetentionPeriod",
                value=lambda session, database: BACKUPS.to_days(),
                when=_stands_alone,
                why="The database can be restored to any second of the last 35 days.",
            ),
        ],
    )


def _stands_alone(database: Any) -> bool:
    """Whether protection and backups are the database's own, and not its cluster's or source's."""
    return all(
        getattr(database, name, None) is None for name in ("db_cluster_identifier", "source_db_instance_identifier")
    )


SERVICE = Service(
    raw=[_raw(rds.CfnDBInstance, _INSTANCE), _raw(rds.CfnDBCluster, _CLUSTER)],
    plain=[
        Plain(
            construct=rds.DatabaseInstance,
            props=rds.DatabaseInstanceProps,
            resource_type=_INSTANCE,
            settings=[*_encrypted(), *_managed_password(), *_instance_settings()],
            migration=_MIGRATION,
        ),
        Plain(
            construct=rds.DatabaseInstanceFromSnapshot,
            props=rds.DatabaseInstanceFromSnapshotProps,
            resource_type=_INSTANCE,
            settings=_instance_settings(),
            migration=_MIGRATION,
        ),
        Plain(
            construct=rds.DatabaseCluster,
            props=rds.DatabaseClusterProps,
            resource_type=_CLUSTER,
            settings=[*_encrypted(), *_managed_password(), *_cluster_settings()],
            migration=_MIGRATION,
        ),
        Plain(
            construct=rds.DatabaseClusterFromSnapshot,
            props=rds.DatabaseClusterFromSnapshotProps,
            resource_type=_CLUSTER,
            settings=_cluster_settings(),
            migration=_MIGRATION,
        ),
    ],
    types=[_INSTANCE],
    finish=_finish,
    later=[
        "Members of clusters have no public address.",
    ],
)
