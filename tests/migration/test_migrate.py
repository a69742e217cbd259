"""``hipaa-constructs migrate``, as a user calls it on an app of cdk-nag 2."""

from __future__ import annotations

import ast
import datetime
import json
import tomllib
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from hipaa_constructs import enforce_hipaa
from hipaa_constructs.cli import main
from hipaa_constructs.compliance.acknowledgements.reviewed_file import read_file
from hipaa_constructs.migration.python_source import PythonSource
from hipaa_constructs.migration.suppressions import Approval, becomes
from hipaa_constructs.testing import findings

BY = ["--approved-by", "Ada Lovelace", "--expires", "2027-06-30", "--today", "2026-11-28"]
STACK = '''\
"""A stack."""
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks, NagPackSuppression, NagSuppressions


class Logs(cdk.Stack):
    def __init__(self, scope,  construct_id):   # two spaces stay
        super().__init__(scope, construct_id)
        bucket = s3.Bucket(self, "Bücket")
        NagSuppressions.add_resource_suppressions(
            bucket,
            [
                # It is the bucket that logs go to.
                {"id": "AwsSolutions-S1", "reason": "Logs of logs would never end"},
                NagPackSuppression(
                    id="AwsSolutions-IAM5",
                    reason="The service names objects "
                    "itself",  # as documented
                    applies_to=["Action::s3:Get*", "Resource::*"],
                ),
            ],
            apply_to_children=True,
        )  # reviewed


Checks = AwsSolutionsChecks
'''
REWRITTEN = '''\
"""A stack."""
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks
from hipaa_constructs import acknowledge


class Logs(cdk.Stack):
    def __init__(self, scope,  construct_id):   # two spaces stay
        super().__init__(scope, construct_id)
        bucket = s3.Bucket(self, "Bücket")
        # It is the bucket that logs go to.
        acknowledge(
            bucket,
            "HIPAA.Constructs-BucketAccessLogged",
            reason="Logs of logs would never end",
            approved_by="Ada Lovelace",
            expires="2027-06-30",
        )
        # as documented
        acknowledge(
            bucket,
            "AwsSolutions-IAM5[Action::s3:Get*]",
            reason="The service names objects "
                    "itself",
            approved_by="Ada Lovelace",
            expires="2027-06-30",
        )
        acknowledge(
            bucket,
            "AwsSolutions-IAM5[Resource::*]",
            reason="The service names objects "
                    "itself",
            approved_by="Ada Lovelace",
            expires="2027-06-30",
        )  # reviewed


Checks = AwsSolutionsChecks
'''
ONE = "{'id': 'AwsSolutions-S1', 'reason': 'r'}"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def migrate(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["migrate", *arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def rewritten(body: str, imports: str = "from cdk_nag import NagSuppressions") -> tuple[list[str], str]:
    """Return why each suppression stays, empty where it does not, and the new body."""
    source = PythonSource(f"{imports}\n{body}\n", "app.py")
    found, new = source.rewritten(Approval("Ada", datetime.date(2027, 6, 30)))
    return [one.why for one in found], new


# -- Python ----------------------------------------------------------------------------------------------------


def test_suppressions_are_listed_and_nothing_is_changed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("stack.py").write_text(STACK)
    assert migrate(".") == 1
    shown = capsys.readouterr()
    assert "stack.py:15: AwsSolutions-S1 -> HIPAA.Constructs-BucketAccessLogged\n" in shown.out
    assert "stack.py:16: AwsSolutions-IAM5 -> AwsSolutions-IAM5[Action::s3:Get*], AwsSolutions-IAM5[Resource::*]" in (
        shown.out
    )
    assert "--approved-by NAME --expires DATE" in shown.err
    assert Path("stack.py").read_text() == STACK


def test_the_change_is_shown_first_and_written_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    Path("stack.py").write_text(STACK)
    assert migrate("stack.py", *BY) == 1
    shown = capsys.readouterr().out
    assert "--- a/stack.py\n+++ b/stack.py" in shown
    assert "+        acknowledge(" in shown
    assert Path("stack.py").read_text() == STACK
    assert migrate("stack.py", *BY, "--write") == 0
    assert Path("stack.py").read_text() == REWRITTEN
    assert migrate("stack.py") == 0


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encoding_and_line_ends_stay(newline: str, encoding: str) -> None:
    head = "# coding: latin-1\n" if encoding == "latin-1" else ""
    Path("stack.py").write_bytes((head + STACK).replace("\n", newline).encode(encoding))
    assert migrate("stack.py", *BY, "--write") == 0
    assert Path("stack.py").read_bytes() == (head + REWRITTEN).replace("\n", newline).encode(encoding)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--write"], "--write needs --approved-by NAME and --expires DATE"),
        (["--approved-by", "Ada"], "go together"),
        (["--expires", "2027-06-30"], "go together"),
        (["--approved-by", " ", "--expires", "2027-06-30"], "go together"),
        (["--approved-by", "Ada", "--expires", "2026-11-28", "--today", "2026-11-28"], "2026-11-28 is over"),
    ],
)
def test_nobody_approves_by_default(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    Path("stack.py").write_text(STACK)
    assert migrate("stack.py", *arguments) == 2
    assert said in capsys.readouterr().err
    assert Path("stack.py").read_text() == STACK


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("from cdk_nag import NagSuppressions as N", "N"),
        ("import cdk_nag", "cdk_nag.NagSuppressions"),
        ("import cdk_nag as nag", "nag.NagSuppressions"),
    ],
)
def test_the_class_is_known_by_each_name(imports: str, call: str) -> None:
    whys, new = rewritten(f"{call}.add_stack_suppressions(stack, [{ONE}])", imports)
    assert whys == [""]
    assert 'acknowledge(\n    stack,\n    "HIPAA.Constructs-BucketAccessLogged",' in new
    assert "from hipaa_constructs import acknowledge\n" in new


