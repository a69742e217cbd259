"""The two runbooks of ``JustInTimeAccess``, as Systems Manager reads them.

Schema: docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html, and of the steps
docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk

# docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html, PrincipalId
_USER = "^([0-9a-f]{10}-)?[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}$"
# No braces and no quotes: a reason cannot name other values of the runbook, nor break out of a message.
_REASON = "^[A-Za-z0-9][A-Za-z0-9 .,:;#/_()-]{9,199}$"
# An answer after the shift would be to a question that nobody has any more.
_ANSWER_SECONDS = 8 * 3600
_PROVISIONING_SECONDS = 300
# Of calls that last up to 25 seconds each:
# docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-executeAwsApi.html
_ATTEMPTS = 5
# What the alert topic hears of, beyond starts and ends.
TOLD_STEPS = ("Approve", "Grant", "Revoke", "RevokeAgain")

Document = Mapping[str, Any]


def request(*, role_arn: str, elevation: str, account_ids: Sequence[str]) -> Document:
    """Return what a requester starts: it starts the elevation, and so settles how that runs."""
    return {
        "schemaVersion": "0.3",
        "description": "Asks for elevated access for a time. An approver decides.",
        "assumeRole": role_arn,
        "parameters": _parameters(account_ids),
        "mainSteps": [
            _call(
                "Start",
                "ssm",
                "StartAutomationExecution",
                {
                    "DocumentName": elevation,
                    "Mode": "Auto",
                    "Parameters": {
                        **{name: [f"{{{{ {name} }}}}"] for name in _parameters(account_ids)},
                        "RequestId": ["{{ automation:EXECUTION_ID }}"],
                    },
                },
                output=("ElevationId", "$.AutomationExecutionId"),
                isEnd=True,
            )
        ],
        "outputs": ["Start.ElevationId"],
    }


def elevation(
    *,
    role_arn: str,
    instance_arn: str,
    permission_set_arn: str,
    account_ids: Sequence[str],
    approver_arns: Sequence[str],
    topic_arn: str,
    duration: cdk.Duration,
) -> Document:
    """Return what asks, grants, waits and revokes. Once it may have granted, every way leads over a revocation.

    A cancelled automation runs on for two minutes and cannot go to a step that sleeps, so that ``onCancel`` leads
    straight to a revocation. A failed one waits first, because an assignment can neither be granted nor deleted while
    another operation on it is under way.
    """
    assignment = {
        "InstanceArn": instance_arn,
        "PermissionSetArn": permission_set_arn,
        "PrincipalType": "USER",
        "PrincipalId": "{{ UserId }}",
        "TargetType": "AWS_ACCOUNT",
        "TargetId": "{{ AccountId }}",
    }
    to_revoke = {"onFailure": "step:Revoke", "onCancel": "step:Revoke"}
    to_settle = {"onFailure": "step:Settle", "onCancel": "step:Revoke"}
    once_more = {"onFailure": "step:Settle", "onCancel": "step:RevokeAgain"}
    what = f"user {{{{ UserId }}}} in account {{{{ AccountId }}}} for {_readable(duration)}. Reason: {{{{ Reason }}}}."
    ask = (
        f"Elevation asked for: {what} Request: {{{{ RequestId }}}}. "
        "Approve or reject automation {{ automation:EXECUTION_ID }} in {{ global:REGION }}."
    )
    return {
        "schemaVersion": "0.3",
        "description": "Grants elevated access after approval, and revokes it when its time is over.",
        "assumeRole": role_arn,
        "parameters": {
            **_parameters(account_ids),
            "RequestId": {
                "type": "String",
                "description": "The automation that asks.",
                "allowedPattern": "^[0-9a-f-]{36}$",
            },
        },
        "mainSteps": [
            _publish("Ask", topic_arn, "Elevation asked for", ask),
            {
                "name": "Approve",
                "action": "aws:approve",
                "timeoutSeconds": _ANSWER_SECONDS,
                "onFailure": "Abort",
                "inputs": {"Approvers": list(approver_arns), "MinRequiredApprovals": 1, "Message": ask},
            },
            _assign("Grant", "Creation", "CreateAccountAssignment", assignment, **to_settle),
            _confirm("ConfirmGranted", "Creation", instance_arn, "Grant", **to_settle),
            {
                "name": "Elevated",
                "action": "aws:sleep",
                "timeoutSeconds": int(duration.to_seconds()) + _PROVISIONING_SECONDS,
                "inputs": {"Duration": duration.to_iso_string()},
                **to_revoke,
            },
            _assign("Revoke", "Deletion", "DeleteAccountAssignment", assignment, maxAttempts=_ATTEMPTS, **once_more),
            _confirm("ConfirmRevoked", "Deletion", instance_arn, "Revoke", nextStep="Report", **once_more),
            {
                "name": "Settle",
                "action": "aws:sleep",
                "inputs": {"Duration": "PT5M"},
                "onFailure": "step:RevokeAgain",
                "onCancel": "step:RevokeAgain",
            },
            _assign("RevokeAgain", "Deletion", "DeleteAccountAssignment", assignment, maxAttempts=_ATTEMPTS),
            _confirm("ConfirmRevokedAgain", "Deletion", instance_arn, "RevokeAgain"),
            _publish("Report", topic_arn, "Elevation revoked", f"Elevation revoked: {what}", isEnd=True),
        ],
    }


def _parameters(account_ids: Sequence[str]) -> dict[str, Any]:
    return {
        "UserId": {
            "type": "String",
            "description": "Who is elevated: the id of a user in the identity store.",
            "allowedPattern": _USER,
        },
        "AccountId": {
            "type": "String",
            "description": "The account to be elevated in.",
            "allowedValues": list(account_ids),
        },
        "Reason": {
            "type": "String",
            "description": "Why: a ticket and a few words, but no patient. 10 to 200 characters.",
            "allowedPattern": _REASON,
        },
    }


def _call(
    name: str, service: str, api: str, inputs: Mapping[str, Any], *, output: tuple[str, str] | None, **flow: Any
) -> dict[str, Any]:
    step = {"name": name, "action": "aws:executeAwsApi", "inputs": {"Service": service, "Api": api, **inputs}, **flow}
    if output:
        step["outputs"] = [{"Name": output[0], "Selector": output[1], "Type": "String"}]
    return step


def _assign(name: str, kind: str, api: str, assignment: Mapping[str, str], **flow: Any) -> dict[str, Any]:
    output = ("OperationId", f"$.AccountAssignment{kind}Status.RequestId")
    return _call(name, "sso-admin", api, assignment, output=output, **flow)


def _confirm(name: str, kind: str, instance_arn: str, after: str, **flow: Any) -> dict[str, Any]:
    """Identity Center answers before it is done: API_DescribeAccountAssignmentCreationStatus.html."""
    return {
        "name": name,
        "action": "aws:waitForAwsResourceProperty",
        "timeoutSeconds": _PROVISIONING_SECONDS,
        "inputs": {
            "Service": "sso-admin",
            "Api": f"DescribeAccountAssignment{kind}Status",
            "InstanceArn": instance_arn,
            f"AccountAssignment{kind}RequestId": f"{{{{ {after}.OperationId }}}}",
            "PropertySelector": f"$.AccountAssignment{kind}Status.Status",
            "DesiredValues": ["SUCCEEDED"],
        },
        **flow,
    }


def _publish(name: str, topic_arn: str, subject: str, message: str, **flow: Any) -> dict[str, Any]:
    """Publish without the step's own ``NotificationArn``, whose topic would have to be named ``Automation…``.

    docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html
    """
    inputs = {"TopicArn": topic_arn, "Subject": subject, "Message": message}
    return _call(name, "sns", "Publish", inputs, output=None, **flow)


def _readable(duration: cdk.Duration) -> str:
    return f"{duration.to_minutes(integral=False):g} minutes"
