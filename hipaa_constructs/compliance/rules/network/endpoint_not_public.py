"""Databases, brokers, clusters, notebooks, builds and file transfer servers are not open to the public.

Compliant: the property that opens an endpoint to the Internet is off, or the domain is in a VPC. Non-compliant: it is
on, also by the service's default. An RDS instance that says nothing of ``PubliclyAccessible`` is public where the VPC
of its subnets, or the default VPC where it names no group of subnets, has an internet gateway, which is a warning where
none of the subnets has a route to one, and private where it has none
(docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html); unknown where the group, its subnets or
their VPC lie outside the app. Where it is true, a VPC without one makes it a warning: RDS refuses the database. A file
transfer server in a VPC that has elastic addresses is a warning, since its security groups still say who comes. So is a
cluster of EKS whose ``PublicAccessCidrs`` name who comes
(docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html), and unknown where deployment does. Builds of CodeBuild
are public where their project says so, with all that they log and leave
(docs.aws.amazon.com/codebuild/latest/userguide/public-builds.html). Unknown: a cluster of RDS of an engine that only
deployment knows, where it says nothing. Not applicable: clusters of Aurora and Neptune, whose instances say it, which
leaves clusters of RDS in several zones alone
(docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html); DocumentDB, which is never public
(docs.aws.amazon.com/documentdb/latest/developerguide/connect-from-outside-a-vpc.html). An instance of Neptune is
private where it says nothing (docs.aws.amazon.com/neptune/latest/userguide/neptune-public-endpoints.html).
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Text,
    any_of,
    as_items,
    dig,
    is_false,
    is_one_of,
    is_present,
    is_true,
    negate,
)
from hipaa_constructs.compliance.facts.databases import Engine, engine_of
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.compliance.facts.settings import Setting, Table, one_of
from hipaa_constructs.compliance.facts.subnets import is_public
from hipaa_constructs.compliance.fix import PRIVATE_SUBNETS, SECURITY_GROUPS, Choose, Fix
from hipaa_constructs.compliance.rule import (
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    judge,
    listed,
    unknown,
    weaker,
    worst,
)
from hipaa_constructs.iam.document import parsed
from hipaa_constructs.iam.exposure import is_wide


def _is_of(resource: Resource, *engines: str) -> bool:
    engine = engine_of(resource)
    return isinstance(engine, Engine) and engine.name.startswith(engines)


def _has_no_word(resource: Resource) -> bool:
    """Whether a cluster of RDS leaves it to its instances, or to nobody."""
    return _is_of(resource, "aurora", "docdb", "neptune")


def _is_document(resource: Resource) -> bool:
    return _is_of(resource, "docdb")


def _is_not_network_policy(resource: Resource) -> bool:
    return is_one_of(resource.get("Type"), "network") is Ternary.NO


def _admits_no_public(policy: Resolved) -> Ternary:
    rules = parsed(policy)
    if not isinstance(rules, list):
        return Ternary.UNKNOWN
    return negate(any_of(is_true(dig(rule, "AllowFromPublic")) for rule in rules))


_CLUSTER, _INSTANCE, _SERVER = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::Transfer::Server"
_EKS, _CIDRS = "AWS::EKS::Cluster", "ResourcesVpcConfig.PublicAccessCidrs"
_SEARCH = "AWS::OpenSearchServerless::SecurityPolicy"
_SETTINGS: Table = {
    "AWS::AmazonMQ::Broker": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::Backup::RestoreTestingSelection": Setting(
        "RestoreMetadataOverrides.publiclyAccessible", is_false, default=False
    ),
    "AWS::CodeBuild::Project": Setting("Visibility", one_of("PRIVATE"), default="PRIVATE"),
    "AWS::DMS::ReplicationInstance": Setting("PubliclyAccessible", is_false, default=True),
    _EKS: Setting("ResourcesVpcConfig.EndpointPublicAccess", is_false, default=True),
    "AWS::Elasticsearch::Domain": Setting("VPCOptions", is_present),
    "AWS::Lightsail::Database": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::MSK::Cluster": Setting(
        "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type", one_of("DISABLED"), default="DISABLED"
    ),
    "AWS::MWAA::Environment": Setting("WebserverAccessMode", one_of("PRIVATE_ONLY"), default="PRIVATE_ONLY"),
    "AWS::Neptune::DBInstance": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::NeptuneGraph::Graph": Setting("PublicConnectivity", is_false, default=False),
    _SEARCH: Setting("Policy", _admits_no_public, unless=_is_not_network_policy),
    "AWS::OpenSearchService::Domain": Setting("VPCOptions", is_present),
    _CLUSTER: Setting("PubliclyAccessible", is_false, unless=_has_no_word),
    _INSTANCE: Setting("PubliclyAccessible", is_false, unless=_is_document),
    "AWS::Redshift::Cluster": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::RedshiftServerless::Workgroup": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::SageMaker::Domain": Setting("AppNetworkAccessType", one_of("VpcOnly"), default="PublicInternetOnly"),
    "AWS::SageMaker::NotebookInstance": Setting("DirectInternetAccess", one_of("Disabled"), default="Enabled"),
    "AWS::Timestream::InfluxDBInstance": Setting("PubliclyAccessible", is_false, default=False),
    _SERVER: Setting("EndpointType", one_of("VPC", "VPC_ENDPOINT"), default="PUBLIC"),
}

_DOMAINS = {"AWS::Elasticsearch::Domain": "elasticsearch", "AWS::OpenSearchService::Domain": "opensearchservice"}
# What closes the endpoint where that is no false.
_WORDS = {
    "AWS::Backup::RestoreTestingSelection": "false",
    "AWS::CodeBuild::Project": "PRIVATE",
    "AWS::MSK::Cluster": "DISABLED",
    "AWS::MWAA::Environment": "PRIVATE_ONLY",
    "AWS::SageMaker::Domain": "VpcOnly",
}
# Those below have more to say.
_SWITCHES = tuple(
    kind
    for kind, setting in _SETTINGS.items()
    if setting.test is is_false and kind not in _WORDS and not kind.startswith(("AWS::EKS::", "AWS::RDS::"))
)


def check(resource: Resource) -> Verdict:
    if resource.type == _INSTANCE and resource.get("PubliclyAccessible") is None and not _is_document(resource):
        return PASSED if _is_of(resource, "neptune") else _by_network(resource)
    if resource.type == _CLUSTER and resource.get("PubliclyAccessible") is None and engine_of(resource) is UNKNOWN:
        return unknown(
            "Whether the cluster has an address of its own is a matter of its engine, which is not known here."
        )
    verdict = _SETTINGS[resource.type].judge(resource)
    if resource.type == _INSTANCE and verdict.outcome is Outcome.FAILED:
        placed = _placed(resource)[1]
        if placed is not None and _has_gateway(placed) is Ternary.NO:
            return failed(f"{verdict.message} The VPC has no internet gateway, so RDS refuses it.", severity="warning")
    if resource.type == _EKS and verdict.outcome is Outcome.FAILED:
        return _from_ranges(resource, verdict)
    if resource.type == _SEARCH and verdict.outcome is Outcome.FAILED:
        told = "A rule of Policy has AllowFromPublic: true, so the Internet reaches its collections."
        return failed(told, at="Policy")
    return worst([verdict, weaker(_addressed(resource))]) if resource.type == _SERVER else verdict


def _from_ranges(cluster: Resource, verdict: Verdict) -> Verdict:
    """Judge a public endpoint by the ranges that reach it; whoever comes still needs credentials of the cluster's."""
    given = [one for one in as_items(cluster.get(_CIDRS)) if is_present(one) is not Ternary.NO]
    wide = any_of(map(_is_wide, given))
    if not given or wide is Ternary.YES:
        return verdict
    if wide is Ternary.UNKNOWN:
        return unknown(f"It is known only at deployment from where the public endpoint is reached: {_CIDRS}.")
    told = f"{verdict.message} Its API is open on the Internet, to {listed(given)} alone."
    return failed(told, severity="warning", at=_SETTINGS[_EKS].path)


