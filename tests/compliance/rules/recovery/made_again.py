"""Buckets that an app uses for what it can make anew, and such that hold more."""

from __future__ import annotations

from typing import Any

from tests.compliance.rules.support import one

_HERE = {"Ref": "Subject"}


def _with(*users: dict[str, Any], **bucket: Any) -> dict[str, Any]:
    return one("AWS::S3::Bucket", **bucket) | {f"User{at}": user for at, user in enumerate(users)}


def _user(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _results(location: Any) -> dict[str, Any]:
    configuration = {"ResultConfiguration": {"OutputLocation": location}}
    return _user("AWS::Athena::WorkGroup", Name="clinic", WorkGroupConfiguration=configuration)


_QUERIES = _results({"Fn::Sub": "s3://${Subject}/results/"})
_BUILD = _user("AWS::CodeBuild::Project", Artifacts={"Type": "S3", "Location": _HERE})
_DEPLOYMENT = _user("Custom::CDKBucketDeployment", DestinationBucketName=_HERE)
_ORIGIN = {"Id": "site", "DomainName": {"Fn::GetAtt": ["Subject", "RegionalDomainName"]}}
_BEHIND = _user("AWS::CloudFront::Distribution", DistributionConfig={"Origins": [_ORIGIN]})
_POLICY = _user("AWS::S3::BucketPolicy", Bucket=_HERE, PolicyDocument={"Statement": []})
_UPLOADS = _user("AWS::Lambda::Function", Environment={"Variables": {"UPLOADS": _HERE}})
_TABLES = _user("AWS::Glue::Crawler", Targets={"S3Targets": [{"Path": {"Fn::Sub": "s3://${Subject}/visits"}}]})
_NAMED = _user("AWS::Lambda::Function", Environment={"Variables": {"UPLOADS": "clinic-results"}})

MADE_AGAIN = [
    _with(_QUERIES),
    _with(_QUERIES, _POLICY),
    _with(_QUERIES, BucketName="clinic-results"),
    _with(_BUILD),
]
STORED = [
    _with(),
    _with(_POLICY),
    _with(_QUERIES, _UPLOADS),
    # A lake whose results lie beside its tables.
    _with(_QUERIES, _TABLES),
    _with(_QUERIES, _NAMED, BucketName="clinic-results"),
    _with(_QUERIES, BucketName={"Fn::Sub": "clinic-${AWS::AccountId}"}),
    _with(_QUERIES, NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": True}}),
    _with(_results("s3://another/results/")),
    _with(_DEPLOYMENT),
    _with(_BEHIND),
    _with(_DEPLOYMENT, _BEHIND, _UPLOADS),
]


def _role(
    principal: dict[str, Any],
    action: str = "s3:PutObject",
    resource: Any = None,
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    named = resource or {"Fn::Sub": "${Subject.Arn}/*"}
    statements = [{"Effect": "Allow", "Action": action, "Resource": named}, *([more] if more else [])]
    policy = {"Statement": statements}
    own = [{"PolicyName": "own", "PolicyDocument": policy}]
    return _user("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [trust]}, Policies=own)


_BUILDER = _role({"Service": "codebuild.amazonaws.com"})
_WORKFLOW = _role({"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"})
_SYNCING = _user("AWS::CodeBuild::Project", Environment={"EnvironmentVariables": [{"Name": "SITE", "Value": _HERE}]})
_ACTION = {"ActionTypeId": {"Category": "Deploy", "Provider": "S3"}, "Configuration": {"BucketName": _HERE}}
_DEPLOYING = _user("AWS::CodePipeline::Pipeline", Stages=[{"Actions": [_ACTION]}])
_JOB = _user("AWS::Glue::Job", Command={"ScriptLocation": {"Fn::Sub": "s3://${Subject}/etl.py"}})
_SPEC = _user("AWS::ApiGateway::RestApi", BodyS3Location={"Bucket": _HERE, "Key": "api.yaml"})
_UPLOADER = _user("AWS::Lambda::Function", Environment={"Variables": {"BUCKET": _HERE}}, Role={"Ref": "User1"})
_OF_UPLOADER = _role({"Service": "lambda.amazonaws.com"})
_CUSTOM = _user("Custom::Spec", ServiceToken={"Fn::GetAtt": ["User0", "Arn"]}, Bucket=_HERE)
_LOGGING = _user("AWS::CloudFront::Distribution", DistributionConfig={"Origins": [_ORIGIN], "Logging": _ORIGIN})
_GIVEN_AWAY = _user(
    "AWS::S3::BucketPolicy",
    Bucket=_HERE,
    PolicyDocument={
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "111122223333"},
                "Action": "s3:Put*",
                "Resource": {"Fn::Sub": "${Subject.Arn}/*"},
            }
        ]
    },
)

_STACKS = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
_PACKAGER, _PACKAGING_WORKFLOW = (
    _role(principal, more=_STACKS)
    for principal in (
        {"Service": "codebuild.amazonaws.com"},
        {"Federated": "arn:aws:iam::111122223333:oidc-provider/gitlab.com"},
    )
)
_PACKAGES = {"BucketName": {"Fn::Sub": "clinic-sam-artifacts-${AWS::AccountId}"}}
_READER = _role({"Service": "lambda.amazonaws.com"}, "s3:GetObject")

# What deployments alone fill.
FILLED = [
    _with(_PACKAGER, **_PACKAGES),
    _with(_SYNCING, _PACKAGER, _POLICY, **_PACKAGES),
    _with(_PACKAGING_WORKFLOW, BucketName="clinic-deployments"),
    _with(_DEPLOYMENT, _BEHIND, _POLICY),
    _with(_SYNCING, _BUILDER, _BEHIND),
    _with(_WORKFLOW, _BEHIND),
    _with(_DEPLOYING, _BEHIND),
    _with(_DEPLOYING),
    _with(_DEPLOYMENT, _JOB),
    _with(_DEPLOYMENT, _SPEC),
    _with(_UPLOADER, _OF_UPLOADER, _CUSTOM),
]
# The same beside somebody who may put something else there, or is told of it.
FILLED_BESIDE = [
    _with(_PACKAGER),
    _with(_PACKAGER, BucketName="clinic-patient-artifacts"),
    _with(_BUILDER, **_PACKAGES),
    _with(_PACKAGER, _BUILDER, **_PACKAGES),
    _with(_PACKAGER, _READER, **_PACKAGES),
    _with(_PACKAGER, _TABLES, **_PACKAGES),
    _with(_DEPLOYMENT, _BEHIND, _UPLOADS),
    _with(_SYNCING, _BUILDER),
    _with(_WORKFLOW),
    _with(_SYNCING, _BUILDER, _BEHIND, _role({"Service": "ecs-tasks.amazonaws.com"})),
    _with(_WORKFLOW, _BEHIND, _role({"AWS": {"Ref": "AWS::AccountId"}})),
    _with(_WORKFLOW, _BEHIND, _role({"Federated": "cognito-identity.amazonaws.com"})),
    _with(_DEPLOYING, _BEHIND, NotificationConfiguration={"EventBridgeConfiguration": {}}),
    _with(_DEPLOYING, _BEHIND, CorsConfiguration={"CorsRules": [{"AllowedMethods": ["PUT"]}]}),
    _with(_DEPLOYING, _GIVEN_AWAY),
    _with(_DEPLOYMENT, _LOGGING),
    _with(_DEPLOYMENT, _user("AWS::Glue::Job", DefaultArguments={"--out": {"Fn::Sub": "s3://${Subject}/o"}})),
    _with(_UPLOADER, _OF_UPLOADER),
    _with(_DEPLOYING, _user("AWS::KinesisFirehose::DeliveryStream", S3DestinationConfiguration={"BucketARN": _HERE})),
    _with(_DEPLOYING, _user("AWS::IAM::UserPolicy", PolicyDocument=_GIVEN_AWAY["Properties"]["PolicyDocument"])),
]
