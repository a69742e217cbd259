"""Remove a Region's default VPC if nothing uses it. Runs in AWS Lambda: the standard library and boto3 only."""

from __future__ import annotations

import logging
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from .cloudformation import Event, custom_resource
from .permitted import once_permitted

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 8, "mode": "standard"})
_log = logging.getLogger()


def remove_default_vpc(event: Event) -> str:
    """Delete the default VPC, with its subnets and internet gateway; a physical id says nothing of what was done.

    There is one in a Region at most. Gone already, or in use, it is no error: what was made in it counts for more than
    that it goes, and the log says that it stayed.
    """
    ec2 = boto3.client("ec2", config=_CONFIG)
    once_permitted(lambda: _remove(ec2))
    return "DefaultVpc"


def _remove(ec2: Any) -> None:
    for vpc in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]:
        vpc_id = vpc["VpcId"]
        used = _uses(ec2, vpc_id)
        if used:
            _log.warning("The default VPC %s stays: it has %s.", vpc_id, ", ".join(used))
            continue
        try:
            _delete(ec2, vpc_id)
        except ClientError as error:
            # Something came in a moment ago, or is of a kind that is not looked for above.
            if error.response["Error"]["Code"] != "DependencyViolation":
                raise
            _log.warning("The default VPC %s stays: %s", vpc_id, error)
        else:
            _log.info("The default VPC %s is gone.", vpc_id)


def _uses(ec2: Any, vpc_id: str) -> list[str]:
    """Return what somebody made in the VPC or attached to it.

    Whatever runs in a VPC has a network interface: instances, databases, functions, load balancers, endpoints, NAT
    gateways (docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html). The rest says that somebody means to use it.
    """
    within = [{"Name": "vpc-id", "Values": [vpc_id]}]
    groups = ec2.describe_security_groups(Filters=within)["SecurityGroups"]
    tables = ec2.describe_route_tables(Filters=within)["RouteTables"]
    acls = ec2.describe_network_acls(Filters=within)["NetworkAcls"]
    subnets = ec2.describe_subnets(Filters=within)["Subnets"]
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
    found = {
        "network interfaces": ec2.describe_network_interfaces(Filters=within)["NetworkInterfaces"],
        "endpoints": ec2.describe_vpc_endpoints(Filters=within)["VpcEndpoints"],
        "security groups": [group for group in groups if group["GroupName"] != "default"],
        "route tables": [table for table in tables if not any(one["Main"] for one in table["Associations"])],
        "network ACLs": [acl for acl in acls if not acl["IsDefault"]],
        "subnets of its own": [subnet for subnet in subnets if not subnet["DefaultForAz"]],
        "virtual private gateways": ec2.describe_vpn_gateways(Filters=attached)["VpnGateways"],
        "peering connections": _peerings(ec2, vpc_id),
    }
    return [name for name, ones in found.items() if ones]


def _peerings(ec2: Any, vpc_id: str) -> list[Any]:
    sides = ("accepter-vpc-info.vpc-id", "requester-vpc-info.vpc-id")
    return [
        one
        for side in sides
        for one in ec2.describe_vpc_peering_connections(Filters=[{"Name": side, "Values": [vpc_id]}])[
            "VpcPeeringConnections"
        ]
        if one.get("Status", {}).get("Code") in ("active", "pending-acceptance", "provisioning")
    ]


def _delete(ec2: Any, vpc_id: str) -> None:
    """Delete subnets first: EC2 refuses those in use, so that what came in a moment ago keeps its way out.

    DeleteVpc takes the main route table, the default security group and
    the default network ACL along: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html.
    """
    within = [{"Name": "vpc-id", "Values": [vpc_id]}]
    for subnet in ec2.describe_subnets(Filters=within)["Subnets"]:
        _unless_gone(ec2.delete_subnet, SubnetId=subnet["SubnetId"])
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
    for gateway in ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
        gateway_id = gateway["InternetGatewayId"]
        _unless_gone(ec2.detach_internet_gateway, InternetGatewayId=gateway_id, VpcId=vpc_id)
        _unless_gone(ec2.delete_internet_gateway, InternetGatewayId=gateway_id)
    _unless_gone(ec2.delete_vpc, VpcId=vpc_id)


def _unless_gone(delete: Any, **names: str) -> None:
    try:
        delete(**names)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not code.endswith(".NotFound") and code != "Gateway.NotAttached":
            raise


# A deletion changes nothing: who wants a default VPC again calls ec2:CreateDefaultVpc.
handle = custom_resource(remove_default_vpc)
