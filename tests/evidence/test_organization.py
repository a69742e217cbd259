"""The report of many accounts against reports of each account alone."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsonschema
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from hipaa_constructs import EncryptedQueue, KmsRotatedKey, acknowledge, enforce_hipaa
from hipaa_constructs._commands.organization_report import Asked, all_accounts
from hipaa_constructs.audit.organization_trail import OrganizationTrail
from hipaa_constructs.evidence.attestation_kinds import kinds
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.model import Made
from hipaa_constructs.evidence.organization_html import as_html
from hipaa_constructs.evidence.organization_json import organization_as_dict
from hipaa_constructs.evidence.organization_model import AccountEvidence, OrganizationEvidence
from tests.evidence.conftest import REASON, TODAY, new_app, synthesize
from tests.evidence.test_report_command import run

MANAGEMENT, RECORDS, WEBSITE = "100000000001", "200000000001", "200000000002"
MADE = Made(datetime.datetime.combine(TODAY, datetime.time(), datetime.UTC))
CONFIG = f"""
name: Clinic
alerts: {{emails: [security@clinic.example]}}
organization:
  id: o-a1b2c3d4e5
  accounts: {{management: "{MANAGEMENT}", log_archive: "100000000002"}}
  workloads:
    - {{name: Records, account: "{RECORDS}"}}
    - {{name: Website, account: "{WEBSITE}", environment: staging}}
"""
NAMED = {
    "Clinic-Trail": MANAGEMENT,
    "Clinic-Records-Store": RECORDS,
    "Clinic-Records-Queue": RECORDS,
    "Clinic-Website-Store": WEBSITE,
    "Shared": None,
}


def define(app: cdk.App, names: Mapping[str, str | None]) -> None:
    """Define stacks of several accounts: what is in each, and in which account, is told by its name."""
    for name, account in names.items():
        env = cdk.Environment(account=account, region="us-east-1") if account else None
        stack = cdk.Stack(app, name, env=env)
        if name == "Clinic-Trail":
            key = f"arn:aws:kms:us-east-1:{MANAGEMENT}:alias/clinic-trail"
            OrganizationTrail(
                stack,
                "Trail",
                organization_id="o-a1b2c3d4e5",
                trail_name="clinic-organization",
                data_trail_name="clinic-organization-DataEvents",
                bucket_name="clinic-trail",
                file_key_arn=key,
            )
        elif name == "Clinic-Records-Store":
            bucket = s3.Bucket(stack, "Records")
            acknowledge(
                bucket,
                "HIPAA.Constructs-BucketVersioned",
                reason=REASON,
                approved_by="Dana Cole",
                expires="2027-06-30",
            )
        elif name == "Clinic-Website-Store":
            KmsRotatedKey(stack, "Key")
        elif name == "Clinic-Records-Queue":
            EncryptedQueue(stack, "Queue")
        else:
            sqs.Queue(stack, "Notices", enforce_ssl=True)


def assembly(folder: Path, *names: str) -> Path:
    app = new_app(folder)
    define(app, {name: NAMED[name] for name in names})
    enforce_hipaa(app)
    synthesize(app)
    return folder


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All stacks in one assembly."""
    return assembly(tmp_path_factory.mktemp("together") / "cdk.out", *NAMED)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """An assembly an account, and one of the stack that names none."""
    root = tmp_path_factory.mktemp("apart")
    return {
        account or "": assembly(root / (account or "shared"), *(name for name, one in NAMED.items() if one == account))
        for account in dict.fromkeys(NAMED.values())
    }


def report(*folders: Path, **asked: Any) -> OrganizationEvidence:
    files = {"attestations": None, "acknowledgements": None, "baseline": None, "preflight": (), "config": None, **asked}
    return all_accounts(folders, Asked(TODAY, MADE, **files), step=lambda doing: None)


def by_id(evidence: OrganizationEvidence) -> dict[str, AccountEvidence]:
    return {one.id: one for one in evidence.accounts}


