"""What a template shows to be sure: who takes a role, how a bucket is asked, which parameter hides, what SAM writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # cfn-lint has no type information

from tests.mending.test_mend import fixed, mended, properties, resources, template, why

ONE, SIGNED, HIDDEN, FAILED = "RoleTrustsOneService", "BucketOriginSigned", "NoLiteralSecrets", "FailedMessagesKept"
KEYED, MOUNTED, KEPT = "StoreEncryptedWithCustomerKey", "FileMountTlsRequired", "DeletionProtected"
ARN = {"Fn::GetAtt": ["Role", "Arn"]}
KINDS = ("RequireLowercase", "RequireNumbers", "RequireSymbols", "RequireUppercase")


def errors(text: str) -> set[str]:
    found = lint(text, config=ManualArgs(regions=["us-east-1"]))
    return {f"{one.rule.id} {one.message}" for one in found if one.rule.id.startswith("E")}


# ---------------------------------------------------------------------------------------------------------------- roles


def taken_by(*services: Any, **values: Any) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, **values}}


def function(**values: Any) -> dict[str, Any]:
    code = {"Code": {"S3Bucket": "code", "S3Key": "it.zip"}, "Handler": "it.handler", "Runtime": "python3.13"}
    return {"Type": "AWS::Lambda::Function", "Properties": {**code, "Role": ARN, **values}}


def body(made: Mapping[str, Any], **others: Any) -> str:
    return yaml.safe_dump({**others, "Resources": dict(made)}, sort_keys=False)


def trusted(found: Any) -> Any:
    return properties(found, "Role")["AssumeRolePolicyDocument"]["Statement"]


@pytest.mark.parametrize("also", ["sqs.amazonaws.com", {"Fn::Sub": "ec2.${AWS::URLSuffix}"}])
def test_a_role_is_taken_by_the_service_that_the_template_uses_it_for(also: Any, tmp_path: Path) -> None:
    rights = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "It", "Roles": [{"Ref": "Role"}]}}
    made = {"Role": taken_by("lambda.amazonaws.com", also), "Function": function(), "Rights": rights}
    found = mended(body(made), tmp_path, rules=[ONE])
    assert fixed(found) == {f"{ONE} Role"}
    assert trusted(found)[0]["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_one_service_by_another_name_stays(tmp_path: Path) -> None:
    services = ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]
    made = {"Role": taken_by(*services, "sqs.amazonaws.com"), "Function": function()}
    found = mended(body(made), tmp_path, rules=[ONE])
    assert fixed(found) == {f"{ONE} Role"}
    assert trusted(found)[0]["Principal"] == {"Service": services}


def test_a_statement_for_another_service_goes_and_one_for_an_account_stays(tmp_path: Path) -> None:
    role = taken_by("lambda.amazonaws.com")
    statements = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    account = {**statements[0], "Principal": {"AWS": {"Ref": "AWS::AccountId"}}}
    statements += [{**statements[0], "Principal": {"Service": "states.amazonaws.com"}}, account]
    found = mended(body({"Role": role, "Function": function()}), tmp_path, rules=[ONE])
    assert fixed(found) == {f"{ONE} Role"}
    assert [one["Principal"] for one in trusted(found)] == [
        {"Service": "lambda.amazonaws.com"},
        {"AWS": {"Ref": "AWS::AccountId"}},
    ]


@pytest.mark.parametrize(
    ("role", "others", "outputs", "reason"),
    [
        ({"RoleName": "it"}, {"Function": function()}, {}, "Who else takes it"),
        ({}, {"Function": function()}, {"Outputs": {"Role": {"Value": ARN}}}, "Who else takes it"),
        ({}, {"Function": function(Environment={"Variables": {"ROLE": ARN}})}, {}, "Who else takes it"),
        ({}, {"Job": {"Type": "AWS::SSM::Document", "Properties": {"Content": {"assumeRole": ARN}}}}, {}, "Who else"),
        (
            {},
            {
                "Function": function(),
                "Flow": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": ARN}},
            },
            {},
            "Several services",
        ),
        ({}, {"Build": {"Type": "AWS::CodeBuild::Project", "Properties": {"ServiceRole": ARN}}}, {}, "may not take it"),
        ({}, {}, {}, "Several services"),
    ],
)
def test_a_role_that_others_may_know_is_left(role: Any, others: Any, outputs: Any, reason: str, tmp_path: Path) -> None:
    made = {"Role": taken_by("lambda.amazonaws.com", "states.amazonaws.com", **role), **others}
    found = mended(body(made, **outputs), tmp_path, rules=[ONE])
    assert not found.changed
    assert reason in why(found, ONE)


# -------------------------------------------------------------------------------------------------------- distributions


def site(origin: Any = None, **policy: Any) -> dict[str, Any]:
    """Return a site whose bucket an origin access identity reads."""
    identity = {"Fn::Sub": "origin-access-identity/cloudfront/${Identity}"}
    own = {
        "Id": "Site",
        "DomainName": {"Fn::GetAtt": ["Site", "RegionalDomainName"]},
        "S3OriginConfig": {"OriginAccessIdentity": identity},
    }
    cached = {
        "TargetOriginId": "Site",
        "ViewerProtocolPolicy": "https-only",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    config = {"Enabled": True, "Origins": [origin or own], "DefaultCacheBehavior": cached}
    reads = {
        "Effect": "Allow",
        "Principal": {"CanonicalUser": {"Fn::GetAtt": ["Identity", "S3CanonicalUserId"]}},
        "Action": "s3:GetObject",
        "Resource": {"Fn::Sub": "${Site.Arn}/*"},
        **policy,
    }
    comment = {"CloudFrontOriginAccessIdentityConfig": {"Comment": "It"}}
    statements = {"Version": "2012-10-17", "Statement": [reads]}
    return {
        "Site": {"Type": "AWS::S3::Bucket"},
        "Identity": {"Type": "AWS::CloudFront::CloudFrontOriginAccessIdentity", "Properties": comment},
        "Reads": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Site"}, "PolicyDocument": statements},
        },
        "Edge": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}},
    }


def test_a_distribution_signs_what_it_asks(tmp_path: Path) -> None:
    text = body(site())
    found = mended(text, tmp_path, rules=[SIGNED])
    assert fixed(found) == {f"{SIGNED} Edge"}
    (origin,) = properties(found, "Edge")["DistributionConfig"]["Origins"]
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["BucketOriginControl", "Id"]}
    assert origin["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    # The identity may read until the edges know; the policy comes first.
    identity, service = properties(found, "Reads")["PolicyDocument"]["Statement"]
    assert "CanonicalUser" in identity["Principal"]
    assert service["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert service["Action"] == "s3:GetObject"
    assert "distribution/*" in str(service["Condition"]["ArnLike"]["aws:SourceArn"])
    assert resources(found)["Edge"]["DependsOn"] == "Reads"
    assert errors(found.text) - errors(text) == set()
    assert not mended(found.text, tmp_path, rules=[SIGNED]).changed


def test_its_bucket_can_be_put_under_the_key_then(tmp_path: Path) -> None:
    rule = "BucketEncryptedWithCustomerKey"
    before = mended(body(site()), tmp_path, rules=[rule])
    assert "Its policy lets in callers" in why(before, rule)
    found = mended(body(site()), tmp_path, rules=[rule, SIGNED])
    assert fixed(found) == {f"{rule} Site", f"{SIGNED} Edge"}
    key = properties(found, "EncryptionKey")["KeyPolicy"]["Statement"]
    assert any(one["Principal"] == {"Service": "cloudfront.amazonaws.com"} for one in key)


def test_an_identity_that_others_may_use_keeps_its_bucket_as_it_is(tmp_path: Path) -> None:
    rule = "BucketEncryptedWithCustomerKey"
    found = mended(body(site(), Outputs={"It": {"Value": {"Ref": "Identity"}}}), tmp_path, rules=[rule, SIGNED])
    assert fixed(found) == {f"{SIGNED} Edge"}


@pytest.mark.parametrize(
    "made",
    [
        site(Principal={"CanonicalUser": "0123456789"}),
        site(Condition={"Bool": {"aws:SecureTransport": "true"}}),
        site({"Id": "Site", "DomainName": "it.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": "x"}}),
    ],
)
def test_a_distribution_whose_bucket_lets_it_in_elsewhere_is_left(made: Any, tmp_path: Path) -> None:
    found = mended(body(made), tmp_path, rules=[SIGNED])
    assert not found.changed
    assert "the template does not show" in why(found, SIGNED)


# --------------------------------------------------------------------------------------------------------------- others


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        ({"Ref": "Secret"}, {"Secret"}),
        ({"Fn::Sub": '{"username": "${User}", "password": "${DbPassword}"}'}, {"DbPassword"}),
    ],
)
def test_a_parameter_that_brings_a_secret_hides_it(value: Any, hidden: set[str], tmp_path: Path) -> None:
    parameters = {name: {"Type": "String"} for name in ("Secret", "User", "DbPassword")}
    kind = "AWS::SecretsManager::Secret"
    text = body({"It": {"Type": kind, "Properties": {"SecretString": value}}}, Parameters=parameters)
    found = mended(text, tmp_path, rules=[HIDDEN])
    assert fixed(found) == {f"{HIDDEN} It"}
    after = yaml.safe_load(found.text)["Parameters"]
    assert {name for name, one in after.items() if one.get("NoEcho") is True} == hidden


def test_a_secret_in_plain_text_is_left(tmp_path: Path) -> None:
    found = mended(
        template("AWS::SecretsManager::Secret", {"SecretString": "hunter2hunter2"}), tmp_path, rules=[HIDDEN]
    )
    assert not found.changed
    assert "only its owner knows" in why(found, HIDDEN)


@pytest.mark.parametrize("sam", [True, False])
def test_events_that_a_function_failed_at_go_to_a_queue(sam: bool, tmp_path: Path) -> None:
    made: dict[str, Any] = {"It": function(), "Role": taken_by("lambda.amazonaws.com")}
    shared: dict[str, Any] = {}
    if sam:
        made = {"It": {"Type": "AWS::Serverless::Function", "Properties": function()["Properties"]}}
        del made["It"]["Properties"]["Role"], made["It"]["Properties"]["Code"]
        made["It"]["Properties"]["CodeUri"] = "it/"
        shared = {"Transform": "AWS::Serverless-2016-10-31"}
    sends = {"TopicArn": {"Ref": "Told"}, "Protocol": "lambda", "Endpoint": {"Fn::GetAtt": ["It", "Arn"]}}
    made |= {"Told": {"Type": "AWS::SNS::Topic"}, "Sends": {"Type": "AWS::SNS::Subscription", "Properties": sends}}
    found = mended(body(made, **shared), tmp_path, rules=[FAILED])
    assert f"{FAILED} It" in fixed(found)
    queue = {"Fn::GetAtt": ["ItDeadLetters", "Arn"]}
    if sam:
        assert properties(found)["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": queue}
    else:
        assert properties(found)["DeadLetterConfig"] == {"TargetArn": queue}
        (policy,) = properties(found, "Role")["Policies"]
        assert policy["PolicyDocument"]["Statement"][0]["Resource"] == queue
    assert not mended(found.text, tmp_path, rules=[FAILED]).changed


def test_events_of_a_function_whose_role_is_elsewhere_are_left(tmp_path: Path) -> None:
    sends = {"TopicArn": {"Ref": "Told"}, "Protocol": "lambda", "Endpoint": {"Fn::GetAtt": ["It", "Arn"]}}
    told = {"Told": {"Type": "AWS::SNS::Topic"}, "Sends": {"Type": "AWS::SNS::Subscription", "Properties": sends}}
    made = {"It": function(Role="arn:aws:iam::111122223333:role/it"), **told}
    found = mended(body(made), tmp_path, rules=[FAILED])
    assert "Whether its role may send" in next(one.why for one in found.left if one.finding.resource_logical_id == "It")


def test_a_simple_table_becomes_what_sam_makes_of_it(tmp_path: Path) -> None:
    values = {"PrimaryKey": {"Name": "visit", "Type": "Number"}, "Tags": {"Clinic": "A"}, "TableName": "visits"}
    text = body(
        {"It": {"Type": "AWS::Serverless::SimpleTable", "Properties": values}}, Transform="AWS::Serverless-2016-10-31"
    )
    found = mended(text, tmp_path, rules=[KEPT])
    assert fixed(found) == {f"{KEPT} It"}
    assert resources(found)["It"]["Type"] == "AWS::DynamoDB::Table"
    assert properties(found) == {
        "TableName": "visits",
        "Tags": [{"Key": "Clinic", "Value": "A"}],
        "AttributeDefinitions": [{"AttributeName": "visit", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "visit", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
    }
    assert errors(found.text) == set()


def test_a_simple_table_that_globals_say_more_of_is_left(tmp_path: Path) -> None:
    shared = {"SimpleTable": {"SSESpecification": {"SSEEnabled": True}}}
    text = body(
        {"It": {"Type": "AWS::Serverless::SimpleTable"}}, Transform="AWS::Serverless-2016-10-31", Globals=shared
    )
    found = mended(text, tmp_path, rules=[KEPT])
    assert not found.changed


def test_a_task_definition_comes_anew_without_being_asked(tmp_path: Path) -> None:
    volume = {"Name": "charts", "EFSVolumeConfiguration": {"FilesystemId": "fs-0a1b2c3d"}}
    values = {"Family": "it", "ContainerDefinitions": [{"Name": "a", "Image": "a"}], "Volumes": [volume]}
    found = mended(template("AWS::ECS::TaskDefinition", values), tmp_path, rules=[MOUNTED])
    assert fixed(found) == {f"{MOUNTED} It"}
    assert properties(found)["Volumes"][0]["EFSVolumeConfiguration"]["TransitEncryption"] == "ENABLED"


def pipeline(**action: Any) -> str:
    builds = {"Name": "Build", "ActionTypeId": {"Category": "Build", "Provider": "CodeBuild"}, **action}
    store = {"Type": "S3", "Location": "artifacts"}
    values = {"RoleArn": ARN, "ArtifactStore": store, "Stages": [{"Name": "Build", "Actions": [builds]}]}
    return template("AWS::CodePipeline::Pipeline", values, Role=taken_by("codepipeline.amazonaws.com"))


def test_what_a_pipeline_makes_is_under_the_key(tmp_path: Path) -> None:
    found = mended(pipeline(RoleArn=ARN), tmp_path, rules=[KEYED])
    assert fixed(found) == {f"{KEYED} It"}
    key = {"Id": {"Fn::GetAtt": ["EncryptionKey", "Arn"]}, "Type": "KMS"}
    assert properties(found)["ArtifactStore"]["EncryptionKey"] == key
    through = next(
        one for one in properties(found, "EncryptionKey")["KeyPolicy"]["Statement"] if "Through" in one["Sid"]
    )
    assert "s3.${AWS::Region}" in str(through["Condition"]["StringEquals"]["kms:ViaService"])


def test_a_pipeline_of_several_regions_has_a_key_in_each(tmp_path: Path) -> None:
    stores = [{"Region": "us-west-2", "ArtifactStore": {"Type": "S3", "Location": "artifacts"}}]
    values = {"RoleArn": ARN, "ArtifactStores": stores, "Stages": []}
    text = template("AWS::CodePipeline::Pipeline", values, Role=taken_by("codepipeline.amazonaws.com"))
    assert not mended(text, tmp_path, rules=[KEYED]).changed


def test_a_pipeline_that_works_in_another_account_is_left(tmp_path: Path) -> None:
    found = mended(pipeline(RoleArn="arn:aws:iam::444455556666:role/deploy"), tmp_path, rules=[KEYED])
    assert not found.changed
    assert "roles of this account" in why(found, KEYED)


@pytest.mark.parametrize(
    ("policy", "length", "days"),
    [
        ({"MinimumLength": 20, "TemporaryPasswordValidityDays": 21}, 20, 7),
        ({"MinimumLength": 6, "TemporaryPasswordValidityDays": 3}, 15, 3),
        ({"MinimumLength": 10, "RequireNumbers": True}, 15, None),
        ({"MinimumLength": "8", **dict.fromkeys(KINDS, "true"), "TemporaryPasswordValidityDays": 30}, "8", 7),
    ],
)
def test_passwords_get_no_weaker(policy: Any, length: Any, days: int | None, tmp_path: Path) -> None:
    text = template("AWS::Cognito::UserPool", {"Policies": {"PasswordPolicy": policy}})
    found = mended(text, tmp_path, rules=["UserPoolPasswordsStrong"])
    assert fixed(found) == {"UserPoolPasswordsStrong It"}
    after = properties(found)["Policies"]["PasswordPolicy"]
    assert (after["MinimumLength"], after.get("TemporaryPasswordValidityDays")) == (length, days)
