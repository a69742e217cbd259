from __future__ import annotations

import json
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate, findings
from tests.compliance.rules.support import GIVEN, judged, one, rule, to_do, verdict

JOB, SUBNET = "AWS::Batch::JobDefinition", "AWS::EC2::Subnet"


def _ipv6(assigns: bool, gateway: Any) -> dict[str, Any]:
    association = {"SubnetId": {"Ref": "Subject"}, "RouteTableId": {"Ref": "Table"}}
    route = {"RouteTableId": {"Ref": "Table"}, "DestinationIpv6CidrBlock": "::/0", "GatewayId": gateway}
    return {
        **one(SUBNET, AssignIpv6AddressOnCreation=assigns),
        "Gateway": {"Type": "AWS::EC2::InternetGateway"},
        "Table": {"Type": "AWS::EC2::RouteTable"},
        "Route": {"Type": "AWS::EC2::Route", "Properties": route},
        "Association": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": association},
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(SUBNET), "passed"),
        (one(SUBNET, MapPublicIpOnLaunch="false"), "passed"),
        (one(SUBNET, MapPublicIpOnLaunch=True), "failed"),
        (one(SUBNET, MapPublicIpOnLaunch=GIVEN), "unknown"),
        (one(SUBNET, AssignIpv6AddressOnCreation=True), "passed"),
        (_ipv6(True, {"Ref": "Gateway"}), "failed"),
        (_ipv6(False, {"Ref": "Gateway"}), "passed"),
        (_ipv6(True, GIVEN), "unknown"),
        (one("AWS::EC2::Instance"), "passed"),
        (one("AWS::EC2::Instance", NetworkInterfaces=[{"AssociatePublicIpAddress": True}]), "failed"),
        (one("AWS::EC2::Instance", NetworkInterfaces=[{"DeviceIndex": "0"}]), "passed"),
        (
            one(
                "AWS::EC2::LaunchTemplate",
                LaunchTemplateData={"NetworkInterfaces": [{"AssociatePublicIpAddress": "true"}]},
            ),
            "failed",
        ),
        (one("AWS::AutoScaling::LaunchConfiguration"), "failed"),
        (one("AWS::AutoScaling::LaunchConfiguration", AssociatePublicIpAddress=False), "passed"),
        (one(JOB), "passed"),
        (one(JOB, ContainerProperties={"NetworkConfiguration": {"AssignPublicIp": "DISABLED"}}), "passed"),
        (one(JOB, ContainerProperties={"NetworkConfiguration": {"AssignPublicIp": "ENABLED"}}), "failed"),
        (one(JOB, ContainerProperties={"NetworkConfiguration": {"AssignPublicIp": GIVEN}}), "unknown"),
        (
            one(JOB, EcsProperties={"TaskProperties": [{"NetworkConfiguration": {"AssignPublicIp": "ENABLED"}}]}),
            "failed",
        ),
        (one("AWS::ECS::Service"), "passed"),
        (
            one("AWS::ECS::Service", NetworkConfiguration={"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED"}}),
            "failed",
        ),
        (one("AWS::Events::Rule"), "passed"),
        (one("AWS::EC2::EIP"), "not_applicable"),
        (one("AWS::EC2::EIP", InstanceId={"Ref": "Subject"}), "failed"),
        (one("AWS::EC2::EIPAssociation", InstanceId="i-1"), "failed"),
        (one("AWS::EC2::NatGateway"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("no_public_address", resources) == expected


def test_what_leaves_the_choice_to_the_subnet_weighs_less() -> None:
    kind = "AWS::AutoScaling::LaunchConfiguration"
    found = [verdict("no_public_address", one(kind, **given)) for given in ({}, {"AssociatePublicIpAddress": True})]
    assert [one.severity for one in found if one is not None] == ["warning", None]


def _launched(*groups: Any, **subnet: Any) -> dict[str, Any]:
    configured = {"LaunchConfigurationName": {"Ref": "Subject"}}
    return {
        **one("AWS::AutoScaling::LaunchConfiguration"),
        "Private": {"Type": SUBNET, "Properties": subnet},
        **{
            f"Group{at}": {
                "Type": "AWS::AutoScaling::AutoScalingGroup",
                "Properties": configured | ({} if zones is None else {"VPCZoneIdentifier": zones}),
            }
            for at, zones in enumerate(groups)
        },
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_launched([{"Ref": "Private"}]), "passed"),
        (_launched([{"Ref": "Private"}], MapPublicIpOnLaunch=False), "passed"),
        (_launched([{"Ref": "Private"}], MapPublicIpOnLaunch=True), "failed"),
        (_launched([{"Ref": "Private"}], MapPublicIpOnLaunch=GIVEN), "failed"),
        (_launched([{"Ref": "Private"}, "subnet-1"]), "failed"),
        (_launched([{"Ref": "Private"}], ["subnet-1"]), "failed"),
        (_launched([{"Ref": "Private"}], None), "failed"),
        (_launched(GIVEN), "failed"),
        (_launched(), "failed"),
    ],
)
def test_the_choice_is_the_one_of_all_subnets_of_its_groups(resources: dict[str, Any], expected: str) -> None:
    assert judged("no_public_address", resources) == expected


