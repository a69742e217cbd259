"""Identity policies do not allow audit and detection to be switched off.

Compliant: actions that stop or narrow CloudTrail, AWS Config, flow logs, GuardDuty, Security Hub, Macie, Inspector or
IAM Access Analyzer are not allowed, name the resource, or have a condition that can fail. Non-compliant: such an action
on every resource, or on all of its kind, without one. Not applicable: permissions boundaries, and statements that deny.
DataGrantsNameResources judges ``cloudtrail:StopLogging`` and ``cloudtrail:DeleteTrail``.

AWS's examples of service control policies deny such actions to everyone
(docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_config.html and
…_examples_guardduty.html).
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.grants import judge_wide_grants
from hipaa_constructs.compliance.facts.policy_fixes import identity_fixes
from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.iam.grants import IDENTITY_TYPES

_ACTIONS = (
    "access-analyzer:DeleteAnalyzer",
    "cloudtrail:DeleteEventDataStore",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopEventDataStoreIngestion",
    "cloudtrail:UpdateTrail",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "ec2:DeleteFlowLogs",
    "guardduty:DeleteDetector",
    "guardduty:DisassociateFromAdministratorAccount",
    "guardduty:DisassociateFromMasterAccount",
    "guardduty:UpdateDetector",
    "inspector2:Disable",
    "macie2:DisableMacie",
    "securityhub:DisableSecurityHub",
)
_KINDS = {
    "access-analyzer": ("analyzer/*",),
    "cloudtrail": ("eventdatastore/*", "trail/*"),
    "config": ("configuration-recorder/*",),
    "ec2": ("vpc-flow-log/*",),
    "guardduty": ("detector/*",),
}


def check(resource: Resource) -> Verdict:
    return judge_wide_grants(resource, _ACTIONS, _KINDS)


RULE = Rule(
    name="AuditNotSwitchedOff",
    severity="warning",
    resource_types=IDENTITY_TYPES,
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(4)(ii)(B)", "164.312(b)"),
    fix="Leave the action out, or name the one resource that it is for; CloudFormation's own role may do "
    "what a deployment changes.",
    fixes=identity_fixes(
        "leave the action out of Action, or name in Resource the one trail, recorder, flow log, detector or analyzer",
        "actions=<named actions>, resources=[<the ARN>]",
    ),
    check=check,
)
