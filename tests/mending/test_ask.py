"""What only the owner knows becomes a parameter without a default, and the rules hold by what it may be given."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # cfn-lint has no type information

from hipaa_constructs.cloudformation.load.template_file import parse
from hipaa_constructs.mending import GIVEN, QUESTIONS, mend
from tests.mending.test_mend import TEMPLATES, TODAY, fixed, mended, resources, why

WEB = Path(__file__).parent / "templates" / "web.yaml"
SUBNETS = {"Type": "List<AWS::EC2::Subnet::Id>"}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ]
        }
    },
}
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {"Runtime": "python3.13", "Handler": "a.b", "Role": {"Fn::GetAtt": ["Role", "Arn"]}},
}


def function(parameters: dict[str, Any] | None = None, **others: Any) -> str:
    body: dict[str, Any] = {"Parameters": parameters} if parameters is not None else {}
    return yaml.safe_dump({**body, "Resources": {"Role": ROLE, "It": FUNCTION, **others}}, sort_keys=False)


def parameters(found: Any) -> Any:
    return parse(found.text, "", []).get("Parameters", {})


def group(*rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "Visits", "VpcId": "vpc-0a1b2c3d", "SecurityGroupIngress": list(rules)},
    }


def rule(port: Any, cidr: Any = "0.0.0.0/0") -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": cidr}


def test_each_question_is_of_something_that_can_be_given() -> None:
    assert set(QUESTIONS) == set(GIVEN) - {"runtimes"}
    names = [one.name for one in QUESTIONS.values()]
    assert len(set(names)) == len(names)
    for question in QUESTIONS.values():
        assert "Default" not in question.declared()
        # docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
        assert len(question.says) <= 4000
        assert not question.pattern or re.fullmatch(question.pattern, "") is None


@pytest.mark.parametrize(
    ("what", "taken", "refused"),
    [
        ("allowed-range", ["198.51.100.0/24", "10.1.0.0/22"], ["0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/8", "::/0"]),
        (
            "certificate",
            ["arn:aws:acm:eu-west-1:111122223333:certificate/11111111-1111-1111-1111-111111111111"],
            ["x", "arn:aws:iam::111122223333:server-certificate/old"],
        ),
        (
            "edge-certificate",
            ["arn:aws:acm:us-east-1:111122223333:certificate/11111111-1111-1111-1111-111111111111"],
            ["arn:aws:acm:eu-west-1:111122223333:certificate/11111111-1111-1111-1111-111111111111"],
        ),
        (
            "edge-web-acl",
            ["arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/11111111-1111-1111-1111-111111111111"],
            ["arn:aws:wafv2:us-east-1:111122223333:regional/webacl/a/11111111-1111-1111-1111-111111111111"],
        ),
        ("edge-logs", ["logs.s3.amazonaws.com", "a.b.s3.eu-west-1.amazonaws.com"], ["logs", "s3://logs"]),
        ("images", [f"nginx@sha256:{'a' * 64}"], ["nginx", "nginx:latest", "nginx@sha256:abc"]),
        (
            "data-resources",
            [
                "arn:aws:s3:::records/*",
                "arn:aws:s3:::records",
                "arn:aws:dynamodb:us-east-1:111122223333:table/visits/index/*",
                "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/11111111-1111-1111-1111-111111111111",
            ],
            ["*", "arn:aws:s3:::*", "arn:aws:s3:::*/*", "arn:aws:kms:us-east-1:111122223333:key/*"],
        ),
        ("backup-role", ["arn:aws:iam::111122223333:role/service-role/backup"], ["backup"]),
        ("copy-vault", ["arn:aws:backup:us-west-2:111122223333:backup-vault:copies"], ["copies"]),
        ("backup-plan", ["11111111-1111-1111-1111-111111111111"], ["", "a b"]),
    ],
)
def test_a_parameter_takes_what_answers_it(what: str, taken: list[str], refused: list[str]) -> None:
    pattern = re.compile(QUESTIONS[what].pattern)
    assert [one for one in taken if not pattern.fullmatch(one)] == []
    assert [one for one in refused if pattern.fullmatch(one)] == []


def test_a_function_asks_for_its_network(tmp_path: Path) -> None:
    found = mended(function(), tmp_path, rules=["FunctionInVpc"], ask=True)
    assert fixed(found) == {"FunctionInVpc It"}
    network = {"SubnetIds": {"Ref": "PrivateSubnets"}, "SecurityGroupIds": {"Ref": "SecurityGroups"}}
    assert resources(found)["It"]["Properties"]["VpcConfig"] == network
    assert {name: one["Type"] for name, one in parameters(found).items()} == {
        "PrivateSubnets": "List<AWS::EC2::Subnet::Id>",
        "SecurityGroups": "List<AWS::EC2::SecurityGroup::Id>",
    }
    # Where people look for them.
    assert found.text.startswith("Parameters:\n")
    assert [(one.parameter, one.what, len(one.fixed)) for one in found.asked] == [
        ("PrivateSubnets", "private-subnets", 1),
        ("SecurityGroups", "security-groups", 1),
    ]


def test_nobody_is_asked_without_being_told_to(tmp_path: Path) -> None:
    found = mended(function(), tmp_path, rules=["FunctionInVpc"])
    assert not found.changed
    assert found.asked == []
    assert "or a parameter by --ask" in why(found, "FunctionInVpc")


def test_what_is_given_is_not_asked(tmp_path: Path) -> None:
    given = {"private-subnets": "subnet-0a1b2c3d"}
    found = mended(function(), tmp_path, rules=["FunctionInVpc"], given=given, ask=True)
    assert resources(found)["It"]["Properties"]["VpcConfig"] == {
        "SubnetIds": ["subnet-0a1b2c3d"],
        "SecurityGroupIds": {"Ref": "SecurityGroups"},
    }
    assert list(parameters(found)) == ["SecurityGroups"]


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    taken = {"PrivateSubnets": {"Type": "String", "Default": "a"}}
    found = mended(function(taken, SecurityGroups=group()), tmp_path, rules=["FunctionInVpc"], ask=True)
    assert list(parameters(found)) == ["PrivateSubnets", "PrivateSubnets2", "SecurityGroups2"]
    assert parameters(found)["PrivateSubnets"] == taken["PrivateSubnets"]


@pytest.mark.parametrize(
    ("name", "declared", "is_it"),
    [
        ("PrivateSubnetIds", SUBNETS, True),
        ("PrivateSubnetIds", {**SUBNETS, "Default": "subnet-1"}, False),
        ("PrivateSubnetIds", {"Type": "String"}, False),
        ("PublicSubnets", SUBNETS, False),
        ("Subnets", SUBNETS, False),
    ],
)
def test_a_parameter_that_plainly_is_it_is_taken(
    name: str, declared: dict[str, Any], is_it: bool, tmp_path: Path
) -> None:
    found = mended(function({name: declared}), tmp_path, rules=["FunctionInVpc"], ask=True)
    used = resources(found)["It"]["Properties"]["VpcConfig"]["SubnetIds"]["Ref"]
    assert used == (name if is_it else "PrivateSubnets")
    assert ("PrivateSubnets" in parameters(found)) is not is_it


def test_the_templates_own_network_comes_first(tmp_path: Path) -> None:
    def of(kind: str, **values: Any) -> dict[str, Any]:
        return {"Type": f"AWS::EC2::{kind}", "Properties": values}

    table, subnet = {"Ref": "Table"}, {"Ref": "Subnet"}
    own = {
        "Vpc": of("VPC", CidrBlock="10.0.0.0/16"),
        "Subnet": of("Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24"),
        "Nat": of("NatGateway", SubnetId=subnet),
        "Table": of("RouteTable", VpcId={"Ref": "Vpc"}),
        "Out": of("Route", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId={"Ref": "Nat"}),
        "Of": of("SubnetRouteTableAssociation", RouteTableId=table, SubnetId=subnet),
    }
    found = mended(function(**own), tmp_path, rules=["FunctionInVpc"], ask=True)
    assert fixed(found) == {"FunctionInVpc It"}
    assert resources(found)["It"]["Properties"]["VpcConfig"]["SubnetIds"] == [subnet]
    assert parameters(found) == {}


def test_what_is_taken_back_leaves_no_parameter(tmp_path: Path) -> None:
    found = mended(function(), tmp_path, rules=["FunctionInVpc", "StoreBackedUp"], ask=True)
    assert "BackupPlanId" not in parameters(found)
    lonely = {"Resources": {"It": FUNCTION}}
    found = mended(yaml.safe_dump(lonely), tmp_path, rules=["FunctionInVpc"], ask=True)
    assert not found.changed
    assert found.asked == []


def test_no_template_gets_more_parameters_than_it_may_have(tmp_path: Path) -> None:
    def of(count: int) -> Any:
        many = {f"P{number}": {"Type": "String"} for number in range(count)}
        return mended(function(many), tmp_path, rules=["FunctionInVpc"], ask=True)

    assert len(parameters(of(198))) == 200
    assert not of(199).changed
    assert why(of(199), "FunctionInVpc").startswith("The template has 200 parameters")


def test_what_the_serverless_framework_deploys_asks_nobody(tmp_path: Path) -> None:
    text = function().replace("Handler: a.b", "Handler: ${self:custom.handler}")
    found = mended(text, tmp_path, rules=["FunctionInVpc"], ask=True)
    assert not found.changed
    assert why(found, "FunctionInVpc").startswith("The Serverless Framework")


def test_json(tmp_path: Path) -> None:
    text = json.dumps(yaml.safe_load(function()), indent=2)
    found = mended(text, tmp_path, "template.json", rules=["FunctionInVpc"], ask=True)
    assert list(json.loads(found.text)["Parameters"]) == ["PrivateSubnets", "SecurityGroups"]
    assert '  "Parameters": {\n    "PrivateSubnets": {\n      "Type": ' in found.text


def test_a_stack_that_does_not_pass_it_is_named(tmp_path: Path) -> None:
    parent = tmp_path / "parent.yaml"
    stack: dict[str, Any] = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.yaml"}}
    parent.write_text(yaml.safe_dump({"Resources": {"Visits": stack}}))
    child = tmp_path / "child.yaml"
    child.write_text(function())
    _, found = mend([parent, child], today=TODAY, rules=["FunctionInVpc"], ask=True)
    assert [one.parents for one in found.asked] == [[f"Visits of {parent}"], [f"Visits of {parent}"]]
    stack["Properties"]["Parameters"] = {"PrivateSubnets": "subnet-0a1b2c3d"}
    parent.write_text(yaml.safe_dump({"Resources": {"Visits": stack}}))
    child.write_text(function({"PrivateSubnets": SUBNETS}))
    _, found = mend([parent, child], today=TODAY, rules=["FunctionInVpc"], ask=True)
    assert {one.parameter: list(one.parents) for one in found.asked} == {
        "PrivateSubnets": [],
        "SecurityGroups": [f"Visits of {parent}"],
    }


# ------------------------------------------------------------------------------------------------ whole templates


@pytest.mark.parametrize("file", [*TEMPLATES], ids=lambda file: file.stem)
def test_a_second_run_changes_nothing(file: Path, tmp_path: Path) -> None:
    first = mended(file.read_text("utf-8"), tmp_path, file.name, ask=True)
    assert first.asked
    second = mended(first.text, tmp_path, file.name, ask=True)
    assert second.diff == ""
    assert second.asked == []


@pytest.mark.parametrize("file", [*TEMPLATES], ids=lambda file: file.stem)
def test_cfn_lint_says_no_more_of_it(file: Path, tmp_path: Path) -> None:
    def errors(text: str) -> set[str]:
        return {str(one) for one in lint(text, config=ManualArgs(regions=["us-east-1"]))}

    def kinds(text: str) -> set[str]:
        return {one.split(":")[0] for one in errors(text)}

    found = mended(file.read_text("utf-8"), tmp_path, file.name, ask=True)
    assert kinds(found.text) - kinds(found.before) == set()


def test_a_website_by_parameters(tmp_path: Path) -> None:
    found = mended(WEB.read_text("utf-8"), tmp_path, ask=True)
    assert fixed(found) >= {
        "LoadBalancerTlsRequired Listener",
        "SecurityGroupNotOpen Group",
        "ImagesPinned Task",
        "DataGrantsNameResources Role",
        "DistributionLogged Site",
        "EdgeWafAttached Site",
    }
    for comment in re.findall("#.*", found.before):
        assert comment in found.text
    body = parse(found.text, "", [])
    # The default would be as open as before.
    assert "Default" not in body["Parameters"]["AdminRange"]
    assert body["Parameters"]["WebImage"]["AllowedPattern"] == QUESTIONS["images"].pattern
    made = body["Resources"]
    assert made["Rule"]["Properties"]["ListenerArn"] == {"Ref": "ListenerTls"}
    assert made["ListenerTls"]["Properties"]["DefaultActions"][0]["Type"] == "forward"
    assert made["ListenerTls"]["Properties"]["Certificates"] == [{"CertificateArn": {"Ref": "CertificateArn"}}]
    assert made["Service"]["DependsOn"] == ["Listener", "ListenerTls"]
    rules = made["Group"]["Properties"]["SecurityGroupIngress"]
    assert [(one["FromPort"], one["CidrIp"]) for one in rules] == [
        (80, "0.0.0.0/0"),
        (22, {"Ref": "AdminRange"}),
        (8080, {"Ref": "AllowedRange"}),
        (443, "0.0.0.0/0"),
    ]
    containers = made["Task"]["Properties"]["ContainerDefinitions"]
    assert [one["Image"] for one in containers] == [
        {"Ref": "WebImage"},
        {"Ref": "BusyboxImage"},
        {"Ref": "SideCarImage"},
        {"Ref": "NginxImage"},
    ]
    statements = made["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert statements == [
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "dynamodb:GetItem"], "Resource": {"Ref": "RoleResources"}},
    ]


# ------------------------------------------------------------------------------------------------ one by one


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([rule(443)], id="a web port"),
        pytest.param([{**rule(0), "ToPort": 65535}], id="web ports among others"),
        pytest.param([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}], id="all ports"),
        pytest.param([rule({"Ref": "AWS::NoValue"})], id="a port that only deployment knows"),
    ],
)
def test_whom_web_ports_let_in_is_left(rules: list[dict[str, Any]], tmp_path: Path) -> None:
    found = mended(
        yaml.safe_dump({"Resources": {"It": group(*rules)}}), tmp_path, rules=["SecurityGroupNotOpen"], ask=True
    )
    assert not found.changed


def test_a_range_that_web_ports_share_stays(tmp_path: Path) -> None:
    body = {
        "Parameters": {"Range": {"Type": "String", "Default": "0.0.0.0/0"}},
        "Resources": {"It": group(rule(22, {"Ref": "Range"})), "Web": group(rule(443, {"Ref": "Range"}))},
    }
    found = mended(yaml.safe_dump(body), tmp_path, rules=["SecurityGroupNotOpen"], ask=True)
    assert fixed(found) == {"SecurityGroupNotOpen It"}
    assert parameters(found)["Range"] == body["Parameters"]["Range"]
    assert resources(found)["It"]["Properties"]["SecurityGroupIngress"][0]["CidrIp"] == {"Ref": "AllowedRange"}


def test_what_says_the_range_of_the_network_stays(tmp_path: Path) -> None:
    body = {
        "Parameters": {"Range": {"Type": "String", "Default": "10.0.0.0/16"}},
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Range"}}},
            "It": group(rule(5432, {"Ref": "Range"})),
        },
    }
    found = mended(yaml.safe_dump(body), tmp_path, rules=["SecurityGroupNotOpen"], ask=True)
    assert [one.finding.severity for one in found.left] == ["warning"]
    assert not found.changed


def test_a_range_is_given(tmp_path: Path) -> None:
    body = {"Resources": {"It": group(rule(22), rule(22))}}
    given = {"allowed-range": "198.51.100.0/24"}
    found = mended(yaml.safe_dump(body), tmp_path, rules=["SecurityGroupNotOpen"], given=given)
    assert fixed(found) == {"SecurityGroupNotOpen It"}
    # EC2 takes no rule twice.
    assert resources(found)["It"]["Properties"]["SecurityGroupIngress"] == [rule(22, "198.51.100.0/24")]


def test_a_range_that_is_too_wide_is_taken_back(tmp_path: Path) -> None:
    body = {"Resources": {"It": group(rule(22))}}
    given = {"allowed-range": "54.0.0.0/8"}
    found = mended(yaml.safe_dump(body), tmp_path, rules=["SecurityGroupNotOpen"], given=given)
    assert not found.changed


def task(*images: Any) -> str:
    containers = [{"Name": f"c{number}", "Image": image} for number, image in enumerate(images)]
    it = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": containers}}
    return yaml.safe_dump({"Resources": {"It": it}})


def images(found: Any) -> list[Any]:
    return [one["Image"] for one in resources(found)["It"]["Properties"]["ContainerDefinitions"]]


def test_images_are_given_by_their_repositories(tmp_path: Path) -> None:
    digest = "a" * 64
    given = {"images": f"nginx@sha256:{digest},registry:5000/visits@sha256:{digest}"}
    found = mended(task("nginx", "registry:5000/visits:latest"), tmp_path, rules=["ImagesPinned"], given=given)
    assert images(found) == [f"nginx@sha256:{digest}", f"registry:5000/visits@sha256:{digest}"]
    found = mended(task("busybox"), tmp_path, rules=["ImagesPinned"], given=given)
    assert why(found, "ImagesPinned").startswith("Of its image no digest is given")


def test_images_of_one_name_are_not_one(tmp_path: Path) -> None:
    found = mended(task("a/visits", "b/visits", "a/visits"), tmp_path, rules=["ImagesPinned"], ask=True)
    assert images(found) == [{"Ref": "VisitsImage"}, {"Ref": "VisitsImage2"}, {"Ref": "VisitsImage"}]


@pytest.mark.parametrize("action", ["s3:*", "s3:Get*", "kms:*"])
def test_wildcards_that_may_need_every_resource_are_left(action: str, tmp_path: Path) -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", action], "Resource": "*"}]}
    it = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": document}}
    found = mended(yaml.safe_dump({"Resources": {"It": it}}), tmp_path, rules=["GrantsBounded"], ask=True)
    assert not found.changed


def test_a_listener_whose_groups_are_elsewhere_is_left(tmp_path: Path) -> None:
    text = WEB.read_text("utf-8").replace("SecurityGroups: [!Ref Group]", "SecurityGroups: [sg-0a1b2c3d]")
    found = mended(text, tmp_path, rules=["LoadBalancerTlsRequired"], ask=True)
    assert not found.changed
    assert "port 443" in why(found, "LoadBalancerTlsRequired")


def test_a_listener_that_others_know_is_left(tmp_path: Path) -> None:
    text = WEB.read_text("utf-8") + "Outputs:\n  Listener:\n    Value: !Ref Listener\n"
    found = mended(text, tmp_path, rules=["LoadBalancerTlsRequired"], ask=True)
    assert not found.changed
    assert why(found, "LoadBalancerTlsRequired").startswith("What else uses the listener")