def _nat(route: bool = True, check: Any = False) -> dict[str, Any]:
    instance = one("AWS::EC2::Instance", SourceDestCheck=check, NetworkInterfaces=[{"AssociatePublicIpAddress": True}])
    leads = {"DestinationCidrBlock": "0.0.0.0/0", "InstanceId": {"Ref": "Subject"}}
    return instance | ({"Route": {"Type": "AWS::EC2::Route", "Properties": leads}} if route else {})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_nat(), "not_applicable"),
        (_nat(check="false"), "not_applicable"),
        (_nat(check=True), "failed"),
        (_nat(check=GIVEN), "failed"),
        (_nat(route=False), "failed"),
    ],
)
def test_an_instance_that_forwards_for_subnets_needs_an_address(resources: dict[str, Any], expected: str) -> None:
    assert judged("no_public_address", resources) == expected


def test_the_elastic_ip_of_a_nat_instance_is_one_of_nat() -> None:
    address = one("AWS::EC2::EIP", InstanceId={"Ref": "Nat"})
    nat = _nat()
    route = {"Type": "AWS::EC2::Route", "Properties": {"InstanceId": {"Ref": "Nat"}}}
    assert judged("no_public_address", address | {"Nat": nat["Subject"], "Route": route}) == "not_applicable"
    unaddressed = one("AWS::EC2::Instance", SourceDestCheck=False)["Subject"]
    assert judged("no_public_address", address | {"Nat": unaddressed}) == "failed"


HERE = {"Ref": "Subject"}
BALANCER = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Subnets": [HERE, "subnet-1"]}}
GATEWAY = {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": HERE, "AllocationId": "eipalloc-1"}}
ROUTED = {
    "Type": "AWS::EC2::SubnetRouteTableAssociation",
    "Properties": {"SubnetId": HERE, "RouteTableId": "rtb-1"},
}
MACHINE = {"Type": "AWS::EC2::Instance", "Properties": {"SubnetId": HERE}}
ZONES = {"Fn::Split": [",", {"Fn::Sub": "${Subject},subnet-1"}]}
GROUP = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"VPCZoneIdentifier": ZONES}}
EXPORT = {"Export": {"Name": "subnet"}}
NESTED = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "u", "Parameters": {"Subnet": HERE}}}


@pytest.mark.parametrize(
    ("users", "severity"),
    [
        ([BALANCER], "warning"),
        ([GATEWAY, ROUTED], "warning"),
        ([BALANCER, GATEWAY, ROUTED], "warning"),
        # Whoever starts something there later, the app does not say.
        ([], None),
        ([ROUTED], None),
        ([BALANCER, MACHINE], None),
        ([BALANCER, GROUP], None),
        ([BALANCER, NESTED], None),
    ],
)
def test_a_subnet_of_load_balancers_and_gateways_weighs_less(users: list[dict[str, Any]], severity: str | None) -> None:
    subnet = one(SUBNET, MapPublicIpOnLaunch=True)
    found = verdict("no_public_address", subnet | {f"User{at}": user for at, user in enumerate(users)})
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


