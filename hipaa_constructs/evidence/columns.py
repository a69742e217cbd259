"""What templates, the live account and people say of an entry, and what the three come to together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hipaa_constructs.compliance.controls import Control
from hipaa_constructs.evidence.labels import some
from hipaa_constructs.evidence.model import (
    AttestationEvidence,
    Column,
    ControlStatus,
    Counts,
    Decision,
    LimitationsReview,
    PreflightResult,
)


@dataclass(frozen=True, slots=True)
class Live:
    """What was asked of the live accounts, and which of the templates' accounts were not asked."""

    answers: Sequence[PreflightResult] = ()
    not_asked: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class People:
    """What people attested and decided.

    ``limited`` are the rules of which the library excepts findings for itself.
    """

    attestations: Sequence[AttestationEvidence] = ()
    decisions: Mapping[str, Decision] | None = None
    limitations: LimitationsReview | None = None
    limited: Collection[str] = ()


def infrastructure(control: Control, ran: Sequence[bool], counts: Counts) -> Column:
    """Return what the checks on templates say.

    :param ran: of each rule that counts here, whether it did.
    """
    role = control.infrastructure
    if role == "none":
        return Column(role, "none", "Templates cannot show it.")
    part = " They support it: they show a part of it, which is never enough." if role == "supports" else ""
    if counts.failed:
        return Column(role, "failed", f"{some(counts.failed, 'check')} of {counts.total:,} failed.")
    silent = ran.count(False)
    if silent:
        return Column(role, "unknown", f"{silent} of its {len(ran)} rules did not run.")
    if counts.unknown:
        return Column(role, "unknown", f"{some(counts.unknown, 'check')} of {counts.total:,} could not be decided.")
    if not counts.total:
        return Column(
            role, "nothing_to_check", f"The templates hold nothing that its {some(len(ran), 'rule')} inspect."
        )
    if counts.acknowledged:
        passed = f"{some(counts.passed, 'check')} passed"
        return Column(role, "excepted", f"{passed}; {counts.acknowledged:,} more found what is acknowledged.{part}")
    said = "The one check passed." if counts.total == 1 else f"All {counts.total:,} checks passed."
    return Column(role, "passed", said + part)


def live(control: Control, asked: Live) -> Column:
    """Return what the live account says. A pass of one account says nothing about another."""
    role = control.live
    if role == "none":
        return Column(role, "none", "No question to the account shows it.")
    answers = [one for one in asked.answers if control.id in one.controls]
    for outcome, status in (("failed", "failed"), ("unknown", "unknown")):
        found = list(dict.fromkeys(one.says for one in answers if one.outcome == outcome))
        if found:
            return Column(role, "failed" if status == "failed" else "unknown", f"{'; '.join(found)}.")
    if not answers:
        return Column(role, "not_asked", "The live account was not asked.")
    if asked.not_asked:
        return Column(role, "not_asked", f"Not asked: {', '.join(sorted(asked.not_asked))}.")
    return Column(role, "passed", f"{some(len(answers), 'answer')} as it has to be, on {answers[0].checked_at[:10]}.")


def people(control: Control, said: People) -> Column:
    """Return what people attested, and what they decided."""
    role = control.people
    decision = (said.decisions or {}).get(control.id)
    if decision is not None and decision.status == "overdue":
        return Column(role, "overdue", f"The decision of {decision.date} was due for review on {decision.due}.")
    if decision is not None and decision.kind != "implemented":
        named = {
            "alternative": f"Instead: {decision.alternative} Why: {decision.reason}",
            "not_reasonable": f"Not reasonable and appropriate: {decision.reason}",
            "not_applicable": f"Does not apply: {decision.reason}",
        }[decision.kind]
        return Column(role, decision.kind, f"{named} Decided by {decision.approved_by} on {decision.date}.")
    missing = [one for one in said.attestations if one.status == "missing"]
    overdue = [one for one in said.attestations if one.status == "overdue"]
    if missing:
        return Column(role, "not_attested", f"Not attested: {_named(missing)}.")
    if overdue:
        return Column(role, "overdue", f"Overdue: {_named(overdue)}.")
    if control.requirement == "addressable" and decision is None:
        return Column(role, "not_attested", "Not decided how this addressable specification is met.")
    owners = ", ".join(dict.fromkeys(one.owner for one in said.attestations))
    until = min((one.due for one in said.attestations if one.due), default=None)
    return Column(role, "attested", f"Attested by {owners}, due again on {until}.")


def _named(attestations: Sequence[AttestationEvidence]) -> str:
    return "; ".join(f"{one.title}{f' (account {one.account})' if one.account else ''}" for one in attestations)


def roll_up(templates: Column, account: Column, persons: Column, *, untaken: bool) -> tuple[ControlStatus, str]:
    """Return what an entry comes to, and why: it is met only where every column that decides holds.

    :param untaken: whether what is excepted here are limitations of the library that nobody took over.
    """
    if persons.status == "not_applicable":
        return "not_applicable", persons.reason
    columns = (templates, account, persons)
    wrong = [one.reason for one in columns if one.status in ("failed", "unknown")]
    if wrong:
        return "open", " ".join(wrong)
    lacking = [one.reason for one in columns if one.status in ("not_attested", "overdue")]
    if account.role == "decides" and account.status == "not_asked":
        lacking.append(account.reason)
    if untaken:
        lacking.append("It has exceptions that the library states for itself, and nobody took them over.")
    if lacking:
        return "not_attested", " ".join(lacking)
    if templates.role == "decides" and templates.status == "nothing_to_check":
        return "nothing_to_check", templates.reason
    excepted = [one.reason for one in columns if one.status in ("excepted", "alternative", "not_reasonable")]
    if excepted:
        return "excepted", " ".join(excepted)
    shown = {
        "Checks on templates passed": templates.role == "decides",
        "the live account answers as it has to": account.role == "decides",
        "people attest their part": True,
    }
    words = [phrase for phrase, holds in shown.items() if holds]
    said = " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return "met", f"{said[0].upper()}{said[1:]}."
