"""Ask an account everything, and turn whatever happens into an answer."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from hipaa_constructs.compliance.loading.unusable import UnusableInput
from hipaa_constructs.preflight import detection, identity, monitoring, organization, storage
from hipaa_constructs.preflight.check import Account, Answer, Check, unknown
from hipaa_constructs.preflight.report import Report, Result

CHECKS: Sequence[Check] = (
    *identity.CHECKS,
    *storage.CHECKS,
    *monitoring.CHECKS,
    *detection.CHECKS,
    *organization.CHECKS,
)
_REFUSED = (
    "ACCESS_DENIED",
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "NotAuthorized",
    "UnauthorizedOperation",
)


def connect(*, profile: str | None, regions: Sequence[str]) -> Account:
    """Find out which account the credentials are of.

    :raises UnusableInput: no Region, no credentials, or credentials that AWS refuses.
    """
    try:
        session = boto3.Session(profile_name=profile)
        chosen = list(dict.fromkeys(regions)) or ([session.region_name] if session.region_name else [])
        if not chosen:
            raise UnusableInput("--region", "is needed: no default Region is configured")
        identified = session.client("sts", region_name=chosen[0]).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise UnusableInput("AWS", f"the account cannot be asked: {error}") from None
    return Account(session, account_id=identified["Account"], regions=chosen)


def run(account: Account, *, step: Callable[[str], None] = lambda title: None) -> Report:
    """Ask every question; ``step`` hears which one is next."""
    results = []
    for check in CHECKS:
        step(check.title)
        results.append(_result(check, _ask(check, account)))
    return Report(
        account=account.id,
        regions=account.regions,
        checked_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        results=tuple(results),
    )


def _ask(check: Check, account: Account) -> Answer:
    try:
        return check.ask(account)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in _REFUSED:
            needed = ", ".join(check.permissions)
            return unknown(f"Not permitted: {error.operation_name}.", fix=f"Allow {needed} to who runs this.")
        return unknown(f"{error.operation_name} answered {code}: {message}", fix=f"Check by hand. {check.fix}")
    except (BotoCoreError, AttributeError, LookupError) as error:
        # A boto3 older than the question has no such attribute; an answer that is none lacks what it should hold.
        return unknown(f"AWS could not be asked: {error!r}", fix=f"Update boto3, or check by hand. {check.fix}")


def _result(check: Check, answer: Answer) -> Result:
    return Result(
        id=check.id,
        title=check.title,
        severity=check.severity,
        outcome=answer.outcome,
        message=answer.message,
        fix="" if answer.outcome == "passed" else answer.fix or check.fix,
        controls=check.controls,
        permissions=check.permissions,
        resources=answer.resources,
    )
