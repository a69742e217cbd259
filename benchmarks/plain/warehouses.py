from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_redshiftserverless as redshiftserverless
from constructs import Construct

from benchmarks.plain.keys import key
from benchmarks.plain.trail import masked_log_group

_LOGS = ("connectionlog", "useractivitylog", "userlog")


def warehouse(scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> redshiftserverless.CfnNamespace:
    warehouse_key = key(scope, f"{construct_id}Key")
    logs = [masked_log_group(scope, f"{construct_id}{log}", warehouse_key) for log in _LOGS]
    name = f"{scope.node.id}-{construct_id}".lower()
    namespace = redshiftserverless.CfnNamespace(
        scope,
        f"{construct_id}Namespace",
        namespace_name=name,
        db_name="dev",
        kms_key_id=warehouse_key.key_arn,
        admin_username="dbadmin",
        manage_admin_password=True,
        admin_password_secret_kms_key_id=warehouse_key.key_arn,
        log_exports=list(_LOGS),
    )
    namespace.node.add_dependency(*logs)
    group = ec2.SecurityGroup(scope, f"{construct_id}SecurityGroup", vpc=vpc, allow_all_outbound=False)
    parameters = {"require_ssl": "true", "enable_user_activity_logging": "true"}
    redshiftserverless.CfnWorkgroup(
        scope,
        f"{construct_id}Workgroup",
        workgroup_name=name,
        namespace_name=namespace.ref,
        base_capacity=8,
        port=5440,
        publicly_accessible=False,
        enhanced_vpc_routing=True,
        subnet_ids=[subnet.subnet_id for subnet in vpc.isolated_subnets],
        security_group_ids=[group.security_group_id],
        config_parameters=[
            redshiftserverless.CfnWorkgroup.ConfigParameterProperty(parameter_key=name, parameter_value=value)
            for name, value in parameters.items()
        ],
    )
    return namespace
