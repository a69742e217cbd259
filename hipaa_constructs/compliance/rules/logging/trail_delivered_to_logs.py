"""Trails deliver to CloudWatch Logs, where alarms can watch them.

Compliant: ``CloudWatchLogsLogGroupArn`` given. Non-compliant: absent. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.values import is_present
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule

_SETTINGS: Table = {
    "AWS::CloudTrail::Trail": Setting("CloudWatchLogsLogGroupArn", is_present),
}

RULE = Rule(
    name="TrailDeliveredToLogs",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.308(a)(3)(ii)(A)", "164.312(b)"),
    fix="Deliver the trail to a log group, on which alarms can be.",
    fixes=(
        Fix(
            template="CloudWatchLogsLogGroupArn has the ARN of a log group, on whose metrics TrailAlarmed then asks "
            "for alarms (ActivityAlarms), and CloudWatchLogsRoleArn that of a role which "
            "cloudtrail.amazonaws.com takes and which may logs:CreateLogStream and logs:PutLogEvents there.",
            cdk=("cloudtrail.Trail(send_to_cloud_watch_logs=True, cloud_watch_log_group=<a log group>)",),
            constructs=("AuditTrail",),
        ),
    ),
    check=judge_by(_SETTINGS),
)
