from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.facts.buckets import holds_artifacts, holds_software_alone, is_web_site
from hipaa_constructs.compliance.facts.uploads import takes_uploads
from tests.compliance.rules.support import GIVEN

BUCKET = "AWS::S3::Bucket"
DOMAIN = {"Fn::GetAtt": ["Pages", "RegionalDomainName"]}


def _distribution(domain: Any = DOMAIN, root: Any = "index.html", behavior: str = "site") -> dict[str, Any]:
    origins = [{"Id": "site", "DomainName": domain, "S3OriginConfig": {}}]
    config = {"Origins": origins, "DefaultCacheBehavior": {"TargetOriginId": behavior}, "DefaultRootObject": root}
    return {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}


@pytest.mark.parametrize(
    ("properties", "distribution", "expected"),
    [
        ({"WebsiteConfiguration": {"IndexDocument": "index.html"}}, None, True),
        ({}, None, False),
        ({}, _distribution(), True),
        ({}, _distribution(root="Index.htm"), True),
        # What is downloaded through a distribution may be anybody's record.
        ({}, _distribution(root=None), False),
        ({}, _distribution(root=GIVEN), False),
        ({}, _distribution(behavior="api"), False),
        ({}, _distribution(domain={"Fn::GetAtt": ["Records", "RegionalDomainName"]}), False),
    ],
)
def test_web_sites(properties: dict[str, Any], distribution: Any, expected: bool) -> None:
    resources = {"Pages": {"Type": BUCKET, "Properties": properties}, "Records": {"Type": BUCKET}}
    app = App()
    others = {} if distribution is None else {"Distribution": distribution}
    template = app.add(
        "Test.template.json", {"Resources": resources | others, "Parameters": {"Given": {"Type": "String"}}}
    )
    assert is_web_site(template.resources["Pages"]) is expected


def _cors(*methods: Any) -> dict[str, Any]:
    return {"CorsConfiguration": {"CorsRules": [{"AllowedMethods": [*methods], "AllowedOrigins": ["*"]}]}}


def _role(service: dict[str, Any], resource: Any, action: Any = "s3:PutObject", effect: str = "Allow") -> Any:
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    puts = {"Effect": effect, "Action": action, "Resource": resource}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Statement": [trust]},
            "Policies": [{"PolicyName": "Own", "PolicyDocument": {"Statement": [puts]}}],
        },
    }


LAMBDA, PEOPLE = {"Service": "lambda.amazonaws.com"}, {"Federated": "cognito-identity.amazonaws.com"}
OBJECTS = {"Fn::Sub": "${Pages.Arn}/*"}
HAS_ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
FUNCTION = {"Function": {"Type": "AWS::Lambda::Function", "Properties": {"Role": HAS_ROLE}}}
TASK = {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"TaskRoleArn": HAS_ROLE}}}
BUILD = {"Build": {"Type": "AWS::CodeBuild::Project", "Properties": {"ServiceRole": HAS_ROLE}}}
CALL = {"Call": {"Type": "Custom::Publish", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}}}


@pytest.mark.parametrize(
    ("properties", "others", "expected"),
    [
        (_cors("GET", "PUT"), {}, True),
        (_cors("POST"), {}, True),
        (_cors("GET", "HEAD"), {}, False),
        (_cors(GIVEN), {}, False),
        ({}, {**FUNCTION, "Role": _role(LAMBDA, OBJECTS)}, True),
        ({}, {**FUNCTION, "Role": _role(LAMBDA, {"Fn::Sub": "${Pages.Arn}/uploads/*"}, ["s3:Get*", "s3:Put*"])}, True),
        ({"BucketName": "site"}, {**FUNCTION, "Role": _role(LAMBDA, "arn:aws:s3:::site/uploads/*")}, True),
        ({}, {**TASK, "Role": _role({"Service": "ecs-tasks.amazonaws.com"}, OBJECTS)}, True),
        ({}, {"Role": _role(PEOPLE, OBJECTS)}, True),
        # Another bucket, or none by name; reading; what a build or a deployment puts there.
        ({}, {**FUNCTION, "Role": _role(LAMBDA, {"Fn::Sub": "${Records.Arn}/*"})}, False),
        ({}, {**FUNCTION, "Role": _role(LAMBDA, "*")}, False),
        ({}, {**FUNCTION, "Role": _role(LAMBDA, GIVEN)}, False),
        ({}, {**FUNCTION, "Role": _role(LAMBDA, OBJECTS, "s3:GetObject")}, False),
        ({}, {**FUNCTION, "Role": _role(LAMBDA, OBJECTS, effect="Deny")}, False),
        ({}, {**BUILD, "Role": _role({"Service": "codebuild.amazonaws.com"}, OBJECTS)}, False),
        ({}, {"Role": _role({"Service": "ec2.amazonaws.com"}, OBJECTS)}, False),
        ({}, {**FUNCTION, **CALL, "Role": _role(LAMBDA, OBJECTS)}, False),
    ],
)
def test_a_site_that_takes_uploads_is_a_store(properties: dict[str, Any], others: Any, expected: bool) -> None:
    site = {"WebsiteConfiguration": {"IndexDocument": "index.html"}, **properties}
    resources = {"Pages": {"Type": BUCKET, "Properties": site}, "Records": {"Type": BUCKET}, **others}
    template = App().add("Test.template.json", {"Resources": resources, "Parameters": {"Given": {"Type": "String"}}})
    assert takes_uploads(template.resources["Pages"]) is expected
    assert is_web_site(template.resources["Pages"]) is not expected


