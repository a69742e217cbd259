"""Service control policies that keep audit, detection and account-wide blocks on."""

from __future__ import annotations

from hipaa_constructs.guardrails.statements import Exemptions, Statement, deny


def controls(exempt: Exemptions) -> list[Statement]:
    """Audit and detection stay on, and break-glass does not turn them off either."""
    switches = {
        "KeepTrails": [
            "cloudtrail:DeleteEventDataStore",
            "cloudtrail:DeleteTrail",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:StopEventDataStoreIngestion",
            "cloudtrail:StopLogging",
            "cloudtrail:UpdateTrail",
        ],
        "KeepConfig": [
            "config:DeleteConfigRule",
            "config:DeleteConfigurationRecorder",
            "config:DeleteConformancePack",
            "config:DeleteDeliveryChannel",
            "config:DeleteRemediationConfiguration",
            "config:DeleteRetentionConfiguration",
            "config:PutConfigurationRecorder",
            "config:PutDeliveryChannel",
            "config:PutRetentionConfiguration",
            "config:StopConfigurationRecorder",
        ],
        "KeepThreatDetection": [
            "guardduty:CreateFilter",
            "guardduty:CreateIPSet",
            "guardduty:DeleteDetector",
            "guardduty:DeleteMembers",
            "guardduty:DeletePublishingDestination",
            "guardduty:DisassociateFromAdministratorAccount",
            "guardduty:DisassociateFromMasterAccount",
            "guardduty:DisassociateMembers",
            "guardduty:StopMonitoringMembers",
            "guardduty:UpdateDetector",
        ],
        "KeepDataDiscovery": [
            "macie2:DisableMacie",
            "macie2:DisassociateFromAdministratorAccount",
            "macie2:DisassociateFromMasterAccount",
            "macie2:UpdateMacieSession",
        ],
        "KeepSecurityHub": [
            "securityhub:BatchDisableStandards",
            "securityhub:DeleteMembers",
            "securityhub:DisableImportFindingsForProduct",
            "securityhub:DisableSecurityHub",
            "securityhub:DisassociateFromAdministratorAccount",
            "securityhub:DisassociateFromMasterAccount",
            "securityhub:DisassociateMembers",
        ],
        "KeepAnalyzers": ["access-analyzer:DeleteAnalyzer", "access-analyzer:UpdateAnalyzer", "inspector2:Disable"],
        "KeepFlowLogs": [
            "ec2:DeleteFlowLogs",
            "route53resolver:DeleteResolverQueryLogConfig",
            "route53resolver:DisassociateResolverQueryLogConfig",
        ],
        "KeepEncryption": [
            "ec2:DisableEbsEncryptionByDefault",
            "ec2:ModifyEbsDefaultKmsKeyId",
            "ec2:ResetEbsDefaultKmsKeyId",
            "firehose:StopDeliveryStreamEncryption",
            "kinesis:StopStreamEncryption",
            "kms:DisableKeyRotation",
        ],
        "KeepPublicAccessBlocked": [
            "ec2:CreateVpcBlockPublicAccessExclusion",
            "ec2:DisableImageBlockPublicAccess",
            "ec2:DisableSnapshotBlockPublicAccess",
            "ec2:ModifyVpcBlockPublicAccessOptions",
            "s3:PutAccountPublicAccessBlock",
        ],
    }
    return [deny(sid, actions, exempt.for_deployment()) for sid, actions in switches.items()]
