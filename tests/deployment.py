"""Deploys a synthesized app through the CloudFormation API of a moto server, as far as moto knows the types.

What moto has no CloudFormation support for is left out by name. Where controls live in it, it is put in place in
another way, with the values of the template: bucket policies, and properties that moto passes over, through the API of
their service; custom resources by their real handlers.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from moto.cloudformation.parsing import get_model_map

from hipaa_constructs.compute.provider_code.handlers import account_baseline, default_security_group
from tests.aws_account import ACCOUNT

_POLICY = "AWS::S3::BucketPolicy"
# Properties that moto 5.2.5 stumbles over: a parameter group given as a reference, keys' tags in their own words, and
# a route to an endpoint of a firewall, which is found in a list that is not there.
_LEFT_OUT_PROPERTIES = {
    "AWS::EC2::Route": ("VpcEndpointId",),
    "AWS::KMS::Key": ("Tags",),
    "AWS::RDS::DBInstance": ("DBParameterGroupName",),
}
# Types whose update moto 5.2.5 knows and fails at: it looks for a name where none is given.
_FAILS_TO_UPDATE = ("AWS::S3::Bucket",)
_PSEUDO = "AWS::"
# Properties that moto 5.2.5 takes and forgets, or cannot give back, and who sets them instead.
_COMPLETED: Mapping[tuple[str, str], Callable[[Callable[[str], Any], str, Any], object]] = {
    ("AWS::EFS::FileSystem", "FileSystemPolicy"): lambda client, name, value: client("efs").put_file_system_policy(
        FileSystemId=name, Policy=json.dumps(value)
    ),
    ("AWS::KMS::Key", "KeyPolicy"): lambda client, name, value: client("kms").put_key_policy(
        KeyId=name, PolicyName="default", Policy=json.dumps(value)
    ),
    ("AWS::RDS::DBInstance", "DeletionProtection"): lambda client, name, value: client("rds").modify_db_instance(
        DBInstanceIdentifier=name, DeletionProtection=value
    ),
    ("AWS::S3::Bucket", "PublicAccessBlockConfiguration"): lambda client, name, value: client(
        "s3"
    ).put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=value),
    ("AWS::S3::Bucket", "VersioningConfiguration"): lambda client, name, value: client("s3").put_bucket_versioning(
        Bucket=name, VersioningConfiguration=value
    ),
}
# Custom::MacieDiscovery and MacieResults are not among them: moto knows neither automated discovery nor its results.
_APPLIED = (
    _POLICY,
    "Custom::ConfigRole",
    "Custom::EbsEncryption",
    "Custom::Inspector",
    "Custom::PasswordPolicy",
    "Custom::S3PublicAccessBlock",
    "Custom::VpcRestrictDefaultSG",
)


@dataclass
class Deployment:
    """What became of an app: how many resources exist, by other ways too, and which types were left out."""

    created: Counter[str] = field(default_factory=Counter)
    applied: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    not_updated: Counter[str] = field(default_factory=Counter)
    outputs: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def __str__(self) -> str:
        names = ", ".join(f"{kind} ({count})" for kind, count in sorted(self.left_out.items()))
        return (
            f"{self.created.total()} resources created, {self.applied.total()} applied over other APIs, "
            f"{self.left_out.total()} left out: {names}"
        )


def deploy(directory: Path) -> Deployment:
    """Create or update the stacks of a cloud assembly in the order of its manifest, each after those it depends on."""
    manifest = json.loads((directory / "manifest.json").read_text())["artifacts"]
    stacks = {name: one for name, one in manifest.items() if one["type"] == "aws:cloudformation:stack"}
    deployment = Deployment()
    while stacks:
        name = next(name for name, one in stacks.items() if not stacks.keys() & set(one.get("dependencies", ())))
        artifact = stacks.pop(name)
        region = artifact["environment"].rpartition("/")[2]
        template = json.loads((directory / artifact["properties"]["templateFile"]).read_text())
        _deploy_stack(deployment, name, template, region=region)
    return deployment


def _deploy_stack(deployment: Deployment, name: str, template: dict[str, Any], *, region: str) -> None:
    known = get_model_map()
    template = _linked(template, deployment.outputs)
    resources = template["Resources"]
    others = {key: one for key, one in resources.items() if one["Type"] not in known}
    kept = {key: _kept(one, others.keys()) for key, one in resources.items() if key not in others}
    wanted = {key: one for key, one in others.items() if one["Type"] in _APPLIED}
    # What the left-out resources refer to is read back as outputs.
    asked: dict[str, Any] = {}
    applied = {key: _asked(one["Properties"], kept, asked) for key, one in wanted.items()}
    completed = {
        (key, name): _asked(one["Properties"][name], kept, asked)
        for key, one in kept.items()
        for kind, name in _COMPLETED
        if kind == one["Type"] and name in one["Properties"]
    }
    body = {
        "Parameters": {key: one for key, one in template.get("Parameters", {}).items() if key != "BootstrapVersion"},
        "Resources": _without(kept, others.keys()),
        "Outputs": {
            **{key: one for key, one in template.get("Outputs", {}).items() if not _names(one, others.keys())},
            **{key: {"Value": value} for key, value in asked.items()},
        },
    }
    _provide_assets(body, region)
    cloudformation = boto3.client("cloudformation", region_name=region)
    before = _deployed(cloudformation, name)
    if before is None:
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(body))
    else:
        body["Resources"] = dict(_updatable(deployment, before, body["Resources"]))
        cloudformation.update_stack(StackName=name, TemplateBody=json.dumps(body))
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == ("CREATE_COMPLETE" if before is None else "UPDATE_COMPLETE"), stack
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}
    deployment.outputs[name] = outputs
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    made = {one["LogicalResourceId"]: one for page in pages for one in page["StackResourceSummaries"]}
    deployment.created.update(one["ResourceType"] for one in made.values())
    for (key, attribute), value in completed.items():
        complete = _COMPLETED[kept[key]["Type"], attribute]
        complete(
            lambda service: boto3.client(service, region_name=region),
            made[key]["PhysicalResourceId"],
            _filled(value, outputs),
        )
    for key, properties in applied.items():
        _apply(others[key]["Type"], _filled(properties, outputs), region)
    deployment.applied.update(one["Type"] for one in wanted.values())
    deployment.left_out.update(one["Type"] for key, one in others.items() if key not in wanted)


def _deployed(cloudformation: Any, name: str) -> Mapping[str, Any] | None:
    """Return the resources of a stack as they were deployed, or None if there is no such stack."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    if name not in {stack["StackName"] for page in pages for stack in page["Stacks"]}:
        return None
    body = cloudformation.get_template(StackName=name)["TemplateBody"]
    resources: Mapping[str, Any] = (body if isinstance(body, Mapping) else json.loads(body))["Resources"]
    return resources


