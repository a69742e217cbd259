"""Copy an unencrypted snapshot of a database under a key. Runs in Systems Manager Automation."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]


def handle(events: dict[str, Any], context: object) -> dict[str, Any]:
    """Make the copy unless it is there. The original stays: whether it can go, someone has to decide."""
    rds = boto3.client("rds")
    snapshot_id = events["SnapshotId"]
    # An automatic snapshot is called rds:…, which no copy may be.
    copy_id = f"{snapshot_id.replace(':', '-')[:240]}-encrypted"
    try:
        rds.describe_db_snapshots(DBSnapshotIdentifier=copy_id)
    except rds.exceptions.DBSnapshotNotFoundFault:
        rds.copy_db_snapshot(
            SourceDBSnapshotIdentifier=snapshot_id,
            TargetDBSnapshotIdentifier=copy_id,
            KmsKeyId=events["KmsKeyArn"],
            CopyTags=True,
        )
    return {"Encrypted": copy_id}
