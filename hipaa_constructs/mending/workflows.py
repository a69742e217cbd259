"""State machines: a log of their executions without what they are given, and the key of their history."""

from __future__ import annotations

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.additions import allow, log_group
from hipaa_constructs.mending.draft import CannotMendError, Draft, is_about, require_undecided
from hipaa_constructs.mending.keys import key_for

# Log delivery takes no resource but all: docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html.
_DELIVER = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)


def logged(draft: Draft, finding: Finding) -> None:
    """Log what a state machine does, and not what it is given, if its role is in the template."""
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    sam = str(raw.get("Type")).startswith("AWS::Serverless::")
    setting, role_at = ("Logging", "Role") if sam else ("LoggingConfiguration", "RoleArn")
    require_undecided(properties.get(setting))
    roles = [role for role, _ in draft.ids("AWS::IAM::Role") if is_about(properties.get(role_at), role)]
    if not roles or draft.resource(roles[0]).get("Condition") != raw.get("Condition"):
        raise CannotMendError("Whether its role may deliver logs the template does not show.")
    group = log_group(draft, f"{name}Logs", condition=raw.get("Condition"))
    allow(draft, roles[0], "DeliverLogs", _DELIVER, "*")
    properties[setting] = {
        "Level": "ALL",
        "IncludeExecutionData": False,
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": [group, "Arn"]}}}],
    }


def under_key(draft: Draft, finding: Finding) -> None:
    """Keep definition and history of a state machine under the template's key, if its role is in the template.

    The role uses the key in executions, and for log events on their way:
    docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html.
    """
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    require_undecided(properties.get("EncryptionConfiguration"))
    roles = [role for role, _ in draft.ids("AWS::IAM::Role") if is_about(properties.get("RoleArn"), role)]
    if not roles or draft.resource(roles[0]).get("Condition") != raw.get("Condition"):
        raise CannotMendError("Whether its role may use a key the template does not show.")
    key = key_for(draft, name, finding.resource_type)
    allow(draft, roles[0], "UseEncryptionKey", ("kms:Decrypt", "kms:GenerateDataKey"), key)
    properties["EncryptionConfiguration"] = {
        "Type": "CUSTOMER_MANAGED_KMS_KEY",
        "KmsKeyId": dict(key),
        "KmsDataKeyReusePeriodSeconds": 300,
    }
