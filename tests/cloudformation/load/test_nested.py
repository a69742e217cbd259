"""Nested stacks: which given template each deploys, and a template that several deploy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.load.nested import MOST_USES
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import findings
from hipaa_constructs.compliance.rules.encryption.store_encrypted import RULE as STORE_ENCRYPTED
from hipaa_constructs.compliance.unread import unread

STORE = {
    "Parameters": {"Locked": {"Type": "String", "AllowedValues": ["true", "false"]}},
    "Resources": {"Files": {"Type": "AWS::EFS::FileSystem", "Properties": {"Encrypted": {"Ref": "Locked"}}}},
}
URL = "https://${Bucket}.s3.${AWS::Region}.${AWS::URLSuffix}/${Prefix}templates/store.yaml"


def stack(url: Any, **parameters: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": parameters}}


def outer(*stacks: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {"Resources": {f"S{number}": one for number, one in enumerate(stacks)}, **sections}


def written(folder: Path, **files: Any) -> App:
    """Write templates, ``a__b`` being b.yaml in a folder a, and load the folder."""
    for name, body in files.items():
        file = folder / f"{name.replace('__', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", **body}))
    return load([folder])


def deployed(app: App) -> dict[str, str]:
    """Return where each nested stack's template lies, by the stack's own words; empty if it is not followed."""
    found = {}
    for resource in app.of_type("AWS::CloudFormation::Stack"):
        nested = app.nested(resource)
        found[resource.logical_id] = "/".join(Path(nested.name).parts[-2:]) if nested else ""
    return found


TEXTS = {
    "Parameters": {
        "Bucket": {"Type": "String"},
        "Own": {"Type": "String"},
        "Prefix": {"Type": "String", "Default": "x/"},
    }
}


@pytest.mark.parametrize(
    "url",
    [
        "store.yaml",
        "./store.yaml",
        "../templates/store.yaml",
        "https://s3.amazonaws.com/b/latest/templates/store.yaml?versionId=1",
        "https://b.s3.amazonaws.com/store.yaml",
        {"Fn::Sub": URL},
        {"Fn::Sub": [URL, {"Bucket": {"Fn::If": ["Own", {"Ref": "Bucket"}, "aws-samples"]}}]},
        {"Fn::Join": ["", ["https://", {"Ref": "Bucket"}, "/", {"Ref": "Prefix"}, "templates/store.yaml"]]},
        {"Fn::Join": ["/", ["https://s3.amazonaws.com", {"Ref": "Bucket"}, "templates", "store.yaml"]]},
        {"Fn::Sub": "https://s3.amazonaws.com/${Own}/templates/store.yaml?versionId=${Own}"},
    ],
)
def test_a_template_is_found_by_a_path_or_the_end_of_a_url(tmp_path: Path, url: Any) -> None:
    own = {"Own": {"Fn::Equals": [{"Ref": "Bucket"}, "mine"]}}
    app = written(
        tmp_path, templates__main=outer(stack(url), **TEXTS, Conditions=own), templates__store=STORE, other__store=STORE
    )
    assert deployed(app) == {"S0": "templates/store.yaml"}
    assert not unread(app)


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.amazonaws.com/b/shop.yaml",
        {"Fn::Sub": "https://s3.amazonaws.com/${Bucket}"},
        {"Fn::Sub": "https://s3.amazonaws.com/b/${Bucket}re.yaml"},
        {"Ref": "Bucket"},
        {"Fn::ImportValue": "url"},
        "",
        "a\0b",
        "x" * 5000,
        ["store.yaml"],
    ],
)
def test_a_template_that_was_not_given_is_not_at_hand(tmp_path: Path, url: Any) -> None:
    app = written(tmp_path, main=outer(stack(url), **TEXTS), store=STORE)
    assert deployed(app) == {"S0": ""}
    (finding,) = unread(app)
    assert finding.message == "The nested stack's template is not at hand, so its resources were not checked."


def test_the_nearest_of_several_is_meant_and_what_is_equally_near_is_not_guessed(tmp_path: Path) -> None:
    url = "https://s3.amazonaws.com/bucket/store.yaml"
    app = written(tmp_path, a__main=outer(stack(url)), a__store=STORE, b__store=STORE)
    assert deployed(app) == {"S0": "a/store.yaml"}
    app = written(tmp_path / "new", main=outer(stack(url)), a__store=STORE, b__store=STORE)
    assert deployed(app) == {"S0": ""}
    (finding,) = unread(app)
    assert "was not followed, since it may be each of" in finding.message


def test_one_template_of_several_stacks_is_judged_with_the_parameters_of_each(tmp_path: Path) -> None:
    app = written(
        tmp_path,
        main=outer(stack("store.yaml", Locked="true"), stack("./store.yaml", Locked="false")),
        store=STORE,
    )
    (finding,) = findings(app, [STORE_ENCRYPTED])
    assert finding.resource_logical_id == "Files"
    assert finding.template.endswith("store.yaml")
    assert finding.severity == "error"
    assert finding.message.endswith(f"(as deployed by S1 of {app.templates[0].name}).")
    assert len(app.templates) == 3
    assert [len(template.resources) for template in app.sources] == [2, 1]


def test_what_fails_in_every_use_names_none(tmp_path: Path) -> None:
    stacks = [stack("store.yaml", Locked="false")] * 5
    (finding,) = findings(written(tmp_path, main=outer(*stacks), store=STORE), [STORE_ENCRYPTED])
    assert "deployed by" not in finding.message


def test_many_uses_are_counted(tmp_path: Path) -> None:
    stacks = [*[stack("store.yaml", Locked="false")] * 5, stack("store.yaml", Locked="true")]
    app = written(tmp_path, main=outer(*stacks), store=STORE)
    (finding,) = findings(app, [STORE_ENCRYPTED])
    name = app.templates[0].name
    assert finding.message.endswith(f"(as deployed by S0 of {name}, S1 of {name}, S2 of {name} and 2 more).")


def test_what_no_use_deploys_has_no_finding(tmp_path: Path) -> None:
    store = {**STORE, "Conditions": {"Open": {"Fn::Equals": [{"Ref": "Locked"}, "false"]}}}
    store["Resources"] = {"Files": {**STORE["Resources"]["Files"], "Condition": "Open"}}
    app = written(tmp_path, main=outer(stack("store.yaml", Locked="true")), store=store)
    assert not findings(app, [STORE_ENCRYPTED])
    app = written(
        tmp_path, main=outer(stack("store.yaml", Locked="true"), stack("store.yaml", Locked="false")), store=store
    )
    (finding,) = findings(app, [STORE_ENCRYPTED])
    # It stands in one of the two alone, and fails there.
    assert "deployed by" not in finding.message


def test_parameters_go_down_through_several_levels(tmp_path: Path) -> None:
    middle = outer(
        stack({"Ref": "Inner"}, Locked={"Ref": "Closed"}),
        Parameters={"Closed": {"Type": "String"}, "Inner": {"Type": "String"}},
    )
    main = outer(
        stack("middle.yaml", Closed="true", Inner="store.yaml"),
        stack("middle.yaml", Closed="false", Inner="store.yaml"),
    )
    app = written(tmp_path, main=main, middle=middle, store=STORE)
    (finding,) = findings(app, [STORE_ENCRYPTED])
    assert finding.message.endswith(f"(as deployed by S0 of S1 of {app.templates[0].name}).")
    assert len(app.templates) == 5


def test_a_parameter_that_a_nested_stack_is_not_given_has_its_default(tmp_path: Path) -> None:
    store = {**STORE, "Parameters": {"Locked": {**STORE["Parameters"]["Locked"], "Default": "true"}}}
    assert not findings(written(tmp_path / "a", main=outer(stack("store.yaml")), store=store), [STORE_ENCRYPTED])
    assert findings(written(tmp_path / "b", store=store), [STORE_ENCRYPTED])


def test_templates_that_deploy_each_other_come_to_an_end(tmp_path: Path) -> None:
    app = written(tmp_path, a=outer(stack("b.yaml")), b=outer(stack("a.yaml")), own=outer(stack("own.yaml")))
    assert {Path(template.name).name for template in app.templates} == {"a.yaml", "b.yaml", "own.yaml"}
    assert {finding.message for finding in unread(app)} == {
        "The nested stack's template was not followed, since it deploys itself without end, so its resources were not "
        "checked."
    }


def test_templates_that_multiply_come_to_an_end(tmp_path: Path) -> None:
    files = {f"t{level}": outer(*[stack(f"t{level + 1}.yaml")] * 4) for level in range(8)}
    app = written(tmp_path, **files, t8=STORE)
    assert len(app.templates) == MOST_USES + 1
    assert any(f"more than {MOST_USES} nested stacks" in finding.message for finding in unread(app))
    assert len(unread(app)) <= 4 * 8


def test_a_loop_is_written_out_by_what_the_parent_gives(tmp_path: Path) -> None:
    looping = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Names": {"Type": "CommaDelimitedList"}},
        "Resources": {"Fn::ForEach::Each": ["N", {"Ref": "Names"}, {"Q${N}": {"Type": "AWS::SQS::Queue"}}]},
    }
    app = written(tmp_path, main=outer(stack("loop.yaml", Names="A,B")), loop=looping)
    assert [one.logical_id for one in app.of_type("AWS::SQS::Queue")] == ["QA", "QB"]
    assert not unread(app)


def test_nested_stacks_are_deployed_where_their_parent_is(tmp_path: Path) -> None:
    def table(*regions: str) -> dict[str, Any]:
        return {"T": {region: {"Locked": "true"} for region in regions}}

    locked = {"Fn::FindInMap": ["T", {"Ref": "AWS::Region"}, "Locked"]}
    store = {
        **STORE,
        "Mappings": table("us-east-1", "us-west-2"),
        "Conditions": {"Own": {"Fn::Equals": [locked, {"Ref": "Locked"}]}},
    }
    app = written(
        tmp_path, main=outer(stack("store.yaml", Locked=locked), Mappings=table("eu-west-1", "us-east-1")), store=store
    )
    (files,) = app.of_type("AWS::EFS::FileSystem")
    worlds = app.worlds.explore(lambda: (files.get("Encrypted"), files.template.condition("Own"))).worlds
    regions = {choice for world, _ in worlds for choice in world if choice.subject == "the Region"}
    assert [choice.values[1:] for choice in regions] == [("eu-west-1", "us-east-1", "us-west-2")]