def _is_wide(cidr: Resolved) -> Ternary:
    return is_wide(cidr) if isinstance(cidr, str) and not isinstance(cidr, Text) else Ternary.UNKNOWN


def _by_network(instance: Resource) -> Verdict:
    group, placed = _placed(instance)
    has_gateway = Ternary.YES if group is None else _has_gateway(placed)
    if has_gateway is Ternary.NO:
        return PASSED
    told = "PubliclyAccessible is not set, so it is true where the VPC has an internet gateway"
    if has_gateway is Ternary.UNKNOWN:
        return unknown(f"{told}, which is known only at deployment.")
    return failed(f"{told}.", severity="warning" if placed is not None and _is_private(placed) else None)


def _placed(instance: Resource) -> tuple[Resolved | None, Resource | None]:
    """Return the group of subnets that an instance or its cluster names, and that group where the app has it."""
    here = instance.template
    cluster = here.target(instance.get("DBClusterIdentifier"), "AWS::RDS::DBCluster")
    group = instance.get("DBSubnetGroupName", cluster.get("DBSubnetGroupName") if cluster else None)
    return group, here.target(group, "AWS::RDS::DBSubnetGroup")


def _is_private(group: Resource) -> bool:
    """Whether no subnet of a group has a route to an internet gateway, by which a public address could be reached."""
    subnets = [group.template.target(one, "AWS::EC2::Subnet") for one in as_items(group.get("SubnetIds"))]
    return bool(subnets) and all(one is not None and is_public(one) is Ternary.NO for one in subnets)


