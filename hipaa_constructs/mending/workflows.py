"""State machines: a log of their executions without what they are given."""

from __future__ import annotations

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.additions import allow, log_group
from hipaa_constructs.mending.draft import CannotMendError, Draft, is_about, require_undecided

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
