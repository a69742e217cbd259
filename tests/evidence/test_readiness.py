"""The page about the proposed Security Rule: it is dated, and says what there is, never that it is met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.controls import controls, read
from hipaa_constructs.evidence.attestation_kinds import kinds
from hipaa_constructs.evidence.matrix import OWN
from hipaa_constructs.evidence.model import Decision, DecisionKind, Evidence, PreflightResult
from hipaa_constructs.evidence.readiness import FILE, Proposal, readiness_of
from tests.evidence.conftest import TODAY


def item(evidence: Evidence, title: str) -> Proposal:
    (found,) = (one for one in readiness_of(evidence)["items"] if one.title == title)
    return found


def answer(outcome: Literal["passed", "failed"], says: str, name: str = "RootMfa") -> PreflightResult:
    return PreflightResult(
        id=f"HIPAA.Preflight-{name}",
        account="111122223333",
        checked_at="2026-11-21T08:00:00Z",
        title="The root user has MFA",
        says=says,
        outcome=outcome,
        message="",
        controls=("164.312(d)",),
    )


def test_what_proposals_name_exists() -> None:
    known = {
        "rules": {rule.id.removeprefix(OWN) for rule in every_rule()},
        "controls": set(controls()),
        "attestations": set(kinds()),
        "preflight": set(read("preflight.json")),
    }
    items = read(FILE)["items"]
    for one in items:
        assert any(one.get(key) for key in (*known, "section")), one["title"]
        for key, names in known.items():
            assert set(one.get(key, ())) <= names, one["title"]
    titles = [one["title"] for one in items]
    assert len(titles) == len(set(titles))


def test_facts_are_dated_and_marked_as_proposed(clean: Evidence) -> None:
    shown = readiness_of(clean)
    assert shown["status"].startswith("Proposed.")
    assert "90 FR 898" in shown["citation"]
    assert shown["as_of"] < TODAY.isoformat()


def test_checks_are_counted_as_the_rules_found_them(clinic: Evidence) -> None:
    names = ("DefaultSecurityGroupClosed", "EndpointNotPublic", "FunctionInVpc", "NetworkAclAssociated")
    names += ("NetworkAclNotOpen", "NoPublicAddress", "SecurityGroupNotOpen", "WorkloadInPrivateSubnet")
    counts = [clinic.rules[f"{OWN}{name}"].counts for name in names]
    passed, failed = sum(one.passed for one in counts), sum(one.failed for one in counts)
    everything = sum(one.total for one in counts)
    assert everything
    words = " ".join(item(clinic, "Network segmentation").shown)
    assert f"{passed:,} of {everything:,} check" in words
    assert (f"{failed:,} failed" in words) == bool(failed)


def test_rules_that_did_not_run_are_told(clinic: Evidence) -> None:
    rule = clinic.rules[f"{OWN}VpcFlowLogged"]
    silent = replace(rule, ran=False, resources=dict.fromkeys(rule.resources, ()))
    evidence = replace(clinic, rules={**clinic.rules, rule.id: silent})
    assert "1 of 1 rule did not run." in item(evidence, "Network map").shown
    assert "The templates hold nothing to check." in item(evidence, "Network map").shown


def test_the_live_account_is_told_as_it_answered(clean: Evidence) -> None:
    title = "Multi-factor authentication"
    assert "The live account was not asked." in item(clean, title).shown
    asked = replace(clean, preflight=[answer("failed", "The root user has no MFA"), answer("passed", "Else", "Other")])
    shown = item(asked, title).shown
    assert "The root user has no MFA (account 111122223333, 2026-11-21)." in shown
    assert not [words for words in shown if "not asked" in words or "Else" in words]


def test_people_are_told_as_they_attested(clean: Evidence) -> None:
    assert "Penetration test: not attested." in item(clean, "Penetration test").shown
    attested = [
        replace(one, status="current", owner="Dana Cole", date=TODAY) if one.id == "penetration_test" else one
        for one in clean.attestations
    ]
    shown = item(replace(clean, attestations=attested), "Penetration test").shown
    assert shown == [f"Penetration test: attested by Dana Cole on {TODAY}."]


def test_addressable_decisions_are_counted(clean: Evidence) -> None:
    kinds_of: Mapping[str, DecisionKind] = {
        "164.312(a)(2)(iv)": "implemented",
        "164.312(e)(2)(ii)": "implemented",
        "164.312(a)(2)(iii)": "alternative",
        "164.312(e)(2)(i)": "not_reasonable",
    }
    decided = [
        Decision(control, kind, "why", "what", "Dana Cole", TODAY, TODAY, "current")
        for control, kind in kinds_of.items()
    ]
    decided.append(replace(decided[0], control="164.312(c)(2)", status="overdue"))
    (words,) = item(replace(clean, decisions=decided), "No addressable specifications").shown
    addressable = sum(1 for one in controls().values() if one.requirement == "addressable")
    assert words == (
        f"Of {addressable} addressable specifications, 2 are decided to be implemented, and 2 to be met otherwise or "
        "not at all."
    )
