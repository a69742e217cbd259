"""Amazon OpenSearch Service: TLS everywhere, logs; the stack's key and the network, for domains that are new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_opensearchservice as opensearch

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

_ENDPOINT = (
    "A domain with a public endpoint cannot be moved into a VPC "
    "(docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html)."
)


def _log_groups(made: Made) -> Mapping[str, Any]:
    """Make the log groups, and let the service write there.

    CDK would do the second by a custom resource. Source:
    docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html.
    """
    given = made.props.get("logging") or {}
    wanted = {
        name: group
        for name, group in (
            ("app_log", "ApplicationLogs"),
            ("slow_search_log", "SlowSearchLogs"),
            ("slow_index_log", "SlowIndexLogs"),
            ("audit_log", "AuditLogs"),
        )
        # OpenSearch knows who asks, and so can say it, with fine-grained access control alone.
        if (name != "audit_log" or "fineGrainedAccessControl" in made)
        and not any(key.lower().startswith(name.replace("_", "")) for key in given)
    }
    made_groups = {
        name: EncryptedLogGroup(made.home, construct_id, encryption_key=made.key).log_group
        for name, construct_id in wanted.items()
    }
    if made_groups:
        _let_in(made, list(made_groups.values()))
    return {
        **{f"{name}_enabled": True for name in made_groups},
        **{f"{name}_group": group for name, group in made_groups.items()},
    }


def _let_in(made: Made, groups: list[logs.LogGroup]) -> None:
    domains = made.stack.format_arn(service="es", resource="domain", resource_name="*")
    logs.ResourcePolicy(
        made.home,
        "LogDelivery",
        policy_statements=[
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("es.amazonaws.com")],
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[group.log_group_arn for group in groups],
                conditions={
                    "StringEquals": {"aws:SourceAccount": made.stack.account},
                    "ArnLike": {"aws:SourceArn": domains},
                },
            )
        ],
    )


def _one_zone(made: Made) -> bool:
    """Whether the domain has data nodes in one zone, and so takes one subnet."""
    return made.session.near_vpc(made.scope) is not None and not any(
        name in made for name in ("zoneAwareness", "capacity")
    )


def _subnet(made: Made) -> list[ec2.SubnetSelection]:
    vpc: Any = made.session.near_vpc(made.scope)
    subnets = vpc.isolated_subnets or vpc.private_subnets or vpc.public_subnets
    return [ec2.SubnetSelection(subnets=[subnets[0]])]


SERVICE = Service(
    plain=[
        Plain(
            construct=opensearch.Domain,
            props=opensearch.DomainProps,
            resource_type="AWS::OpenSearchService::Domain",
            migration="Make a second domain and restore a snapshot into it.",
            settings=[
                Setting(
                    argument="encryption_at_rest",
                    properties=["EncryptionAtRestOptions"],
                    parts=opensearch.EncryptionAtRestOptions,
                    value=lambda made: {"enabled": True, "kms_key": made.key},
                    when=lambda made: (made.props.get("encryptionAtRest") or {}).get("enabled") is not False,
                    why="Indices are under the stack's key.",
                ),
                Setting(
                    argument="node_to_node_encryption",
                    properties=["NodeToNodeEncryptionOptions"],
                    value=lambda made: True,
                    why="Nodes talk over TLS.",
                ),
                Setting(
                    argument="enforce_https",
                    properties=["DomainEndpointOptions"],
                    value=lambda made: True,
                    why="Clients talk over TLS.",
                ),
                Setting(
                    argument="tls_security_policy",
                    properties=["DomainEndpointOptions"],
                    value=lambda made: opensearch.TLSSecurityPolicy.TLS_1_2_PFS,
                    why="TLS older than 1.2 is refused.",
                ),
                Setting(
                    argument="enable_auto_software_update",
                    properties=["SoftwareUpdateOptions"],
                    value=lambda made: True,
                    why="Service software is updated by itself: AWS isolates a domain without required updates.",
                ),
                Setting(
                    argument="logging",
                    properties=["LogPublishingOptions"],
                    parts=opensearch.LoggingOptions,
                    value=_log_groups,
                    why="Errors, slow requests and, with fine-grained access control, who asked for what go to log "
                    "groups under the stack's key, kept seven years.",
                ),
                Setting(
                    argument="suppress_logs_resource_policy",
                    properties=[],
                    value=lambda made: True,
                    when=lambda made: True not in (made.props.get("logging") or {}).values(),
                    why="The service is let into the log groups without a custom resource.",
                ),
                Setting(
                    argument="vpc_subnets",
                    properties=["VPCOptions"],
                    value=_subnet,
                    unless=["vpc"],
                    when=_one_zone,
                    why="The domain stands in the network that was given.",
                    only_new=_ENDPOINT,
                ),
                Setting(
                    argument="vpc",
                    properties=["VPCOptions"],
                    value=lambda made: made.session.near_vpc(made.scope),
                    unless=["vpc_subnets"],
                    when=_one_zone,
                    why="The domain stands in the network that was given.",
                    only_new=_ENDPOINT,
                ),
                Setting(
                    argument="removal_policy",
                    properties=[],
                    value=lambda made: cdk.RemovalPolicy.RETAIN,
                    why="The domain stays when its stack goes.",
                ),
            ],
        )
    ]
)
