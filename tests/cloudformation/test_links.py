"""Which resources are linked: by names that are not known, by texts, by exports across stacks."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference

BUCKET, POLICY, KEY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Key"


def bucket(name: Any) -> dict[str, Any]:
    return {"Type": BUCKET, "Properties": {"BucketName": name}}


def policy(name: Any) -> dict[str, Any]:
    return {"Type": POLICY, "Properties": {"Bucket": name}}


def policies_of(template: Template, logical_id: str) -> list[str]:
    target = template.resources[logical_id]
    return [one.logical_id for one in template.app.referring(target, POLICY, "Bucket")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Ref": "One"}, {"Ref": "Other"}),
        ({"Fn::ImportValue": "a"}, {"Fn::ImportValue": "b"}),
        ({"Fn::Sub": ["${N}-x", {"N": {"Fn::ImportValue": "a"}}]}, {"Fn::Sub": ["${N}-x", {"N": {"Ref": "One"}}]}),
        ({"Fn::Select": [0, {"Ref": "Names"}]}, {"Fn::Select": [1, {"Ref": "Names"}]}),
    ],
)
def test_names_that_only_deployment_knows_link_what_is_written_alike(one: Any, other: Any) -> None:
    text = {"Type": "String"}
    body = {
        "Parameters": {"One": text, "Other": text, "Names": {"Type": "CommaDelimitedList"}},
        "Resources": {"First": bucket(one), "Second": bucket(other), "Policy": policy(other)},
    }
    template = App().add("t.json", body)
    assert policies_of(template, "First") == []
    assert policies_of(template, "Second") == ["Policy"]


def test_an_unknown_name_links_in_the_world_that_has_it() -> None:
    text = {"Type": "String", "Default": "x"}
    chosen = {"Fn::If": ["Live", {"Fn::ImportValue": "a"}, {"Fn::ImportValue": "b"}]}
    body = {
        "Parameters": {"Stage": text},
        "Conditions": {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
        "Resources": {"First": bucket({"Fn::ImportValue": "a"}), "Policy": policy(chosen)},
    }
    template = App().add("t.json", body)
    found = template.app.worlds.explore(lambda: policies_of(template, "First"))
    assert [ids for _, ids in found.worlds] == [[], ["Policy"]]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("${Records}", "Records"),
        ("${Records}-logs", "Logs"),
        ("arn:aws:s3:::${Records}", "Records"),
        ("arn:aws:s3:::${Records}/*", "Records"),
        ("arn:aws:s3:::${Records}-logs", "Logs"),
        ("${Records.Arn}/*", "Records"),
        ("my.${Records}", None),
        ("${Records}2", None),
    ],
)
def test_a_text_around_a_reference_names_that_resource_or_another(text: str, meant: str | None) -> None:
    app = App()
    body = {"Resources": {"Records": {"Type": BUCKET}, "Logs": bucket({"Fn::Sub": "${Records}-logs"})}}
    template = app.add("t.json", body)
    found = app.target(template.resolve({"Fn::Sub": text}), BUCKET)
    assert (found.logical_id if found else None) == meant


def test_resources_of_one_logical_id_are_not_mixed_up_between_templates() -> None:
    app = App()
    body = {
        "Resources": {
            "Records": {"Type": BUCKET},
            "Logs": bucket({"Fn::Sub": "${Records}-logs"}),
            "Policy": policy({"Fn::Sub": "${Records}-logs"}),
        }
    }
    one, other = app.add("a.json", body), app.add("b.json", body)
    for template in (one, other):
        linked = app.referring(template.resources["Logs"], POLICY, "Bucket")
        assert linked == [template.resources["Policy"]]


EXPORTS = {
    "Resources": {"Key": {"Type": KEY}, "Other": {"Type": KEY}},
    "Outputs": {
        "Key": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-Key"}}},
        "Other": {"Value": {"Ref": "Other"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-Other-Key"}}},
    },
}


def importing(name: Any, **parameters: Any) -> dict[str, Any]:
    return {"Parameters": parameters, "Resources": {"B": bucket({"Fn::ImportValue": name})}}


@pytest.mark.parametrize(
    ("name", "parameter", "expected"),
    [
        ({"Fn::Sub": "${Keys}-Key"}, {"Type": "String"}, "Key"),
        ({"Fn::Join": ["-", [{"Ref": "Keys"}, "Other-Key"]]}, {"Type": "String"}, "Other"),
        ({"Fn::Sub": "${Keys}-Other-Key"}, {"Type": "String", "Default": "keys"}, None),
        ({"Fn::Sub": "${Keys}-Key"}, {"Type": "String", "Default": "keys"}, "Key"),
        ({"Fn::Sub": "${Keys}-Topic"}, {"Type": "String"}, None),
        ({"Fn::Sub": "${Keys}Key"}, {"Type": "String"}, None),
        # The importing stack's own name, and an account, are no other stack's name.
        ({"Fn::Sub": "${AWS::StackName}-Key"}, {"Type": "String"}, None),
        ({"Fn::Sub": "${AWS::AccountId}-Key"}, {"Type": "String"}, None),
        ("-Key", {"Type": "String"}, None),
    ],
)
def test_exports_named_after_their_stack_are_found_by_the_rest_of_the_name(
    name: Any, parameter: dict[str, Any], expected: str | None
) -> None:
    app = App()
    app.add("keys.json", EXPORTS)
    found = app.add("in.json", importing(name, Keys=parameter)).resources["B"].get("BucketName")
    assert (found.resource.logical_id if isinstance(found, Reference) else None) == expected


def test_exports_that_two_stacks_may_mean_are_not_guessed() -> None:
    app = App()
    app.add("keys.json", EXPORTS)
    here = app.add("in.json", importing({"Fn::Sub": "${Keys}-Key"}, Keys={"Type": "String"}))
    app.add("more.json", EXPORTS)
    assert here.resources["B"].get("BucketName") is UNKNOWN


def test_a_known_stack_name_is_part_of_the_exports_name() -> None:
    app = App()
    app.add("keys.json", EXPORTS, stack_name="prod")
    app.add("test.json", EXPORTS, stack_name="test")
    here = app.add("in.json", importing("test-Key")).resources["B"].get("BucketName")
    assert isinstance(here, Reference)
    assert here.resource.template.name == "test.json"


def test_an_export_of_the_same_region_comes_first() -> None:
    app = App()
    output = {"K": {"Value": {"Ref": "Key"}, "Export": {"Name": "key"}}}
    for region in ("eu-west-1", "us-east-1"):
        app.add(region, {"Resources": {"Key": {"Type": KEY}}, "Outputs": output}, region=region)
    here = app.add("in.json", importing("key"), region="us-east-1").resources["B"].get("BucketName")
    assert here.resource.template.name == "us-east-1"


def test_an_imported_key_is_there_where_its_export_is() -> None:
    app = App()
    stage = {
        "Parameters": {"Stage": {"Type": "String", "Default": "live"}},
        "Conditions": {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
    }
    output = {
        "K": {"Condition": "Live", "Value": {"Ref": "Key"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-K"}}}
    }
    app.add("out.json", {**stage, "Resources": {"Key": {"Type": KEY, "Condition": "Live"}}, "Outputs": output})
    here = app.add("in.json", importing({"Fn::Sub": "${Keys}-K"}, Keys={"Type": "String"})).resources["B"]
    found = app.worlds.explore(lambda: here.get("BucketName"))
    assert [isinstance(name, Reference) for _, name in found.worlds] == [True, False]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        # Two deployments of one app: each with its own, though the names are the same.
        ([{"account": "111122223333"}, {"account": "444455556666"}], [["Policy"], ["Policy"]]),
        ([{"region": "eu-west-1"}, {"region": "us-east-1"}], [["Policy"], ["Policy"]]),
        ([{}, {}], [["Policy"], ["Policy"]]),
    ],
)
def test_of_several_resources_of_one_name_the_own_one_is_meant(
    where: list[dict[str, str]], expected: list[list[str]]
) -> None:
    app = App()
    body = {"Resources": {"First": bucket("records"), "Policy": policy("records")}}
    templates = [app.add(f"{number}.json", body, **place) for number, place in enumerate(where)]
    assert [policies_of(template, "First") for template in templates] == expected
    for template in templates:
        assert app.referring(template.resources["First"], POLICY, "Bucket") == [template.resources["Policy"]]
        assert template.target("records", BUCKET) is template.resources["First"]
    assert app.target("records", BUCKET) is templates[0].resources["First"]


def test_of_several_resources_of_one_name_the_nearer_one_is_meant() -> None:
    app = App()
    for region in ("eu-west-1", "us-east-1"):
        app.add(region, {"Resources": {"First": bucket("records")}}, region=region)
    here = app.add("in.json", {"Resources": {"Policy": policy("records")}}, region="us-east-1")
    found = here.target("records", BUCKET)
    assert found is not None
    assert found.template.name == "us-east-1"
    # One that is nowhere near is better than none: a name of S3's is one bucket's alone.
    far = app.add("far.json", {"Resources": {"Policy": policy("records")}}, region="ap-south-1")
    assert far.target("records", BUCKET) is not None


def test_each_item_of_a_list_may_refer() -> None:
    app = App()
    target = {"Fn::GetAtt": ["Queue", "Arn"]}
    body = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Other": {"Type": "AWS::SQS::Queue"},
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {"Targets": [{"Id": "first"}, {"Id": "second", "DeadLetterConfig": {"Arn": target}}]},
            },
        }
    }
    template = app.add("t.json", body)
    path = "Targets[].DeadLetterConfig.Arn"
    rules = app.referring(template.resources["Queue"], "AWS::Events::Rule", path)
    assert [rule.logical_id for rule in rules] == ["Rule"]
    assert app.referring(template.resources["Other"], "AWS::Events::Rule", path) == []


@pytest.mark.parametrize(
    ("domain", "linked"),
    [
        ({"Fn::GetAtt": ["Logs", "RegionalDomainName"]}, True),
        ("logs.s3.amazonaws.com", True),
        ("logs.s3.us-east-1.amazonaws.com", True),
        ("logs.s3-us-gov-west-1.amazonaws.com", True),
        ({"Fn::Sub": "logs.s3.${AWS::Region}.${AWS::URLSuffix}"}, True),
        ({"Fn::Sub": "${Logs}.s3.amazonaws.com"}, True),
        ("other.s3.amazonaws.com", False),
        ("logs.example.com", False),
    ],
)
def test_a_domain_of_s3_is_for_the_bucket_of_its_name(domain: Any, linked: bool) -> None:
    logging = {"DistributionConfig": {"Logging": {"Bucket": domain}}}
    body = {
        "Resources": {"Logs": bucket("logs"), "Site": {"Type": "AWS::CloudFront::Distribution", "Properties": logging}}
    }
    template = App().add("t.json", body)
    site = template.resources["Site"]
    found = template.target(site.get("DistributionConfig.Logging.Bucket"), BUCKET)
    assert (found is template.resources["Logs"]) is linked


def test_a_domain_of_s3_keeps_what_deployment_fills_in_of_the_name() -> None:
    text = {"Type": "String"}
    domain = {"Fn::Sub": "${Name}.s3.amazonaws.com"}
    body = {
        "Parameters": {"Name": text, "Other": text},
        "Resources": {"Logs": bucket({"Ref": "Name"}), "Other": bucket({"Ref": "Other"})},
    }
    template = App().add("t.json", body)
    assert template.target(template.resolve(domain), BUCKET) is template.resources["Logs"]
