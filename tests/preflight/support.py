"""What the questions are asked of: an account in moto, and how to put things into it."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import boto3
import click.testing

from hipaa_constructs._commands.preflight import command
from hipaa_constructs.preflight import detection
from hipaa_constructs.preflight import run as preflight_run
from hipaa_constructs.preflight.check import Account
from hipaa_constructs.preflight.detection import PLANS
from hipaa_constructs.preflight.run import CHECKS
from tests.aws_server import AwsServer

ACCOUNT = "123456789012"
REGION = "us-east-1"
AGREEMENTS = ("artifact", "GET /v1/customer-agreement/list")
RESTORES = ("backup", "GET /restore-jobs/")
DEFAULT_KEY = ("ec2", "GetEbsDefaultKmsKeyId")
ANALYZERS = ("access-analyzer", "GET /analyzer")
STANDARDS = ("securityhub", "POST /standards/get")
OPT_OUT = ("organizations", "DescribeEffectivePolicy")
DISCOVERY = ("macie2", "GET /automated-discovery/configuration")


def reset(server: AwsServer) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{server.url}/moto-api/reset", method="POST")).close()
    server.denied.clear()
    server.errors.clear()
    server.answers = {
        AGREEMENTS: {"customerAgreements": []},
        RESTORES: {"RestoreJobs": []},
        ANALYZERS: {"analyzers": []},
        STANDARDS: {"StandardsSubscriptions": []},
        DISCOVERY: {"status": "DISABLED"},
        OPT_OUT: opt_out("optIn"),
        DEFAULT_KEY: default_key("arn:aws:kms:us-east-1:123456789012:alias/aws/ebs"),
        ("ec2", "DescribeRegions"): regions("us-east-1", "us-west-2", "eu-west-1"),
    }
    server.asked.clear()


def default_key(arn: str) -> str:
    return f"<GetEbsDefaultKmsKeyIdResponse><kmsKeyId>{arn}</kmsKeyId></GetEbsDefaultKmsKeyIdResponse>"


def regions(*names: str) -> str:
    """Three Regions answer sooner than moto's thirty-eight."""
    items = "".join(f"<item><regionName>{name}</regionName></item>" for name in names)
    return f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"


def ask(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command and return its exit code and its JSON."""
    result = click.testing.CliRunner().invoke(
        command, ["--format", "json", *arguments], standalone_mode=False, catch_exceptions=False
    )
    return result.return_value, json.loads(result.stdout)


def answer(name: str) -> dict[str, Any]:
    """Ask one question alone."""
    (check,) = (check for check in CHECKS if check.name == name)
    account = Account(preflight_run.boto3.Session(), account_id=ACCOUNT, regions=[REGION])
    result = preflight_run._result(check, preflight_run._ask(check, account))
    return {"outcome": result.outcome, "message": result.message, "resources": result.resources, "fix": result.fix}


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {one["id"].removeprefix("HIPAA.Preflight-"): one["outcome"] for one in report["results"]}


def agreement(state: str) -> dict[str, Any]:
    return {
        "name": "AWS Business Associate Addendum",
        "arn": "arn:aws:artifact::123456789012:customer-agreement/customer-agreement-1",
        "id": "customer-agreement-1",
        "agreementArn": "arn:aws:artifact:::agreement/agreement-1",
        "awsAccountId": ACCOUNT,
        "effectiveStart": "2026-01-02T03:04:05Z",
        "state": state,
        "type": "DEFAULT",
    }


def opt_out(default: str, **services: str) -> dict[str, Any]:
    """Describe what an organization's policies come to as Organizations does."""
    content = {name: {"opt_out_policy": said} for name, said in {"default": default, **services}.items()}
    return {"EffectivePolicy": {"PolicyContent": json.dumps({"services": content}), "TargetId": ACCOUNT}}


def make_bucket(name: str, *, lifecycle: bool = False, classification: str | None = None) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name)
    if classification:
        tag = {"Key": "hipaa:data-classification", "Value": classification}
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [tag]})
    if lifecycle:
        rule = {"ID": "Keep", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 2557}}
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})


def record(*, all_supported: bool) -> None:
    config = boto3.client("config")
    group = (
        {"allSupported": True, "includeGlobalResourceTypes": True}
        if all_supported
        else {"allSupported": False, "resourceTypes": ["AWS::S3::Bucket"]}
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    config.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": role, "recordingGroup": group}
    )
    make_bucket("config", lifecycle=True)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "config"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def subscribe(protocol: str | None, endpoint: str = "") -> str:
    """Make an alarm that tells a topic, and someone who is subscribed to it."""
    sns = boto3.client("sns")
    topic: str = sns.create_topic(Name="alerts")["TopicArn"]
    if protocol:
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="root",
        MetricName="root",
        Namespace="LogMetrics",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        Statistic="Sum",
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
    )
    return topic


def detect(server: AwsServer, region: str = REGION) -> str:
    """Make a detector with all protections, which exports its findings."""
    agents = ("EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT")
    features: list[dict[str, Any]] = [{"Name": name, "Status": "ENABLED"} for name in PLANS]
    for feature in features:
        if feature["Name"] == "RUNTIME_MONITORING":
            feature["AdditionalConfiguration"] = [{"Name": agent, "Status": "ENABLED"} for agent in agents]
    guardduty = boto3.client("guardduty", region_name=region)
    detector_id: str = guardduty.create_detector(Enable=True, Features=features)["DetectorId"]
    export(server, detector_id, "PUBLISHING")
    return detector_id


def export(server: AwsServer, detector_id: str, *statuses: str) -> None:
    """Have a detector export its findings, which moto does not know."""
    server.answers["guardduty", f"GET /detector/{detector_id}/publishingDestination"] = {
        "destinations": [{"destinationId": "1", "destinationType": "S3", "status": status} for status in statuses]
    }


def analyzer(kind: str, status: str = "ACTIVE") -> dict[str, str]:
    """Describe an analyzer as Access Analyzer does."""
    return {
        "arn": f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/{kind.lower()}",
        "name": kind.lower(),
        "type": kind,
        "createdAt": "2026-01-02T03:04:05Z",
        "status": status,
    }


def standards(*names: str) -> dict[str, Any]:
    """Describe standards that are on as Security Hub does."""
    return {
        "StandardsSubscriptions": [
            {
                "StandardsSubscriptionArn": f"arn:aws:securityhub:{REGION}:{ACCOUNT}:subscription/{name}",
                "StandardsArn": f"arn:aws:securityhub:{REGION}::standards/{name}",
                "StandardsInput": {},
                "StandardsStatus": "READY",
            }
            for name in names
        ]
    }


def watch(server: AwsServer) -> None:
    """Turn every detection service on, complete."""
    detect(server)
    boto3.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
    boto3.client("macie2").enable_macie()
    boto3.client("inspector2").enable(accountIds=[ACCOUNT], resourceTypes=["EC2", "ECR", "LAMBDA"])
    server.answers |= {
        ANALYZERS: {"analyzers": [analyzer("ACCOUNT"), analyzer("ACCOUNT_UNUSED_ACCESS")]},
        STANDARDS: standards(*detection.STANDARDS),
        DISCOVERY: {"status": "ENABLED"},
    }
