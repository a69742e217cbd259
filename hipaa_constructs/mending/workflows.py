"""State machines: a log of their executions without what they are given, and the key of their history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.cloudformation.sam import TYPES, own_name
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.iam.log_delivery_actions import LOG_DELIVERY_ACTIONS
from hipaa_constructs.mending.additions import allow, log_group, policy
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_function, listed, require_undecided
from hipaa_constructs.mending.keys import key_for

_SAM: Final = f"{TYPES}StateMachine"


def logged(draft: Draft, finding: Finding) -> None:
    """Log what a state machine does, and not what it is given, if its role is in the template or made by AWS SAM."""
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    sam = raw.get("Type") == _SAM
    setting = own_name(str(raw.get("Type")), "LoggingConfiguration")
    require_undecided(properties.get(setting))
    role = _role(draft, raw, properties)
    if role is None and not (sam and "Role" not in properties):
        raise CannotMendError("Whether its role may deliver logs the template does not show.")
    group = log_group(draft, f"{name}Logs", condition=raw.get("Condition"))
    if role is None:
        _allow_by_sam(properties, LOG_DELIVERY_ACTIONS)
    else:
        allow(draft, role, "DeliverLogs", LOG_DELIVERY_ACTIONS, "*")
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
    role = _role(draft, raw, properties)
    if role is None:
        raise CannotMendError("Whether its role may use a key the template does not show.")
    key = key_for(draft, name, finding.resource_type)
    allow(draft, role, "UseEncryptionKey", ("kms:Decrypt", "kms:GenerateDataKey"), key)
    properties["EncryptionConfiguration"] = {
        "Type": "CUSTOMER_MANAGED_KMS_KEY",
        "KmsKeyId": dict(key),
        "KmsDataKeyReusePeriodSeconds": 300,
    }


def _role(draft: Draft, raw: Mapping[str, Any], properties: Mapping[str, Any]) -> str | None:
    """Return the role of a state machine that is surely there with it, or None."""
    named = properties.get(own_name(str(raw.get("Type")), "RoleArn"))
    roles = [role for role, _ in draft.ids("AWS::IAM::Role") if is_about(named, role)]
    return roles[0] if roles and draft.resource(roles[0]).get("Condition") == raw.get("Condition") else None


def _allow_by_sam(properties: dict[str, Any], actions: Sequence[str]) -> None:
    """Let the role that AWS SAM makes do something to all resources, beside what its policies say."""
    written = properties.get("Policies", [])
    if is_function(written):
        raise CannotMendError(DECIDED)
    # One policy that stands by itself is the first of a list.
    properties["Policies"] = [
        *listed(written),
        policy({"Effect": "Allow", "Action": list(actions), "Resource": "*"}),
    ]
