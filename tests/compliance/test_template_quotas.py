"""What CloudFormation takes of a template at most."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.helpers import LIMITS  # type: ignore[import-untyped]  # cfn-lint has no type information

from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.template_quotas import RULE, oversized

TOPIC = {"Type": "AWS::SNS::Topic"}


def many(count: int, what: Any) -> dict[str, Any]:
    return {f"One{number}": what for number in range(count)}


def messages(**body: Any) -> list[str]:
    app = App()
    app.add("t.json", {"Resources": {"Topic": TOPIC}, **body})
    return [found.message for found in oversized(app)]


@pytest.mark.parametrize(
    ("quota", "section", "one", "what"),
    [
        ("resources", "Resources", TOPIC, "resources"),
        ("outputs", "Outputs", {"Value": "x"}, "outputs"),
        ("parameters", "Parameters", {"Type": "String"}, "parameters"),
        ("mappings", "Mappings", {"A": {"B": "c"}}, "mappings"),
    ],
)
def test_what_is_counted(quota: str, section: str, one: Any, what: str) -> None:
    most = read("quotas.json")["template"]
    assert messages(**{section: many(most[quota], one)}) == []
    assert messages(**{section: many(most[quota] + 1, one)}) == [
        f"The template has {most[quota] + 1} {what}; CloudFormation takes {most[quota]} ({most['source']})."
    ]


def test_the_numbers_are_those_of_cfn_lint_too() -> None:
    most = read("quotas.json")["template"]
    for section in ("Resources", "Outputs", "Parameters", "Mappings"):
        assert most[section.lower()] == LIMITS[section]["number"]
    assert most["mapping_keys"] == LIMITS["Mappings"]["attributes"]
    assert most["bytes"] == LIMITS["template"]["body"]
    assert most["parameter_bytes"] == LIMITS["Parameters"]["value"]


def test_every_quota_has_its_source_and_a_day() -> None:
    table = read("quotas.json")
    datetime.date.fromisoformat(table["as_of"])
    entries = [*table["policies"].values(), *table["properties"], *table["in_account_and_region"].values()]
    for entry in (*entries, table["template"], table["trust_policy"], table["organization_policies"]):
        assert entry["source"].startswith("docs.aws.amazon.com/"), entry


def test_texts_and_what_mappings_hold() -> None:
    assert messages(Description="x" * 1024) == []
    assert messages(Description="ä" * 513)[0].startswith("The template has 1026 bytes of description;")
    assert messages(Parameters={"A": {"Type": "String", "Default": "x" * 4096}}) == []
    assert messages(Parameters={"A": {"Type": "String", "Default": "x" * 4097}})[0].startswith(
        "The template has 4097 bytes in the default of A;"
    )
    assert messages(Mappings={"A": {"B": many(200, "x")}}) == []
    assert messages(Mappings={"A": {"B": many(201, "x")}})[0].startswith("The template has 201 values in A.B;")


def test_dynamic_references_count_once_each() -> None:
    def topics(count: int, text: str) -> dict[str, Any]:
        return {
            f"Topic{number}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": text.format(number=number)}}
            for number in range(count)
        }

    assert messages(Resources=topics(60, "{{{{resolve:ssm:name-{number}}}}}")) == []
    assert messages(Resources=topics(100, "{{{{resolve:ssm:name}}}}")) == []
    (found,) = messages(Resources=topics(61, "{{{{resolve:ssm:name-{number}}}}}"))
    assert found.startswith("The template has 61 dynamic references; CloudFormation takes 60 ")
    joined = {
        f"Topic{number}": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": {"Fn::Join": ["", ["{{resolve:ssm:", {"Ref": f"Name{number}"}, "}}"]]}},
        }
        for number in range(61)
    }
    (found,) = messages(Resources=joined)
    assert found.startswith("The template has 61 dynamic references;")


def test_a_loop_counts_as_what_it_makes() -> None:
    words = [f"A{number}" for number in range(501)]
    loop = {"Fn::ForEach::Topics": ["Name", words, {"Topic${Name}": TOPIC}]}
    (found,) = messages(Resources=loop, Transform="AWS::LanguageExtensions")
    assert found.startswith("The template has 501 resources;")


def test_the_size_is_that_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "large.template.json"
    body = json.dumps({"Resources": {"Topic": TOPIC}})
    file.write_text(body + " " * (1_000_000 - len(body)))
    assert oversized(load([file])) == []
    file.write_text(body + " " * (1_000_001 - len(body)))
    (found,) = oversized(load([file]))
    assert found.message.startswith("The template has 1000001 bytes; CloudFormation takes 1000000 ")


def test_nested_stacks_are_counted_with_their_parent() -> None:
    def nested(count: int) -> list[str]:
        app = App()
        stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "x.json"}}
        parent = app.add("parent.json", {"Resources": many(6, stack)})
        for one in parent.resources.values():
            app.add("child.json", {"Resources": many(count, TOPIC)}, parent=one)
        return [f"{found.severity}: {found.message}" for found in oversized(app)]

    assert nested(415) == []
    (found,) = nested(416)
    said = "warning: The stack has 2502 resources with its nested stacks; CloudFormation takes 2500 in one deployment ("
    assert found.startswith(said)


def test_the_template_of_a_stack_set_is_measured_where_cdk_uploads_it(tmp_path: Path) -> None:
    digest = "ab" * 32
    stack_set = {
        "Type": "AWS::CloudFormation::StackSet",
        "Properties": {
            "StackSetName": "baseline",
            "PermissionModel": "SERVICE_MANAGED",
            "TemplateURL": {
                "Fn::Sub": f"https://s3.us-east-1.${{AWS::URLSuffix}}/cdk-hnb659fds-assets-1-us-east-1/{digest}.json"
            },
        },
    }
    (tmp_path / "Clinic.template.json").write_text(json.dumps({"Resources": {"Baseline": stack_set}}))
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/us-east-1",
        "properties": {"templateFile": "Clinic.template.json"},
        "displayName": "Clinic",
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "53.0.0", "artifacts": {"Clinic": artifact}}))
    files = {digest: {"source": {"path": f"asset.{digest}.json", "packaging": "file"}}}
    (tmp_path / "Clinic.assets.json").write_text(json.dumps({"version": "53.0.0", "files": files}))
    deployed = tmp_path / f"asset.{digest}.json"
    deployed.write_text(" " * 1_000_000)
    assert oversized(load([tmp_path])) == []
    deployed.write_text(" " * 1_000_001)
    (found,) = oversized(load([tmp_path]))
    assert found.resource_logical_id == "Baseline"
    assert found.message.startswith("The template that Baseline deploys has 1000001 bytes;")


def test_it_is_an_error_among_the_others() -> None:
    app = App()
    app.add("t.json", {"Resources": many(501, {"Type": "AWS::SNS::Topic"})})
    assessment = assess(app, today=datetime.date(2026, 11, 28))
    (found,) = [one for one in assessment.open if one.rule_id == RULE.id]
    assert found is assessment.of_templates[0]
    assert (found.severity, found.outcome, found.place) == ("error", "failed", ("Resources",))
    assert "Split the stack" in found.fix
