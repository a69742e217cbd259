"""What each column says, and what the three come to."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs

from hipaa_constructs import KmsRotatedKey, enforce_hipaa
from hipaa_constructs.compliance.controls import controls, read
from hipaa_constructs.evidence.attestation_kinds import kinds
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.columns import roll_up
from hipaa_constructs.evidence.model import Column, ColumnStatus, Evidence
from tests.evidence.conftest import TODAY, new_app, synthesize

MAY_NOT_APPLY = [one.id for one in controls().values() if one.may_not_apply]
ADDRESSABLE = [one.id for one in controls().values() if one.requirement == "addressable"]
LIMITATIONS = '[limitations]\nreviewed_by = "Dana Cole"\ndate = 2026-11-01\n'


def everything(*, without: Sequence[str] = (), decisions: str | None = None) -> str:
    """A file in which people said all that there is to say."""
    tables = [
        f'[{one.id}]\ndate = 2026-11-01\nowner = "Dana Cole"\nevidence = "binder"\n'
        for one in kinds().values()
        if one.id not in without
    ]
    decided = f"""
        [[not_applicable]]
        controls = {json.dumps(MAY_NOT_APPLY)}
        reason = "A covered entity that is no clearinghouse, no plan and no government."
        approved_by = "Dana Cole"
        date = 2026-11-01

        [[addressable]]
        controls = {json.dumps(ADDRESSABLE)}
        decision = "implemented"
        approved_by = "Dana Cole"
        date = 2026-11-01
    """
    return "\n".join([*tables, textwrap.dedent(decided) if decisions is None else decisions, LIMITATIONS])


def answers(tmp_path: Path, account: str = "111122223333", **outcomes: str) -> Path:
    """A preflight in which all is well, but for what is given."""
    results = [
        {
            "id": f"HIPAA.Preflight-{name}",
            "title": f"{name} holds",
            "outcome": outcomes.get(name, "passed"),
            "message": "Seen.",
            "controls": [],
        }
        for name in read("preflight.json")
    ]
    report = {"schema_version": "1.0", "account": account, "checked_at": "2026-11-21T08:00:00Z", "results": results}
    file = tmp_path / f"{account}.json"
    file.write_text(json.dumps(report))
    return file


def report_on(folder: Path, tmp_path: Path, text: str, *preflight: Path) -> Evidence:
    file = tmp_path / "hipaa-attestations.toml"
    file.write_text(text)
    return collect(folder, today=TODAY, attestations=file, preflight=preflight)


def by_status(evidence: Evidence) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for control in evidence.controls.values():
        found.setdefault(control.status, set()).add(control.id)
    return found


def test_met_takes_all_three(clean_folder: Path, tmp_path: Path) -> None:
    found = by_status(report_on(clean_folder, tmp_path, everything(), answers(tmp_path)))
    assert set(found) == {"met", "excepted", "nothing_to_check", "not_applicable"}
    assert found["not_applicable"] == set(MAY_NOT_APPLY)
    # The app has keys and buckets, and no trail.
    assert {"164.312(a)(2)(iv)", "164.312(e)(2)(ii)", "164.308(a)(1)(ii)(A)"} <= found["met"] | found["excepted"]
    assert "164.312(a)(2)(iii)" in found["nothing_to_check"]


def test_without_the_account_what_it_decides_is_not_met(clean_folder: Path, tmp_path: Path) -> None:
    found = by_status(report_on(clean_folder, tmp_path, everything()))
    assert found["not_attested"] == {one.id for one in controls().values() if one.live == "decides"}
    control = report_on(clean_folder, tmp_path, everything()).controls["164.312(d)"]
    assert control.reason.endswith("The live account was not asked.")


def test_another_account_s_answers_are_no_answers(clean_folder: Path, tmp_path: Path) -> None:
    evidence = report_on(clean_folder, tmp_path, everything(), answers(tmp_path, "999999999999"))
    control = evidence.controls["164.312(d)"]
    assert (control.status, control.live.status) == ("not_attested", "not_asked")
    assert "Not asked: 111122223333." in control.reason
    both = report_on(
        clean_folder, tmp_path, everything(), answers(tmp_path), answers(tmp_path, "999999999999", RootMfa="failed")
    )
    assert both.controls["164.312(d)"].status == "open"


@pytest.mark.parametrize("outcome", ["failed", "unknown"])
def test_a_finding_of_the_account_opens_what_it_is_about(clean_folder: Path, tmp_path: Path, outcome: str) -> None:
    evidence = report_on(clean_folder, tmp_path, everything(), answers(tmp_path, TrailInEveryRegion=outcome))
    control = evidence.controls["164.312(b)"]
    assert (control.status, control.live.status) == ("open", outcome)
    said = {"failed": "No trail records every Region.", "unknown": "Not known: TrailInEveryRegion holds."}
    assert control.live.reason == said[outcome]
    assert evidence.summary.live_open == 1
    assert by_status(evidence)["open"] == {"164.312(b)"}


def test_what_only_a_deployment_meets_is_no_finding(clean_folder: Path, tmp_path: Path) -> None:
    evidence = report_on(clean_folder, tmp_path, everything(), answers(tmp_path, Bootstrapped="failed"))
    assert evidence.summary.live_open == 0
    assert "open" not in by_status(evidence)


def test_one_attestation_that_lacks_leaves_all_its_entries_unattested(clean_folder: Path, tmp_path: Path) -> None:
    evidence = report_on(clean_folder, tmp_path, everything(without=["risk_analysis"]), answers(tmp_path))
    assert by_status(evidence)["not_attested"] == set(kinds()["risk_analysis"].controls)
    assert evidence.controls["164.308(a)(1)(ii)(A)"].reason == "Not attested: Risk analysis."


def test_an_addressable_specification_has_to_be_decided(clean_folder: Path, tmp_path: Path) -> None:
    found = by_status(report_on(clean_folder, tmp_path, everything(decisions=""), answers(tmp_path)))
    assert set(ADDRESSABLE) <= found["not_attested"]
    assert "164.312(a)(2)(i)" in found["met"]


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ('decision = "alternative"\nalternative = "Sessions end at the terminal server."\n', "Instead: Sessions end"),
        ('decision = "not_reasonable"\n', "Not reasonable and appropriate: Wards are staffed."),
    ],
)
def test_another_decision_makes_an_exception(clean_folder: Path, tmp_path: Path, decision: str, said: str) -> None:
    table = (
        '[[addressable]]\ncontrols = ["164.308(a)(5)(ii)(A)"]\nreason = "Wards are staffed."\n'
        f'approved_by = "Dana Cole"\ndate = 2026-11-01\n{decision}'
    )
    evidence = report_on(clean_folder, tmp_path, everything(decisions=table), answers(tmp_path))
    control = evidence.controls["164.308(a)(5)(ii)(A)"]
    assert control.status == "excepted"
    assert said in control.reason
    assert "Decided by Dana Cole on 2026-11-01." in control.reason


def test_the_library_s_limitations_need_somebody_who_takes_them_over(clean_folder: Path, tmp_path: Path) -> None:
    taken = report_on(clean_folder, tmp_path, everything(), answers(tmp_path))
    limited = {one.acknowledgement.rule_id for one in taken.acknowledgements if one.acknowledgement.origin == "library"}
    assert limited
    text = everything().replace(LIMITATIONS, "")
    alone = report_on(clean_folder, tmp_path, text, answers(tmp_path))
    expected = {
        control.id
        for control in alone.controls.values()
        if limited & set(control.rules) and taken.controls[control.id].status == "excepted"
    }
    assert by_status(alone)["not_attested"] == expected
    assert all("nobody took them over" in alone.controls[one].reason for one in expected)


def column(status: ColumnStatus, role: str = "decides") -> Column:
    return Column(role, status, f"{status}.")  # type: ignore[arg-type]


NONE = column("none", "none")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((column("passed"), column("passed"), column("attested")), "met"),
        ((NONE, NONE, column("attested")), "met"),
        ((column("passed", "supports"), column("not_asked", "supports"), column("attested")), "met"),
        ((column("nothing_to_check", "supports"), NONE, column("attested")), "met"),
        ((column("passed", "supports"), column("passed", "supports"), column("not_attested")), "not_attested"),
        ((column("passed"), column("passed"), column("overdue")), "not_attested"),
        ((column("passed"), column("not_asked"), column("attested")), "not_attested"),
        ((column("nothing_to_check"), column("passed"), column("attested")), "nothing_to_check"),
        ((column("excepted"), column("passed"), column("attested")), "excepted"),
        ((column("passed"), column("failed"), column("attested")), "open"),
        ((column("failed", "supports"), NONE, column("attested")), "open"),
        ((column("unknown"), column("passed"), column("attested")), "open"),
        ((column("failed", "supports"), NONE, column("not_applicable")), "not_applicable"),
    ],
)
def test_the_roll_up(columns: tuple[Column, Column, Column], expected: str) -> None:
    status, reason = roll_up(*columns, untaken=False)
    assert status == expected
    assert reason


def test_an_app_of_queues_says_nothing_of_clearinghouses(tmp_path: Path) -> None:
    app = new_app(tmp_path / "cdk.out")
    stack = cdk.Stack(app, "Queues")
    key = KmsRotatedKey(stack, "Key")
    for number in range(20):
        sqs.Queue(stack, f"Queue{number}", encryption_master_key=key.key, enforce_ssl=True)
    enforce_hipaa(app)
    synthesize(app)
    evidence = collect(tmp_path / "cdk.out", today=TODAY)
    control = evidence.controls["164.308(a)(4)(ii)(A)"]
    assert (control.checks.total, control.infrastructure.status, control.status) == (0, "none", "not_attested")
    assert control.cited
    assert evidence.rules["HIPAA.Constructs-EligibleService"].counts.total == 1
    assert not [one.id for one in evidence.controls.values() if one.status == "met"]


def test_a_control_s_columns_are_those_of_the_catalogue(clean: Evidence) -> None:
    for one in clean.controls.values():
        assert (one.infrastructure.role, one.live.role, one.people.role) == (
            one.control.infrastructure,
            one.control.live,
            one.control.people,
        )


def test_a_warning_of_a_key_of_aws_leaves_encryption_open(tmp_path: Path) -> None:
    app = new_app(tmp_path / "cdk.out")
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    sqs.Queue(stack, "Referrals", encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True)
    enforce_hipaa(app)
    synthesize(app)
    evidence = report_on(tmp_path / "cdk.out", tmp_path, everything(), answers(tmp_path))
    about = [one for one in evidence.findings if "164.312(a)(2)(iv)" in one.controls]
    assert {(one.rule_id, one.severity) for one in about} == {
        ("HIPAA.Constructs-StoreEncryptedWithCustomerKey", "warning")
    }
    control = evidence.controls["164.312(a)(2)(iv)"]
    assert (control.status, control.infrastructure.status) == ("open", "failed")
