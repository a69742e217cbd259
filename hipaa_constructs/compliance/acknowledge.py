"""Governed exceptions: who accepted which finding, why, and until when."""

from __future__ import annotations

import datetime
import re
from importlib.metadata import version

import aws_cdk as cdk
from constructs import IConstruct

from hipaa_constructs._arguments import checked_arguments, refuse

# What the gate and the evidence read back from the cloud assembly; CDK's own entry keeps only id and reason.
METADATA_KEY = "hipaa-constructs:acknowledgement"

_QUALIFIED = re.compile(r"[\w.\- ]+::")


@checked_arguments
def acknowledge(
    construct: IConstruct,
    rule_id: str,
    *,
    reason: str,
    approved_by: str,
    expires: datetime.date | str,
    ticket: str | None = None,
    compensating_control: str | None = None,
) -> None:
    """Accept a finding on ``construct`` and everything below it, for a stated time and on someone's word.

    Acknowledge the narrowest construct there is. The gate reports an acknowledgement that is expired, thin,
    without approver, too broad, or that matches nothing.

    :param construct: the construct that the finding names, or an ancestor of it.
    :param rule_id: such as ``HIPAA.Security-S3BucketLoggingEnabled``, ``HIPAA.Constructs-…`` or a rule of any
        other cdk-nag pack; ``RuleId[Finding]`` narrows it to one finding of the rule.
    :param reason: the fact that makes the exception acceptable.
    :param approved_by: the person or role that answers for it.
    :param expires: the last day on which it holds, a date or ``YYYY-MM-DD``.
    :param ticket: where the decision is recorded. Default: not recorded elsewhere.
    :param compensating_control: what protects instead. Default: nothing does.
    :raises ValueError: an argument of the wrong type, or a date that is none.
    """
    record(
        construct,
        rule_id,
        reason=reason,
        approved_by=approved_by,
        expires=_date(expires).isoformat(),
        ticket=ticket,
        compensating_control=compensating_control,
    )


def acknowledge_limitation(construct: IConstruct, rule_id: str, *, reason: str, source: str) -> None:
    """Acknowledge, on behalf of a construct of this library, a rule that AWS itself makes unsatisfiable.

    It has no end date, since AWS's limit has none: it is reviewed with each release. ``source`` is the page that
    states the limit.
    """
    record(
        construct,
        rule_id,
        reason=f"{reason} Source: {source}",
        approved_by=f"hipaa_constructs {version('hipaa-constructs')}",
        expires=None,
        ticket=None,
        compensating_control=None,
    )


def record(
    construct: IConstruct,
    rule_id: str,
    *,
    reason: str,
    approved_by: str,
    expires: str | None,
    ticket: str | None,
    compensating_control: str | None,
) -> None:
    """Write one acknowledgement where CDK, the gate and the evidence each look for it."""
    qualified = qualify(rule_id)
    until = f" until {expires}" if expires else ""
    tail = f" Ticket: {ticket}." if ticket else ""
    cdk.Validations.of(construct).acknowledge(
        cdk.Acknowledgment(id=qualified, reason=f"{reason} [Approved by {approved_by}{until}.{tail}]")
    )
    construct.node.add_metadata(
        METADATA_KEY,
        {
            "rule_id": qualified.split("::", 1)[1],
            "reason": reason,
            "approved_by": approved_by,
            "expires": expires,
            "ticket": ticket,
            "compensating_control": compensating_control,
        },
    )


def qualify(rule_id: str) -> str:
    """Prefix a rule id with the plugin it belongs to: ``Pack::Pack-Rule``.

    CDK honours a bare id too, but leaves no trace of it in its validation report.
    """
    if _QUALIFIED.match(rule_id):
        return rule_id
    return f"{rule_id.split('-', 1)[0]}::{rule_id}"


def _date(value: datetime.date | str) -> datetime.date:
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        refuse("expires", value, allowed="it takes a date", fix="Write it as YYYY-MM-DD.")
