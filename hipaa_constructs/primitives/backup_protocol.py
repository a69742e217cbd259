from __future__ import annotations

from typing import Protocol

from constructs import Construct


class ProtectsData(Protocol):
    """What a store of PHI needs of the backup plan that covers it.

    ``BackupPlan`` is one. The protocol stands here, so that a store does not have to import the plan, which itself
    owns stores.
    """

    def protect(self, store: Construct, resource_arn: str) -> None:
        """Select ``resource_arn`` for backup, in the stack of ``store``."""

    @property
    def plan_name(self) -> str:
        """How reasons and reports call the plan."""
