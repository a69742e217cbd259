"""HIPAA-compliant AWS CDK constructs, a landing zone built from them, and a gate that proves it at synth.

Names are imported on first use, so that the command line starts without Node.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hipaa_constructs.audit.activity_alarms import ActivityAlarms
    from hipaa_constructs.audit.audit_trail import AuditTrail
    from hipaa_constructs.audit.log_group import EncryptedLogGroup
    from hipaa_constructs.compliance.acknowledge import acknowledge
    from hipaa_constructs.compliance.classification import DataClassification
    from hipaa_constructs.compliance.classify import classify
    from hipaa_constructs.compliance.enforce import enforce_hipaa
    from hipaa_constructs.database.db2_engine import Db2Engine
    from hipaa_constructs.database.ssl_rds import SslRds
    from hipaa_constructs.detection.access_review import AccessReview
    from hipaa_constructs.detection.alert_topic import AlertTopic
    from hipaa_constructs.detection.audit_assessment import AuditAssessment
    from hipaa_constructs.detection.data_discovery import DataDiscovery
    from hipaa_constructs.detection.security_posture import SecurityPosture
    from hipaa_constructs.detection.threat_detection import ThreatDetection
    from hipaa_constructs.detection.trusted_advisor_alerts import TrustedAdvisorAlerts
    from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
    from hipaa_constructs.encryption.kms_rotated_key import KmsRotatedKey
    from hipaa_constructs.identity.least_privilege_role import LeastPrivilegeRole
    from hipaa_constructs.network.private_vpc import PrivateVpc
    from hipaa_constructs.recovery.backup_plan import BackupPlan
    from hipaa_constructs.recovery.backup_rule import BackupRule
    from hipaa_constructs.recovery.recovery_vault import RecoveryVault
    from hipaa_constructs.storage.access_log_bucket import AccessLogBucket
    from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_HOMES = {
    "AccessLogBucket": "storage.access_log_bucket",
    "AccessReview": "detection.access_review",
    "ActivityAlarms": "audit.activity_alarms",
    "AlertTopic": "detection.alert_topic",
    "AuditAssessment": "detection.audit_assessment",
    "AuditTrail": "audit.audit_trail",
    "BackupPlan": "recovery.backup_plan",
    "BackupRule": "recovery.backup_rule",
    "DataClassification": "compliance.classification",
    "DataDiscovery": "detection.data_discovery",
    "Db2Engine": "database.db2_engine",
    "EncryptedBucket": "storage.encrypted_bucket",
    "EncryptedLogGroup": "audit.log_group",
    "KmsRotatedKey": "encryption.kms_rotated_key",
    "LeastPrivilegeRole": "identity.least_privilege_role",
    "PrivateVpc": "network.private_vpc",
    "RecoveryVault": "recovery.recovery_vault",
    "SecurityPosture": "detection.security_posture",
    "SslRds": "database.ssl_rds",
    "ThreatDetection": "detection.threat_detection",
    "TrustedAdvisorAlerts": "detection.trusted_advisor_alerts",
    "VulnerabilityScanning": "detection.vulnerability_scanning",
    "acknowledge": "compliance.acknowledge",
    "classify": "compliance.classify",
    "enforce_hipaa": "compliance.enforce",
}

__all__ = [
    "AccessLogBucket",
    "AccessReview",
    "ActivityAlarms",
    "AlertTopic",
    "AuditAssessment",
    "AuditTrail",
    "BackupPlan",
    "BackupRule",
    "DataClassification",
    "DataDiscovery",
    "Db2Engine",
    "EncryptedBucket",
    "EncryptedLogGroup",
    "KmsRotatedKey",
    "LeastPrivilegeRole",
    "PrivateVpc",
    "RecoveryVault",
    "SecurityPosture",
    "SslRds",
    "ThreatDetection",
    "TrustedAdvisorAlerts",
    "VulnerabilityScanning",
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
