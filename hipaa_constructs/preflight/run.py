"""Ask an account everything, and turn whatever happens into an answer."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.preflight import (
    costs,
    detection,
    environment,
    existing,
    identity,
    monitoring,
    organization,
    storage,
)
from hipaa_constructs.preflight.check import Account, Answer, Check, unknown
from hipaa_constructs.preflight.plan import Plan
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

    :raises UnusableInput: no Region or one that there is not, no credentials, or credentials that AWS refuses.
    """
    try:
        session = boto3.Session(profile_name=profile)
        chosen = list(dict.fromkeys(regions)) or ([session.region_name] if session.region_name else [])
        if not chosen:
            raise UnusableInput("--region", "is needed: no default Region is configured")
        for name in chosen:
            _require_region(session, name)
        identified = session.client("sts", region_name=chosen[0]).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise UnusableInput("AWS", f"the account cannot be asked: {error}") from None
    return Account(session, account_id=identified["Account"], regions=chosen)


def _require_region(session: Any, name: str) -> None:
    """Refuse a Region that there is not: for botocore any name that looks like one is good, and would not answer."""
    known = set(read("regions.json")["regions"])
    for partition in session.get_available_partitions():
        known.update(session.get_available_regions("ec2", partition))
    if name not in known:
        near = difflib.get_close_matches(name, sorted(known), n=2)
        hint = f"nearest are {' and '.join(near)}" if near else "write it as us-east-1"
        raise UnusableInput("--region", f"got {name!r}, which is no Region that boto3 knows; {hint}")


def run(account: Account, *, step: Callable[[str], None] = lambda title: None) -> Report:
    """Ask every question; ``step`` hears which one is next."""
    results = [_result(check, answer) for check, answer in _ask_all(CHECKS, account, step)]
    return replace(_report(account, results), organization=_organization(account))


def run_before(
    account: Account,
    plan: Plan,
    management: Account | None,
    *,
    step: Callable[[str], None] = lambda title: None,
) -> tuple[Report, Mapping[str, Any]]:
    """Ask what has to be known before deployment, and return the settings that fit as well.

    :raises UnusableInput: the account is not the one that the plan is for.
    """
    if account.id != plan.account:
        raise UnusableInput(
            "AWS", f"the credentials are of the account {account.id}, and the configuration is for {plan.account}"
        )
    questions = [*existing.checks(plan), *costs.checks(plan), *environment.checks(plan, management)]
    answers = _ask_all(questions, account, step)
    settings = {key: value for _, answer in answers for key, value in answer.settings.items()}
    return _report(account, [_result(check, answer) for check, answer in answers]), settings


def _organization(account: Account) -> str | None:
    """Return the organization's id, empty where there is none; None where the account does not say."""
    try:
        return account.organization() or ""
    except (BotoCoreError, ClientError, ResponseParserError, LookupError):
        return None


def _ask_all(checks: Sequence[Check], account: Account, step: Callable[[str], None]) -> Sequence[tuple[Check, Answer]]:
    answers = []
    for check in checks:
        step(check.title)
        answers.append((check, _ask(check, account)))
    return answers


def _report(account: Account, results: Sequence[Result]) -> Report:
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
    except (BotoCoreError, ResponseParserError, AttributeError, LookupError) as error:
        # A boto3 older than the question has no such attribute; an answer that is none lacks what it should hold.
        return unknown(f"AWS could not be asked: {error!r}", fix=f"Update boto3, or check by hand. {check.fix}")


def _result(check: Check, answer: Answer) -> Result:
    return Result(
        id=check.id,
        title=check.title,
        severity=answer.severity or check.severity,
        outcome=answer.outcome,
        message=answer.message,
        fix="" if answer.outcome == "passed" else answer.fix or check.fix,
        controls=check.controls,
        permissions=check.permissions,
        resources=answer.resources,
    )
