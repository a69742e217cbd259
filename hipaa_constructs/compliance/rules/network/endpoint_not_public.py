"""Databases, brokers, clusters and notebooks have no public endpoint.

Compliant: the property that opens an endpoint to the Internet is off, or the domain is in a VPC.
Non-compliant: it is on, also by the service's default. An RDS instance must say false: where
``PubliclyAccessible`` is absent, RDS decides by whether the VPC has an internet gateway. Not applicable:
Aurora clusters, whose instances say it.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    any_of,
    dig,
    is_false,
    is_one_of,
    is_present,
    is_true,
    negate,
)
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by, one_of
from hipaa_constructs.compliance.rule import Rule
from hipaa_constructs.iam.document import parsed


def _is_aurora(resource: Resource) -> bool:
    return str(resource.get("Engine")).startswith("aurora")


def _is_not_network_policy(resource: Resource) -> bool:
    return is_one_of(resource.get("Type"), "network") is Ternary.NO


def _admits_no_public(policy: Resolved) -> Ternary:
    rules = parsed(policy)
    if not isinstance(rules, list):
        return Ternary.UNKNOWN
    return negate(any_of(is_true(dig(rule, "AllowFromPublic")) for rule in rules))


_SETTINGS: Table = {
    "AWS::AmazonMQ::Broker": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::Backup::RestoreTestingSelection": Setting(
        "RestoreMetadataOverrides.publiclyAccessible", is_false, default=False
    ),
    "AWS::DMS::ReplicationInstance": Setting("PubliclyAccessible", is_false, default=True),
    "AWS::EKS::Cluster": Setting("ResourcesVpcConfig.EndpointPublicAccess", is_false, default=True),
    "AWS::Elasticsearch::Domain": Setting("VPCOptions", is_present),
    "AWS::Lightsail::Database": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::MSK::Cluster": Setting(
        "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type", one_of("DISABLED"), default="DISABLED"
    ),
    "AWS::MWAA::Environment": Setting("WebserverAccessMode", one_of("PRIVATE_ONLY"), default="PRIVATE_ONLY"),
    "AWS::Neptune::DBInstance": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::NeptuneGraph::Graph": Setting("PublicConnectivity", is_false, default=False),
    "AWS::OpenSearchServerless::SecurityPolicy": Setting("Policy", _admits_no_public, unless=_is_not_network_policy),
    "AWS::OpenSearchService::Domain": Setting("VPCOptions", is_present),
    "AWS::RDS::DBCluster": Setting("PubliclyAccessible", is_false, unless=_is_aurora),
    "AWS::RDS::DBInstance": Setting("PubliclyAccessible", is_false),
    "AWS::Redshift::Cluster": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::RedshiftServerless::Workgroup": Setting("PubliclyAccessible", is_false, default=False),
    "AWS::SageMaker::Domain": Setting("AppNetworkAccessType", one_of("VpcOnly"), default="PublicInternetOnly"),
    "AWS::SageMaker::NotebookInstance": Setting("DirectInternetAccess", one_of("Disabled"), default="Enabled"),
    "AWS::Timestream::InfluxDBInstance": Setting("PubliclyAccessible", is_false, default=False),
}

RULE = Rule(
    name="EndpointNotPublic",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Set PubliclyAccessible to false (publicly_accessible=False), or the service's own switch, and place it in "
    "private subnets; see SslRds.",
    check=judge_by(_SETTINGS),
)
