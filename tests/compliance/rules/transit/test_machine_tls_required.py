from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import Verdict
from tests.compliance.rules.support import outcome, rule

INSTANCE = {"Subject": {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-0123456789abcdef0"}}}
ADDRESS = {"Subject": {"Type": "AWS::EC2::EIP", "Properties": {"InstanceId": {"Ref": "Portal"}}}}


def _given(resources: dict[str, Any], *values: Any, **more: Any) -> str:
    outputs = {f"Url{number}": {"Value": value, **more} for number, value in enumerate(values)}
    parameters = {"Path": {"Type": "String"}, "Stage": {"Type": "String", "Default": "prod"}}
    conditions = {"Never": {"Fn::Equals": ["a", "b"]}, "Ever": {"Fn::Equals": ["a", "a"]}}
    return outcome("machine_tls_required", resources, Outputs=outputs, Parameters=parameters, Conditions=conditions)


@pytest.mark.parametrize(
    ("resources", "value", "expected"),
    [
        (INSTANCE, {"Fn::Sub": "http://${Subject.PublicDnsName}:5000"}, "failed"),
        (INSTANCE, {"Fn::Sub": "http://${Subject.PublicIp}/"}, "failed"),
        (INSTANCE, {"Fn::Join": ["", ["http://", {"Fn::GetAtt": ["Subject", "PrivateIp"]}, "/portal"]]}, "failed"),
        (INSTANCE, {"Fn::Sub": "Open HTTP://${Subject.PublicIp} in a browser"}, "failed"),
        (INSTANCE, {"Fn::Sub": "https://${Subject.PublicIp}"}, "passed"),
        (INSTANCE, {"Fn::Sub": "ssh ec2-user@${Subject.PublicIp}"}, "passed"),
        (INSTANCE, {"Fn::Sub": "http://docs.example.org for ${Subject.PublicIp}"}, "passed"),
        (INSTANCE, {"Fn::GetAtt": ["Subject", "PublicIp"]}, "passed"),
        (INSTANCE, "http://portal.example.org", "not_applicable"),
        (INSTANCE, {"Fn::Sub": "http://${Path}"}, "not_applicable"),
        (ADDRESS, {"Fn::Sub": "http://${Subject}:3000"}, "failed"),
        (ADDRESS, {"Fn::Sub": "http://${Subject.PublicIp}"}, "failed"),
        (ADDRESS, {"Ref": "Subject"}, "passed"),
    ],
)
def test_what_an_output_gives_out(resources: dict[str, Any], value: Any, expected: str) -> None:
    assert _given(resources, value) == expected


def test_an_output_that_there_never_is_gives_nothing() -> None:
    url = {"Fn::Sub": "http://${Subject.PublicIp}"}
    assert _given(INSTANCE, url, Condition="Never") == "not_applicable"
    assert _given(INSTANCE, url, Condition="Ever") == "failed"
    assert _given(INSTANCE) == "not_applicable"


def test_a_machine_that_sets_up_tls_leads_there() -> None:
    def starts(script: str) -> dict[str, Any]:
        return {"Portal": {"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Base64": script}}}}

    url = {"Fn::Sub": "http://${Subject}"}
    assert _given(ADDRESS | starts("dnf install -y nginx"), url) == "failed"
    assert _given(ADDRESS | starts("dnf install -y nginx\ncertbot --nginx"), url) == "not_applicable"
    assert _given(ADDRESS | starts("docker run -p 443:443 portal"), url) == "not_applicable"


def _found(resources: dict[str, Any], **outputs: str) -> Verdict:
    app = App()
    given = {name: {"Value": {"Fn::Sub": value}} for name, value in outputs.items()}
    app.add("t.yaml", {"Resources": resources, "Outputs": given})
    results = evaluate(app, [rule("machine_tls_required")])
    (failed,) = (one.verdict for one in results if one.verdict.outcome.value == "failed")
    return failed


def test_the_outputs_are_named() -> None:
    url = "http://${Subject.PublicIp}"
    assert _found(INSTANCE, App=url).message == (
        "Output App gives http:// with its address: what is sent there is in clear text."
    )
    assert _found(INSTANCE, App=url, Admin=f"{url}/admin").message.startswith("Outputs App, Admin give http://")


def test_it_is_said_once_a_template() -> None:
    both = {**INSTANCE, "Address": {"Type": "AWS::EC2::EIP", "Properties": {"InstanceId": {"Ref": "Subject"}}}}
    found = _found(both, App="http://${Subject.PublicIp}", Other="http://${Address}")
    assert "The same is so of " in found.message


