"""Routes of a transit gateway for what serves several environments, without joining them."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct


class HubRoutes(Construct):
    """The route table of one attachment that all networks reach, such as an ``InspectionVpc``'s, with the ways back.

    Networks tell it their addresses, and it is told to none of them by itself: what leads to it stands in the
    environments' own tables.

    :param attachment_id: the attachment that serves.
    :param served: the ids of attachments that answers go back to.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        transit_gateway_id: str,
        attachment_id: str,
        served: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        table = ec2.CfnTransitGatewayRouteTable(
            self,
            "Resource",
            transit_gateway_id=transit_gateway_id,
            tags=[cdk.CfnTag(key="Name", value=self.node.path)],
        )
        ec2.CfnTransitGatewayRouteTableAssociation(
            self,
            "Association",
            transit_gateway_attachment_id=attachment_id,
            transit_gateway_route_table_id=table.ref,
        )
        for attachment in served:
            ec2.CfnTransitGatewayRouteTablePropagation(
                self,
                f"Propagation-{attachment}",
                transit_gateway_attachment_id=attachment,
                transit_gateway_route_table_id=table.ref,
            )