def test_several_constructs_and_several_rules_are_one_acknowledgement_each() -> None:
    both = f"[{ONE}, {{'id': 'HIPAA.Security-S3BucketVersioningEnabled', 'reason': why}}]"
    whys, new = rewritten(f"NagSuppressions.add_resource_suppressions([a, b.c], {both})")
    assert whys == ["", ""]
    assert new.count("acknowledge(") == 4
    assert new.count("reason=why") == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f"x = NagSuppressions.add_stack_suppressions(s, [{ONE}])", "not a statement"),
        (f"if x: NagSuppressions.add_stack_suppressions(s, [{ONE}])", "not a statement"),
        (f"a(); NagSuppressions.add_stack_suppressions(s, [{ONE}])", "not a statement"),
        ("NagSuppressions.add_stack_suppressions(s, ours)", "not written here as a list"),
        ("NagSuppressions.add_stack_suppressions(s, [one])", "not written here as a dict"),
        ("NagSuppressions.add_stack_suppressions(s, [{**one}])", "put together elsewhere"),
        ("NagSuppressions.add_stack_suppressions(s, [{'id': name, 'reason': 'r'}])", "id is not written here"),
        ("NagSuppressions.add_stack_suppressions(s, [{'id': 'AwsSolutions-S1'}])", "no reason"),
        ("NagSuppressions.add_stack_suppressions(s, [{'id': 'AwsSolutions-IAM5', 'reason': 'r'}])", "of its own"),
        ("NagSuppressions.add_stack_suppressions(s, [{'id': 'CdkNagValidationFailure', 'reason': 'r'}])", "unknown"),
        (
            "NagSuppressions.add_stack_suppressions(s, [{'id': 'AwsSolutions-IAM5', 'reason': 'r', "
            "'appliesTo': [{'regex': '/^Resource::.*/g'}]}])",
            "regular expression",
        ),
        (
            "NagSuppressions.add_stack_suppressions(s, [{'id': 'AwsSolutions-IAM5', 'reason': 'r', "
            "'applies_to': [f'Resource::{arn}']}])",
            "not written here as text",
        ),
        (f"NagSuppressions.add_resource_suppressions_by_path(s, 'S/A', [{ONE}])", "reviewed file"),
        (f"NagSuppressions.add_resource_suppressions([*a], [{ONE}])", "put together elsewhere"),
        (f"NagSuppressions.add_resource_suppressions(make(), [{ONE}, {ONE}])", "more than once"),
        (f"acknowledge = 1\nNagSuppressions.add_stack_suppressions(s, [{ONE}])", "name acknowledge is taken"),
    ],
)
def test_what_cannot_be_carried_over_stays_and_says_why(body: str, said: str) -> None:
    whys, new = rewritten(body)
    assert whys
    assert all(said in why for why in whys)
    assert new == f"from cdk_nag import NagSuppressions\n{body}\n"


