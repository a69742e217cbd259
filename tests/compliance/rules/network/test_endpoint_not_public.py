from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one, rule, verdict

INSTANCE = "AWS::RDS::DBInstance"
SERVER = "AWS::Transfer::Server"
SEARCH = "AWS::OpenSearchServerless::SecurityPolicy"


def _public(kind: str) -> dict[str, Any]:
    return {"ConnectivityInfo": {"PublicAccess": {"Type": kind}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::CodeBuild::Project", Visibility="PUBLIC_READ"), "failed"),
        (one("AWS::CodeBuild::Project"), "passed"),
        (one(INSTANCE, PubliclyAccessible=False), "passed"),
        (one(INSTANCE, PubliclyAccessible="false"), "passed"),
        (one(INSTANCE, PubliclyAccessible=True), "failed"),
        (one(INSTANCE), "failed"),
        (one(INSTANCE, PubliclyAccessible=GIVEN), "unknown"),
        (one("AWS::RDS::DBCluster", Engine="aurora-postgresql"), "not_applicable"),
        (one("AWS::RDS::DBCluster", Engine="Aurora"), "not_applicable"),
        (one("AWS::RDS::DBCluster", Engine="neptune"), "not_applicable"),
        (one("AWS::RDS::DBCluster", Engine="docdb"), "not_applicable"),
        (one("AWS::RDS::DBCluster", Engine="postgres", PubliclyAccessible=True), "failed"),
        (one("AWS::RDS::DBCluster", Engine="postgres"), "failed"),
        (one("AWS::RDS::DBCluster", Engine=GIVEN), "unknown"),
        (one("AWS::RDS::DBCluster", Engine=GIVEN, PubliclyAccessible=True), "failed"),
        (one(INSTANCE, Engine="docdb"), "not_applicable"),
        (one(INSTANCE, Engine="neptune"), "passed"),
        (one(INSTANCE, Engine="neptune", PubliclyAccessible=True), "failed"),
        (one("AWS::Backup::RestoreTestingSelection"), "passed"),
        (
            one("AWS::Backup::RestoreTestingSelection", RestoreMetadataOverrides={"publiclyAccessible": "true"}),
            "failed",
        ),
        (one("AWS::Redshift::Cluster"), "passed"),
        (one("AWS::Redshift::Cluster", PubliclyAccessible="true"), "failed"),
        (one("AWS::DMS::ReplicationInstance"), "failed"),
        (one("AWS::DMS::ReplicationInstance", PubliclyAccessible=False), "passed"),
        (one("AWS::EKS::Cluster", ResourcesVpcConfig={}), "failed"),
        (one("AWS::EKS::Cluster", ResourcesVpcConfig={"EndpointPublicAccess": False}), "passed"),
        (one("AWS::MSK::Cluster"), "passed"),
        (one("AWS::MSK::Cluster", BrokerNodeGroupInfo=_public("SERVICE_PROVIDED_EIPS")), "failed"),
        (one("AWS::MSK::Cluster", BrokerNodeGroupInfo=_public("DISABLED")), "passed"),
        (one("AWS::OpenSearchService::Domain"), "failed"),
        (one("AWS::OpenSearchService::Domain", VPCOptions={"SubnetIds": ["subnet-1"]}), "passed"),
        (one("AWS::AmazonMQ::Broker", PubliclyAccessible=True), "failed"),
        (one("AWS::SageMaker::NotebookInstance"), "failed"),
        (one("AWS::SageMaker::NotebookInstance", DirectInternetAccess="Disabled"), "passed"),
        (one(SEARCH, Type="encryption", Policy="{}"), "not_applicable"),
        (one(SEARCH, Type="network", Policy='[{"AllowFromPublic": true}]'), "failed"),
        (one(SEARCH, Type="network", Policy='[{"SourceVPCEs": ["vpce-1"]}]'), "passed"),
        (one(SEARCH, Type="network", Policy='[{"AllowFromPublic": "perhaps"}]'), "unknown"),
        (one(SEARCH, Type="network", Policy="not JSON"), "unknown"),
        (one(SERVER), "failed"),
        (one(SERVER, EndpointType="PUBLIC"), "failed"),
        (one(SERVER, EndpointType="VPC"), "passed"),
        (one(SERVER, EndpointType="VPC_ENDPOINT"), "passed"),
        (one(SERVER, EndpointType=GIVEN), "unknown"),
        (one(SERVER, EndpointType="VPC", EndpointDetails={"AddressAllocationIds": []}), "passed"),
        (one(SERVER, EndpointType="VPC", EndpointDetails={"AddressAllocationIds": ["eipalloc-1"]}), "failed"),
        (one(SERVER, EndpointType="VPC", EndpointDetails={"AddressAllocationIds": SEVERAL}), "unknown"),
        (one(SERVER, EndpointType="VPC", EndpointDetails=GIVEN), "unknown"),
        (one("AWS::DynamoDB::Table"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("endpoint_not_public", resources) == expected


@pytest.mark.parametrize(("kind", "severity"), [("VPC", "warning"), ("PUBLIC", None)])
def test_addresses_behind_security_groups_are_a_warning(kind: str, severity: str | None) -> None:
    found = verdict(
        "endpoint_not_public",
        one(SERVER, EndpointType=kind, EndpointDetails={"AddressAllocationIds": ["eipalloc-1"]}),
    )
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)


def test_a_policy_of_collections_is_not_told_at_length() -> None:
    found = verdict("endpoint_not_public", one(SEARCH, Type="network", Policy='[{"AllowFromPublic": true}]'))
    assert found is not None
    assert found.message == "A rule of Policy has AllowFromPublic: true, so the Internet reaches its collections."


@pytest.mark.parametrize(
    ("properties", "beside", "expected"),
    [
        ({}, {}, "failed"),
        ({"DBSubnetGroupName": "rds-subnets"}, {}, "unknown"),
        ({"DBSubnetGroupName": {"Ref": "Group"}}, {"Group": {"Type": "AWS::RDS::DBSubnetGroup"}}, "unknown"),
        (
            {"DBSubnetGroupName": {"Ref": "Group"}},
            {"Group": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"SubnetIds": {"Ref": "Subnets"}}}},
            "unknown",
        ),
        (
            {"DBClusterIdentifier": {"Ref": "Cluster"}},
            {"Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": {"DBSubnetGroupName": "rds-subnets"}}},
            "unknown",
        ),
        ({"DBSubnetGroupName": "rds-subnets", "PubliclyAccessible": True}, {}, "failed"),
    ],
)
def test_an_instance_that_leaves_it_to_its_network(
    properties: dict[str, Any], beside: dict[str, Any], expected: str
) -> None:
    found = verdict("endpoint_not_public", one(INSTANCE, **properties) | beside)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, None)


