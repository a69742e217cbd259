"""Have trails record again that someone stopped. Runs in Systems Manager Automation."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]


def handle(events: dict[str, Any], context: object) -> dict[str, Any]:
    """Start recording; a trail that records already goes on."""
    client, arns = boto3.client("cloudtrail"), events["TrailArns"].split(",")
    for arn in arns:
        client.start_logging(Name=arn)
    return {"Started": arns}
