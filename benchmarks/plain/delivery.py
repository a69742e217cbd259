from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import pipelines
from constructs import Construct

from benchmarks.plain.buckets import bucket_under
from benchmarks.plain.keys import allow_logs, key

_STORE = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]


def pipeline(
    scope: Construct,
    construct_id: str,
    *,
    access_logs: s3.Bucket,
    topic: sns.ITopic,
    connection_arn: str,
    account: str,
) -> Sequence[s3.Bucket]:
    of = key(scope, f"{construct_id}Key")
    allow_logs(of)
    artifacts = bucket_under(of, scope, f"{construct_id}Artifacts", logs=access_logs)
    lock = s3.ObjectLockRetention.compliance(cdk.Duration.days(2557))
    evidence = bucket_under(of, scope, f"{construct_id}Evidence", logs=access_logs, lock=lock)
    log_group = logs.LogGroup(
        scope,
        f"{construct_id}Logs",
        encryption_key=of,
        retention=logs.RetentionDays.SEVEN_YEARS,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    stores = [artifacts.arn_for_objects("*"), evidence.arn_for_objects("*")]
    there = [
        f"arn:aws:iam::{account}:role/cdk-hnb659fds-{name}-role-{account}-us-east-1" for name in ("deploy", "lookup")
    ]
    roles: dict[str, iam.Role] = {}
    for name in ("Run", "Synth", "SelfMutate", "Reader", "Deployer"):
        service = "codepipeline" if name == "Run" else "codebuild"
        role = iam.Role(
            scope,
            f"{construct_id}{name}",
            assumed_by=iam.ServicePrincipal(f"{service}.amazonaws.com"),
            description=construct_id,
        )
        iam.ManagedPolicy(
            scope,
            f"{construct_id}{name}Policy",
            roles=[role],
            description=construct_id,
            statements=[
                iam.PolicyStatement(actions=_STORE, resources=stores),
                iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[of.key_arn]),
                iam.PolicyStatement(actions=["sts:AssumeRole"], resources=there),
                iam.PolicyStatement(actions=["logs:PutLogEvents"], resources=[log_group.log_group_arn]),
            ],
        )
        roles[name] = role
    source = pipelines.CodePipelineSource.connection("clinic/platform", "main", connection_arn=connection_arn)
    synth = _step("Synth", roles["Synth"], source, ["cdk synth --quiet"], output="cdk.out")
    made = pipelines.CodePipeline(
        scope,
        construct_id,
        role=roles["Run"].without_policy_updates(),
        use_pipeline_role_for_actions=True,
        artifact_bucket=s3.Bucket.from_bucket_attributes(
            scope, f"{construct_id}Store", bucket_arn=artifacts.bucket_arn, encryption_key=of
        ),
        pipeline_type=codepipeline.PipelineType.V2,
        synth=synth,
        self_mutation=False,
        code_build_defaults=pipelines.CodeBuildOptions(
            build_environment=codebuild.BuildEnvironment(
                build_image=codebuild.LinuxBuildImage.STANDARD_7_0, privileged=False
            ),
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=log_group)),
            timeout=cdk.Duration.hours(4),
        ),
    )
    assembly = cast("pipelines.FileSet", synth.primary_output)
    env = {"ACCOUNT": account}
    mutate = _step("SelfMutate", roles["SelfMutate"], assembly, ["cdk deploy --app ."], env)
    made.add_wave("UpdatePipeline", pre=[mutate])
    steps = [
        _step(f"staging.{name}", roles[role], assembly, [f"cdk {command} --app ."], env)
        for name, role, command in (
            ("Review", "Reader", "diff"),
            ("Deploy", "Deployer", "deploy"),
            ("Drift", "Reader", "drift"),
        )
    ]
    made.add_wave("staging", pre=pipelines.Step.sequence(cast("list[pipelines.Step]", steps)))
    made.build_pipeline()
    events.Rule(
        scope,
        f"{construct_id}Stopped",
        event_pattern=events.EventPattern(
            source=["aws.codepipeline"],
            detail_type=["CodePipeline Pipeline Execution State Change"],
            detail={"pipeline": [made.pipeline.pipeline_name], "state": ["FAILED"]},
        ),
        targets=[targets.SnsTopic(topic)],
    )
    return artifacts, evidence


def _step(
    name: str,
    role: iam.Role,
    inputs: pipelines.IFileSetProducer,
    commands: Sequence[str],
    env: Mapping[str, str] | None = None,
    output: str | None = None,
) -> pipelines.CodeBuildStep:
    return pipelines.CodeBuildStep(
        name,
        input=inputs,
        install_commands=["npm install --global --silent aws-cdk@2"],
        commands=list(commands),
        env=env,
        role=role.without_policy_updates(),
        primary_output_directory=output,
    )
