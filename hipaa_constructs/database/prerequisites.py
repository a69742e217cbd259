"""What a database needs to have there before it: its name, log groups, security group and monitoring role."""

from __future__ import annotations

import dataclasses

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct, IConstruct

from hipaa_constructs._constants import days
from hipaa_constructs._names import known_name, stack_piece
from hipaa_constructs._stacks import account_of, arn_in, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.database.engine_controls import EngineControls
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

# The longest that RDS keeps automated backups; the backup plan keeps the rest.
BACKUPS = days(35)
# RDS renews the server certificate under this authority by itself; Oracle's cipher suite needs an RSA one.
CERTIFICATE = rds.CaCertificate.RDS_CA_RSA2048_G1
# A word that no engine reserves.
MASTER = "dbadmin"
MONITORED_EVERY = cdk.Duration.seconds(60)
# docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonRDSEnhancedMonitoringRole.html
_MONITORING_ACTIONS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
    "logs:PutRetentionPolicy",
)

# Construct ids are part of the contract; log names, with their dots and dashes, are RDS's.
_LOG_IDS = {
    "agent": "Agent",
    "alert": "Alert",
    "audit": "Audit",
    "diag.log": "Diagnostics",
    "error": "Error",
    "general": "General",
    "iam-db-auth-error": "IamAuthentication",
    "instance": "Instance",
    "listener": "Listener",
    "notify.log": "Notifications",
    "postgresql": "Postgresql",
    "slowquery": "SlowQuery",
    "trace": "Trace",
    "upgrade": "Upgrade",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prerequisites:
    """What an instance and a cluster have in common; ``first`` is what has to be there before either."""

    identifier: str
    key: kms.IKey
    first: tuple[IConstruct, ...]
    monitoring_role: LeastPrivilegeRole
    security_group: ec2.SecurityGroup
    vpc: ec2.IVpc


def define_prerequisites(scope: Construct, *, controls: EngineControls, key: kms.IKey, vpc: ec2.IVpc) -> Prerequisites:
    """Define everything that has to be there before the database is."""
    identifier = database_identifier(scope)
    logs = _define_logs(scope, controls, key, identifier)
    role = define_monitoring_role(scope, identifier)
    return Prerequisites(
        identifier=identifier,
        key=key,
        first=(logs, role.node.find_child("Policy1")),
        monitoring_role=role,
        security_group=ec2.SecurityGroup(
            scope,
            "SecurityGroup",
            vpc=vpc,
            description="TLS clients of the database",
            allow_all_outbound=False,
        ),
        vpc=vpc,
    )


def database_identifier(scope: Construct) -> str:
    """Name the database, so that its log groups can be there first.

    RDS would make them without key and retention. They outlive their stack, so the name carries a piece of the
    stack's id: the same stack can be deployed anew beside what an earlier one left.
    """
    return f"{known_name(scope, max_length=40).lower()}-{stack_piece()}"


def _define_logs(scope: Construct, controls: EngineControls, key: kms.IKey, identifier: str) -> Construct:
    group = Construct(scope, "Logs")
    kind = "cluster" if controls.cluster else "instance"
    for log in controls.logs:
        EncryptedLogGroup(
            group,
            _LOG_IDS[log],
            encryption_key=key,
            log_group_name=f"/aws/rds/{kind}/{identifier}/{log}",
        )
    return group


def define_monitoring_role(scope: Construct, identifier: str) -> LeastPrivilegeRole:
    """Define what AWS's AmazonRDSEnhancedMonitoringRole allows, for this database and its one log group.

    The log group holds operating-system figures of all databases in the account, and no PHI.
    """
    stack = stack_of(scope)
    databases = arn_in(stack, "rds", f"db:{identifier}*")
    role = LeastPrivilegeRole(
        scope,
        "MonitoringRole",
        assumed_by=iam.ServicePrincipal("monitoring.rds.amazonaws.com").with_conditions(
            {
                "StringEquals": {"aws:SourceAccount": account_of(stack)},
                "ArnLike": {"aws:SourceArn": databases},
            }
        ),
    )
    # With ":*", as every action of CloudWatch Logs but those on tags asks for; it takes in the streams below:
    # docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    log_group = arn_in(stack, "logs", "log-group:RDSOSMetrics:*")
    role.allow(_MONITORING_ACTIONS, [log_group])
    acknowledge_limitation(
        role.node.find_child("Policy1"),
        *wildcard_ids(stack, log_group),
        reason=(
            "CloudWatch Logs matches a log group's ARN with ':*' alone, and RDS names the log stream after the "
            "database's resource id, which exists only once the database has been made with this role."
        ),
        source="docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html",
    )
    return role
