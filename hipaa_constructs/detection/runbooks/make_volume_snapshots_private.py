"""Take back every EBS snapshot of the account and Region that is shared with everyone. Runs in Systems Manager."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]


def handle(events: dict[str, Any], context: object) -> dict[str, Any]:
    """Make private what is public; AWS Config names the account, not the snapshots."""
    ec2 = boto3.client("ec2")
    pages = ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], RestorableByUserIds=["all"])
    public = [snapshot["SnapshotId"] for page in pages for snapshot in page["Snapshots"]]
    for snapshot_id in public:
        ec2.modify_snapshot_attribute(
            SnapshotId=snapshot_id, Attribute="createVolumePermission", OperationType="remove", GroupNames=["all"]
        )
    return {"MadePrivate": public}
