"""What is read from cdk.out folders, files, folders of templates, patterns and standard input."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.values import Reference
from hipaa_constructs.compliance.acknowledge import acknowledge, acknowledge_limitation
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code
from hipaa_constructs.compliance.classification import TAG_KEY, DataClassification, classifications
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.compliance.unread import unread

BUCKET = json.dumps({"Resources": {"Records": {"Type": "AWS::S3::Bucket"}}})


def build(folder: Path, **context: Any) -> cdk.App:
    app = cdk.App(outdir=str(folder), builtin_cloud_formation_validation=False, context=context)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    bucket = s3.Bucket(stack, "Records")
    classify(bucket, DataClassification.NO_PHI)
    outer = kms.Key(stack, "Outer")
    for name in ("First", "Second"):
        # The same construct id in both: the same logical id.
        sqs.Queue(cdk.NestedStack(stack, name), "Queue", encryption_master_key=outer)
    stage = cdk.Stage(app, "Prod")
    kms.Key(cdk.Stack(stage, "Data"), "Key")
    classify(stage, DataClassification.PII)
    acknowledge(
        bucket,
        "HIPAA.Security-S3BucketReplicationEnabled",
        reason="The bucket holds what can be made anew.",
        approved_by="privacy officer",
        expires="2027-06-30",
        ticket="SEC-1",
    )
    acknowledge_limitation(
        bucket, "HIPAA.Constructs-X", reason="AWS has no such thing.", source="docs.aws.amazon.com/x"
    )
    cdk.Validations.of(stack).acknowledge(
        cdk.Acknowledgment(id="HIPAA.Security::HIPAA.Security-S3BucketVersioningEnabled", reason="because"),
        cdk.Acknowledgment(id="CloudFormation-Validate::W1", reason="because"),
    )
    return app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("assembly") / "cdk.out"
    build(where).synth()
    return where


@pytest.fixture(scope="module")
def loaded(folder: Path) -> App:
    return load([folder])


def paths(app: App) -> dict[tuple[str, str], str]:
    return {
        (template.stack_path, resource.logical_id): resource.construct_path
        for template in app.templates
        for resource in template.resources.values()
    }


def test_stacks_stages_and_nested_stacks_are_found(loaded: App) -> None:
    assert {template.stack_path for template in loaded.templates} == {
        "Clinic",
        "Clinic/First",
        "Clinic/Second",
        "Prod/Data",
    }
    assert all(template.name in loaded.files for template in loaded.templates)


def test_construct_paths_of_equal_logical_ids_differ(loaded: App) -> None:
    queues = sorted(path for path in paths(loaded).values() if path.endswith("Queue/Resource"))
    assert queues == ["Clinic/First/Queue/Resource", "Clinic/Second/Queue/Resource"]
    assert all(paths(loaded).values())


def test_nested_stacks_see_their_parents_resources(loaded: App) -> None:
    for queue in loaded.of_type("AWS::SQS::Queue"):
        key = queue.get("KmsMasterKeyId")
        assert isinstance(key, Reference)
        assert key.resource.construct_path == "Clinic/Outer/Resource"
    assert not unread(loaded)


def test_environments(loaded: App) -> None:
    environments = {template.stack_path: (template.account, template.region) for template in loaded.templates}
    assert environments["Clinic"] == environments["Clinic/First"] == ("111122223333", "us-east-1")
    assert environments["Prod/Data"] == (None, None)


def test_stack_tags_are_those_of_the_manifest(loaded: App) -> None:
    tags = {template.stack_path: template.tags() for template in loaded.templates}
    assert tags["Clinic"] == tags["Clinic/First"] == {}
    assert tags["Prod/Data"] == {TAG_KEY: "PII"}
    assert {template.stack_path: template.stack_name for template in loaded.templates} == {
        "Clinic": "Clinic",
        "Clinic/First": "",
        "Clinic/Second": "",
        "Prod/Data": "Prod-Data",
    }


def test_classifications(loaded: App) -> None:
    assert {path: said.value for path, said in classifications(loaded).items()} == {
        "Clinic/Records": DataClassification.NO_PHI,
        # A stage leaves no metadata of its own; its stacks tell.
        "Prod/Data": DataClassification.PII,
    }


def test_acknowledgements(loaded: App) -> None:
    found = {(one.rule_id, one.path): one for one in acknowledged_in_code(loaded)}
    assert len(found) == len(acknowledged_in_code(loaded)) == 3
    governed = found["HIPAA.Security-S3BucketReplicationEnabled", "Clinic/Records"]
    assert (governed.origin, governed.approved_by, governed.ticket) == ("code", "privacy officer", "SEC-1")
    assert str(governed.expires) == "2027-06-30"
    assert found["HIPAA.Constructs-X", "Clinic/Records"].origin == "library"
    raw = found["HIPAA.Security-S3BucketVersioningEnabled", "Clinic"]
    assert (raw.origin, raw.approved_by, raw.expires) == ("code", "", None)


def test_without_path_and_asset_metadata_nothing_is_lost(tmp_path: Path, loaded: App) -> None:
    out = tmp_path / "cdk.out"
    build(out, **{"aws:cdk:enable-path-metadata": False, "aws:cdk:enable-asset-metadata": False}).synth()
    assert paths(load([out])) == paths(loaded)


def test_with_path_and_asset_metadata_in_the_template_alone(tmp_path: Path, loaded: App) -> None:
    out = tmp_path / "cdk.out"
    build(out, **{"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}).synth()
    manifest = json.loads((out / "manifest.json").read_text())
    del manifest["artifacts"]["Clinic"]["additionalMetadataFile"]
    (out / "manifest.json").write_text(json.dumps(manifest))
    kept = {path for path in paths(load([out])).values() if path.startswith("Clinic")}
    assert kept == {path for path in paths(loaded).values() if path.startswith("Clinic")}


def test_metadata_within_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(
        json.dumps(
            {
                "artifacts": {
                    "S": {
                        "type": "aws:cloudformation:stack",
                        "properties": {"templateFile": "S.json"},
                        "metadata": {"/S/Records/Resource": [{"type": "aws:cdk:logicalId", "data": "Records"}]},
                    }
                }
            }
        )
    )
    (tmp_path / "S.json").write_text(BUCKET)
    assert paths(load([tmp_path])) == {("S", "Records"): "S/Records/Resource"}
    assert paths(load([tmp_path / "manifest.json"])) == {("S", "Records"): "S/Records/Resource"}


def test_acknowledgements_above_stacks_come_from_the_report(tmp_path: Path) -> None:
    test_metadata_within_the_manifest(tmp_path)
    report = tmp_path / "validation-report.json"
    entry = {"acknowledgedId": "HIPAA.Security::HIPAA.Security-X", "acknowledgedAt": "", "reason": "because"}
    report.write_text(json.dumps({"pluginReports": [{"suppressedViolations": [entry, entry]}]}))
    assert [(one.rule_id, one.path) for one in acknowledged_in_code(load([tmp_path]))] == [("HIPAA.Security-X", "")]
    # A report older than its assembly is an earlier run's.
    os.utime(report, (time.time() - 60, time.time() - 60))
    assert not acknowledged_in_code(load([tmp_path]))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "manifest.json").write_text("{"), "not valid JSON"),
        (lambda folder: (folder / "manifest.json").write_text('{"artifacts": []}'), "names no artifacts"),
        (lambda folder: (folder / "manifest.json").write_text('{"artifacts": {}}'), "holds no stack"),
        (lambda folder: (folder / "S.json").unlink(), "No such file"),
        (lambda folder: (folder / "S.json").write_text(BUCKET[:20]), "not valid JSON"),
    ],
)
def test_a_broken_assembly_is_refused(tmp_path: Path, spoil: Any, reason: str) -> None:
    test_metadata_within_the_manifest(tmp_path)
    (tmp_path / "cdk.out").write_text("")
    spoil(tmp_path)
    with pytest.raises(UnusableInput, match=reason):
        load([tmp_path])


def test_a_folder_is_searched_and_what_is_no_template_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.json").write_text(BUCKET)
    (tmp_path / "two.yml").write_text("Resources:\n  Key:\n    Type: AWS::KMS::Key\n")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "three.json").write_text(BUCKET)
    app = load([tmp_path])
    assert sorted(Path(template.name).name for template in app.templates) == ["one.json", "two.yml"]
    assert [path.name for path in app.skipped] == ["package.json"]


def test_a_broken_template_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(BUCKET)
    (tmp_path / "two.json").write_text(BUCKET[:-1])
    with pytest.raises(UnusableInput, match=r"two\.json"):
        load([tmp_path])


def test_patterns_and_odd_names(tmp_path: Path) -> None:
    for name in ("a b.json", "ü [1].json", "x.txt"):
        (tmp_path / name).write_text(BUCKET)
    assert len(load([str(tmp_path / "*.json")]).templates) == 2
    assert len(load([tmp_path / "ü [1].json"]).templates) == 1
    assert len(load([tmp_path / "x.txt", tmp_path / "x.txt"]).templates) == 1


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BUCKET.encode())))
    assert load(["-"]).templates[0].name == "<stdin>"


@pytest.mark.parametrize("path", ["missing.json", "missing/*.json", "a\0b", "x" * 5000])
def test_what_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnusableInput):
        load([path])


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="no CloudFormation template"):
        load([tmp_path])


def test_several_paths_are_one_app(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "one.json").write_text(BUCKET)
    app = load([folder, tmp_path / "one.json"])
    assert len(app.templates) == 5
    assert len({template.name for template in app.templates}) == 5


def test_nested_templates_are_linked_by_their_path(tmp_path: Path) -> None:
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "./inner.json"}}
    (tmp_path / "outer.json").write_text(json.dumps({"Resources": {"Inner": stack}}))
    assert [one.resource_logical_id for one in unread(load([tmp_path / "outer.json"]))] == ["Inner"]
    (tmp_path / "inner.json").write_text(BUCKET)
    assert not unread(load([tmp_path]))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"Transform": ["AWS::LanguageExtensions", {"Name": "AWS::Include"}]}, "AWS::Include"),
        ({"Resources": {"Fn::ForEach::Buckets": ["Name", ["a"], {}]}}, "a loop"),
        ({"Resources": {"Fn::Transform": {"Name": "M"}}}, "a macro"),
        ({"Resources": {"Odd": 3}}, "no resource with a Type"),
        ({"Resources": {"M": {"Type": "Org::Svc::Thing::MODULE"}}}, "a module"),
        ({"Resources": {"M": {"Type": "AWS::CloudFormation::StackSet"}}}, "stack set"),
        ({"Fn::Transform": {"Name": "M"}}, "macro"),
    ],
)
def test_what_cannot_be_seen_is_said(body: dict[str, Any], said: str) -> None:
    app = App()
    app.add("t.json", {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}, **body})
    (finding,) = unread(app)
    assert finding.rule_id == "HIPAA.Constructs-TemplateReadable"
    assert finding.outcome == "unknown"
    assert said in finding.message


def test_nested_stacks_that_are_not_at_hand_are_said_once() -> None:
    app = App()
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://example.com/a.json"}}
    app.add("t.json", {"Resources": {"Network": stack, "Data": stack}})
    (finding,) = unread(app)
    assert (
        finding.message == "The templates of 2 nested stacks are not at hand, so they were not checked: Network, Data."
    )


def test_language_extensions_alone_hide_nothing() -> None:
    app = App()
    app.add("t.json", {"Transform": "AWS::LanguageExtensions", "Resources": {"Key": {"Type": "AWS::KMS::Key"}}})
    assert not unread(app)


def assembly_of(folder: Path, artifact: dict[str, Any]) -> Path:
    folder.mkdir()
    (folder / "cdk.out").write_text("{}")
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"A": artifact}}))
    return folder


@pytest.mark.parametrize(
    "name", ["/etc/hostname", "../secret.json", "inner/../../secret.json", "link.json", "pipe.json"]
)
@pytest.mark.parametrize(
    "artifact",
    [
        {"type": "aws:cloudformation:stack", "properties": {"templateFile": "{}"}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": "{}"}},
        {"type": "cdk:asset-manifest", "properties": {"file": "{}"}},
        {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "own.json"},
            "additionalMetadataFile": "{}",
        },
    ],
)
def test_what_lies_outside_an_assembly_is_neither_read_nor_shown(
    tmp_path: Path, artifact: dict[str, Any], name: str
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("TOP-SECRET")
    folder = assembly_of(tmp_path / "cdk.out", json.loads(json.dumps(artifact).replace("{}", name)))
    (folder / "own.json").write_text(BUCKET)
    (folder / "link.json").symlink_to(secret)
    os.mkfifo(folder / "pipe.json")
    with pytest.raises(
        UnusableInput, match=r"which lies outside of cdk\.out|it is a link or no regular file"
    ) as refusal:
        load([folder])
    assert "TOP-SECRET" not in str(refusal.value)


def test_a_pipe_that_a_search_finds_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(BUCKET)
    os.mkfifo(tmp_path / "pipe.json")
    problems: list[UnusableInput] = []
    app = load([tmp_path], unusable=problems)
    assert [template.name for template in app.templates] == [(tmp_path / "own.json").as_posix()]
    assert [problem.reason for problem in problems] == ["it is no regular file, so it is not read"]


_ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.text(max_size=4)
    | st.sampled_from(["t.json", "../t.json", "aws://unknown/x", "/A/B"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
_PROPERTIES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("templateFile", "file", "directoryName", "stackName", "parameters", "tags"), _ODD)
)
_ENTRY = st.fixed_dictionaries({}, optional={"type": st.just("aws:cdk:logicalId") | _ODD, "data": _ODD, "trace": _ODD})
_ARTIFACT = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(
            [
                "aws:cloudformation:stack",
                "cdk:cloud-assembly",
                "cdk:asset-manifest",
                "cdk:tree",
                "cdk:feature-flag-report",
            ]
        ),
        "properties": _PROPERTIES | _ODD,
        "environment": _ODD,
        "metadata": st.dictionaries(st.sampled_from(["/A", "/A/B"]), st.lists(_ENTRY, max_size=2) | _ODD, max_size=2)
        | _ODD,
        "additionalMetadataFile": _ODD,
        "displayName": _ODD,
    },
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["A", "A.assets", "assembly-A"]), _ARTIFACT | _ODD, max_size=3) | _ODD)
def test_any_manifest_is_read_or_refused(tmp_path: Path, artifacts: Any) -> None:
    (tmp_path / "cdk.out").write_text("{}")
    (tmp_path / "t.json").write_text(BUCKET)
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}))
    try:
        app = load([tmp_path])
    except UnusableInput:
        return
    assert [template.name for template in app.templates] == ["t.json"] * len(app.templates)
    unread(app)
    classifications(app)
