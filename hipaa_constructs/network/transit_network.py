from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs.network.sharing import define_share, require_sharers
from hipaa_constructs.network.traffic_logs import TransitFlowLogs
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

_ATTACHMENT = re.compile(r"tgw-attach-[0-9a-f]{8,17}")


class TransitNetwork(Construct):
    """A transit gateway whose environments do not reach one another, for a Region of an organization.

    It is more than the gateway, hence its name: a route table for each environment, who is in which, the share, and
    the flow logs. Nothing is attached by itself, and nothing is reached by being attached:

    - A request of another account waits until somebody accepts it in this one.
    - No attachment is associated with a default route table, nor are its routes propagated to one. An attachment in
      ``environments`` is associated with that environment's table, and its networks are told there alone, so that
      production and staging have no way to each other.
    - It is shared through Resource Access Manager, where nobody outside the organization gets in.
    - Flow logs of all traffic go to an encrypted log group kept seven years, and to the organization's log archive if
      ``flow_log_bucket_arn`` names its bucket.

    CloudFormation has no type that accepts an attachment, so that a person does:
    ``aws ec2 accept-transit-gateway-vpc-attachment``. AWS associates an attachment with one table, and CloudFormation
    makes the new association before it takes the old one away: to move an attachment to another environment, deploy
    without it first. Traffic through the gateway stays on AWS's network; encrypting it from end to end is up to those
    who talk.

    Meets 164.312(e)(1) transmission security, 164.312(a)(1) access control and 164.312(b) audit controls.

    :param environments: by environment, the ids of attachments, which exist already, that reach one another. An
        environment may have none yet. Each attachment is in one.
    :param share_with: accounts, organizational units or the organization that may ask for attachments: ids of
        accounts, ARNs of the others. Default: this account alone.
    :param flow_log_bucket_arn: a bucket of the log archive that flow logs go to too. Default: nowhere else.
    :param encryption_key: the key for the flow logs; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: no environment, what is no attachment's id, an attachment in two environments, or a principal
        that is none.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environments: Mapping[str, Sequence[str]],
        share_with: Sequence[str] = (),
        flow_log_bucket_arn: str | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        _require_environments(environments)
        require_sharers("share_with", share_with)
        super().__init__(scope, construct_id)
        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._gateway = ec2.CfnTransitGateway(
            self,
            "Resource",
            description=f"Connects the networks of {self.node.path}",
            auto_accept_shared_attachments="disable",
            default_route_table_association="disable",
            default_route_table_propagation="disable",
            dns_support="enable",
            tags=[cdk.CfnTag(key="Name", value=self.node.path)],
        )
        self._flow_logs = TransitFlowLogs(
            self,
            "FlowLogs",
            transit_gateway=self._gateway,
            encryption_key=self._key,
            bucket_arn=flow_log_bucket_arn,
        )
        self._tables = {name: self._define_environment(name, attachments) for name, attachments in environments.items()}
        if share_with:
            define_share(self, "Shared", principals=share_with, resource_arns=[self._gateway.attr_transit_gateway_arn])

    @property
    def transit_gateway(self) -> ec2.CfnTransitGateway:
        """The gateway; ``ref`` is its id, which those who attach to it have to know."""
        return self._gateway

    @property
    def route_tables(self) -> Mapping[str, ec2.CfnTransitGatewayRouteTable]:
        """The route table of each environment."""
        return MappingProxyType(self._tables)

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the flow logs."""
        return self._key

    @property
    def flow_log_group(self) -> logs.LogGroup:
        """Where flow logs go."""
        return self._flow_logs.log_group

    def _define_environment(self, name: str, attachments: Sequence[str]) -> ec2.CfnTransitGatewayRouteTable:
        table = ec2.CfnTransitGatewayRouteTable(
            self, f"Routes-{name}", transit_gateway_id=self._gateway.ref, tags=[cdk.CfnTag(key="Name", value=name)]
        )
        for attachment in attachments:
            for make, what in (
                (ec2.CfnTransitGatewayRouteTableAssociation, "Association"),
                (ec2.CfnTransitGatewayRouteTablePropagation, "Propagation"),
            ):
                make(
                    table,
                    f"{what}-{attachment}",
                    transit_gateway_attachment_id=attachment,
                    transit_gateway_route_table_id=table.ref,
                )
        return table


def _require_environments(environments: Mapping[str, Sequence[str]]) -> None:
    if not environments:
        refuse(
            "environments",
            dict(environments),
            allowed="what is in no environment reaches nothing",
            fix="Name one, such as {'production': []}.",
        )
    seen: dict[str, str] = {}
    for name, attachments in environments.items():
        for attachment in attachments:
            if not _ATTACHMENT.fullmatch(attachment):
                refuse(
                    "environments",
                    attachment,
                    allowed="it takes ids of attachments",
                    fix="Write it like 'tgw-attach-0123456789abcdef0'; whoever attached has it in its outputs.",
                )
            if attachment in seen:
                refuse(
                    "environments",
                    attachment,
                    allowed=f"it is in {seen[attachment]} already, and a second environment would join the two",
                    fix="Name each attachment once.",
                )
            seen[attachment] = name
