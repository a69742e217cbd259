"""HIPAA-compliant AWS CDK constructs, a landing zone built from them, and a gate that proves it at synth.

Names are imported on first use, so that the command line starts without Node.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hipaa_constructs.audit.activity_alarms import ActivityAlarms
    from hipaa_constructs.audit.audit_trail import AuditTrail
    from hipaa_constructs.clinical.clinical_language import ClinicalLanguage
    from hipaa_constructs.clinical.fhir_store import FhirStore
    from hipaa_constructs.clinical.imaging_store import ImagingStore
    from hipaa_constructs.clinical.model_access import ModelAccess
    from hipaa_constructs.clinical.omics_store import OmicsStore
    from hipaa_constructs.clinical.smart_authorizer import SmartAuthorizer
    from hipaa_constructs.compliance.acknowledge import acknowledge
    from hipaa_constructs.compliance.classification import DataClassification
    from hipaa_constructs.compliance.classify import classify
    from hipaa_constructs.compliance.enforce import enforce_hipaa
    from hipaa_constructs.compute.private_batch import PrivateBatch
    from hipaa_constructs.compute.private_fargate_service import PrivateFargateService
    from hipaa_constructs.compute.private_function import PrivateFunction
    from hipaa_constructs.compute.private_instances import PrivateInstances
    from hipaa_constructs.compute.private_kubernetes_cluster import PrivateKubernetesCluster
    from hipaa_constructs.compute.provider_function import ProviderFunction
    from hipaa_constructs.database.db2_engine import Db2Engine
    from hipaa_constructs.database.encrypted_table import EncryptedTable
    from hipaa_constructs.database.ssl_rds import SslRds
    from hipaa_constructs.database.tls_cache import TlsCache
    from hipaa_constructs.database.tls_document_db import TlsDocumentDb
    from hipaa_constructs.database.tls_search_domain import TlsSearchDomain
    from hipaa_constructs.database.tls_warehouse import TlsWarehouse
    from hipaa_constructs.defaults.secure_defaults import secure_defaults
    from hipaa_constructs.delivery.deployment_pipeline import DeploymentPipeline
    from hipaa_constructs.delivery.deployment_wave import DeploymentWave
    from hipaa_constructs.delivery.workflow_roles import WorkflowRoles
    from hipaa_constructs.detection.access_review import AccessReview
    from hipaa_constructs.detection.account_baseline import AccountBaseline
    from hipaa_constructs.detection.audit_assessment import AuditAssessment
    from hipaa_constructs.detection.continuous_compliance import ContinuousCompliance
    from hipaa_constructs.detection.cost_alarms import CostAlarms
    from hipaa_constructs.detection.data_discovery import DataDiscovery
    from hipaa_constructs.detection.existing import Existing
    from hipaa_constructs.detection.security_posture import SecurityPosture
    from hipaa_constructs.detection.threat_detection import ThreatDetection
    from hipaa_constructs.detection.trusted_advisor_alerts import TrustedAdvisorAlerts
    from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
    from hipaa_constructs.edge.ddos_protection import DdosProtection
    from hipaa_constructs.edge.distribution import Distribution
    from hipaa_constructs.edge.firewall_manager_policies import FirewallManagerPolicies
    from hipaa_constructs.edge.https_load_balancer import HttpsLoadBalancer
    from hipaa_constructs.edge.private_api import PrivateApi
    from hipaa_constructs.edge.private_service import PrivateService
    from hipaa_constructs.edge.private_service_connection import PrivateServiceConnection
    from hipaa_constructs.edge.site_connection import SiteConnection
    from hipaa_constructs.edge.web_firewall import WebFirewall
    from hipaa_constructs.guardrails.delegated_administrators import DelegatedAdministrators
    from hipaa_constructs.guardrails.guardrails import Guardrails
    from hipaa_constructs.guardrails.template_hook import TemplateHook
    from hipaa_constructs.identity.break_glass_role import BreakGlassRole
    from hipaa_constructs.identity.just_in_time_access import JustInTimeAccess
    from hipaa_constructs.identity.patient_directory import PatientDirectory
    from hipaa_constructs.identity.workforce_permission_sets import WorkforcePermissionSets
    from hipaa_constructs.identity.workforce_roles import WorkforceRoles
    from hipaa_constructs.identity.workforce_source import WorkforceSource
    from hipaa_constructs.messaging.encrypted_event_bus import EncryptedEventBus
    from hipaa_constructs.messaging.encrypted_queue import EncryptedQueue
    from hipaa_constructs.messaging.encrypted_stream import EncryptedStream
    from hipaa_constructs.messaging.private_state_machine import PrivateStateMachine
    from hipaa_constructs.network.address_pools import AddressPools
    from hipaa_constructs.network.firewall_rules import InternalFlow
    from hipaa_constructs.network.inspection_vpc import InspectionVpc
    from hipaa_constructs.network.private_vpc import PrivateVpc
    from hipaa_constructs.network.shared_endpoints import SharedEndpoints
    from hipaa_constructs.network.transit_network import TransitNetwork
    from hipaa_constructs.primitives.alert_topic import AlertTopic
    from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
    from hipaa_constructs.primitives.encrypted_topic import EncryptedTopic
    from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
    from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
    from hipaa_constructs.recovery.backup_plan import BackupPlan
    from hipaa_constructs.recovery.backup_rule import BackupRule
    from hipaa_constructs.recovery.recovery_vault import RecoveryVault
    from hipaa_constructs.storage.access_log_bucket import AccessLogBucket
    from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
    from hipaa_constructs.storage.encrypted_file_system import EncryptedFileSystem
    from hipaa_constructs.storage.encrypted_image_repository import EncryptedImageRepository
    from hipaa_constructs.storage.secure_file_transfer import SecureFileTransfer

_MODULES = {
    "AccessLogBucket": "storage.access_log_bucket",
    "AccessReview": "detection.access_review",
    "AccountBaseline": "detection.account_baseline",
    "ActivityAlarms": "audit.activity_alarms",
    "AddressPools": "network.address_pools",
    "AlertTopic": "primitives.alert_topic",
    "AuditAssessment": "detection.audit_assessment",
    "AuditTrail": "audit.audit_trail",
    "BackupPlan": "recovery.backup_plan",
    "BackupRule": "recovery.backup_rule",
    "BreakGlassRole": "identity.break_glass_role",
    "ClinicalLanguage": "clinical.clinical_language",
    "ContinuousCompliance": "detection.continuous_compliance",
    "CostAlarms": "detection.cost_alarms",
    "DataClassification": "compliance.classification",
    "DataDiscovery": "detection.data_discovery",
    "Db2Engine": "database.db2_engine",
    "DdosProtection": "edge.ddos_protection",
    "DelegatedAdministrators": "guardrails.delegated_administrators",
    "DeploymentPipeline": "delivery.deployment_pipeline",
    "DeploymentWave": "delivery.deployment_wave",
    "Distribution": "edge.distribution",
    "EncryptedBucket": "storage.encrypted_bucket",
    "EncryptedEventBus": "messaging.encrypted_event_bus",
    "EncryptedFileSystem": "storage.encrypted_file_system",
    "EncryptedImageRepository": "storage.encrypted_image_repository",
    "EncryptedLogGroup": "primitives.encrypted_log_group",
    "EncryptedQueue": "messaging.encrypted_queue",
    "EncryptedStream": "messaging.encrypted_stream",
    "EncryptedTable": "database.encrypted_table",
    "EncryptedTopic": "primitives.encrypted_topic",
    "Existing": "detection.existing",
    "FhirStore": "clinical.fhir_store",
    "FirewallManagerPolicies": "edge.firewall_manager_policies",
    "Guardrails": "guardrails.guardrails",
    "HttpsLoadBalancer": "edge.https_load_balancer",
    "ImagingStore": "clinical.imaging_store",
    "InspectionVpc": "network.inspection_vpc",
    "InternalFlow": "network.firewall_rules",
    "JustInTimeAccess": "identity.just_in_time_access",
    "KmsRotatedKey": "primitives.kms_rotated_key",
    "LeastPrivilegeRole": "primitives.least_privilege_role",
    "ModelAccess": "clinical.model_access",
    "OmicsStore": "clinical.omics_store",
    "PatientDirectory": "identity.patient_directory",
    "PrivateApi": "edge.private_api",
    "PrivateBatch": "compute.private_batch",
    "PrivateFargateService": "compute.private_fargate_service",
    "PrivateFunction": "compute.private_function",
    "PrivateInstances": "compute.private_instances",
    "PrivateKubernetesCluster": "compute.private_kubernetes_cluster",
    "PrivateService": "edge.private_service",
    "PrivateServiceConnection": "edge.private_service_connection",
    "PrivateStateMachine": "messaging.private_state_machine",
    "PrivateVpc": "network.private_vpc",
    "ProviderFunction": "compute.provider_function",
    "RecoveryVault": "recovery.recovery_vault",
    "SecureFileTransfer": "storage.secure_file_transfer",
    "SecurityPosture": "detection.security_posture",
    "SharedEndpoints": "network.shared_endpoints",
    "SiteConnection": "edge.site_connection",
    "SmartAuthorizer": "clinical.smart_authorizer",
    "SslRds": "database.ssl_rds",
    "TemplateHook": "guardrails.template_hook",
    "ThreatDetection": "detection.threat_detection",
    "TlsWarehouse": "database.tls_warehouse",
    "TlsCache": "database.tls_cache",
    "TlsSearchDomain": "database.tls_search_domain",
    "TlsDocumentDb": "database.tls_document_db",
    "TransitNetwork": "network.transit_network",
    "TrustedAdvisorAlerts": "detection.trusted_advisor_alerts",
    "VulnerabilityScanning": "detection.vulnerability_scanning",
    "WebFirewall": "edge.web_firewall",
    "WorkflowRoles": "delivery.workflow_roles",
    "WorkforcePermissionSets": "identity.workforce_permission_sets",
    "WorkforceRoles": "identity.workforce_roles",
    "WorkforceSource": "identity.workforce_source",
    "acknowledge": "compliance.acknowledge",
    "classify": "compliance.classify",
    "enforce_hipaa": "compliance.enforce",
    "secure_defaults": "defaults.secure_defaults",
}

__all__ = [
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


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
