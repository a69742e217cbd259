from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_opensearchservice as opensearch
from constructs import Construct

from benchmarks.plain.keys import key
from benchmarks.plain.trail import masked_log_group

_LOGS = ("audit", "app", "slow_search", "slow_index")
_METHODS = ("Delete", "Get", "Head", "Patch", "Post", "Put")


def search_domain(
    scope: Construct, construct_id: str, *, vpc: ec2.IVpc, master: iam.IRole, delivery: logs.ResourcePolicy
) -> opensearch.Domain:
    domain_key = key(scope, f"{construct_id}Key")
    groups = {log: masked_log_group(scope, f"{construct_id}{log}", domain_key) for log in _LOGS}
    name = construct_id.lower()
    arn = cdk.Stack.of(scope).format_arn(service="es", resource="domain", resource_name=name)
    delivery.document.add_statements(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("es.amazonaws.com")],
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[group.log_group_arn for group in groups.values()],
            conditions={"ArnEquals": {"aws:SourceArn": arn}},
        )
    )
    domain = opensearch.Domain(
        scope,
        construct_id,
        domain_name=name,
        version=opensearch.EngineVersion.open_search("3.3"),
        enable_version_upgrade=True,
        vpc=vpc,
        vpc_subnets=[ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
        zone_awareness=opensearch.ZoneAwarenessConfig(enabled=True, availability_zone_count=3),
        capacity=opensearch.CapacityConfig(
            data_nodes=3,
            data_node_instance_type="r6g.large.search",
            master_nodes=3,
            master_node_instance_type="m6g.large.search",
            multi_az_with_standby_enabled=False,
        ),
        ebs=opensearch.EbsOptions(volume_size=100, volume_type=ec2.EbsDeviceVolumeType.GP3),
        encryption_at_rest=opensearch.EncryptionAtRestOptions(enabled=True, kms_key=domain_key),
        node_to_node_encryption=True,
        enforce_https=True,
        tls_security_policy=opensearch.TLSSecurityPolicy.TLS_1_2_PFS,
        fine_grained_access_control=opensearch.AdvancedSecurityOptions(master_user_arn=master.role_arn),
        advanced_options={"rest.action.multi.allow_explicit_index": "false"},
        logging=opensearch.LoggingOptions(
            audit_log_enabled=True,
            audit_log_group=groups["audit"],
            app_log_enabled=True,
            app_log_group=groups["app"],
            slow_search_log_enabled=True,
            slow_search_log_group=groups["slow_search"],
            slow_index_log_enabled=True,
            slow_index_log_group=groups["slow_index"],
        ),
        suppress_logs_resource_policy=True,
        enable_auto_software_update=True,
        off_peak_window_start=opensearch.WindowStartTime(hours=3, minutes=0),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    domain.node.add_dependency(delivery)
    resource = domain.node.default_child
    assert isinstance(resource, opensearch.CfnDomain)
    resource.access_policies = iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                principals=[iam.ArnPrincipal(master.role_arn)],
                actions=[f"es:ESHttp{method}" for method in _METHODS],
                resources=[f"{arn}/*"],
            )
        ]
    )
    return domain
