from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

INSTANCE, GROUP = "AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"
SERVES = "#!/bin/bash\ndnf install -y httpd\nsystemctl start httpd\n"


def _starts(script: Any, **more: Any) -> dict[str, Any]:
    return one(INSTANCE, UserData={"Fn::Base64": script}, **more)


def _role(*actions: str, **more: Any) -> dict[str, Any]:
    document = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    policies = {"Policies": [{"PolicyName": "own", "PolicyDocument": document}]} if actions else {}
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, **policies, **more}},
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
    }


AS = {"IamInstanceProfile": {"Ref": "Profile"}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_starts(SERVES), "failed"),
        (one(INSTANCE, UserData=b64encode(SERVES.encode()).decode()), "failed"),
        (_starts(f"{SERVES}dnf install -y amazon-cloudwatch-agent"), "passed"),
        (one(INSTANCE, UserData=b64encode(b"#!/bin/sh\nyum install -y awslogs").decode()), "passed"),
        (_starts(f"{SERVES}docker run --log-driver=awslogs portal"), "passed"),
        (_starts("DD_API_KEY=x bash install.sh"), "passed"),
        (_starts("echo '*.* @@logs.internal' > /etc/rsyslog.d/out.conf"), "passed"),
        # What it fetches may be an agent.
        (_starts("curl -s https://example.org/install | sudo bash"), "not_applicable"),
        (_starts("aws s3 cp s3://setup/run.sh . && sh run.sh"), "not_applicable"),
        (_starts("cfn-init --resource Elsewhere"), "not_applicable"),
        # It reads metadata that there are none of.
        (_starts("/opt/aws/bin/cfn-init -v --stack visits --resource Subject"), "failed"),
        (_starts("/opt/aws/bin/cfn-init -v \\\n  -r 'Subject'\nhttpd"), "failed"),
        (_starts("cfn-init -r Subject\ncfn-init -r Elsewhere"), "not_applicable"),
        (_starts("cfn-init -r Subject\ncurl -s https://example.org/install | bash"), "not_applicable"),
        (_starts(GIVEN), "not_applicable"),
        (_starts({"Fn::Sub": f"{SERVES}${{Given}}\n"}), "not_applicable"),
        # Nothing is shown.
        (one(INSTANCE), "not_applicable"),
        (_starts("#!/bin/bash\n"), "not_applicable"),
        # Nodes have logs of containers.
        (_starts("echo ECS_CLUSTER=records >> /etc/ecs/ecs.config"), "not_applicable"),
        (_starts("/etc/eks/bootstrap.sh records"), "not_applicable"),
        (
            _starts(SERVES, LaunchTemplate={"LaunchTemplateId": "lt-0123456789abcdef0", "Version": "1"}),
            "not_applicable",
        ),
    ],
)
def test_what_it_starts_with(resources: dict[str, Any], expected: str) -> None:
    assert judged("machines_logged", resources) == expected


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (_role(), "failed"),
        (_role("s3:GetObject"), "failed"),
        (_role("logs:PutLogEvents"), "passed"),
        (_role("logs:*"), "passed"),
        (_role("firehose:Put*"), "passed"),
        (_role(ManagedPolicyArns=["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"]), "not_applicable"),
        (_role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]), "failed"),
        (_role(ManagedPolicyArns=[GIVEN]), "not_applicable"),
        ({}, "not_applicable"),
    ],
)
def test_a_role_that_may_write_logs_tells_of_an_agent(role: dict[str, Any], expected: str) -> None:
    assert judged("machines_logged", _starts(SERVES, **AS) | role) == expected


def test_a_document_of_systems_manager_sets_machines_up() -> None:
    association = {
        "Type": "AWS::SSM::Association",
        "Properties": {"Name": "AWS-ConfigureAWSPackage", "Parameters": {"name": ["AmazonCloudWatchAgent"]}},
    }
    assert judged("machines_logged", _starts(SERVES) | {"Agent": association}) == "passed"
    association["Properties"] = {"Name": "AWS-UpdateSSMAgent"}
    assert judged("machines_logged", _starts(SERVES) | {"Agent": association}) == "failed"


def test_what_cfn_init_installs_is_read() -> None:
    def outcome(package: str) -> str:
        init = {"config": {"packages": {"yum": {package: []}}, "commands": {"start": {"command": f"start {package}"}}}}
        machine = _starts("cfn-init --resource Subject")["Subject"]
        return judged("machines_logged", {"Subject": {**machine, "Metadata": {"AWS::CloudFormation::Init": init}}})

    assert outcome("awslogs") == "passed"
    assert outcome("httpd") == "failed"


def test_machines_of_a_group_start_by_what_launches_them() -> None:
    def outcome(kind: str, named: dict[str, Any], **properties: Any) -> str:
        launcher = {"Launcher": {"Type": kind, "Properties": properties}}
        return judged(
            "machines_logged", one(GROUP, MinSize="1", MaxSize="2", **named) | launcher | _role("s3:GetObject")
        )

    by_template = {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Launcher"}, "Version": "1"}}
    data = {"UserData": {"Fn::Base64": SERVES}, "IamInstanceProfile": {"Arn": {"Fn::GetAtt": ["Profile", "Arn"]}}}
    assert outcome("AWS::EC2::LaunchTemplate", by_template, LaunchTemplateData=data) == "failed"
    agent = {**data, "UserData": {"Fn::Base64": "dnf install -y fluent-bit"}}
    assert outcome("AWS::EC2::LaunchTemplate", by_template, LaunchTemplateData=agent) == "passed"
    by_configuration = {"LaunchConfigurationName": {"Ref": "Launcher"}}
    started = {"UserData": {"Fn::Base64": SERVES}, **AS}
    assert outcome("AWS::AutoScaling::LaunchConfiguration", by_configuration, **started) == "failed"
    assert judged("machines_logged", one(GROUP, LaunchConfigurationName="theirs")) == "not_applicable"


def test_what_code_deploy_brings_is_not_shown() -> None:
    def launched(**groups: Any) -> str:
        resources = one(GROUP, LaunchConfigurationName={"Ref": "Launch"}) | {
            "Launch": {
                "Type": "AWS::AutoScaling::LaunchConfiguration",
                "Properties": {"UserData": {"Fn::Base64": SERVES}},
            },
            "Deployed": {"Type": "AWS::CodeDeploy::DeploymentGroup", "Properties": groups},
        }
        return judged("machines_logged", resources)

    assert launched(AutoScalingGroups=[{"Ref": "Subject"}]) == "not_applicable"
    assert launched(AutoScalingGroups=["other"]) == "failed"


def test_it_is_said_once_a_template() -> None:
    found = verdict("machines_logged", _starts(SERVES) | {"Zweite": _starts(SERVES)["Subject"]})
    assert found is not None
    assert "The same is so of Zweite." in found.message
