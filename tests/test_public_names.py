from __future__ import annotations

import ast
from pathlib import Path

import hipaa_constructs

PUBLIC = [
    "AccessLogBucket",
    "AccessReview",
    "AccountBaseline",
    "ActivityAlarms",
    "AddressPools",
    "AlertTopic",
    "AuditAssessment",
    "AuditTrail",
    "BackupPlan",
    "BackupRule",
    "BreakGlassRole",
    "ClinicalLanguage",
    "ContinuousCompliance",
    "CostAlarms",
    "DataClassification",
    "DataDiscovery",
    "Db2Engine",
    "DdosProtection",
    "DelegatedAdministrators",
    "DeploymentPipeline",
    "DeploymentWave",
    "Distribution",
    "EncryptedBucket",
    "EncryptedEventBus",
    "EncryptedFileSystem",
    "EncryptedImageRepository",
    "EncryptedLogGroup",
    "EncryptedQueue",
    "EncryptedStream",
    "EncryptedTable",
    "EncryptedTopic",
    "Existing",
    "FhirStore",
    "FirewallManagerPolicies",
    "Guardrails",
    "HttpsLoadBalancer",
    "ImagingStore",
    "InspectionVpc",
    "InternalFlow",
    "JustInTimeAccess",
    "KmsRotatedKey",
    "LeastPrivilegeRole",
    "ModelAccess",
    "OmicsStore",
    "PatientDirectory",
    "PrivateApi",
    "PrivateBatch",
    "PrivateFargateService",
    "PrivateFunction",
    "PrivateInstances",
    "PrivateKubernetesCluster",
    "PrivateService",
    "PrivateServiceConnection",
    "PrivateStateMachine",
    "PrivateVpc",
    "ProviderFunction",
    "RecoveryVault",
    "SecureFileTransfer",
    "SecurityPosture",
    "SharedEndpoints",
    "SiteConnection",
    "SmartAuthorizer",
    "SslRds",
    "TemplateHook",
    "ThreatDetection",
    "TlsWarehouse",
    "TlsCache",
    "TlsSearchDomain",
    "TlsDocumentDb",
    "TransitNetwork",
    "TrustedAdvisorAlerts",
    "VulnerabilityScanning",
    "WebFirewall",
    "WorkflowRoles",
    "WorkforcePermissionSets",
    "WorkforceRoles",
    "WorkforceSource",
    "acknowledge",
    "classify",
    "enforce_hipaa",
    "secure_defaults",
]


def test_the_public_names_are_these() -> None:
    assert hipaa_constructs.__all__ == PUBLIC


def test_every_public_name_is_there_and_documented() -> None:
    for name in PUBLIC:
        found = getattr(hipaa_constructs, name)
        assert found.__name__ == name
        assert found.__doc__


def test_type_checkers_see_the_same_names() -> None:
    source = ast.parse(Path(hipaa_constructs.__file__).read_text())
    (checking,) = [node for node in source.body if isinstance(node, ast.If)]
    seen = [
        name.name for statement in checking.body if isinstance(statement, ast.ImportFrom) for name in statement.names
    ]
    assert sorted(seen) == sorted(PUBLIC)


def test_unknown_names_are_refused() -> None:
    assert not hasattr(hipaa_constructs, "EncryptedBuckets")