@pytest.mark.parametrize(
    ("users", "export", "severity", "says"),
    [
        ({"Balancer": BALANCER}, {}, "warning", "so none is needed"),
        ({"Balancer": BALANCER}, EXPORT, "warning", "what other stacks start there does"),
        ({"Gateway": GATEWAY}, EXPORT, "warning", "what other stacks start there does"),
        ({}, EXPORT, "error", "is true."),
        ({"Machine": MACHINE, "Gateway": GATEWAY}, EXPORT, "error", "is true."),
    ],
)
def test_a_subnet_that_other_stacks_may_use(
    users: dict[str, Any], export: dict[str, Any], severity: str, says: str
) -> None:
    app = App()
    resources = {**one(SUBNET, MapPublicIpOnLaunch=True), **users}
    app.add("t.json", {"Resources": resources, "Outputs": {"Subnet": {"Value": HERE, **export}}})
    found = [(one.severity, one.message) for one in findings(app, [rule("no_public_address")])]
    assert [severity for severity, _ in found] == [severity]
    assert says in found[0][1]


def test_empty_subnets_of_a_vpc_are_told_once() -> None:
    def subnet(vpc: str) -> dict[str, Any]:
        return {"Type": SUBNET, "Properties": {"VpcId": {"Ref": vpc}, "MapPublicIpOnLaunch": True}}

    told = _told({"One": subnet("Vpc"), "Other": subnet("Other"), "Two": subnet("Vpc")})
    assert told == {
        "One": "error: MapPublicIpOnLaunch is true. The same is so of Two.",
        "Other": "error: MapPublicIpOnLaunch is true.",
    }


PUBLISHED = {"AssociatePublicIpAddress": True, "DeviceIndex": "0"}
PUBLIC = {"Type": "AWS::EC2::Instance", "Properties": {"NetworkInterfaces": [{**PUBLISHED, "SubnetId": HERE}]}}
DATABASES = {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"SubnetIds": [HERE]}}


def _service(assigns: Any) -> dict[str, Any]:
    network = {"AwsvpcConfiguration": {"AssignPublicIp": assigns, "Subnets": [HERE]}}
    return {"Type": "AWS::ECS::Service", "Properties": {"NetworkConfiguration": network}}


def _scaled(launcher: dict[str, Any]) -> dict[str, Any]:
    by = {"LaunchConfigurationName": {"Ref": "Launcher"}}
    if launcher["Type"] == "AWS::EC2::LaunchTemplate":
        by = {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Launcher"}, "Version": "1"}}
    group = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"VPCZoneIdentifier": [HERE], **by}}
    return {"Group": group, "Launcher": launcher}


