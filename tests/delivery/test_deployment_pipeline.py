from __future__ import annotations

import json
import re
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.delivery.deployment_pipeline import DeploymentPipeline
from hipaa_constructs.delivery.deployment_wave import DeploymentWave
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.delivery.support import (
    ACCOUNT,
    CONNECTION,
    PRODUCTION,
    STAGING,
    allowed_to,
    assumed_by,
    environments,
    new_stack,
    of_type,
)
from tests.dependencies import dependencies, in_circles
from tests.real_account import faults
from tests.storage.plans import RecordingPlan


def pipeline(stack: cdk.Stack, name: str = "Pipeline", **given: Any) -> DeploymentPipeline:
    topic = stack.node.try_find_child("Alerts") or AlertTopic(stack, "Alerts", emails=["platform@clinic.example"])
    arguments: dict[str, Any] = {
        "connection_arn": CONNECTION,
        "repo_string": "clinic/platform",
        "branch": "main",
        "waves": [STAGING, PRODUCTION],
        "backup_plan": RecordingPlan(),
        "alert_topic": topic,
        "context": {"only": "deployment"},
    }
    return DeploymentPipeline(stack, name, **{**arguments, **given})


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    pipeline(stack)
    return template_of(stack)


@pytest.fixture(scope="module")
def stages(template: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    (made,) = of_type(template, "AWS::CodePipeline::Pipeline").values()
    return {
        stage["Name"]: {one["Name"]: one for one in sorted(stage["Actions"], key=lambda action: action["RunOrder"])}
        for stage in made["Stages"]
    }


def build_spec(template: dict[str, Any], action: dict[str, Any]) -> dict[str, Any]:
    project = template["Resources"][action["Configuration"]["ProjectName"]["Ref"]]
    found: dict[str, Any] = json.loads(project["Properties"]["Source"]["BuildSpec"])["phases"]
    return found


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings(region: str) -> None:
    stack = new_stack(region)
    partition = "aws-us-gov" if region.startswith("us-gov") else "aws"
    connection = CONNECTION.replace("arn:aws", f"arn:{partition}").replace("us-east-1", region)
    pipeline(
        stack, connection_arn=connection, waves=[DeploymentWave(name="all", environments=environments(ACCOUNT, region))]
    )
    assert_no_findings(stack.node.root, all_packs=True)
    text = json.dumps(template_of(stack))
    assert ("arn:aws:" in text) is (partition == "aws")
    assert ("console.amazonaws-us-gov.com" in text) is (partition == "aws-us-gov")


def test_a_real_account_takes_it(template: dict[str, Any]) -> None:
    assert faults(template) == []
    assert in_circles(dependencies(template)) == []


def test_a_second_one_fits_beside_it() -> None:
    stack = new_stack()
    pipeline(stack)
    pipeline(stack, "Other")
    found = template_of(stack)
    assert len(of_type(found, "AWS::CodePipeline::Pipeline")) == 2
    for kind in ("AWS::IAM::Role", "AWS::S3::Bucket", "AWS::CodeBuild::Project", "AWS::CodePipeline::Pipeline"):
        assert not [
            one for one in of_type(found, kind).values() if one.keys() & {"RoleName", "BucketName", "Name"} - {"Name"}
        ]


def test_waves_come_in_order_after_the_pipeline_itself(stages: dict[str, dict[str, Any]]) -> None:
    assert list(stages) == ["Source", "Build", "UpdatePipeline", "staging", "production"]
    assert list(stages["staging"]) == ["staging.Review", "staging.Deploy", "staging.Drift"]


def test_production_waits_for_somebody_who_can_read_what_changes(stages: dict[str, dict[str, Any]]) -> None:
    order = {name.partition(".")[2]: action["RunOrder"] for name, action in stages["production"].items()}
    assert order == {"Review": 1, "Changes": 2, "Approve": 3, "Deploy": 4, "Drift": 5}
    approval = stages["production"]["production.Approve"]
    assert approval["ActionTypeId"]["Category"] == "Approval"
    assert approval["Configuration"]["NotificationArn"]["Ref"].startswith("Alerts")
    assert "#{codepipeline.PipelineExecutionId}/production/" in json.dumps(
        approval["Configuration"]["ExternalEntityLink"]
    )
    assert "changes.txt and review/difference.txt" in approval["Configuration"]["CustomData"]


def test_a_wave_needs_approval_unless_said_otherwise() -> None:
    assert DeploymentWave(name="live", environments=environments("200000000001")).production


def test_it_is_of_type_v2_and_starts_anew_when_it_changed_itself(
    template: dict[str, Any], stages: dict[str, dict[str, Any]]
) -> None:
    (made,) = of_type(template, "AWS::CodePipeline::Pipeline").values()
    assert (made["PipelineType"], made["RestartExecutionOnUpdate"]) == ("V2", True)
    source = stages["Source"]["clinic_platform"]
    assert source["ActionTypeId"]["Provider"] == "CodeStarSourceConnection"
    assert source["Configuration"]["ConnectionArn"] == CONNECTION
    commands = build_spec(template, stages["UpdatePipeline"]["SelfMutate"])["build"]["commands"]
    assert any(re.match(r"cdk deploy --app \"\$assembly\" 'Delivery' ", one) for one in commands)


def test_synth_runs_the_gate_and_keeps_the_evidence_of_each_wave(
    template: dict[str, Any], stages: dict[str, dict[str, Any]]
) -> None:
    commands = build_spec(template, stages["Build"]["Synth"])["build"]["commands"]
    assert "cdk synth --quiet '**' -c only=deployment --output cdk.out" in commands
    for wave in ("staging", "production"):
        assert f"cdk synth --quiet '**' -c only={wave} --output assemblies/{wave}/cdk.out" in commands
        assert f"hipaa-constructs report assemblies/{wave}/cdk.out --output assemblies/{wave}/report" in commands
        assert f'aws s3 cp --quiet --recursive assemblies/{wave}/report "s3://$EVIDENCE/$RUN/{wave}"' in commands


def test_what_the_repository_checks_comes_first() -> None:
    stack = new_stack()
    pipeline(stack, commands=["make check"], install_commands=["pip install uv"], cli_version="2.1150.0")
    found = template_of(stack)
    (synth,) = (one for name, one in of_type(found, "AWS::CodeBuild::Project").items() if "Synth" in name)
    phases = json.loads(synth["Source"]["BuildSpec"])["phases"]
    assert phases["build"]["commands"][0] == "make check"
    assert phases["install"]["commands"] == ["npm install --global --silent aws-cdk@2.1150.0", "pip install uv"]


def test_what_deploys_runs_no_code_of_the_repository(
    template: dict[str, Any], stages: dict[str, dict[str, Any]]
) -> None:
    for action in (stages["production"][f"production.{name}"] for name in ("Changes", "Deploy", "Drift")):
        assert [one["Name"] for one in action["InputArtifacts"]] == ["Synth_assemblies"]
        phases = build_spec(template, action)
        assert "pip" not in json.dumps(phases)
        assert "hipaa-constructs" not in json.dumps(phases)
        if "Drift" not in action["Name"]:
            assert 'work=$(mktemp -d) && cd "$work"' in phases["build"]["commands"]


def test_what_reads_may_not_deploy_and_what_deploys_may_not_reach_other_waves(template: dict[str, Any]) -> None:
    regions = ("us-east-1", "us-west-2")
    for wave, account in (("staging", "200000000002"), ("production", "200000000001")):
        assert assumed_by(template, f"Pipeline{wave}ReaderRole") == {
            f"arn:aws:iam::{account}:role/cdk-hnb659fds-lookup-role-{account}-{region}" for region in regions
        }
        assert assumed_by(template, f"Pipeline{wave}DeployerRole") == {
            f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-{region}"
            for kind in ("deploy", "file-publishing", "image-publishing")
            for region in regions
        }
    assert assumed_by(template, "PipelineSelfMutateRole") == {
        f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-{kind}-role-{ACCOUNT}-us-east-1"
        for kind in ("deploy", "file-publishing")
    }
    assert assumed_by(template, "PipelineSynthRole") == set()


def test_nobody_who_runs_a_job_deletes_evidence(template: dict[str, Any]) -> None:
    assert "s3:DeleteObject" not in json.dumps(of_type(template, "AWS::IAM::ManagedPolicy"))
    (evidence,) = (one for name, one in of_type(template, "AWS::S3::Bucket").items() if "Evidence" in name)
    assert evidence["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Days": 2557, "Mode": "COMPLIANCE"}


def test_the_pipeline_s_role_runs_its_jobs_and_reads_its_connection(template: dict[str, Any]) -> None:
    granted = {
        action: one["Resource"]
        for one in allowed_to(template, "PipelineRole")
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    assert granted["codeconnections:UseConnection"] == CONNECTION
    assert len(granted["codebuild:StartBuild"]) == len(of_type(template, "AWS::CodeBuild::Project")) == 9
    assert granted["sns:Publish"]["Ref"].startswith("Alerts")
    assert not {action for action in granted if "*" in action}


def test_jobs_are_under_the_key_unprivileged_and_logged(template: dict[str, Any]) -> None:
    (logs,) = of_type(template, "AWS::Logs::LogGroup")
    for project in of_type(template, "AWS::CodeBuild::Project").values():
        assert project["EncryptionKey"]["Fn::GetAtt"][0].startswith("PipelineKey")
        assert project["Environment"]["PrivilegedMode"] is False
        assert project["LogsConfig"]["CloudWatchLogs"] == {"GroupName": {"Ref": logs}, "Status": "ENABLED"}
    assert template["Resources"][logs]["Properties"]["RetentionInDays"] == 2557
    assert "KmsKeyId" in template["Resources"][logs]["Properties"]


def test_it_is_classified_as_without_phi(template: dict[str, Any]) -> None:
    (made,) = of_type(template, "AWS::CodePipeline::Pipeline").values()
    assert {"Key": "hipaa:data-classification", "Value": "NO_PHI"} in made["Tags"]


def test_evidence_and_artifacts_are_backed_up() -> None:
    plan = RecordingPlan()
    pipeline(new_stack(), backup_plan=plan)
    assert len(plan.protected) == 2


def test_another_qualifier_is_in_all_roles() -> None:
    stack = new_stack()
    pipeline(stack, qualifier="clinic")
    assert "hnb659fds" not in json.dumps(of_type(template_of(stack), "AWS::IAM::ManagedPolicy"))


def test_evidence_stays_as_long_as_it_is_asked_to() -> None:
    stack = new_stack()
    pipeline(stack, evidence_retention=cdk.Duration.days(3653))
    text = json.dumps(of_type(template_of(stack), "AWS::S3::Bucket"))
    assert '{"Days": 3653, "Mode": "COMPLIANCE"}' in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"connection_arn": "arn:aws:codebuild:us-east-1:1:project/x"}, "connection_arn: got"),
        ({"repo_string": "platform"}, "repo_string: got 'platform'"),
        ({"branch": "main; rm"}, "branch: got"),
        ({"waves": []}, "waves: got"),
        ({"waves": [STAGING, STAGING]}, "waves: got"),
        ({"qualifier": "far-too-long-it-is"}, "qualifier: got"),
        ({"cli_version": "3"}, "cli_version: got '3'"),
        ({"evidence_retention": cdk.Duration.days(365)}, "evidence_retention: got"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, Any], said: str) -> None:
    stack = new_stack()
    with pytest.raises(ValueError, match=re.escape(said)):
        pipeline(stack, **given)
    assert stack.node.try_find_child("Pipeline") is None


