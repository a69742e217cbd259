"""The network account of an organization: endpoints for all, and one way out and between networks, past a firewall."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from hipaa_constructs import InspectionVpc, InternalFlow, SharedEndpoints, enforce_hipaa

NETWORKS = ["10.0.0.0/8"]
WORKLOADS, LABORATORY, ENDPOINTS = "10.0.0.0/12", "10.64.0.0/16", "10.255.0.0/24"
ACCOUNT = cdk.Environment(account="111122223333", region="us-east-1")

app = cdk.App()
network = cdk.Stack(app, "Network", env=ACCOUNT)
transit = ec2.CfnTransitGateway(
    network,
    "Transit",
    auto_accept_shared_attachments="disable",
    default_route_table_association="disable",
    default_route_table_propagation="disable",
)
# Whatever network is attached with this table has the firewall between itself and everything else.
spokes = ec2.CfnTransitGatewayRouteTable(network, "Spokes", transit_gateway_id=transit.ref)
# What has passed the firewall finds its network here: attachments of workloads propagate their routes to it too.
inspected = ec2.CfnTransitGatewayRouteTable(network, "Inspected", transit_gateway_id=transit.ref)

inspecting = cdk.Stack(app, "Inspecting", env=ACCOUNT)
inspection = InspectionVpc(
    inspecting,
    "Vpc",
    transit_gateway_id=transit.ref,
    private_cidrs=NETWORKS,
    availability_zones=["us-east-1a", "us-east-1b", "us-east-1c"],
    allowed_domains=["api.clearinghouse.example.com", ".pharmacy.example.com"],
    internal_flows=[
        InternalFlow(source=WORKLOADS, destination=LABORATORY, port=2575),
        InternalFlow(source=WORKLOADS, destination=ENDPOINTS, port=443),
    ],
)
ec2.CfnTransitGatewayRouteTableAssociation(
    inspecting,
    "Association",
    transit_gateway_route_table_id=inspected.ref,
    transit_gateway_attachment_id=inspection.attachment_id,
)
ec2.CfnTransitGatewayRoute(
    inspecting,
    "FromSpokes",
    transit_gateway_route_table_id=spokes.ref,
    destination_cidr_block="0.0.0.0/0",
    transit_gateway_attachment_id=inspection.attachment_id,
)

sharing = cdk.Stack(app, "Sharing", env=ACCOUNT)
endpoints = SharedEndpoints(
    sharing,
    "Endpoints",
    organization_arn="arn:aws:organizations::444455556666:organization/o-exampleorgid",
    transit_gateway_id=transit.ref,
    private_cidrs=NETWORKS,
    cidr=ENDPOINTS,
    interface_endpoints=[ec2.InterfaceVpcEndpointAwsService.SQS],
)
ec2.CfnTransitGatewayRouteTableAssociation(
    sharing,
    "Association",
    transit_gateway_route_table_id=spokes.ref,
    transit_gateway_attachment_id=endpoints.attachment_id,
)
ec2.CfnTransitGatewayRouteTablePropagation(
    sharing,
    "Propagation",
    transit_gateway_route_table_id=inspected.ref,
    transit_gateway_attachment_id=endpoints.attachment_id,
)
enforce_hipaa(app)
app.synth()
