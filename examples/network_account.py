"""The network account of an organization: endpoints for all, and one way out and between networks, past a firewall."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from hipaa_constructs import InspectionVpc, InternalFlow, SharedEndpoints, enforce_hipaa

NETWORKS = ["10.0.0.0/8"]
WORKLOADS, LABORATORY, ENDPOINTS = "10.0.0.0/12", "10.64.0.0/16", "10.255.0.0/24"

app = cdk.App()
stack = cdk.Stack(app, "Network", env=cdk.Environment(account="111122223333", region="us-east-1"))
transit = ec2.CfnTransitGateway(
    stack,
    "Transit",
    auto_accept_shared_attachments="disable",
    default_route_table_association="disable",
    default_route_table_propagation="disable",
)
endpoints = SharedEndpoints(
    stack,
    "Endpoints",
    organization_arn="arn:aws:organizations::444455556666:organization/o-exampleorgid",
    transit_gateway_id=transit.ref,
    private_cidrs=NETWORKS,
    cidr=ENDPOINTS,
    interface_endpoints=[ec2.InterfaceVpcEndpointAwsService.SQS],
)
inspection = InspectionVpc(
    stack,
    "Inspection",
    transit_gateway_id=transit.ref,
    private_cidrs=NETWORKS,
    availability_zones=["us-east-1a", "us-east-1b", "us-east-1c"],
    allowed_domains=["api.clearinghouse.example.com", ".pharmacy.example.com"],
    internal_flows=[
        InternalFlow(source=WORKLOADS, destination=LABORATORY, port=2575),
        InternalFlow(source=WORKLOADS, destination=ENDPOINTS, port=443),
    ],
)
# Whatever network is attached with this table has the firewall between itself and everything else.
spokes = ec2.CfnTransitGatewayRouteTable(stack, "Spokes", transit_gateway_id=transit.ref)
ec2.CfnTransitGatewayRouteTableAssociation(
    stack,
    "EndpointsAssociation",
    transit_gateway_route_table_id=spokes.ref,
    transit_gateway_attachment_id=endpoints.attachment_id,
)
ec2.CfnTransitGatewayRoute(
    stack,
    "SpokesToInspection",
    transit_gateway_route_table_id=spokes.ref,
    destination_cidr_block="0.0.0.0/0",
    transit_gateway_attachment_id=inspection.attachment_id,
)
inspected = ec2.CfnTransitGatewayRouteTable(stack, "Inspected", transit_gateway_id=transit.ref)
ec2.CfnTransitGatewayRouteTableAssociation(
    stack,
    "InspectionAssociation",
    transit_gateway_route_table_id=inspected.ref,
    transit_gateway_attachment_id=inspection.attachment_id,
)
# What has passed the firewall finds its network; attachments of workloads propagate their routes to this table too.
ec2.CfnTransitGatewayRouteTablePropagation(
    stack,
    "EndpointsPropagation",
    transit_gateway_route_table_id=inspected.ref,
    transit_gateway_attachment_id=endpoints.attachment_id,
)
enforce_hipaa(app)
app.synth()
