from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import hours
from hipaa_constructs._stacks import region_of, settle
from hipaa_constructs.identity.workforce_source import WorkforceSource
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole, require_role_name

REASON_TAG = "BreakGlassReason"
_ASSUMPTIONS = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
# Emergency or not, the record of it stays, and so do everybody's rights.
NEVER = (
    "access-analyzer:DeleteAnalyzer",
    "backup:DeleteBackupVault",
    "backup:DeleteRecoveryPoint",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "config:DeleteConfigurationRecorder",
    "config:StopConfigurationRecorder",
    "ec2:DeleteFlowLogs",
    "events:DeleteRule",
    "events:DisableRule",
    "events:PutRule",
    "events:RemoveTargets",
    "guardduty:DeleteDetector",
    "guardduty:UpdateDetector",
    "iam:Add*",
    "iam:Attach*",
    "iam:Create*",
    "iam:Delete*",
    "iam:Detach*",
    "iam:PassRole",
    "iam:Put*",
    "iam:Update*",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "macie2:DisableMacie",
    "organizations:*",
    "s3:BypassGovernanceRetention",
    "s3:DeleteObjectVersion",
    "securityhub:DisableSecurityHub",
    "sns:DeleteTopic",
    "sns:Unsubscribe",
    "sts:AssumeRole",
)


class BreakGlassRole(Construct):
    r"""Access to PHI for an emergency: a second factor, a stated reason, one hour, and an alert each time.

    The role can do nothing until it is granted something, such as ``bucket.grant_read(break_glass.role)``; it never
    touches audit, detection, backups, keys or rights. Whoever takes it passes the session tag ``BreakGlassReason``
    of ten characters or more, which CloudTrail keeps with every assumption::

        aws sts assume-role --region us-east-1 --role-arn … --role-session-name j.doe \
            --serial-number … --token-code … --tags Key=BreakGlassReason,Value="INC-42 restore"

    The role can be taken through this Region alone, since EventBridge sees only its own Region's calls, and sees them
    only where a trail records them (``AuditTrail``).

    Meets 164.312(d) person or entity authentication. Supports 164.312(a)(2)(ii) emergency access procedure,
    164.308(a)(7)(ii)(C) emergency mode operation plan and 164.308(a)(1)(ii)(D) information system activity review.

    :param people: where those come from who may take it.
    :param alert_topic: where each assumption is told, within seconds.
    :param role_name: a fixed name, for the emergency plan and for ``Guardrails(emergency_role_names=…)``.
        Default: CloudFormation makes one.
    :raises ValueError: an argument of the wrong type, or a name that IAM does not take.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        people: WorkforceSource,
        alert_topic: AlertTopic,
        role_name: str | None = None,
    ) -> None:
        require_role_name(role_name)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._role = LeastPrivilegeRole(
            self,
            "Resource",
            assumed_by=people.principal(
                {
                    "StringLike": {f"aws:RequestTag/{REASON_TAG}": "?" * 10 + "*"},
                    "StringEquals": {"aws:RequestedRegion": region_of(self)},
                },
                tagged=True,
            ),
            description=f"Emergency access by {self.node.path}",
            max_session_duration=hours(1),
            role_name=role_name,
        )
        self._role.add_to_policy(
            iam.PolicyStatement(sid="Never", effect=iam.Effect.DENY, actions=list(NEVER), resources=["*"])
        )
        define_alert_rule(
            self,
            "Assumed",
            source="aws.sts",
            detail_types=["AWS API Call via CloudTrail"],
            topic=alert_topic,
            description=f"Somebody took the emergency role of {self.node.path}",
            runbook="break-glass",
            detail={
                "eventSource": ["sts.amazonaws.com"],
                "eventName": list(_ASSUMPTIONS),
                "requestParameters": {"roleArn": [self._role.role_arn]},
            },
        )

    @property
    def role(self) -> LeastPrivilegeRole:
        """The role; grant it what an emergency asks for."""
        return self._role
