"""Have a trail record again that someone stopped. Runs in Systems Manager Automation."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]


def handle(events: dict[str, Any], context: object) -> dict[str, Any]:
    """Start recording; a trail that records already goes on."""
    boto3.client("cloudtrail").start_logging(Name=events["TrailArn"])
    return {"Started": events["TrailArn"]}
