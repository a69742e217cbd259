"""Amazon DocumentDB: TLS 1.2, audit, backups, protection; the stack's key in clusters that are new."""

from __future__ import annotations

from aws_cdk import aws_docdb as docdb

from hipaa_constructs.database.prerequisites import BACKUPS
from hipaa_constructs.database.tls_document_db import FAMILIES, PARAMETERS
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Made, Plain, Setting


def _family(made: Made) -> str | None:
    """Return the family of parameter groups of a version that is written and known."""
    return FAMILIES.get(str(made.props.get("engineVersion")))


def _parameters(made: Made) -> docdb.ClusterParameterGroup | None:
    family = _family(made)
    if family is None:
        return None
    return docdb.ClusterParameterGroup(made.home, "Parameters", family=family, parameters=dict(PARAMETERS))


SERVICE = Service(
    plain=[
        Plain(
            construct=docdb.DatabaseCluster,
            props=docdb.DatabaseClusterProps,
            resource_type="AWS::DocDB::DBCluster",
            migration="Restore a snapshot into a second cluster, and move the clients there.",
            settings=[
                Setting(
                    argument="kms_key",
                    properties=["KmsKeyId"],
                    value=lambda made: made.key,
                    when=lambda made: made.props.get("storageEncrypted") is not False,
                    why="Data is under the stack's key.",
                ),
                Setting(
                    argument="parameter_group",
                    properties=["DBClusterParameterGroupName"],
                    value=_parameters,
                    when=lambda made: _family(made) is not None,
                    why="Connections below TLS 1.2 are refused, and the audit log records; both once it has restarted.",
                ),
                Setting(
                    argument="export_audit_logs_to_cloud_watch",
                    properties=["EnableCloudwatchLogsExports"],
                    value=lambda made: True,
                    why="The audit log goes to CloudWatch Logs. DocumentDB makes the log group itself: set key and "
                    "retention there.",
                ),
                Setting(
                    argument="backup",
                    properties=["BackupRetentionPeriod"],
                    parts=docdb.BackupProps,
                    value=lambda made: {"retention": BACKUPS},
                    why="The cluster can be restored to any second of the last 35 days.",
                ),
                Setting(
                    argument="deletion_protection",
                    properties=["DeletionProtection"],
                    value=lambda made: True,
                    why="Somebody has to lift the protection before the cluster can be deleted.",
                ),
            ],
        )
    ],
)
