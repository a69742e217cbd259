"""HIPAA-compliant AWS CDK constructs, a landing zone built from them, and a gate that proves it at synth.

Names are imported on first use, so that the command line starts without Node.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hipaa_constructs.audit.audit_trail import AuditTrail
    from hipaa_constructs.audit.log_group import EncryptedLogGroup
    from hipaa_constructs.compliance.acknowledge import acknowledge
    from hipaa_constructs.compliance.classification import DataClassification
    from hipaa_constructs.compliance.classify import classify
    from hipaa_constructs.compliance.enforce import enforce_hipaa
    from hipaa_constructs.database.ssl_rds import SslRds
    from hipaa_constructs.detection.alert_topic import AlertTopic
    from hipaa_constructs.encryption.kms_rotated_key import KmsRotatedKey
    from hipaa_constructs.identity.least_privilege_role import LeastPrivilegeRole
    from hipaa_constructs.network.private_vpc import PrivateVpc
    from hipaa_constructs.recovery.backup_plan import BackupPlan
    from hipaa_constructs.recovery.recovery_vault import RecoveryVault
    from hipaa_constructs.storage.access_log_bucket import AccessLogBucket
    from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_HOMES = {
    "AccessLogBucket": "storage.access_log_bucket",
    "AlertTopic": "detection.alert_topic",
    "AuditTrail": "audit.audit_trail",
    "BackupPlan": "recovery.backup_plan",
    "DataClassification": "compliance.classification",
    "EncryptedBucket": "storage.encrypted_bucket",
    "EncryptedLogGroup": "audit.log_group",
    "KmsRotatedKey": "encryption.kms_rotated_key",
    "LeastPrivilegeRole": "identity.least_privilege_role",
    "PrivateVpc": "network.private_vpc",
    "RecoveryVault": "recovery.recovery_vault",
    "SslRds": "database.ssl_rds",
    "acknowledge": "compliance.acknowledge",
    "classify": "compliance.classify",
    "enforce_hipaa": "compliance.enforce",
}

__all__ = [
    "AccessLogBucket",
    "AlertTopic",
    "AuditTrail",
    "BackupPlan",
    "DataClassification",
    "EncryptedBucket",
    "EncryptedLogGroup",
    "KmsRotatedKey",
    "LeastPrivilegeRole",
    "PrivateVpc",
    "RecoveryVault",
    "SslRds",
    "acknowledge",
    "classify",
    "enforce_hipaa",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