def _subnets(*tables: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Gateway": {"Type": "AWS::EC2::InternetGateway"},
        "Open": {"Type": "AWS::EC2::RouteTable"},
        "Closed": {"Type": "AWS::EC2::RouteTable"},
        "Out": {
            "Type": "AWS::EC2::Route",
            "Properties": {
                "RouteTableId": {"Ref": "Open"},
                "DestinationCidrBlock": "0.0.0.0/0",
                "GatewayId": {"Ref": "Gateway"},
            },
        },
    }
    for number, table in enumerate(tables):
        made[f"Subnet{number}"] = {"Type": "AWS::EC2::Subnet"}
        made[f"Association{number}"] = {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": {"Ref": f"Subnet{number}"}, "RouteTableId": {"Ref": table}},
        }
    ids = [{"Ref": f"Subnet{number}"} for number in range(len(tables))]
    return {**made, "Group": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"SubnetIds": ids}}}


@pytest.mark.parametrize(
    ("tables", "expected"), [(("Closed", "Closed"), "unknown"), (("Closed", "Open"), "failed"), ((), "unknown")]
)
def test_a_route_to_the_internet_tells_of_a_gateway(tables: tuple[str, ...], expected: str) -> None:
    database = one("AWS::RDS::DBInstance", DBSubnetGroupName={"Ref": "Group"})
    found = verdict("endpoint_not_public", database | _subnets(*tables))
    assert found is not None
    assert (found.outcome, found.severity) == (expected, None)