def _has_gateway(group: Resource | None) -> Ternary:
    """Whether an internet gateway is attached to the VPC of a group's subnets, which is outside the app if None."""
    subnets = [] if group is None else as_items(group.get("SubnetIds"))
    if group is None or not subnets:
        return Ternary.UNKNOWN
    return any_of(_is_beside_gateway(group, one) for one in subnets)


def _is_beside_gateway(group: Resource, named: Resolved) -> Ternary:
    subnet = group.template.target(named, "AWS::EC2::Subnet")
    if subnet is None:
        return Ternary.UNKNOWN
    if is_public(subnet) is Ternary.YES:
        return Ternary.YES
    vpc = subnet.template.target(subnet.get("VpcId"), "AWS::EC2::VPC")
    if vpc is None:
        return Ternary.UNKNOWN
    attached = vpc.template.app.referring(vpc, "AWS::EC2::VPCGatewayAttachment", "VpcId")
    if any(is_present(one.get("InternetGatewayId")) is not Ternary.NO for one in attached):
        return Ternary.YES
    # Another stack may attach one to a VPC that it sees.
    return Ternary.UNKNOWN if users_of(vpc) is None else Ternary.NO


def _addressed(server: Resource) -> Verdict:
    return judge(
        negate(any_of(is_present(one) for one in as_items(server.get("EndpointDetails.AddressAllocationIds")))),
        "EndpointDetails.AddressAllocationIds gives it addresses on the Internet.",
        unknown_message="EndpointDetails.AddressAllocationIds is known only at deployment.",
    )


_CDK = {"AWS::CodeBuild::Project": ("codebuild.Project(visibility=codebuild.ProjectVisibility.PRIVATE)",)}

RULE = Rule(
    name="EndpointNotPublic",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Close the public endpoint and place the service in private subnets.",
    fixes=(
        *(Fix((kind,), {_SETTINGS[kind].path: False}) for kind in _SWITCHES),
        *(Fix((kind,), {_SETTINGS[kind].path: word}, cdk=_CDK.get(kind, ())) for kind, word in _WORDS.items()),
        *(
            Fix(
                (kind,),
                {
                    f"{_SETTINGS[kind].path}.SubnetIds": PRIVATE_SUBNETS,
                    f"{_SETTINGS[kind].path}.SecurityGroupIds": SECURITY_GROUPS,
                },
                cdk=(f"{module}.Domain(vpc=<a VPC>, vpc_subnets=[<its private subnets>])",),
                constructs=("TlsSearchDomain",) if module == "opensearchservice" else (),
            )
            for kind, module in _DOMAINS.items()
        ),
        Fix(
            (_EKS,),
            {"ResourcesVpcConfig.EndpointPublicAccess": False, "ResourcesVpcConfig.EndpointPrivateAccess": True},
            cdk=("eks.Cluster(endpoint_access=eks.EndpointAccess.PRIVATE)",),
        ),
        Fix(
            (_SEARCH,),
            beside="Each rule in Policy has AllowFromPublic: false and names VPC endpoints in SourceVPCEs.",
        ),
        Fix(
            ("AWS::RDS::DBCluster",),
            {"PubliclyAccessible": False},
            constructs=("SslRds",),
        ),
        Fix(
            ("AWS::RDS::DBInstance",),
            {"PubliclyAccessible": False},
            cdk=(
                "rds.DatabaseInstance(publicly_accessible=False)",
                "rds.ClusterInstance.provisioned(<an id>, publicly_accessible=False)",
            ),
            constructs=("SslRds",),
        ),
        Fix(
            ("AWS::SageMaker::NotebookInstance",),
            {"DirectInternetAccess": "Disabled"},
            beside="Then SubnetId names a private subnet and SecurityGroupIds its security groups.",
        ),
        Fix(
            (_SERVER,),
            {
                "EndpointType": "VPC",
                "EndpointDetails.VpcId": Choose("the id of the VPC"),
                "EndpointDetails.SubnetIds": PRIVATE_SUBNETS,
                "EndpointDetails.SecurityGroupIds": SECURITY_GROUPS,
            },
            beside="Leave AddressAllocationIds out: partners come by VPN, Direct Connect or PrivateLink.",
            constructs=("SecureFileTransfer",),
        ),
    ),
    check=check,
)
