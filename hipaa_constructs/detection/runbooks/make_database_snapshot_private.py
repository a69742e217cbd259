"""Take back a snapshot of a database, or of a cluster, that is shared with everyone. Runs in Systems Manager."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]


def handle(events: dict[str, Any], context: object) -> dict[str, Any]:
    """Make the snapshot private, of whichever kind it is; accounts that it is shared with by name keep it."""
    rds = boto3.client("rds")
    snapshot_id = events["SnapshotId"]
    try:
        rds.modify_db_snapshot_attribute(
            DBSnapshotIdentifier=snapshot_id, AttributeName="restore", ValuesToRemove=["all"]
        )
    except rds.exceptions.DBSnapshotNotFoundFault:
        rds.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier=snapshot_id, AttributeName="restore", ValuesToRemove=["all"]
        )
    return {"MadePrivate": snapshot_id}
