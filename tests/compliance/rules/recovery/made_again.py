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
    _with(_DEPLOYMENT, _BEHIND, _POLICY),
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
