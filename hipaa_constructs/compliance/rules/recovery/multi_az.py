"""Stores of PHI, and what answers requests for it, survive the loss of an Availability Zone.

Compliant: Multi-AZ, automatic failover or a second instance; for file systems, a Region-wide kind; for network
firewalls, which store nothing and all traffic passes, endpoints in two subnets, of which each zone has one
(docs.aws.amazon.com/securityhub/latest/userguide/networkfirewall-controls.html#networkfirewall-1); two tasks or
machines that requests are sent to, or scaling that may start another. Non-compliant: a single zone, which is most
services' default, and one task or machine, which is ECS's; of firewalls, tasks, machines and DMS, which start over
elsewhere, a warning. Unknown: a count, or scaling, that only deployment knows. Not applicable: tasks and machines that
nothing sends requests to, such as of a queue, which waits for them; services with a task on each machine. Not
applicable either: members of a cluster, which counts its instances; Aurora Serverless v1, which has none; read
replicas; Lustre, which knows one zone only; what is classified NO_PHI, since the emergency mode operation plan is about
ePHI (45 CFR 164.308(a)(7)(ii)(C)); and other environments than production, where the template tells which those are and
complies in production: nobody is treated by what stands still there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from hipaa_constructs.cloudformation import database_images
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_items,
    is_one_of,
    is_true,
    negate,
)
from hipaa_constructs.compliance.facts.database_tasks import database_of
from hipaa_constructs.compliance.facts.databases import in_cluster, is_serverless_v1
from hipaa_constructs.compliance.facts.settings import Setting, Table, at_least, one_of, to_set
from hipaa_constructs.compliance.facts.single_workloads import MACHINES, SERVICE, answers_requests, is_single
from hipaa_constructs.compliance.fix import Choose, Fix, fixes_of_types
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Rule,
    Verdict,
    failed,
    judge,
    unknown,
    weaker,
    worst,
)

_DESIRED = "DesiredCapacity"
_SPREAD_FILES = ("MULTI_AZ_1", "MULTI_AZ_2")
_SYSTEMS = ("Windows", "Ontap", "OpenZFS")


def _is_replica(resource: Resource) -> bool:
    return in_cluster(resource) or resource.get("SourceDBInstanceIdentifier") is not None


_REPLICATION = "AWS::DMS::ReplicationInstance"
_SETTINGS: Table = {
    "AWS::AmazonMQ::Broker": Setting(
        "DeploymentMode",
        one_of("ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"),
        default="SINGLE_INSTANCE",
        value=Choose("ACTIVE_STANDBY_MULTI_AZ for ActiveMQ, CLUSTER_MULTI_AZ for RabbitMQ"),
    ),
    _REPLICATION: Setting("MultiAZ", is_true, default=False),
    "AWS::MemoryDB::Cluster": Setting("NumReplicasPerShard", at_least(1), default=1, value=1),
    "AWS::NeptuneGraph::Graph": Setting("ReplicaCount", at_least(1), default=1, value=1),
    "AWS::RDS::DBInstance": Setting("MultiAZ", is_true, default=False, unless=_is_replica),
}
# Clusters, with the type of their instances.
_CLUSTERS = {
    "AWS::DocDB::DBCluster": "AWS::DocDB::DBInstance",
    "AWS::Neptune::DBCluster": "AWS::Neptune::DBInstance",
    "AWS::RDS::DBCluster": "AWS::RDS::DBInstance",
}
_SEARCH = ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain")
_CACHE = "AWS::ElastiCache::ReplicationGroup"
_FIREWALL = "AWS::NetworkFirewall::Firewall"
_WORKLOADS = (MACHINES, SERVICE)
_FAILOVER = ("AutomaticFailoverEnabled", "MultiAZEnabled")


def _cluster(resource: Resource) -> Verdict:
    if resource.get("DBClusterInstanceClass") is not None:
        return PASSED  # a Multi-AZ cluster brings its three instances
    if is_serverless_v1(resource):
        return NOT_APPLICABLE  # it is started anew in another zone
    kind = _CLUSTERS[resource.type]
    count = len(resource.template.app.referring(resource, kind, "DBClusterIdentifier"))
    return PASSED if count > 1 else failed(f"The cluster has {count or 'no'} instance, and none to fail over to.")


def _search(resource: Resource) -> Verdict:
    path = "ElasticsearchClusterConfig" if resource.type == _SEARCH[0] else "ClusterConfig"
    names = ("ZoneAwarenessEnabled", "MultiAZWithStandbyEnabled")
    holds = any_of(is_true(resource.get(f"{path}.{name}", False)) for name in names)
    return judge(holds, f"{path}.ZoneAwarenessEnabled is not true.")


def _cache(resource: Resource) -> Verdict:
    return worst(judge(is_true(resource.get(name, False)), f"{name} is not true.") for name in _FAILOVER)


def _files(resource: Resource) -> Verdict:
    if resource.type == "AWS::EFS::FileSystem":
        zone = resource.get("AvailabilityZoneName")
        return PASSED if zone is None else failed("AvailabilityZoneName makes it a One Zone file system.")
    kinds = [resource.get(f"{system}Configuration.DeploymentType") for system in _SYSTEMS]
    said = [kind for kind in kinds if kind is not None]
    if is_one_of(resource.get("FileSystemType"), "LUSTRE") is Ternary.YES:
        return NOT_APPLICABLE
    return judge(
        all_of(is_one_of(kind, *_SPREAD_FILES) for kind in said) if said else Ternary.NO,
        "DeploymentType covers a single zone.",
        unknown_message="DeploymentType is known only at deployment.",
    )


def _firewall(resource: Resource) -> Verdict:
    # A firewall in a VPC has subnets; one that AWS attaches to a transit gateway has zones.
    mappings = [*as_items(resource.get("SubnetMappings")), *as_items(resource.get("AvailabilityZoneMappings"))]
    if any(isinstance(mapping, Unknown) for mapping in mappings):
        return unknown("SubnetMappings is known only at deployment.")
    return weaker(judge(len(mappings) > 1, f"SubnetMappings names {len(mappings) or 'no'} subnet, and so one zone."))


def _workload(resource: Resource) -> Verdict:
    if not answers_requests(resource):
        return NOT_APPLICABLE
    what, count = ("task", "DesiredCount") if resource.type == SERVICE else ("machine", _counted(resource))
    return weaker(
        judge(
            negate(is_single(resource)),
            f"{count} is 1 and nothing starts another {what}, so that nobody answers while the one is replaced.",
            unknown_message=f"How many {what}s there are is known only at deployment.",
        )
    )


def _counted(machines: Resource) -> str:
    """Return by which number a group of machines begins."""
    return "MinSize" if machines.get(_DESIRED) is None else _DESIRED


def _with_desired(fix: Fix, machines: Resource) -> Fix:
    """Return the fix for a group that says how many it begins with, which may not be fewer than it has at least."""
    if _counted(machines) != _DESIRED:
        return fix
    return replace(
        fix,
        properties={**fix.properties, _DESIRED: "2"},
        cdk=("autoscaling.AutoScalingGroup(min_capacity=2, desired_capacity=2)",),
    )


def check(resource: Resource) -> Verdict:
    if resource.type in _WORKLOADS:
        return _workload(resource)
    if resource.type in _CLUSTERS:
        return _cluster(resource)
    if resource.type in _SEARCH:
        return _search(resource)
    if resource.type == _CACHE:
        return _cache(resource)
    if resource.type == _FIREWALL:
        return _firewall(resource)
    if resource.type not in _SETTINGS:
        return _files(resource)
    verdict = _SETTINGS[resource.type].judge(resource)
    return weaker(verdict) if resource.type == _REPLICATION else verdict


def _fixes_of_clusters() -> Iterator[Fix]:
    cdk = {
        "AWS::DocDB::DBCluster": "docdb.DatabaseCluster(instances=2)",
        "AWS::RDS::DBCluster": "rds.DatabaseCluster(readers=[rds.ClusterInstance.provisioned(<an id>)])",
    }
    constructs = {"AWS::DocDB::DBCluster": "TlsDocumentDb", "AWS::RDS::DBCluster": "SslRds"}
    for kind, instance in _CLUSTERS.items():
        yield Fix(
            (kind,),
            template=f"Write another {instance} with this cluster as its DBClusterIdentifier.",
            cdk=(cdk[kind],) if kind in cdk else (),
            constructs=(constructs[kind],) if kind in constructs else (),
        )


# What of this package makes such a database, where it does.
_IN_PLACE = {
    database_images.RELATIONAL: ("SslRds",),
    database_images.DOCUMENTS: ("TlsDocumentDb",),
    database_images.CACHE: ("TlsCache",),
    database_images.SEARCH: ("TlsSearchDomain",),
    database_images.GRAPH: (),
    database_images.BROKER: (),
    database_images.SERIES: (),
    database_images.WIDE: (),
}


def _runs(place: str, service: Resource) -> bool:
    return database_of(service) == place


def _fixes_of_databases() -> Iterator[Fix]:
    """Yield what to do about a service whose task is the server of a database."""
    for place, constructs in _IN_PLACE.items():
        yield Fix(
            (SERVICE,),
            beside=f"Its task runs a database: move that to {place}, over two zones. DesiredCount stays 1 until then, "
            "since two tasks are two servers that write the same files, or each its own.",
            constructs=constructs,
            when=partial(_runs, place),
        )


RULE = Rule(
    name="MultiAz",
    severity="error",
    resource_types=(
        *_SETTINGS,
        *_CLUSTERS,
        *_SEARCH,
        _CACHE,
        _FIREWALL,
        *_WORKLOADS,
        "AWS::EFS::FileSystem",
        "AWS::FSx::FileSystem",
    ),
    controls=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(C)"),
    fix="Spread it over two Availability Zones or more.",
    fixes=(
        *fixes_of_types(
            to_set(_SETTINGS),
            cdk={"AWS::RDS::DBInstance": "rds.DatabaseInstance(multi_az=True)"},
            constructs={"AWS::RDS::DBInstance": "SslRds"},
        ),
        *_fixes_of_clusters(),
        *(
            Fix(
                (kind,),
                {f"{path}.ZoneAwarenessEnabled": True},
                template=f"Let {path}.InstanceCount be a multiple of AvailabilityZoneCount, which is 2 by default.",
                cdk=(
                    f"{module}.Domain(zone_awareness={module}.ZoneAwarenessConfig(enabled=True), "
                    f"capacity={module}.CapacityConfig(data_nodes=2))",
                ),
                constructs=("TlsSearchDomain",) if kind == _SEARCH[1] else (),
            )
            for kind, path, module in (
                (_SEARCH[0], "ElasticsearchClusterConfig", "elasticsearch"),
                (_SEARCH[1], "ClusterConfig", "opensearchservice"),
            )
        ),
        Fix(
            (_CACHE,),
            dict.fromkeys(_FAILOVER, True),
            beside="Let NumCacheClusters be 2 or more or, with NumNodeGroups, ReplicasPerNodeGroup be 1 or more.",
            constructs=("TlsCache",),
        ),
        Fix(
            (_FIREWALL,),
            beside="SubnetMappings names two SubnetIds or more, each in another zone.",
            constructs=("InspectionVpc",),
        ),
        Fix(
            (MACHINES,),
            {"MinSize": "2"},
            beside="VPCZoneIdentifier names subnets of two zones or more, and MaxSize is no smaller than MinSize.",
            cdk=("autoscaling.AutoScalingGroup(min_capacity=2)",),
            tailor=_with_desired,
        ),
        *_fixes_of_databases(),
        Fix(
            (SERVICE,),
            {"DesiredCount": 2},
            cdk=("ecs.FargateService(desired_count=2)", "ecs.Ec2Service(desired_count=2)"),
            constructs=("PrivateFargateService",),
        ),
        # Of one zone, EFS keeps backups by itself (docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html).
        Fix(
            ("AWS::EFS::FileSystem",),
            template="Leave out AvailabilityZoneName, and say BackupPolicy: {Status: ENABLED}, which is the default of "
            "one zone alone.",
            cdk=("efs.FileSystem(one_zone=False, enable_automatic_backups=True)",),
        ),
        Fix(
            ("AWS::FSx::FileSystem",),
            {f"?{system}Configuration.DeploymentType": _SPREAD_FILES[0] for system in _SYSTEMS},
            beside="Name two SubnetIds, and one of them as PreferredSubnetId beside DeploymentType.",
        ),
    ),
    needs="template",
    check=check,
    phi_only=True,
    production_only=True,
)