@pytest.mark.parametrize(("name", "expected"), [("ServerlessDeploymentBucket", True), ("DeploymentBucket", False)])
def test_bucket_of_the_serverless_framework(name: str, expected: bool) -> None:
    app = App()
    template = app.add("Test.template.json", {"Resources": {name: {"Type": BUCKET}}})
    assert holds_artifacts(template.resources[name]) is expected


@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("ServerlessDeploymentBucket", {}, True),
        ("DeploymentBucket", {}, False),
        (
            "ServerlessDeploymentBucket",
            {"Environment": {"Variables": {"B": {"Ref": "ServerlessDeploymentBucket"}}}},
            False,
        ),
    ],
)
def test_the_framework_shows_its_bucket_to_its_own_command_line(
    name: str, more: dict[str, Any], expected: bool
) -> None:
    resources = {
        name: {"Type": BUCKET},
        "Code": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": {"Ref": name}}, **more}},
    }
    outputs = {"Out": {"Value": {"Ref": name}, "Export": {"Name": "sls-clinic-ServerlessDeploymentBucketName"}}}
    app = App()
    template = app.add("Test.template.json", {"Resources": resources, "Outputs": outputs})
    app.add("Other.template.json", {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}})
    assert holds_software_alone(template.resources[name]) is expected


@pytest.mark.parametrize(("stacks", "expected"), [(1, True), (2, False)])
def test_an_export_counts_where_another_stack_of_the_app_may_use_it(stacks: int, expected: bool) -> None:
    pipeline = {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"ArtifactStore": {"Location": {"Ref": "Store"}}}}
    outputs = {"Out": {"Value": {"Ref": "Store"}, "Export": {"Name": "artifacts"}}}
    app = App()
    template = app.add("t.json", {"Resources": {"Store": {"Type": BUCKET}, "It": pipeline}, "Outputs": outputs})
    for number in range(1, stacks):
        app.add(f"{number}.json", {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}})
    assert holds_software_alone(template.resources["Store"]) is expected


LAYER = {
    "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Bucket": {"Ref": "Code"}}}},
    "Run": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": {"Ref": "Code"}}, "Role": HAS_ROLE}},
}
COPY = {
    "Copy": {
        "Type": "Custom::Copy",
        "Properties": {"ServiceToken": {"Fn::GetAtt": ["By", "Arn"]}, "To": {"Ref": "Code"}},
    },
    "By": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Copier", "Arn"]}}},
}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, False),
        (LAYER, True),
        ({**LAYER, **COPY, "Copier": _role(LAMBDA, {"Fn::Sub": "${Code.Arn}/*"})}, True),
        # What runs on it writes there; another stack may; somebody else reads it.
        ({**LAYER, "Role": _role(LAMBDA, {"Fn::Sub": "${Code.Arn}/*"})}, False),
        ({**LAYER, "Role": _role(LAMBDA, {"Fn::Sub": "${Code.Arn}/*"}, "s3:GetObject")}, True),
        (
            {
                **LAYER,
                "Crawler": {
                    "Type": "AWS::Glue::Crawler",
                    "Properties": {"Targets": {"S3Targets": [{"Path": {"Ref": "Code"}}]}},
                },
            },
            False,
        ),
        ({**COPY, "Copier": _role(LAMBDA, {"Fn::Sub": "${Code.Arn}/*"})}, False),
    ],
)
def test_a_bucket_of_code_alone_holds_software(others: dict[str, Any], expected: bool) -> None:
    template = App().add("Test.template.json", {"Resources": {"Code": {"Type": BUCKET}, **others}})
    assert holds_software_alone(template.resources["Code"]) is expected


def test_a_bucket_of_code_that_tells_of_what_comes_in_holds_more() -> None:
    told = {"Type": BUCKET, "Properties": {"NotificationConfiguration": {"EventBridgeConfiguration": {}}}}
    template = App().add("Test.template.json", {"Resources": {"Code": told, **LAYER}})
    assert not holds_software_alone(template.resources["Code"])
