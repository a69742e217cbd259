from __future__ import annotations

import datetime
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import Verdict
from tests.compliance.rules.support import GIVEN, one, rule, to_do

BUILD, NOTEBOOK, CANARY = "AWS::CodeBuild::Project", "AWS::SageMaker::NotebookInstance", "AWS::Synthetics::Canary"
NODES, SERVICE, JOB = "AWS::EKS::Nodegroup", "AWS::ECS::Service", "AWS::Batch::JobDefinition"
ANALYTICS, BEANSTALK = "AWS::KinesisAnalyticsV2::Application", "AWS::ElasticBeanstalk::Environment"
INSTANCE, TEMPLATE = "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"
LATEST = "/aws/service/ami-amazon-linux-latest"
OF_ECR = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/build:1"}

PLATFORMS = "arn:aws:elasticbeanstalk:us-east-1::platform"


def _windows(name: str) -> str:
    return f"{{{{resolve:ssm:/aws/service/ami-windows-latest/{name}}}}}"


def _image(name: Any) -> dict[str, Any]:
    return {"Environment": {"Image": name}}


def _verdict(kind: str, day: str = "2026-11-28", **properties: Any) -> Verdict:
    app = App()
    app.today = datetime.date.fromisoformat(day)
    parameters = {
        "Given": {"Type": "String"},
        "First": {
            "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
            "Default": f"{LATEST}/amzn-ami-hvm-x86_64-gp2",
        },
        "Second": {
            "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
            "Default": f"{LATEST}/amzn2-ami-hvm-x86_64-gp2",
        },
        "Newest": {
            "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
            "Default": f"{LATEST}/al2023-ami-kernel-default-x86_64",
        },
    }
    app.add("t.json", {"Resources": one(kind, **properties), "Parameters": parameters})
    (result,) = evaluate(app, [rule("platform_supported")])
    return result.verdict


