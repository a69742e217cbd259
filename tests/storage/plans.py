from __future__ import annotations

from constructs import Construct


class RecordingPlan:
    """A backup plan that only remembers what it was asked to protect."""

    plan_name = "daily-7-year"

    def __init__(self) -> None:
        self.protected: list[tuple[Construct, str]] = []

    def protect(self, store: Construct, resource_arn: str) -> None:
        self.protected.append((store, resource_arn))