def test_each_account_is_judged_as_in_a_report_of_its_own(together: Path, apart: Mapping[str, Path]) -> None:
    for merged in (report(together), report(*apart.values())):
        accounts = by_id(merged)
        assert set(accounts) == set(apart)
        for id_, folder in apart.items():
            if merged.assemblies[0].accounts > 1 and not id_:
                # Beside PHI, the gate asks more of a stack that may be in the same account.
                continue
            alone = collect(folder, today=TODAY)
            for control, cell in accounts[id_].cells.items():
                expected = alone.controls[control]
                assert (cell.status, cell.checks) == (expected.status, expected.checks), (id_, control)
                assert cell.people == expected.people
                if not cell.provided:
                    assert (cell.reason, cell.infrastructure) == (expected.reason, expected.infrastructure)
            assert accounts[id_].errors == alone.summary.errors
            assert accounts[id_].warnings == alone.summary.warnings


def test_the_account_with_most_to_do_is_first_and_stacks_of_no_account_are_called_so(
    together: Path, apart: Mapping[str, Path]
) -> None:
    merged = report(*apart.values())
    opens = [one.statuses["open"] for one in merged.accounts]
    assert opens == sorted(opens, reverse=True)
    assert opens[0] > opens[-1] == 0
    assert merged.accounts[0].id == RECORDS
    names = {one.id: (one.name, one.known.role) for one in merged.accounts}
    assert names[RECORDS] == ("Clinic-Records", "")
    assert names[""] == ("Shared", "")
    assert "stacks that name no account" in as_html(report(together))


def test_what_another_account_does_for_all_is_named_and_meets_nothing(together: Path) -> None:
    accounts = by_id(report(together))
    provided = {control: cell for control, cell in accounts[WEBSITE].cells.items() if cell.provided}
    assert provided
    for cell in provided.values():
        assert {one.account for one in cell.provided} == {MANAGEMENT}
        assert cell.infrastructure.status == "nothing_to_check"
        assert cell.status not in ("met", "excepted")
        assert not cell.checks.total
    # Its own account has it as proof, and of stacks that name no account nobody knows whose they are.
    assert not any(cell.provided for cell in accounts[MANAGEMENT].cells.values())
    assert not any(cell.provided for cell in accounts[""].cells.values())


def test_a_trail_that_does_not_say_so_acts_for_its_own_account_alone(tmp_path: Path) -> None:
    app = new_app(tmp_path / "cdk.out")
    define(app, NAMED)
    for one in app.node.find_all():
        if isinstance(one, cdk.CfnResource) and one.cfn_resource_type == "AWS::CloudTrail::Trail":
            one.add_property_override("IsOrganizationTrail", False)
    enforce_hipaa(app)
    synthesize(app)
    assert not any(cell.provided for cell in by_id(report(tmp_path / "cdk.out"))[WEBSITE].cells.values())


def test_answers_and_attestations_of_one_account_say_nothing_of_another(
    apart: Mapping[str, Path], tmp_path: Path
) -> None:
    table = 'date = 2026-11-01\nowner = "Dana Cole"\nevidence = "Artifact"\n'
    tables = [f"[{kind.id}]\n{table}" for kind in kinds().values() if not kind.per_account]
    tables.append(f'[[business_associate_addendum]]\n{table}organization = "o-a1b2c3d4e5"\n')
    (tmp_path / "attested.toml").write_text("\n".join(tables))
    result = {"id": "HIPAA.Preflight-RootMfa", "title": "MFA", "outcome": "failed", "message": "None.", "fix": "Add."}
    files = []
    for account, organization in ((RECORDS, "o-a1b2c3d4e5"), (WEBSITE, "o-f6g7h8i9j0")):
        results = [result] if account == RECORDS else []
        answers = {"schema_version": "1.1", "account": account, "checked_at": "2026-11-21T08:00:00Z"}
        files.append(tmp_path / f"{account}.json")
        files[-1].write_text(json.dumps({**answers, "organization": organization, "results": results}))
    accounts = by_id(report(*apart.values(), attestations=tmp_path / "attested.toml", preflight=files))
    assert {id_: one.live_open for id_, one in accounts.items() if one.live_open} == {RECORDS: 1}
    assert {id_: one.asked for id_, one in accounts.items() if one.asked} == {RECORDS: True, WEBSITE: True}
    addendum = {id_: one.cells["164.308(b)(1)"].people.reason for id_, one in accounts.items()}
    assert "Overdue: AWS's business associate addendum" in addendum[WEBSITE]
    assert "Overdue" not in addendum[RECORDS] + addendum[MANAGEMENT]
    assert accounts[RECORDS].cells["164.312(d)"].live.status == "failed"
    assert accounts[WEBSITE].cells["164.312(d)"].live.status == "not_asked"