def _launcher(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


ADDRESS = {"Type": "AWS::EC2::EIP", "Properties": {"InstanceId": {"Ref": "Machine"}}}
CONFIGURED = "AutoScaling::LaunchConfiguration"


@pytest.mark.parametrize(
    ("beside", "speaker"),
    [
        ({"Machine": PUBLIC}, "Machine"),
        ({"Machine": PUBLIC, "Routed": ROUTED, "Balancer": BALANCER, "Databases": DATABASES}, "Machine"),
        ({"Service": _service("ENABLED")}, "Service"),
        ({"Quiet": _service("DISABLED"), "Service": _service("ENABLED")}, "Service"),
        ({"Machine": MACHINE, "Address": ADDRESS}, "Address"),
        (_scaled(_launcher(CONFIGURED, AssociatePublicIpAddress=True)), "Launcher"),
        (
            _scaled(_launcher("EC2::LaunchTemplate", LaunchTemplateData={"NetworkInterfaces": [PUBLISHED]})),
            "Launcher",
        ),
        # What else takes an address from the subnet is told by the subnet alone.
        ({"Machine": PUBLIC, "Other": MACHINE}, None),
        ({"Machine": PUBLIC, "Nested": NESTED}, None),
        ({"Machine": MACHINE}, None),
        # There the choice is the subnet's, and the other finding weighs less.
        (_scaled(_launcher(CONFIGURED)), None),
        (_scaled(_launcher("EC2::LaunchTemplate", LaunchTemplateData={})), None),
    ],
)
def test_a_subnet_is_told_with_what_has_an_address_there(beside: dict[str, Any], speaker: str | None) -> None:
    app = App()
    app.add("t.json", {"Resources": one(SUBNET, MapPublicIpOnLaunch=True) | beside})
    told = {result.resource.logical_id: result.verdict for result in evaluate(app, [rule("no_public_address")])}
    of = told["Subject"].said_of
    assert (of.logical_id if of else None) == speaker
    if speaker is None:
        assert (told["Subject"].outcome, told["Subject"].severity) == ("failed", None)
    else:
        assert told["Subject"].outcome == "not_applicable"
        assert told[speaker].outcome == "failed"
        assert told[speaker].message.endswith(" What starts in Subject gets a public address too.")


def test_a_subnet_speaks_for_itself_where_the_instance_is_not_made() -> None:
    app = App()
    parameters = {"Machines": {"Type": "String", "AllowedValues": ["yes", "no"], "Default": "no"}}
    resources = one(SUBNET, MapPublicIpOnLaunch=True) | {"Machine": {**PUBLIC, "Condition": "Made"}}
    made = {"Made": {"Fn::Equals": [{"Ref": "Machines"}, "yes"]}}
    app.add("t.json", {"Resources": resources, "Parameters": parameters, "Conditions": made})
    told = {result.resource.logical_id: result.verdict for result in evaluate(app, [rule("no_public_address")])}
    assert (told["Subject"].outcome, told["Machine"].outcome) == ("failed", "failed")


def test_a_subnet_of_databases_alone_weighs_less() -> None:
    found = verdict("no_public_address", one(SUBNET, MapPublicIpOnLaunch=True) | {"Databases": DATABASES})
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")


PLACED = {"SubnetId": HERE}


@pytest.mark.parametrize(
    ("kind", "properties", "severity"),
    [
        ("AWS::RedshiftServerless::Workgroup", {"PubliclyAccessible": True, "SubnetIds": [HERE]}, "warning"),
        ("AWS::OpenSearchService::Domain", {"VPCOptions": {"SubnetIds": [HERE]}}, "warning"),
        (
            "AWS::Glue::Connection",
            {"ConnectionInput": {"PhysicalConnectionRequirements": {"SubnetId": HERE}}},
            "warning",
        ),
        # Its nodes are instances, which take what the subnet gives.
        ("AWS::EKS::Cluster", {"ResourcesVpcConfig": {"SubnetIds": [HERE]}}, "warning"),
        ("AWS::EKS::Nodegroup", {"Subnets": [HERE]}, None),
        ("AWS::EMR::Cluster", {"Instances": {"Ec2SubnetId": HERE}}, None),
    ],
)
def test_a_subnet_of_services_with_addresses_of_their_own_weighs_less(
    kind: str, properties: dict[str, Any], severity: str | None
) -> None:
    user = {"Type": kind, "Properties": properties}
    subnets = one(SUBNET, MapPublicIpOnLaunch=True, VpcId="vpc-1") | {
        "Empty": {"Type": SUBNET, "Properties": {"MapPublicIpOnLaunch": True, "VpcId": "vpc-1"}}
    }
    found = verdict("no_public_address", subnets | {"User": user})
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


TIED = {"Type": "AWS::EC2::EIPAssociation", "Properties": {"InstanceId": {"Ref": "Machine"}, "AllocationId": "e-1"}}


def _told(resources: dict[str, Any]) -> dict[str, str]:
    app = App()
    app.add("t.json", {"Resources": resources})
    return {
        result.resource.logical_id: f"{finding.severity}: {finding.message}"
        for result in evaluate(app, [rule("no_public_address")])
        if (finding := result.finding()) is not None
    }


def test_an_elastic_ip_is_told_with_an_instance_that_has_an_address_anyway() -> None:
    told = _told({"Machine": PUBLIC, "Address": ADDRESS, "Tied": TIED})
    assert list(told) == ["Machine"]
    assert told["Machine"].endswith(" Address, Tied tie an Elastic IP to it too.")


def test_an_elastic_ip_is_told_once_whether_by_itself_or_by_an_association() -> None:
    private = {"Type": "AWS::EC2::Instance", "Properties": {"SubnetId": "subnet-1"}}
    assert list(_told({"Machine": private, "Tied": TIED})) == ["Tied"]
    told = _told({"Machine": private, "Address": ADDRESS, "Tied": TIED})
    assert list(told) == ["Address"]
    assert told["Address"].endswith(" Tied ties an Elastic IP to it too.")


def test_public_subnets_in_which_nothing_takes_an_address_are_told_once() -> None:
    def subnet(vpc: str, **more: Any) -> dict[str, Any]:
        return {"Type": SUBNET, "Properties": {"VpcId": {"Ref": vpc}, "MapPublicIpOnLaunch": True, **more}}

    beside = {"Empty": subnet("Vpc"), "Elsewhere": subnet("Other"), "Private": subnet("Vpc", MapPublicIpOnLaunch=False)}
    told = _told({"Subject": subnet("Vpc"), **beside, "Gateway": GATEWAY})
    assert set(told) == {"Subject", "Elsewhere"}
    assert told["Subject"].startswith("warning: ")
    assert told["Subject"].endswith(" so none is needed. The same is so of Empty.")
    assert told["Elsewhere"].startswith("error: ")


def test_an_empty_subnet_beside_one_where_machines_take_addresses_stays_an_error() -> None:
    given = {"Type": SUBNET, "Properties": {"VpcId": {"Ref": "Vpc"}, "MapPublicIpOnLaunch": True}}
    told = _told({"Subject": given, "Empty": given, "Gateway": GATEWAY, "Machine": MACHINE})
    assert [one.partition(":")[0] for one in told.values()] == ["error", "error"]


def test_an_empty_subnet_beside_one_whose_machine_has_an_address_anyway_needs_none() -> None:
    given = {"Type": SUBNET, "Properties": {"VpcId": {"Ref": "Vpc"}, "MapPublicIpOnLaunch": True}}
    interface = {"DeviceIndex": "0", "AssociatePublicIpAddress": True, "SubnetId": {"Ref": "Subject"}}
    machine = {"Type": "AWS::EC2::Instance", "Properties": {"NetworkInterfaces": [interface]}}
    told = _told({"Subject": given, "Empty": given, "Machine": machine})
    assert {name: one.partition(":")[0] for name, one in told.items()} == {"Empty": "warning", "Machine": "error"}


@pytest.mark.parametrize(
    ("others", "cut_off"),
    [
        ({"Vpc": {"Type": "AWS::EC2::VPC"}}, True),
        ({"Vpc": {"Type": "AWS::EC2::VPC"}, "Out": {"Type": "AWS::EC2::NatGateway"}}, False),
        ({"Vpc": {"Type": "AWS::EC2::VPC"}, "Out": {"Type": "AWS::EC2::VPCEndpoint"}}, False),
        # A VPC of somebody else may have either.
        ({}, False),
    ],
)
@pytest.mark.parametrize(
    ("module", "subject"),
    [
        ("no_public_address", one("AWS::AutoScaling::LaunchConfiguration", AssociatePublicIpAddress=True)),
        ("workload_in_private_subnet", one("AWS::EC2::Instance", ImageId="ami-12345678")),
    ],
)
def test_the_fix_says_where_nothing_leads_out(
    module: str, subject: dict[str, Any], others: dict[str, Any], cut_off: bool
) -> None:
    assert ("neither a NAT gateway nor endpoints" in to_do(module, {**subject, **others})) is cut_off


@pytest.mark.parametrize("others", [{}, {"Vpc": {"Type": "AWS::EC2::VPC"}}])
def test_what_is_set_is_said_before_where_nothing_leads_out(others: dict[str, Any]) -> None:
    option = {"Namespace": "aws:ec2:vpc", "OptionName": "AssociatePublicIpAddress", "Value": "true"}
    machines = one("AWS::ElasticBeanstalk::Environment", OptionSettings=[option])
    said = to_do("no_public_address", {**machines, **others})
    assert said.startswith("In OptionSettings set AssociatePublicIpAddress of aws:ec2:vpc to false. ")
    assert "without" in said


_TASK = {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED", "Subnets": ["subnet-0a1b2c3d"]}}


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({}, True),
        ({"Vpc": {"Type": "AWS::EC2::VPC"}, "Out": {"Type": "AWS::EC2::NatGateway"}}, False),
        # An endpoint for a VPC that is given.
        ({"Out": {"Type": "AWS::EC2::VPCEndpoint"}}, False),
    ],
)
@pytest.mark.parametrize(
    "subject",
    [
        one("AWS::ECS::Service", NetworkConfiguration=_TASK),
        one("AWS::Batch::JobDefinition", ContainerProperties={"NetworkConfiguration": {"AssignPublicIp": "ENABLED"}}),
    ],
)
def test_the_fix_says_what_a_task_needs_in_a_network_of_others(
    subject: dict[str, Any], others: dict[str, Any], told: bool
) -> None:
    said = "without a NAT gateway or endpoints there, it reaches neither images nor logs"
    assert (said in to_do("no_public_address", {**subject, **others})) is told


