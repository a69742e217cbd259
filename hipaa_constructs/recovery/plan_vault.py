from __future__ import annotations

from hipaa_constructs._names import deployed_name
from hipaa_constructs.recovery.recovery_vault import NAME_LENGTH, RecoveryVault


class PlanVault(RecoveryVault):
    """The vault that a ``BackupPlan`` makes for itself.

    No other Region names it, so each deployment gives it a name of its own, and finds none taken.
    """

    @property
    def vault_name(self) -> str:
        """The vault's name, known at deployment."""
        return self.vault.backup_vault_name

    def _named(self, deployment: str) -> str:
        return deployed_name(self, max_length=NAME_LENGTH)
