"""Take every rule from a VPC's default security group. Runs in AWS Lambda: the standard library and boto3 only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from .cloudformation import Event, custom_resource

# A policy that was attached a moment ago is not yet known everywhere in IAM.
# docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html (changes are not always immediately visible)
_ATTEMPTS = 10
_SECONDS_BETWEEN = 6

# Shortly after an endpoint is made its name may still lead to an address that the VPC cannot reach.
_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 8, "mode": "standard"})


def close(event: Event) -> str:
    """Revoke the rules that AWS gives a default security group, and return the group's id.

    Only those rules are named, so that the function needs no permission to list what is in the account. A rule
    that is gone already is no error.
    """
    group_id = str(event["ResourceProperties"]["DefaultSecurityGroupId"])
    ec2 = boto3.client("ec2", config=_CONFIG)
    within = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
    outward = (
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
    )
    _revoke(ec2.revoke_security_group_ingress, group_id, within)
    for rule in outward:
        _revoke(ec2.revoke_security_group_egress, group_id, rule)
    return group_id


def _revoke(revoke: Callable[..., object], group_id: str, rule: dict[str, Any]) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            revoke(GroupId=group_id, IpPermissions=[rule])
            return
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "InvalidPermission.NotFound":
                return
            if code != "UnauthorizedOperation" or attempt == _ATTEMPTS:
                raise
            time.sleep(_SECONDS_BETWEEN)


# A deletion changes nothing, since it must never open the group again.
handle = custom_resource(close)