def _updatable(
    deployment: Deployment, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Leave as it was what has changed but moto cannot update: it would lose the resource."""
    models = get_model_map()
    for key, one in after.items():
        changed = key in before and before[key] != one
        update = models[one["Type"]].update_from_cloudformation_json
        able = not hasattr(update, "__isabstractmethod__") and one["Type"] not in _FAILS_TO_UPDATE
        if changed:
            (deployment.updated if able else deployment.not_updated)[one["Type"]] += 1
        yield key, before[key] if changed and not able else one


def _kept(resource: dict[str, Any], gone: Any) -> dict[str, Any]:
    drop = _LEFT_OUT_PROPERTIES.get(resource["Type"], ())
    properties = {key: one for key, one in resource.get("Properties", {}).items() if key not in drop}
    waits = [name for name in resource.get("DependsOn", ()) if name not in gone]
    return {**resource, "Properties": properties, "DependsOn": waits}


def _linked(value: Any, outputs: Mapping[str, Mapping[str, str]]) -> Any:
    """Put in what other stacks gave out; moto does not know Fn::GetStackOutput."""
    if isinstance(value, dict):
        if "Fn::GetStackOutput" in value:
            asked = value["Fn::GetStackOutput"]
            return outputs[asked["StackName"]].get(asked["OutputName"]) or _arn(asked["OutputName"])
        return {key: _linked(one, outputs) for key, one in value.items()}
    return [_linked(one, outputs) for one in value] if isinstance(value, list) else value


def _without(value: Any, gone: Any) -> Any:
    """Put a word where something refers to what was left out."""
    if isinstance(value, dict):
        if value.get("Ref") in gone:
            return f"left-out-{value['Ref']}"
        if isinstance(value.get("Fn::GetAtt"), list) and value["Fn::GetAtt"][0] in gone:
            return _arn(value["Fn::GetAtt"][0])
        return {key: _without(one, gone) for key, one in value.items()}
    return [_without(one, gone) for one in value] if isinstance(value, list) else value


def _arn(name: str) -> str:
    """Stand in for the ARN of what was left out; IAM takes no other word in a policy."""
    return f"arn:aws:none:us-east-1:111122223333:left-out/{name}"


def _names(value: Any, gone: Any) -> bool:
    text = json.dumps(value)
    return any(f'"{name}"' in text for name in gone)


def _asked(value: Any, kept: Mapping[str, Any], asked: dict[str, Any]) -> Any:
    """Replace each reference by the name of an output that will say what it is."""
    if isinstance(value, dict):
        target = value.get("Ref") or (value["Fn::GetAtt"][0] if isinstance(value.get("Fn::GetAtt"), list) else None)
        if len(value) == 1 and target is not None and not str(target).startswith(_PSEUDO):
            if target not in kept:
                return f"left-out-{target}"
            key = f"Asked{''.join(ch for ch in json.dumps(value) if ch.isalnum())}"
            asked[key] = value
            return {"Output": key}
        return {key: _asked(one, kept, asked) for key, one in value.items()}
    return [_asked(one, kept, asked) for one in value] if isinstance(value, list) else value


def _filled(value: Any, outputs: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"Output"}:
            return outputs[value["Output"]]
        if value.keys() == {"Ref"}:
            return {"AWS::AccountId": ACCOUNT, "AWS::Partition": "aws"}[value["Ref"]]
        if value.keys() == {"Fn::Join"}:
            separator, parts = _filled(value["Fn::Join"], outputs)
            return separator.join(parts)
        return {key: _filled(one, outputs) for key, one in value.items()}
    return [_filled(one, outputs) for one in value] if isinstance(value, list) else value


def _apply(kind: str, properties: dict[str, Any], region: str) -> None:
    if kind == _POLICY:
        boto3.client("s3", region_name=region).put_bucket_policy(
            Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"])
        )
        return
    event = {"RequestType": "Create", "ResourceProperties": properties}
    # Functions ask their own Region.
    with patch.dict(os.environ, AWS_DEFAULT_REGION=region):
        if kind == "Custom::VpcRestrictDefaultSG":
            default_security_group.close(event)
        else:
            account_baseline.apply(event)


def _provide_assets(body: Mapping[str, Any], region: str) -> None:
    """Put something where functions expect their code."""
    s3 = boto3.client("s3", region_name=region)
    for bucket, key in _code(body):
        if bucket not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
            # us-east-1 is no value of it: docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
            there = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            s3.create_bucket(Bucket=bucket, **there)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("index.py", "")
        s3.put_object(Bucket=bucket, Key=key, Body=archive.getvalue())


def _code(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for resource in body["Resources"].values():
        code = resource["Properties"].get("Code")
        if resource["Type"] == "AWS::Lambda::Function" and code:
            yield code["S3Bucket"], code["S3Key"]
