"""What is unknown for one cause is told once, and counts as unknown for each resource."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.rule import Finding, Outcome
from hipaa_constructs.evidence.checks import outcomes_of
from tests.cloudformation.load.test_nested import outer, stack, written

TODAY = datetime.date(2026, 11, 28)
READABLE, PRIVATE = "HIPAA.Constructs-TemplateReadable", "HIPAA.Constructs-WorkloadInPrivateSubnet"


def instance(subnet: Any) -> dict[str, Any]:
    return {"Type": "AWS::EC2::Instance", "Properties": {"SubnetId": subnet}}


def output(of: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [of, "Outputs.Subnet"]}


def judged(body: Mapping[str, Any], *acknowledgements: Acknowledgement) -> Assessment:
    app = App()
    app.add("t.yaml", body)
    return assess(app, today=TODAY, acknowledgements=acknowledgements)


def told(assessment: Assessment, rule_id: str) -> list[Finding]:
    return [one for one in assessment.open if one.rule_id == rule_id]


def counted(assessment: Assessment) -> dict[str, str]:
    after = outcomes_of(assessment)
    return {
        result.resource.logical_id: after[id(finding)]
        for result, finding in assessment.answers
        if finding is not None and result.rule.id == PRIVATE
    }


NETWORK = stack("https://example.com/network.yaml")


def test_what_a_nested_stack_would_tell_is_said_at_the_stack() -> None:
    servers = {"One": instance(output("Network")), "Two": instance({"Fn::Sub": "${Network.Outputs.Subnet}"})}
    assessment = judged({"Resources": {"Network": NETWORK, **servers}})
    assert told(assessment, PRIVATE) == []
    (finding,) = told(assessment, READABLE)
    assert (finding.outcome, finding.severity, finding.resource_logical_id) == ("unknown", "warning", "Network")
    assert finding.message == (
        "The nested stack's template is not at hand, so its resources were not checked. 2 questions about One, Two "
        "depend on what they give: WorkloadInPrivateSubnet."
    )
    assert counted(assessment) == {"One": "unknown", "Two": "unknown"}


def test_once_the_nested_template_is_given_nothing_is_left_open(tmp_path: Any) -> None:
    body = {"Resources": {"Network": stack("network.yaml"), "One": instance(output("Network"))}}
    network = {
        "Resources": {
            "Own": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24"}}
        },
        "Outputs": {"Subnet": {"Value": {"Ref": "Own"}}},
    }
    alone = written(tmp_path / "a", main=body)
    assert len(told(assess(alone, today=TODAY), READABLE)) == 1
    both = assess(written(tmp_path / "b", main=body, network=network), today=TODAY)
    assert not [one for one in both.open if one.rule_id in (READABLE, PRIVATE)]


def test_what_a_stack_hands_to_another_is_its_question_too(tmp_path: Any) -> None:
    inner = {
        "Parameters": {"Subnet": {"Type": "AWS::EC2::Subnet::Id"}},
        "Resources": {"One": instance({"Ref": "Subnet"})},
    }
    main = {"Resources": {"Network": NETWORK, "Inner": stack("inner.yaml", Subnet=output("Network"))}}
    assessment = assess(written(tmp_path, main=main, inner=inner), today=TODAY)
    assert told(assessment, PRIVATE) == []
    (finding,) = told(assessment, READABLE)
    assert "A question about One depends on what they give" in finding.message


def test_what_the_deployer_chooses_is_said_once() -> None:
    parameters = {name: {"Type": "AWS::EC2::Subnet::Id"} for name in ("Left", "Right")}
    servers = {"One": instance({"Ref": "Left"}), "Two": instance({"Ref": "Right"}), "Three": instance({"Ref": "Left"})}
    assessment = judged({"Parameters": parameters, "Resources": servers})
    (finding,) = told(assessment, PRIVATE)
    assert (finding.outcome, finding.resource_logical_id, finding.place) == (
        "unknown",
        "One",
        ("Properties", "SubnetId"),
    )
    assert finding.message.endswith("So it is with Two, Three. The parameters Left, Right tell at deployment.")
    assert counted(assessment) == dict.fromkeys(servers, "unknown")
    assert all(
        result.verdict.outcome is Outcome.UNKNOWN
        for result, _ in assessment.answers
        if result.rule.id == PRIVATE and result.resource.type == "AWS::EC2::Instance"
    )


def test_what_the_deployer_gives_a_nested_stack_is_said_once(tmp_path: Any) -> None:
    inner = {
        "Parameters": {name: {"Type": "AWS::EC2::Subnet::Id"} for name in ("Left", "Right")},
        "Resources": {"One": instance({"Ref": "Left"}), "Two": instance({"Ref": "Right"})},
    }
    main = {
        "Parameters": {"Subnet": {"Type": "AWS::EC2::Subnet::Id"}},
        "Resources": {"Inner": stack("inner.yaml", Left={"Ref": "Subnet"}, Right={"Ref": "Subnet"})},
    }
    (finding,) = told(assess(written(tmp_path, main=main, inner=inner), today=TODAY), PRIVATE)
    assert finding.message.endswith("So it is with Two. The parameter Subnet tells at deployment.")


def test_what_one_parameter_tells_several_rules_is_said_once() -> None:
    database = {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {"Engine": {"Ref": "Kind"}, "DBInstanceClass": "db.r6g.large", "AllocatedStorage": "20"},
    }
    other = {"Type": "AWS::RDS::DBInstance", "Properties": {**database["Properties"], "Engine": "postgres"}}
    body = {"Parameters": {"Kind": {"Type": "String"}}, "Resources": {"Db": database, "Other": other}}
    assessment = judged(body)
    (finding,) = [one for one in told(assessment, READABLE) if "Kind" in one.message]
    assert (finding.outcome, finding.severity, finding.resource_logical_id) == ("unknown", "warning", "Db")
    assert "questions about Db depend on the parameter Kind, which deployment tells: " in finding.message
    assert "EligibleDatabaseEngine" in finding.message
    assert finding.fix == "Check the template with what it is deployed with: --parameter Kind=VALUE."
    left = [one for one in assessment.open if one.outcome == "unknown" and one.resource_logical_id == "Db"]
    assert [one.rule_id for one in left] == [READABLE]
    after = outcomes_of(assessment)
    unknown = [one for result, one in assessment.answers if one is not None and result.resource.logical_id == "Db"]
    assert {after[id(one)] for one in unknown if one.outcome == "unknown"} == {"unknown"}


def test_what_a_template_does_not_declare_makes_it_a_part_of_another() -> None:
    body = {
        "Resources": {
            "Log": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {
                    "KmsKeyId": {"Fn::GetAtt": ["MainKey", "Arn"]},
                    "RetentionInDays": {"Fn::FindInMap": ["Days", {"Ref": "Stage"}, "Logs"]},
                },
            }
        }
    }
    (finding,) = [one for one in judged(body).open if one.outcome == "unknown"]
    assert (finding.rule_id, finding.resource_logical_id) == (READABLE, "Log")
    assert finding.message == (
        "2 questions about Log depend on what the template names and does not declare: Stage, MainKey."
    )
    # What a macro makes may declare it.
    rules = {one.rule_id for one in judged({**body, "Transform": "Mine"}).open if one.outcome == "unknown"}
    assert len(rules) == 3


def test_stack_sets_are_told_of_once() -> None:
    stack_set = {"Type": "AWS::CloudFormation::StackSet", "Properties": {"TemplateURL": "https://example.com/t.yaml"}}
    (finding,) = told(judged({"Resources": {"One": stack_set, "Two": stack_set}}), READABLE)
    assert finding.message == (
        "The templates of 2 stack sets are deployed elsewhere, so they were not checked: One, Two."
    )


def test_what_somebody_accepted_by_itself_stays_by_itself() -> None:
    parameters = {"Left": {"Type": "AWS::EC2::Subnet::Id"}}
    servers = {name: instance({"Ref": "Left"}) for name in ("One", "Two", "Three")}
    until = datetime.date(2027, 6, 1)
    one = Acknowledgement(
        PRIVATE, "It has no data, and runs for an hour.", "officer", until, None, None, "t.yaml/Two", "file"
    )
    assessment = judged({"Parameters": parameters, "Resources": servers}, one)
    (finding,) = told(assessment, PRIVATE)
    assert "So it is with Three." in finding.message
    assert [found.resource_logical_id for found, _ in assessment.governed.acknowledged] == ["Two"]
    assert assessment.governed.problems == []
    assert counted(assessment) == {"One": "unknown", "Two": "acknowledged", "Three": "unknown"}


def test_causes_of_different_kinds_stay_apart() -> None:
    body = {
        "Parameters": {"Left": {"Type": "AWS::EC2::Subnet::Id"}},
        "Resources": {
            "Network": NETWORK,
            "One": instance({"Ref": "Left"}),
            "Two": instance({"Fn::ImportValue": "Subnet"}),
            "Three": instance(output("Network")),
        },
    }
    assessment = judged(body)
    assert [one.resource_logical_id for one in told(assessment, PRIVATE)] == ["One", "Two"]
    assert counted(assessment) == dict.fromkeys(("One", "Two", "Three"), "unknown")


def test_a_template_that_names_another_of_its_own_name_does_not_deploy_itself(tmp_path: Any) -> None:
    app = written(tmp_path, vpc=outer(stack("https://example.com/others/vpc.yaml")))
    (finding,) = told(assess(app, today=TODAY), READABLE)
    assert finding.message.startswith("The nested stack's template is not at hand")
    assert load([tmp_path]).templates