@pytest.mark.parametrize(
    ("kind", "properties", "outcome", "severity"),
    [
        (BUILD, _image("aws/codebuild/standard:4.0"), "failed", "warning"),
        (BUILD, _image("aws/codebuild/standard:4.0-22.11.30"), "failed", "warning"),
        (BUILD, _image("aws/codebuild/standard:1.0"), "failed", "warning"),
        (BUILD, _image("aws/codebuild/nodejs:8.11.0"), "failed", "warning"),
        (BUILD, _image("aws/codebuild/amazonlinux2-x86_64-standard:3.0"), "failed", "warning"),
        (BUILD, _image("aws/codebuild/standard:7.0"), "passed", None),
        (BUILD, _image("aws/codebuild/amazonlinux-x86_64-standard:5.0"), "passed", None),
        (BUILD, _image("node:18"), "not_applicable", None),
        (BUILD, _image(OF_ECR), "not_applicable", None),
        (BUILD, _image(GIVEN), "unknown", None),
        (BUILD, {}, "not_applicable", None),
        (NOTEBOOK, {"PlatformIdentifier": "notebook-al1-v1"}, "failed", None),
        (NOTEBOOK, {"PlatformIdentifier": "notebook-al2-v3"}, "failed", None),
        (NOTEBOOK, {"PlatformIdentifier": "notebook-al2023-v1"}, "passed", None),
        (NOTEBOOK, {"PlatformIdentifier": GIVEN}, "unknown", None),
        (NOTEBOOK, {}, "not_applicable", None),
        (CANARY, {"RuntimeVersion": "syn-nodejs-puppeteer-6.2"}, "failed", None),
        (CANARY, {"RuntimeVersion": "syn-python-selenium-1.0"}, "failed", None),
        (CANARY, {"RuntimeVersion": "syn-nodejs-puppeteer-10.0"}, "passed", None),
        (CANARY, {"RuntimeVersion": GIVEN}, "unknown", None),
        (NODES, {"AmiType": "AL2_x86_64"}, "failed", None),
        (NODES, {"AmiType": "AL2023_x86_64_STANDARD"}, "passed", None),
        (NODES, {}, "not_applicable", None),
        (SERVICE, {"PlatformVersion": "1.3.0"}, "failed", None),
        (SERVICE, {"PlatformVersion": "1.4.0"}, "passed", None),
        # So is the only one of Windows called.
        (SERVICE, {"PlatformVersion": "1.0.0"}, "passed", None),
        (SERVICE, {"PlatformVersion": "LATEST"}, "passed", None),
        (SERVICE, {}, "not_applicable", None),
        (
            JOB,
            {"ContainerProperties": {"FargatePlatformConfiguration": {"PlatformVersion": "1.3.0"}}},
            "failed",
            None,
        ),
        ("AWS::Events::Rule", {"Targets": [{"EcsParameters": {"PlatformVersion": "1.2.0"}}]}, "failed", None),
        ("AWS::Events::Rule", {"Targets": [{"Arn": "arn"}]}, "not_applicable", None),
        (ANALYTICS, {"RuntimeEnvironment": "SQL-1_0"}, "failed", None),
        (ANALYTICS, {"RuntimeEnvironment": "FLINK-1_20"}, "passed", None),
        (
            BEANSTALK,
            {"SolutionStackName": "64bit Amazon Linux 2018.03 v2.9.2 running Python 3.6"},
            "failed",
            None,
        ),
        (
            BEANSTALK,
            {"PlatformArn": "arn:aws:elasticbeanstalk:us-east-1::platform/Java 8 running on 64bit Amazon Linux/2.10.6"},
            "failed",
            None,
        ),
        (BEANSTALK, {"SolutionStackName": "64bit Amazon Linux 2023 v6.1.0 running Node.js 18"}, "failed", None),
        (BEANSTALK, {"SolutionStackName": "64bit Amazon Linux 2023 v6.1.0 running Node.js 22"}, "passed", None),
        (BEANSTALK, {"SolutionStackName": "64bit Amazon Linux 2 v3.3.0 running Python 3.8"}, "failed", None),
        (BEANSTALK, {"PlatformArn": f"{PLATFORMS}/Corretto 17 running on 64bit Amazon Linux 2/3.9.8"}, "failed", None),
        (
            BEANSTALK,
            {"PlatformArn": f"{PLATFORMS}/Python 3.9 running on 64bit Amazon Linux 2023/4.7.5"},
            "failed",
            None,
        ),
        (BEANSTALK, {"PlatformArn": f"{PLATFORMS}/Python 3.13 running on 64bit Amazon Linux 2023/4.7"}, "passed", None),
        (BEANSTALK, {"SolutionStackName": "64bit Amazon Linux 2023 v3.5.8 running .NET 8"}, "passed", None),
        (BEANSTALK, {"SolutionStackName": "64bit Amazon Linux 2023 v6.7.4 running Node.js 20"}, "failed", None),
        (BEANSTALK, {"SolutionStackName": "64bit Amazon Linux 2023 v4.9.3 running PHP 8.1"}, "failed", None),
        (BEANSTALK, {"SolutionStackName": "64bit Windows Server Core 2012 R2 v2.11.5 running IIS 8.5"}, "failed", None),
        (BEANSTALK, {"SolutionStackName": "64bit Windows Server 2016 v2.23.3 running IIS 10.0"}, "failed", None),
        (BEANSTALK, {"SolutionStackName": "64bit Windows Server 2022 v2.21.0 running IIS 10.0"}, "passed", None),
        (BEANSTALK, {"SolutionStackName": GIVEN}, "unknown", None),
        (BEANSTALK, {}, "not_applicable", None),
        (INSTANCE, {"ImageId": {"Ref": "First"}}, "failed", None),
        (INSTANCE, {"ImageId": {"Ref": "Second"}}, "failed", None),
        (INSTANCE, {"ImageId": {"Ref": "Newest"}}, "passed", None),
        (INSTANCE, {"ImageId": f"{{{{resolve:ssm:{LATEST}/amzn2-ami-hvm-x86_64-gp2}}}}"}, "failed", None),
        (INSTANCE, {"ImageId": f"{{{{resolve:ssm:{LATEST}/amzn2-ami-hvm-x86_64-gp2:3}}}}"}, "failed", None),
        (INSTANCE, {"ImageId": _windows("Windows_Server-2012-R2_RTM-English-64Bit-Base")}, "failed", None),
        (INSTANCE, {"ImageId": _windows("EC2LaunchV2-Windows_Server-2012-R2_RTM-English-Full-Base")}, "failed", None),
        (INSTANCE, {"ImageId": _windows("Windows_Server-2008-R2_SP1-English-64Bit-Base")}, "failed", None),
        (INSTANCE, {"ImageId": _windows("Windows_Server-2016-English-Full-Base")}, "passed", None),
        (INSTANCE, {"ImageId": _windows("Windows_Server-2025-English-Full-Base")}, "passed", None),
        (INSTANCE, {"ImageId": _windows("Windows_Server-2004-English-Core-Base")}, "not_applicable", None),
        (INSTANCE, {"ImageId": "ami-1234567890abcdef0"}, "not_applicable", None),
        (INSTANCE, {"ImageId": GIVEN}, "not_applicable", None),
        (TEMPLATE, {"LaunchTemplateData": {"ImageId": {"Ref": "Second"}}}, "failed", None),
        (
            TEMPLATE,
            {"LaunchTemplateData": {"ImageId": f"resolve:ssm:{LATEST}/amzn-ami-hvm-x86_64-gp2"}},
            "failed",
            None,
        ),
        (
            "AWS::AutoScaling::LaunchConfiguration",
            {"ImageId": "{{resolve:ssm:/aws/service/eks/optimized-ami/1.29/amazon-linux-2/recommended/image_id}}"},
            "failed",
            None,
        ),
        (
            "AWS::AutoScaling::LaunchConfiguration",
            {"ImageId": "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"},
            "passed",
            None,
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], outcome: str, severity: str | None) -> None:
    found = _verdict(kind, **properties)
    assert not found.message.startswith("The rule could not read"), found.message
    assert (found.outcome.value, found.severity) == (outcome, severity)


@pytest.mark.parametrize(("day", "outcome"), [("2026-06-30", "passed"), ("2026-07-01", "failed")])
def test_the_day_decides(day: str, outcome: str) -> None:
    assert _verdict(INSTANCE, day, ImageId={"Ref": "Second"}).outcome.value == outcome


@pytest.mark.parametrize(("day", "outcome"), [("2027-01-12", "passed"), ("2027-01-13", "failed")])
def test_windows_server_2016_ends(day: str, outcome: str) -> None:
    found = _verdict(INSTANCE, day, ImageId=_windows("Windows_Server-2016-English-Full-Base"))
    assert found.outcome.value == outcome


def test_a_finding_says_whose_support_has_ended() -> None:
    found = _verdict(INSTANCE, ImageId=_windows("Windows_Server-2012-R2_RTM-English-64Bit-Base"))
    assert found.message.startswith(
        "ImageId, the newest Windows Server 2012, has had no support of Microsoft's since 2023-10-10"
    )


def test_a_platform_is_retired_by_what_ends_first() -> None:
    found = _verdict(BEANSTALK, SolutionStackName="64bit Amazon Linux 2 v5.8.0 running Node.js 18")
    assert "since 2025-08-11" in found.message


def test_a_finding_says_which_linux_it_is() -> None:
    assert _verdict(INSTANCE, ImageId={"Ref": "Second"}).message == (
        "ImageId, the newest Amazon Linux 2, has had no support of AWS's since 2026-06-30 (read on 2026-08-22)."
    )


REPOSITORY = """cat > /etc/yum.repos.d/mongodb.repo <<EOF
[mongodb-org-{0}]
baseurl=https://repo.mongodb.org/yum/amazon/2023/mongodb-org/{0}/x86_64/
EOF
"""
SERVED = "yum install -y mongodb-org\n"
OLD_MYSQL = "rpm -Uvh https://repo.mysql.com/mysql57-community-release-el7.rpm\n"


@pytest.mark.parametrize(
    ("script", "said", "severity"),
    [
        (REPOSITORY.format("4.0") + SERVED, "MongoDB 4.0, which UserData installs, has had no support", None),
        ("amazon-linux-extras enable mongodb4.0\n" + SERVED, "MongoDB 4.0", None),
        ("apt-get install -y mongodb-org=4.4.29\n", "MongoDB 4.4", None),
        ("docker run -d --name db mongo:3.6\n", "MongoDB 3.6", None),
        ("docker run -d mongo:2.6\n", "MongoDB 2.6, which UserData installs, is older than 3.0", None),
        (OLD_MYSQL + "yum install -y mysql-community-server\n", "MySQL 5.7", None),
        ("curl -sL https://rpm.nodesource.com/setup_16.x | bash -\nyum install -y nodejs\n", "Node.js 16", "warning"),
        (". ~/.nvm/nvm.sh\nnvm install 14\n", "Node.js 14", "warning"),
    ],
)
def test_what_a_start_installs_of_a_project_that_mends_it_no_more(script: str, said: str, severity: str | None) -> None:
    found = _verdict(INSTANCE, UserData={"Fn::Base64": script})
    assert (found.outcome.value, found.severity) == ("failed", severity)
    assert found.message.startswith(said)
    launched = _verdict(TEMPLATE, LaunchTemplateData={"UserData": {"Fn::Base64": script}})
    assert launched.outcome.value == "failed"


@pytest.mark.parametrize(
    "script",
    [
        REPOSITORY.format("8.0") + SERVED,
        # The clients alone.
        REPOSITORY.format("4.0") + "yum install -y mongodb-org-shell\n",
        REPOSITORY.format("4.0"),
        "echo 'the old machine had mongodb-org-4.0' > README.md\n" + SERVED,
        "# mongodb-org-4.0\n" + SERVED,
        "yum-config-manager --disable mysql57-community\nyum install -y mysql-community-server\n",
        # What a distribution packs, it mends.
        "apt-get install -y postgresql-12 php7.4\n",
        "curl -sL https://rpm.nodesource.com/setup_24.x | bash -\n",
    ],
)
def test_what_a_start_installs_otherwise(script: str) -> None:
    assert _verdict(INSTANCE, UserData={"Fn::Base64": script}).outcome.value == "not_applicable"


def test_a_release_is_mended_until_its_day() -> None:
    script = {"Fn::Base64": "apt-get install -y mongodb-org=7.0.5\n"}
    assert _verdict(INSTANCE, "2027-08-31", UserData=script).outcome.value == "not_applicable"
    assert _verdict(INSTANCE, "2027-09-01", UserData=script).outcome.value == "failed"


def test_what_to_do_about_what_a_start_installs() -> None:
    ended, old = (
        {"Fn::Base64": REPOSITORY.format("4.0") + SERVED},
        f"{{{{resolve:ssm:{LATEST}/amzn-ami-hvm-x86_64-gp2}}}}",
    )
    alone = to_do("platform_supported", one(INSTANCE, UserData=ended))
    assert alone.startswith("The start installs a release that its project mends")
    assert "al2023" not in alone
    assert "DocumentDB" in alone
    runtime = {"Fn::Base64": "curl -sL https://rpm.nodesource.com/setup_16.x | bash -\nyum install -y nodejs\n"}
    assert to_do("platform_supported", one(INSTANCE, UserData=runtime)) == (
        "The start installs a release that its project mends, such as Node.js 24."
    )
    both = to_do("platform_supported", one(INSTANCE, UserData=ended, ImageId=old))
    assert "al2023-ami" in both
    assert "The start installs a release" in both
    assert "The start installs" not in to_do("platform_supported", one(INSTANCE, ImageId=old))