def _group(*rules: Any) -> dict[str, Any]:
    ingress = [rule if isinstance(rule, dict) and "Ref" in rule else {"CidrIp": "0.0.0.0/0", **rule} for rule in rules]
    return {"Web": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": ingress}}}


def _port(port: int, last: int | None = None, **more: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": last or port, **more}


WEB = [{"Fn::GetAtt": ["Web", "GroupId"]}]
ALL = {"IpProtocol": "-1"}


def _instance(**more: Any) -> dict[str, Any]:
    return {"Subject": {"Type": "AWS::EC2::Instance", "Properties": {"SecurityGroupIds": WEB, **more}}}


def _scaled(launched: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Launch"}, "Version": "1"}, **more}
    return {
        "Subject": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": given},
        "Launch": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": launched}},
    }


def _service(assigned: Any = "ENABLED", **more: Any) -> dict[str, Any]:
    vpc = {"AssignPublicIp": assigned, "SecurityGroups": WEB, "Subnets": ["subnet-0123"]}
    given = {"NetworkConfiguration": {"AwsvpcConfiguration": vpc}, **more}
    return {"Subject": {"Type": "AWS::ECS::Service", "Properties": given}}


INNER = {"Inner": {"Type": "AWS::EC2::Subnet"}}
FRONT = {"Front": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_instance() | _group(_port(80)), "failed"),
        (_instance() | _group(_port(80, CidrIp="::/0")), "failed"),
        (_instance() | _group(_port(8080), _port(22)), "failed"),
        (_instance(SubnetId="subnet-0123") | _group(_port(5000)), "failed"),
        (_instance() | _group(_port(80), _port(443)), "not_applicable"),
        (_instance() | _group(_port(80), _port(443, CidrIp="192.0.2.0/24")), "not_applicable"),
        (_instance() | _group(_port(80), _port(8443)), "not_applicable"),
        (_instance() | _group(_port(80), ALL), "not_applicable"),
        (_instance() | _group(_port(80), _port(0, 65535)), "not_applicable"),
        (_instance() | _group(_port(80), {"Ref": "Path"}), "not_applicable"),
        (_instance() | _group(_port(80, CidrIp="192.0.2.0/24")), "not_applicable"),
        (_instance() | _group(_port(80, CidrIp={"Ref": "Path"})), "not_applicable"),
        (_instance() | _group(_port(80, IpProtocol="udp")), "not_applicable"),
        (_instance() | _group(_port(22)), "not_applicable"),
        (_instance() | _group(_port(9000)), "not_applicable"),
        (_instance(SecurityGroupIds=[*WEB, "sg-0123"]) | _group(_port(80)), "not_applicable"),
        (_instance(SubnetId={"Ref": "Inner"}) | INNER | _group(_port(80)), "not_applicable"),
        (_instance() | FRONT | _group(_port(80)), "not_applicable"),
        (_instance(UserData={"Fn::Base64": "certbot --nginx"}) | _group(_port(80)), "not_applicable"),
        (_scaled({"SecurityGroupIds": WEB}) | _group(_port(80)), "failed"),
        (_scaled({"NetworkInterfaces": [{"Groups": WEB}]}) | _group(_port(3000)), "failed"),
        (
            _scaled({"NetworkInterfaces": [{"Groups": WEB, "AssociatePublicIpAddress": False}]}) | _group(_port(80)),
            "not_applicable",
        ),
        (_scaled({"SecurityGroupIds": WEB}, TargetGroupARNs=["arn:a"]) | _group(_port(80)), "not_applicable"),
        (
            _scaled({"SecurityGroupIds": WEB}, VPCZoneIdentifier=[{"Ref": "Inner"}]) | INNER | _group(_port(80)),
            "not_applicable",
        ),
        (_service() | _group(_port(80)), "failed"),
        # What the image serves there stands nowhere.
        (_service() | _group(_port(8080)), "not_applicable"),
        (_service("DISABLED") | _group(_port(80)), "not_applicable"),
        (_service(LoadBalancers=[{"ContainerPort": 80}]) | _group(_port(80)), "not_applicable"),
    ],
)
def test_what_is_open_to_anybody(resources: dict[str, Any], expected: str) -> None:
    assert _given(resources) == expected


def test_the_ports_are_named() -> None:
    found = _found(_instance() | _group(_port(80), _port(8080)))
    assert found.message == (
        "Web opens ports 80, 8080 to anybody, and none for TLS: what is sent there is in clear text."
    )
    found = _found(_instance() | _group(_port(8080)))
    assert found.message.endswith("what is sent there is in clear text, unless a program serves TLS there.")
