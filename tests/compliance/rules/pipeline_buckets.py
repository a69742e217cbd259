"""Buckets of pipelines' artifacts: such that hold software alone, and such that may hold more."""

from __future__ import annotations

from typing import Any

from tests.compliance.rules.support import one

_HERE = {"Ref": "Subject"}


def _user(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _with(*users: dict[str, Any]) -> dict[str, Any]:
    return one("AWS::S3::Bucket") | {f"User{at}": user for at, user in enumerate(users)}


_STORE = {"Type": "S3", "Location": _HERE}
_PIPELINE = _user("AWS::CodePipeline::Pipeline", ArtifactStore=_STORE)
_BUILD = _user("AWS::CodeBuild::Project", Artifacts={"Type": "CODEPIPELINE"}, Cache={"Type": "S3", "Location": _HERE})
_POLICY = _user("AWS::S3::BucketPolicy", Bucket=_HERE, PolicyDocument={"Statement": []})
_ROLE = _user("AWS::IAM::Role", Policies=[{"PolicyDocument": {"Resource": {"Fn::GetAtt": ["Subject", "Arn"]}}}])
_CODE = {"S3Bucket": _HERE, "S3Key": "intake.zip"}
_FUNCTION = _user("AWS::Lambda::Function", Code=_CODE)
_INTAKE = _user("AWS::Lambda::Function", Code=_CODE, Environment={"Variables": {"UPLOADS": _HERE}})

SOFTWARE = [
    _with(_PIPELINE),
    _with(_user("AWS::CodePipeline::Pipeline", ArtifactStores=[{"Region": "us-east-1", "ArtifactStore": _STORE}])),
    _with(_PIPELINE, _BUILD, _POLICY, _ROLE),
    _with(_PIPELINE, _FUNCTION),
    _with(_FUNCTION),
]
MORE = [
    _with(),
    _with(_BUILD),
    _with(_FUNCTION, _INTAKE),
    _with(_PIPELINE, _INTAKE),
    _with(_PIPELINE, _user("AWS::Glue::Crawler", Targets={"S3Targets": [{"Path": {"Fn::Sub": "s3://${Subject}/v"}}]})),
    _with(_user("AWS::CodePipeline::Pipeline", ArtifactStore={"Type": "S3", "Location": "another"}), _ROLE),
]