def test_a_call_of_which_a_part_stays_stays_whole() -> None:
    regex = "{'id': 'AwsSolutions-IAM5', 'reason': 'r', 'applies_to': [{'regex': '/x/'}]}"
    body = f"NagSuppressions.add_stack_suppressions(s, [{ONE}, {regex}])"
    whys, new = rewritten(body)
    assert "acknowledge(" not in new
    assert whys[0] == "Another suppression of the same call has to stay, so the call does."
    assert "regular expression" in whys[1]


def test_acknowledge_is_imported_once_where_it_is_seen() -> None:
    body = (
        f"nag.NagSuppressions.add_stack_suppressions(s, [{ONE}])\n"
        "def define(s):\n    import cdk_nag\n"
        f"    cdk_nag.NagSuppressions.add_stack_suppressions(s, [{ONE}])"
    )
    _, new = rewritten(body, "import cdk_nag as nag\nfrom cdk_nag import NagSuppressions, HIPAASecurityChecks")
    assert new.count("from hipaa_constructs import acknowledge\n") == 1
    assert new.startswith("import cdk_nag as nag\nfrom hipaa_constructs import acknowledge\n")
    within = body.partition("\n")[2]
    _, new = rewritten(f"{within}\n{within}", "import os")
    assert new.count("    import cdk_nag\n    from hipaa_constructs import acknowledge\n") == 2


def test_other_names_of_an_import_stay_with_their_comments() -> None:
    imports = "from cdk_nag import (\n    AwsSolutionsChecks,  # ours\n    NagSuppressions,\n)"
    body = f"NagSuppressions.add_stack_suppressions(s, [{ONE}])\nAwsSolutionsChecks"
    _, new = rewritten(body, imports)
    kept = "from cdk_nag import (\n    AwsSolutionsChecks,  # ours\n    NagSuppressions,\n)"
    # A comment between names may be about those that stay.
    assert new.startswith(f"{kept}\nfrom hipaa_constructs import acknowledge\n")
    _, new = rewritten(body, "from cdk_nag import (\n    NagSuppressions,\n    AwsSolutionsChecks,\n)")
    assert new.startswith(
        "from cdk_nag import (\n    AwsSolutionsChecks,\n)\nfrom hipaa_constructs import acknowledge\n"
    )
    _, new = rewritten(body, "from cdk_nag import AwsSolutionsChecks, NagSuppressions as NagSuppressions")
    assert new.startswith("from cdk_nag import AwsSolutionsChecks\nfrom hipaa_constructs import acknowledge\n")


def test_packs_that_run_as_aspects_are_listed() -> None:
    whys, _ = rewritten(
        "Aspects.of(app).add(AwsSolutionsChecks(verbose=True))", "from cdk_nag import AwsSolutionsChecks"
    )
    assert whys == ["enforce_hipaa(app) runs cdk-nag's HIPAA pack; hand others to it: packs=[…(app)]."]