def test_somebody_is_told_of_a_run_that_stopped(template: dict[str, Any]) -> None:
    (rule,) = of_type(template, "AWS::Events::Rule").values()
    assert rule["EventPattern"]["detail"]["state"] == ["FAILED"]
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("Alerts")
    assert "runbooks/deployment-stopped" in target["InputTransformer"]["InputTemplate"]


def test_its_first_run_finds_what_it_is_granted(template: dict[str, Any]) -> None:
    (made,) = (one for one in template["Resources"].values() if one["Type"] == "AWS::CodePipeline::Pipeline")
    assert of_type(template, "AWS::IAM::ManagedPolicy").keys() <= set(made["DependsOn"])


def test_a_region_without_codebuild_is_refused() -> None:
    with pytest.raises(ValueError, match="AWS CodeBuild does not exist there"):
        pipeline(new_stack("ca-west-1"))


def test_a_stack_without_an_environment_is_refused() -> None:
    stack = cdk.Stack(cdk.App(), "Delivery")
    with pytest.raises(ValueError, match="scope: got"):
        pipeline(stack)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "a b"}, "name: got 'a b'"),
        ({"name": "a" * 41}, "name: got"),
        ({"environments": []}, "environments: got"),
        ({"environments": [cdk.Environment(region="us-east-1")]}, "environments: got"),
        ({"environments": [cdk.Environment(account=cdk.Aws.ACCOUNT_ID, region="us-east-1")]}, "environments: got"),
    ],
)
def test_a_wave_that_does_not_fit_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        DeploymentWave(**{"name": "all", "environments": environments(ACCOUNT), **given})
