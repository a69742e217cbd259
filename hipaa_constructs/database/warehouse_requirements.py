"""What ``TlsWarehouse`` asks of its arguments beyond their types."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._stacks import region_of

_SUBNETS = 3
# docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html
_TWO_ZONES = "us-west-1"


def warehouse_subnets(scope: Construct, vpc: ec2.IVpc, *, isolated: bool) -> Sequence[str]:
    """Return the ids of the subnets; refuse a VPC that has them in too few zones, unless its look-up is pending."""
    kind = "isolated" if isolated else "private"
    subnets = vpc.isolated_subnets if isolated else vpc.private_subnets
    zones = 2 if region_of(scope) == _TWO_ZONES else _SUBNETS
    found = {subnet.availability_zone for subnet in subnets}
    if (len(subnets) < _SUBNETS or len(found) < zones) and not vpc.select_subnets().is_pending_lookup:
        refuse(
            "vpc",
            f"a VPC with {len(subnets)} {kind} subnets in {len(found)} zones",
            allowed=f"Redshift Serverless stands in {_SUBNETS} {kind} subnets or more, in {zones} zones",
            fix="Pass PrivateVpc(…).vpc, which has three zones unless told otherwise.",
        )
    return [subnet.subnet_id for subnet in subnets]


def require_capacity(base: int, most: int | None) -> None:
    """Refuse what Redshift Serverless does not compute with."""
    for argument, value in (("base_capacity", base), ("max_capacity", most)):
        if value is None or is_token(value) or _is_capacity(value):
            continue
        refuse(
            argument,
            value,
            allowed="allowed are 4 units, 8 to 512 in steps of 8, and to 1024 in steps of 32",
            fix="Leave it out, or pass the next of these.",
        )
    if most is None or is_token(base) or is_token(most):
        return
    if most < base:
        refuse(
            "max_capacity",
            most,
            allowed=f"it is {base}, the base_capacity, or more",
            fix="Raise it, or lower base_capacity.",
        )


def _is_capacity(value: int) -> bool:
    return value == 4 or (8 <= value <= 512 and value % 8 == 0) or (512 < value <= 1024 and value % 32 == 0)


def require_name(argument: str, name: str) -> None:
    """Refuse a name of a database that Redshift does not take."""
    # docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateNamespace.html
    if not is_token(name) and not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
        refuse(
            argument,
            name,
            allowed="allowed are up to 64 lower-case letters, digits and '_', a letter first",
            fix="Write one such as 'claims'.",
        )