def test_what_is_no_python_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.py").write_text("import cdk_nag\ndef (")
    assert migrate(".") == 2
    assert "bad.py:2: not valid Python" in capsys.readouterr().err


def test_what_is_rewritten_is_honoured_by_the_gate(app: cdk.App) -> None:
    body = """\
NagSuppressions.add_resource_suppressions(bucket, [
    {"id": "AwsSolutions-S1", "reason": "What reads it is logged by the trail of data events."},
    {"id": "HIPAA.Security-S3BucketReplicationEnabled", "reason": "The registry can be fetched again."},
], apply_to_children=True)
"""
    whys, new = rewritten(body)
    assert whys == ["", ""]
    ast.parse(new)
    app.node.set_context("hipaa-constructs:today", "2027-01-01")
    stack = cdk.Stack(app, "Clinic")
    bucket = s3.Bucket(stack, "Bucket")
    enforce_hipaa(app)
    exec(new, {"bucket": bucket})
    found = {str(one).partition(":")[0].rpartition("-")[2] for one in findings(app)}
    assert {"BucketEncryptedWithCustomerKey", "BucketVersioned"} & found
    assert not {"BucketAccessLogged", "BucketReplicated", "AcknowledgementUsed", "S3BucketReplicationEnabled"} & found


def test_ids_become_ours_where_one_rule_asks_the_same() -> None:
    assert becomes("AwsSolutions-S1", None) == (("HIPAA.Constructs-BucketAccessLogged",), "")
    # Several rules here, and one that none here is like.
    assert becomes("AwsSolutions-AEC3", None) == (("AwsSolutions-AEC3",), "")
    assert becomes("AwsSolutions-L1", None)[0] != ()
    assert becomes("AwsSolutions-IAM4", ["Policy::arn"]) == (("AwsSolutions-IAM4[Policy::arn]",), "")


# -- elsewhere -------------------------------------------------------------------------------------------------


def test_typescript_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("node_modules").mkdir()
    Path("node_modules/a.ts").write_text("NagSuppressions.addStackSuppressions(this, [{ id: 'X', reason: '' }]);")
    Path("stack.ts").write_text(
        "NagSuppressions.addResourceSuppressions(bucket, [\n"
        "  { id: 'AwsSolutions-S1', reason: 'because (of) \"id: x\"' },\n"
        "], true);\nconst other = { id: 'AwsSolutions-S10' };\nNagSuppressions.addStackSuppressions(this, shared);\n"
    )
    assert migrate(".", *BY, "--write") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "stack.ts:2: AwsSolutions-S1 -> HIPAA.Constructs-BucketAccessLogged  (Only Python is rewritten.)",
        "stack.ts:5: ?  (Only Python is rewritten. Its suppressions are not written here as a list.)",
    ]


def test_templates_and_paths_become_entries_of_the_reviewed_file(capsys: pytest.CaptureFixture[str]) -> None:
    rules = [
        {"id": "AwsSolutions-S1", "reason": "RW5kbGVzcw==", "is_reason_encoded": True},
        {"id": "X-1", "reason": "y"},
    ]
    bucket = {"Type": "AWS::S3::Bucket", "Metadata": {"cdk_nag": {"rules_to_suppress": rules}}}
    Path("t.json").write_text(json.dumps({"Resources": {"Bucket": bucket}}, indent=1))
    Path("other.json").write_text('{"about": "cdk_nag"}')
    Path("app.py").write_text(
        "from cdk_nag import NagSuppressions\n"
        f"NagSuppressions.add_resource_suppressions_by_path(s, '/Clinic/Logs/Resource', [{ONE}])\n"
    )
    assert migrate(".", *BY) == 1
    shown = capsys.readouterr().out
    assert "t.json:3: X-1 -> X-1  (It stands in a template" in shown
    assert "No pack known here has such a rule." in shown
    entries = shown.partition("For hipaa-acknowledgements.toml:\n\n")[2]
    assert [one["path"] for one in tomllib.loads(entries)["acknowledgement"]] == [
        "Clinic/Logs/Resource",
        "t.json/Bucket",
        "t.json/Bucket",
    ]
    Path("hipaa-acknowledgements.toml").write_text(entries)
    read = read_file(Path("hipaa-acknowledgements.toml"))
    assert [(one.rule_id, one.reason, one.approved_by, str(one.expires)) for one in read] == [
        ("HIPAA.Constructs-BucketAccessLogged", "r", "Ada Lovelace", "2027-06-30"),
        ("HIPAA.Constructs-BucketAccessLogged", "Endless", "Ada Lovelace", "2027-06-30"),
        ("X-1", "y", "Ada Lovelace", "2027-06-30"),
    ]
    # A template is judged with it as with any other entry.
    with pytest.raises(SystemExit):
        main(["check", "t.json", "--format", "json", "--today", "2027-01-01"])
    found = [one["rule_id"] for one in json.loads(capsys.readouterr().out)]
    assert "HIPAA.Constructs-BucketAccessLogged" not in found