STATES = "AWS::StepFunctions::StateMachine"


def _started(assigns: Any, *, by: str = "ecs:runTask.sync", given: str = "Parameters") -> dict[str, Any]:
    """Return the definition of a state machine that starts a task, inside a parallel state."""
    network = {"AwsvpcConfiguration": {"Subnets": ["s"], **assigns}}
    call = {"Type": "Task", "Resource": f"arn:aws:states:::{by}", given: {"NetworkConfiguration": network}}
    inner = {"StartAt": "Run", "States": {"Run": {**call, "End": True}}}
    return {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": [inner], "End": True}}}


ASSIGNED = {"AssignPublicIp": "ENABLED"}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Definition": _started(ASSIGNED)}, "failed"),
        ({"DefinitionString": json.dumps(_started(ASSIGNED))}, "failed"),
        ({"DefinitionString": {"Fn::Sub": json.dumps(_started(ASSIGNED)).replace('"s"', '"${Given}"')}}, "failed"),
        ({"Definition": _started(ASSIGNED, by="aws-sdk:ecs:runTask", given="Arguments")}, "failed"),
        ({"Definition": _started({"AssignPublicIp": "DISABLED"})}, "passed"),
        ({"Definition": _started({})}, "passed"),
        ({"Definition": _started({"AssignPublicIp.$": "$.public"})}, "passed"),
        ({"Definition": _started({"AssignPublicIp": GIVEN})}, "unknown"),
        ({"Definition": _started(ASSIGNED, by="batch:submitJob")}, "not_applicable"),
        ({"DefinitionString": GIVEN}, "unknown"),
        ({}, "not_applicable"),
    ],
)
def test_a_state_machine_starts_tasks_without_public_addresses(properties: dict[str, Any], expected: str) -> None:
    assert judged("no_public_address", one(STATES, **properties)) == expected


