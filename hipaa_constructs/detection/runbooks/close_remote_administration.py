"""Take from a security group what lets the whole internet in on SSH or RDP. Runs in Systems Manager Automation."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_PORTS = (22, 3389)


def handle(events: dict[str, Any], context: object) -> dict[str, Any]:
    """Revoke each rule that covers one of the ports; a wider rule goes as a whole."""
    ec2 = boto3.client("ec2")
    group_id = events["GroupId"]
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group_id]}]
    )
    open_rules = [
        rule["SecurityGroupRuleId"] for page in pages for rule in page["SecurityGroupRules"] if _is_open(rule)
    ]
    if open_rules:
        ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=open_rules)
    return {"Revoked": open_rules}


def _is_open(rule: dict[str, Any]) -> bool:
    if rule["IsEgress"] or not {rule.get("CidrIpv4"), rule.get("CidrIpv6")}.intersection(_EVERYWHERE):
        return False
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] in ("tcp", "udp") and any(rule["FromPort"] <= port <= rule["ToPort"] for port in _PORTS)
