"""What is set right when it drifts, by name; the landing zone's configuration names them without loading aws_cdk."""

from __future__ import annotations

from typing import Literal, get_args

RepairName = Literal[
    "MissingFlowLogs",
    "OpenRemoteAdministration",
    "PublicBuckets",
    "PublicDatabaseSnapshots",
    "PublicVolumeSnapshots",
    "StoppedTrail",
    "UnencryptedDatabaseSnapshots",
    "UnencryptedVolumes",
    "UnrotatedKeys",
]
NAMES: tuple[str, ...] = get_args(RepairName)
