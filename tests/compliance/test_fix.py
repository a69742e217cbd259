from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Choose, Fix, fixes_of_types
from hipaa_constructs.compliance.rule import Rule, failed


def applied(properties: dict[str, Any], **to_set: Any) -> Any:
    fix = Fix(properties={path.replace("__", "."): value for path, value in to_set.items()})
    return fix.apply({"Type": "AWS::S3::Bucket", "Properties": properties})["Properties"]


def test_a_path_is_made_as_far_as_it_is_missing() -> None:
    assert applied({}, VersioningConfiguration__Status="Enabled") == {"VersioningConfiguration": {"Status": "Enabled"}}


def test_each_item_of_a_list_is_set_and_none_is_added() -> None:
    fix = Fix(properties={"Replicas[].Protected": True})
    resource = {"Properties": {"Replicas": [{"Region": "us-east-1"}, {"Protected": False}]}}
    assert fix.apply(resource) == {
        "Properties": {"Replicas": [{"Region": "us-east-1", "Protected": True}, {"Protected": True}]}
    }
    assert fix.apply({"Properties": {}}) == {"Properties": {}}


def test_an_item_of_a_list_is_set_by_its_number_and_none_is_added() -> None:
    fix = Fix(properties={"Replicas[1].Protected": True})
    resource = {"Properties": {"Replicas": [{"Region": "us-east-1"}, {"Region": "us-west-2"}, {}]}}
    replicas = fix.apply(resource)["Properties"]["Replicas"]
    assert replicas == [{"Region": "us-east-1"}, {"Region": "us-west-2", "Protected": True}, {}]
    assert fix.apply({"Properties": {"Replicas": [{}]}}) == {"Properties": {"Replicas": [{}]}}


def test_what_a_question_mark_leads_is_set_only_where_its_place_is_there() -> None:
    fix = Fix(properties={"?Mappings[].Ebs.Encrypted": True})
    assert fix.apply({"Properties": {"Mappings": [{"Ebs": {}}, {"VirtualName": "ephemeral0"}]}}) == {
        "Properties": {"Mappings": [{"Ebs": {"Encrypted": True}}, {"VirtualName": "ephemeral0"}]}
    }


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"Logs": {"Ref": "Given"}}, "Status stands in what only deployment fills in"),
        ({"Logs": {"Fn::If": ["Here", {}, {}]}}, "Status stands in what only deployment fills in"),
    ],
)
def test_an_intrinsic_function_on_the_way_is_refused(properties: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        applied(properties, Logs__Status="Enabled")


def test_a_list_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Rules is no list"):
        Fix(properties={"Rules[].Status": "Enabled"}).apply({"Properties": {"Rules": {"Ref": "Given"}}})


def test_it_is_said_in_both_languages() -> None:
    fix = Fix(
        properties={"Encrypted": True, "?First.Key": CUSTOMER_KEY, "?Second.Key": CUSTOMER_KEY},
        beside="Write a policy.",
        cdk=("s3.Bucket(enforce_ssl=True)",),
        constructs=("EncryptedBucket",),
    )
    assert fix.in_cloudformation() == (
        "Set Encrypted: true. In First or Second, where there is that, set Key: <the ARN of a customer key>. Write a "
        "policy. EncryptedBucket of hipaa_constructs does it."
    )
    assert fix.in_cdk() == ("s3.Bucket(enforce_ssl=True). Write a policy. EncryptedBucket of hipaa_constructs does it.")


def test_a_string_that_yaml_would_take_for_another_value_is_quoted() -> None:
    fix = Fix(properties={"Port": "443", "Enforced": "true", "Protocol": "TLS", "Days": 7, "On": True, "Mfa": "ON"})
    assert fix.in_cloudformation() == (
        'Set Port: "443", Enforced: "true", Protocol: TLS, Days: 7, On: true and Mfa: "ON".'
    )


def test_what_the_call_does_itself_is_not_asked_beside_it() -> None:
    fix = Fix(template="Write a policy.", cdk=("s3.Bucket(enforce_ssl=True)",))
    assert fix.in_cloudformation() == "Write a policy."
    assert fix.in_cdk() == "s3.Bucket(enforce_ssl=True)."
    assert Fix(template="Write a policy.").in_cdk() == "Write a policy."


def test_it_is_sure_if_nothing_is_left_to_say_or_choose() -> None:
    assert Fix(properties={"Encrypted": True}).is_sure
    assert not Fix(properties={"Encrypted": True}, beside="Write a policy.").is_sure
    assert not Fix(properties={"Keys": [{"Key": Choose("a key")}]}).is_sure
    assert not Fix(beside="Write a policy.").is_sure


def test_types_have_their_own() -> None:
    first, second = fixes_of_types(
        {"AWS::SQS::Queue": {"KmsMasterKeyId": "key"}, "AWS::SNS::Topic": {"KmsMasterKeyId": "key"}},
        cdk={"AWS::SNS::Topic": "sns.Topic(master_key=<a key>)"},
        constructs={"AWS::SNS::Topic": "AlertTopic"},
    )
    assert first == Fix(("AWS::SQS::Queue",), {"KmsMasterKeyId": "key"})
    assert second.cdk == ("sns.Topic(master_key=<a key>)",)
    assert second.constructs == ("AlertTopic",)
    assert second.covers("AWS::SNS::Topic")
    assert not second.covers("AWS::SQS::Queue")


def test_what_the_call_of_an_l2_leaves_to_do_is_said_in_cdk_alone() -> None:
    fix = Fix(properties={"Egress": []}, cdk=("ec2.SecurityGroup(allow_all_outbound=False)",), l2="Add rules.")
    assert fix.in_cdk() == "ec2.SecurityGroup(allow_all_outbound=False). Add rules."
    assert fix.in_cloudformation() == "Set Egress: []."


def of_buckets(fix: Fix, bucket: Resource) -> Fix:
    lacking = [name for name in ("Encrypted", "Versioned") if bucket.get(name) is None]
    return replace(fix, properties=dict.fromkeys(lacking, True), template="") if lacking else fix


def test_it_is_tailored_to_a_resource_and_tells_of_all_without_one() -> None:
    general = Fix(template="Set what is lacking.", beside="Then deploy.", tailor=of_buckets)
    rule = Rule(
        name="BucketsSafe",
        severity="error",
        resource_types=("AWS::S3::Bucket",),
        controls=("164.312(a)(1)",),
        fix="Set what is lacking.",
        check=lambda _: failed("It lacks something."),
        fixes=(general,),
    )
    app = App()
    names: dict[str, dict[str, Any]] = {
        "First": {},
        "Second": {"Encrypted": True},
        "Third": {"Encrypted": True, "Versioned": True},
    }
    kind = "AWS::S3::Bucket"
    app.add("T.json", {"Resources": {name: {"Type": kind, "Properties": own} for name, own in names.items()}})
    told = [fix.in_cloudformation() for one in app.of_type(kind) if (fix := rule.fix_of(kind, one))]
    assert told == [
        "Set Encrypted: true and Versioned: true. Then deploy.",
        "Set Versioned: true. Then deploy.",
        "Set what is lacking. Then deploy.",
    ]
    assert rule.fix_of(kind) is general
    assert general.in_cloudformation() == told[-1]