def test_a_state_machine_is_told_which_state_it_is() -> None:
    machine = one(STATES, Definition=_started(ASSIGNED))
    found = verdict("no_public_address", machine)
    assert found is not None
    assert "of Run is ENABLED" in found.message
    assert "In the state that starts tasks" in to_do("no_public_address", machine)


@pytest.mark.parametrize(("assigns", "expected"), [("ENABLED", "failed"), ("DISABLED", "passed"), (GIVEN, "unknown")])
def test_a_pipe_starts_tasks_without_public_addresses(assigns: Any, expected: str) -> None:
    network = {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["s"], "AssignPublicIp": assigns}}}
    pipe = one("AWS::Pipes::Pipe", TargetParameters={"EcsTaskParameters": network})
    assert judged("no_public_address", pipe) == expected


def test_a_pipe_to_elsewhere_starts_none() -> None:
    assert judged("no_public_address", one("AWS::Pipes::Pipe")) == "passed"


@pytest.mark.parametrize(
    ("gateway", "severity"),
    [({"NatGatewayId": {"Ref": "Nat"}}, "warning"), ({"GatewayId": {"Ref": "Gateway"}}, None), (None, "warning")],
)
@pytest.mark.parametrize("placed", [_service("ENABLED"), PUBLIC], ids=["service", "instance"])
def test_an_address_that_no_route_leads_to_weighs_less(
    placed: dict[str, Any], gateway: dict[str, Any] | None, severity: str | None
) -> None:
    subnet = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}
    route = {"RouteTableId": {"Ref": "Routes"}, "DestinationCidrBlock": "0.0.0.0/0", **(gateway or {})}
    app = App()
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Gateway": {"Type": "AWS::EC2::InternetGateway"},
        "Nat": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": "subnet-1"}},
        "Subject": {"Type": "AWS::EC2::Subnet", "Properties": subnet},
        "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
        **({"Route": {"Type": "AWS::EC2::Route", "Properties": route}} if gateway else {}),
        "Association": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": HERE, "RouteTableId": {"Ref": "Routes"}},
        },
        "Placed": placed,
    }
    app.add("t.yaml", {"Resources": resources})
    (found,) = findings(app, [rule("no_public_address")])
    assert (found.resource_logical_id, found.severity) == ("Placed", severity or "error")
    assert ("nobody reaches it" in found.message) is (severity is not None)
