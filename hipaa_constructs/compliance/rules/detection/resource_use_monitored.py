"""Database instances and container clusters report what they use of their machines.

Compliant: a ``MonitoringInterval`` of RDS's enhanced monitoring, for a member of an Aurora cluster also that of the
cluster; ``containerInsights`` of ECS, enabled or enhanced. Non-compliant: off, or absent, which is off in RDS, and in
ECS what the account says, off by default. Unknown: a member of a cluster outside the app that says nothing itself. Not
applicable: an Aurora cluster, whose members are judged; RDS Custom, to which the setting does not apply. It is said
once a template of databases, and once of container clusters.

AWS's conformance pack for HIPAA names it under 164.312(b), as ``rds-enhanced-monitoring-enabled``
(docs.aws.amazon.com/config/latest/developerguide/operational-best-practices-for-hipaa_security.html), and Security Hub
asks for it of ECS (docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html#ecs-12). What it tells is how
databases and tasks do, not who reads records, so it is a warning. Performance Insights shows what statements take, with
their text, and no safeguard asks for that.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_int,
    as_text,
    dig,
    is_one_of,
    is_present,
    spread,
)
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge

_CLUSTER, _INSTANCE, _CONTAINERS = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::ECS::Cluster"
_INTERVAL = "MonitoringInterval"
_ROLE = Choose("the ARN of a role that monitoring.rds.amazonaws.com may assume")


def check(resource: Resource) -> Verdict:
    if resource.type == _CONTAINERS:
        return say_once(resource, _containers, (_CONTAINERS,))
    return say_once(resource, _database, (_CLUSTER, _INSTANCE))


def _database(resource: Resource) -> Verdict:
    # Only a Multi-AZ DB cluster has no members of its own: docs.aws.amazon.com/AWSCloudFormation/latest/
    # TemplateReference/aws-resource-rds-dbcluster.html#cfn-rds-dbcluster-dbclusterinstanceclass
    if resource.type == _CLUSTER and is_present(resource.get("DBClusterInstanceClass")) is Ternary.NO:
        return NOT_APPLICABLE
    if str(as_text(resource.get("Engine"))).lower().startswith("custom-"):
        return NOT_APPLICABLE
    own = resource.get(_INTERVAL)
    return judge(
        any_of((_is_on(own), _is_on_for_all(resource))),
        f"{_INTERVAL} is {'not set' if own is None else '0'}, so the operating system below it is not watched.",
        unknown_message=f"{_INTERVAL} is known only at deployment.",
    )


def _is_on(interval: Resolved | None) -> Ternary:
    seconds = as_int(interval)
    return Ternary.UNKNOWN if isinstance(seconds, Unknown) else Ternary.of(bool(seconds))


def _is_on_for_all(instance: Resource) -> Ternary:
    """Whether the cluster of an instance has its members monitored."""
    name = instance.get("DBClusterIdentifier") if instance.type == _INSTANCE else None
    if is_present(name) is Ternary.NO:
        return Ternary.NO
    cluster = instance.template.target(name, _CLUSTER)
    return _is_on(cluster.get(_INTERVAL)) if cluster else Ternary.UNKNOWN


def _containers(cluster: Resource) -> Verdict:
    settings = [*spread(cluster.properties, "ClusterSettings[]")]
    return judge(
        any_of(
            all_of(
                (
                    is_one_of(dig(setting, "Name"), "containerInsights"),
                    is_one_of(dig(setting, "Value"), "enabled", "enhanced"),
                )
            )
            for setting in settings
        ),
        "ClusterSettings does not switch containerInsights on, so what tasks use is not measured.",
        unknown_message="ClusterSettings is known only at deployment.",
    )


RULE = Rule(
    name="ResourceUseMonitored",
    severity="warning",
    resource_types=(_CONTAINERS, _CLUSTER, _INSTANCE),
    controls=("164.308(a)(1)(ii)(D)", "164.312(b)"),
    fix="Switch on enhanced monitoring of databases, and Container Insights of clusters.",
    fixes=(
        Fix(
            (_CONTAINERS,),
            {"ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}]},
            cdk=("ecs.Cluster(container_insights_v2=ecs.ContainerInsights.ENABLED)",),
            constructs=("PrivateFargateService",),
        ),
        Fix(
            (_INSTANCE,),
            {_INTERVAL: 60, "MonitoringRoleArn": _ROLE},
            cdk=(
                "rds.DatabaseInstance(monitoring_interval=cdk.Duration.seconds(60), monitoring_role=<a role>)",
                "rds.DatabaseCluster(monitoring_interval=cdk.Duration.seconds(60), monitoring_role=<a role>)",
            ),
            constructs=("SslRds",),
        ),
        Fix(
            (_CLUSTER,),
            {_INTERVAL: 60, "MonitoringRoleArn": _ROLE},
        ),
    ),
    check=check,
)