def test_files_that_speak_of_several_assemblies_are_held_to_those_that_they_are_about(
    apart: Mapping[str, Path], tmp_path: Path
) -> None:
    reviewed = tmp_path / "reviewed.toml"
    reviewed.write_text(
        f"""
        [[acknowledgement]]
        rule = "HIPAA.Constructs-StoreBackedUp"
        path = "Clinic-Records-Store/Records/Resource"
        reason = "{REASON}"
        approved_by = "Dana Cole, security official"
        expires = 2027-06-30
        """
    )

    def found(**asked: Any) -> set[tuple[str, str]]:
        accounts = by_id(report(*apart.values(), **asked))
        return {(id_, one.rule_id) for id_, account in accounts.items() for one in account.findings}

    without, accepted = found(), found(acknowledgements=reviewed)
    # Nothing else: in the other assemblies the entry is not taken for one that accepts nothing.
    assert without - accepted == {(RECORDS, "HIPAA.Constructs-StoreBackedUp")}
    assert accepted <= without


def test_the_command_writes_one_report_of_several_assemblies(
    apart: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIPAA_CONSTRUCTS_TODAY", TODAY.isoformat())
    Path("organization.yaml").write_text(CONFIG)
    assert run("report", *apart.values(), "--config", "organization.yaml") == 1
    assert "4 accounts" not in (said := capsys.readouterr().out)
    assert "3 accounts, and stacks of 1 assembly that name none" in said
    assert "The worst: Records (200000000001)" in said
    names = {"organization.html", "organization.json", "organization-matrix.csv", "organization-matrix.xlsx"}
    assert {file.name for file in Path("report").iterdir()} == names
    data = json.loads(Path("report", "organization.json").read_text())
    assert {one["id"]: (one["role"], one["environment"]) for one in data["accounts"]} == {
        MANAGEMENT: ("management", ""),
        RECORDS: ("workload", "production"),
        WEBSITE: ("workload", "staging"),
        "": ("", ""),
    }
    assert data["notes"][:1] == ["No assembly here has a stack of: log_archive (100000000002)."]
    rows = list(csv.DictReader(io.StringIO(Path("report", "organization-matrix.csv").read_text("utf-8-sig"))))
    assert len(rows) == 69 * len(data["accounts"])
    assert run("report", *apart.values(), "--allow-findings", "--format", "json") == 0
    for wrong in (("--compare", "report/organization.json"), ("--format", "sarif"), (apart[RECORDS],)):
        assert run("report", *apart.values(), *wrong) == 2
    assert "named twice" in capsys.readouterr().err


def test_one_assembly_of_several_accounts_has_both_reports(
    together: Path, apart: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("report", together, "--format", "json", "--today", TODAY)
    assert {file.name for file in Path("report").iterdir()} == {"report.json", "organization.json"}
    run("report", apart[RECORDS], "--format", "json", "--today", TODAY, "--output", "one")
    assert {file.name for file in Path("one").iterdir()} == {"report.json"}
    assert run("report", apart[RECORDS], "--config", "nowhere.yaml") == 2


def test_json_keeps_to_its_schema(together: Path) -> None:
    schema = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "organization.schema.json").read_text())
    data = json.loads(json.dumps(organization_as_dict(report(together)), default=str))
    jsonschema.Draft202012Validator(schema).validate(data)


def test_nothing_open_is_not_green_where_nothing_is_shown(together: Path) -> None:
    evidence = report(together)
    assert any(not one.statuses["open"] for one in evidence.accounts)
    assert evidence.statuses["not_attested"]
    told = as_html(evidence).partition('<dl class="answers">')[2].partition("</dl>")[0]
    assert "With nothing open" in told
    assert 's-met"' not in told


def test_a_stack_of_two_assemblies_is_told(together: Path, apart: Mapping[str, Path]) -> None:
    notes = [one.notes for one in report(together, apart[RECORDS], apart[""]).assemblies]
    told = f"2 stacks are in {together} too, and counted twice here."
    assert [told in found for found in notes] == [False, True, False]


def test_the_page_leads_everywhere_and_runs_nothing(together: Path) -> None:
    page = as_html(report(together))
    assert "<script" not in page
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")
    anchors = {part.split('"')[0] for part in page.split('id="')[1:]}
    linked = {part.split('"')[0] for part in page.split('href="#')[1:]}
    assert linked <= anchors
    assert len([one for one in linked if one.startswith("a-")]) == 4