def _within(attached: Any = None, **instance: Any) -> dict[str, Any]:
    subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}}
    group = {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"SubnetIds": [{"Ref": "A"}, {"Ref": "B"}]}}
    attachment = {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": {"VpcId": {"Ref": "Vpc"}, **(attached or {})}}
    return {
        **one(INSTANCE, DBSubnetGroupName={"Ref": "Group"}, **instance),
        "Vpc": {"Type": "AWS::EC2::VPC"},
        "A": subnet,
        "B": subnet,
        "Group": group,
        **({"Attachment": attachment} if attached else {}),
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_within(), ("passed", None)),
        (_within({"VpnGatewayId": "vgw-1"}), ("passed", None)),
        # No route leads there.
        (_within({"InternetGatewayId": {"Ref": "Gateway"}}), ("failed", "warning")),
        (_within({"InternetGatewayId": GIVEN}), ("failed", "warning")),
        (_within(PubliclyAccessible=True), ("failed", "warning")),
        (_within({"InternetGatewayId": "igw-1"}, PubliclyAccessible=True), ("failed", None)),
        (_within(PubliclyAccessible=False), ("passed", None)),
    ],
)
def test_a_vpc_of_the_app_without_an_internet_gateway_is_private(
    resources: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    found = verdict("endpoint_not_public", resources)
    assert found is not None
    assert (found.outcome.value, found.severity) == expected


def test_a_vpc_that_others_see_may_have_a_gateway() -> None:
    app = App()
    output = {"Vpc": {"Value": {"Ref": "Vpc"}, "Export": {"Name": "vpc"}}}
    app.add("t.json", {"Resources": _within(), "Outputs": output})
    (found,) = (result.verdict for result in evaluate(app, [rule("endpoint_not_public")]))
    assert found.outcome == "unknown"


@pytest.mark.parametrize(
    ("cidrs", "expected"),
    [
        ({}, ("failed", None)),
        ({"PublicAccessCidrs": []}, ("failed", None)),
        ({"PublicAccessCidrs": ["0.0.0.0/0"]}, ("failed", None)),
        ({"PublicAccessCidrs": ["203.0.113.0/24", "0.0.0.0/1"]}, ("failed", None)),
        ({"PublicAccessCidrs": ["::/0"]}, ("failed", None)),
        ({"PublicAccessCidrs": ["203.0.113.0/24"]}, ("failed", "warning")),
        ({"PublicAccessCidrs": ["203.0.113.0/24", GIVEN]}, ("unknown", None)),
        ({"PublicAccessCidrs": ["0.0.0.0/0", GIVEN]}, ("failed", None)),
        ({"PublicAccessCidrs": GIVEN}, ("unknown", None)),
        ({"PublicAccessCidrs": [{"Fn::Sub": "${Given}/32"}]}, ("unknown", None)),
    ],
)
def test_a_cluster_open_to_some_weighs_less(cidrs: dict[str, Any], expected: tuple[str, str | None]) -> None:
    for public in ({"EndpointPublicAccess": True}, {}):
        found = verdict("endpoint_not_public", one("AWS::EKS::Cluster", ResourcesVpcConfig={**public, **cidrs}))
        assert found is not None
        assert (found.outcome, found.severity) == expected
    closed = one("AWS::EKS::Cluster", ResourcesVpcConfig={"EndpointPublicAccess": False, **cidrs})
    assert judged("endpoint_not_public", closed) == "passed"


def test_a_cluster_says_to_whom_it_is_open() -> None:
    config = {"EndpointPublicAccess": True, "PublicAccessCidrs": ["203.0.113.0/24", "198.51.100.7/32"]}
    found = verdict("endpoint_not_public", one("AWS::EKS::Cluster", ResourcesVpcConfig=config))
    assert found is not None
    assert found.message == (
        "ResourcesVpcConfig.EndpointPublicAccess is true. "
        "Its API is open on the Internet, to 203.0.113.0/24, 198.51.100.7/32 alone."
    )
