"""Give a VPC that has none a flow log of all its traffic. Runs in Systems Manager Automation."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]


def handle(events: dict[str, Any], context: object) -> dict[str, Any]:
    """Create the flow log; EC2 answers with what it refused, which is an error here."""
    answer = boto3.client("ec2").create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[events["VpcId"]],
        TrafficType="ALL",
        LogDestinationType="cloud-watch-logs",
        LogDestination=events["LogGroupArn"],
        DeliverLogsPermissionArn=events["DeliveryRoleArn"],
    )
    for refused in answer["Unsuccessful"]:
        # An equal flow log is there already, from an earlier attempt.
        if refused["Error"]["Code"] != "FlowLogAlreadyExists":
            raise RuntimeError(f"{refused['ResourceId']}: {refused['Error']['Message']}")
    return {"Created": answer["FlowLogIds"]}
