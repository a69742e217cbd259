"""Give a VPC that has none a flow log of all its traffic. Runs in Systems Manager Automation."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]


def handle(events: dict[str, Any], context: object) -> dict[str, Any]:
    """Create the flow log, unless an earlier attempt did; what EC2 answers that it refused is an error here."""
    ec2 = boto3.client("ec2")
    filters = [
        {"Name": "resource-id", "Values": [events["VpcId"]]},
        {"Name": "traffic-type", "Values": ["ALL"]},
    ]
    if ec2.describe_flow_logs(Filters=filters)["FlowLogs"]:
        return {"Created": []}
    answer = ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[events["VpcId"]],
        TrafficType="ALL",
        LogDestinationType="cloud-watch-logs",
        LogDestination=events["LogGroupArn"],
        DeliverLogsPermissionArn=events["DeliveryRoleArn"],
    )
    for refused in answer["Unsuccessful"]:
        raise RuntimeError(f"{refused['ResourceId']}: {refused['Error']['Message']}")
    return {"Created": answer["FlowLogIds"]}
