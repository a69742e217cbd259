from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import pipelines
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.delivery import commands as lines
from hipaa_constructs.delivery.bootstrap_roles import QUALIFIER, Target, is_qualifier, role_arns
from hipaa_constructs.delivery.deployment_roles import (
    keep_evidence,
    let_deploy,
    let_read,
    note_deployment,
    read_deployment,
)
from hipaa_constructs.delivery.deployment_wave import DeploymentWave
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_RUN = "#{codepipeline.PipelineExecutionId}"
_CREDENTIALS = "credential_source=EcsContainer"
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
_INSTALL = ("pip install --quiet -r requirements.txt",)


class DeploymentPipeline(Construct):
    """A pipeline that deploys an app of the CDK, wave by wave, and leaves evidence of each run.

    CDK Pipelines on a CodePipeline of type V2, whose source is a CodeConnections connection:

    1. *Synth* runs ``commands``, then synthesizes each wave with the gate, and writes its report.
    2. *SelfMutate* deploys this stack from the same synth; if it changed, the run starts anew with what it is now.
    3. For each wave, in order: *Review* verifies the assembly, asks the accounts (``preflight``) and compares the
       evidence with that of the last deployment; *Changes* writes down what change sets say, *Approve* waits for
       somebody, and tells ``alert_topic`` (both in production alone); *Deploy* deploys the assembly that was reviewed;
       *Drift* compares each stack with what is there.

    A wave that fails ends the run; CloudFormation rolls the stack back that failed. To go back further, revert the
    commit: the pipeline deploys what the branch has. All of a run's evidence lies under ``runs/<execution>`` in a
    bucket that is under Object Lock in compliance mode.

    Nobody but a job may take the CDK's roles, and no job more than it needs: those that run the repository's own code
    read the accounts (``cdk-…-lookup-role``); those that deploy run the CDK's CLI alone. The lookup role may
    decrypt nothing. Each account has to be bootstrapped with ``--trust`` of the pipeline's account.

    A new connection is *pending* until somebody completes the handshake in the console:
    docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html.

    It holds templates and code, and no PHI; CodeConnections is not among the services of which it is known that they
    are HIPAA-eligible. It is classified so.

    Meets 164.312(a)(2)(iv) encryption and decryption and 164.312(c)(1) integrity. Supports 164.308(a)(8) evaluation.

    Sources: docs.aws.amazon.com/cdk/v2/guide/cdk-pipeline.html,
    docs.aws.amazon.com/codepipeline/latest/userguide/pipeline-types.html and
    docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html.

    :param connection_arn: the CodeConnections connection to who hosts the repository.
    :param repo_string: the repository, as ``owner/name``.
    :param branch: whose commits are deployed.
    :param waves: what is deployed, in this order.
    :param backup_plan: the plan that covers evidence and artifacts.
    :param alert_topic: who hears of approvals that are waited for, and of runs that stopped.
    :param context: CDK's context by which the app synthesizes this pipeline's stack. Default: none.
    :param commands: what the repository checks before it is synthesized, such as ``make check``. Default: nothing.
    :param install_commands: how a job gets this package and the app's others.
        Default: ``pip install -r requirements.txt``.
    :param cli_version: the version of CDK's CLI, as npm knows it. Default: the newest 2.x.
    :param qualifier: what ``cdk bootstrap --qualifier`` was given. Default: CDK's own, ``hnb659fds``.
    :param encryption_key: the key of artifacts, logs and evidence. Default: a ``KmsRotatedKey`` of its own.
    :param evidence_retention: how long evidence is locked, six years (2192 days) or more.
        Default: seven years (2557 days). Source: 45 CFR 164.316(b)(2)(i).
    :raises ValueError: an argument that does not fit, no wave, two of one name, or a Region without AWS CodeBuild.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        connection_arn: str,
        repo_string: str,
        branch: str,
        waves: Sequence[DeploymentWave],
        backup_plan: ProtectsData,
        alert_topic: AlertTopic,
        context: Mapping[str, str] | None = None,
        commands: Sequence[str] = (),
        install_commands: Sequence[str] = _INSTALL,
        cli_version: str = "2",
        qualifier: str = QUALIFIER,
        encryption_key: kms.IKey | None = None,
        evidence_retention: cdk.Duration | None = None,
    ) -> None:
        _require_source(connection_arn, repo_string, branch)
        _require_fitting(waves, qualifier, cli_version, evidence_retention)
        stack = cdk.Stack.of(scope)
        _require_environment(stack)
        require_region(
            scope,
            "AWS::CodeBuild::Project",
            what="AWS CodeBuild",
            fix="Put the pipeline into another Region; it deploys to any.",
        )
        super().__init__(scope, construct_id)
        self._qualifier, self._topic = qualifier, alert_topic
        self._install_cli = f"npm install --global --silent aws-cdk@{cli_version}"
        self._install = [self._install_cli, *install_commands]

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._artifacts = EncryptedBucket(self, "Artifacts", encryption_key=self._key, backup_plan=backup_plan)
        self._evidence = EncryptedBucket(
            self,
            "Evidence",
            encryption_key=self._key,
            backup_plan=backup_plan,
            object_lock_default_retention=s3.ObjectLockRetention.compliance(
                evidence_retention or cdk.Duration.days(2557)
            ),
        )
        # What is printed may quote a template, and no data.
        self._logs = EncryptedLogGroup(self, "Logs", encryption_key=self._key, masked_identifiers=[]).log_group
        self._role = LeastPrivilegeRole(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codepipeline.amazonaws.com"),
            description=f"Runs {self.node.path}",
        )
        self._source = pipelines.CodePipelineSource.connection(repo_string, branch, connection_arn=connection_arn)
        self._steps: list[pipelines.CodeBuildStep] = []
        self._job_roles: list[LeastPrivilegeRole] = []
        synth = self._synth(waves, context or {}, commands)
        self._pipeline = pipelines.CodePipeline(
            self,
            "Resource",
            # Who is granted what is written below: CDK's grants name actions by wildcards.
            role=self._role.without_policy_updates(),
            use_pipeline_role_for_actions=True,
            artifact_bucket=s3.Bucket.from_bucket_attributes(
                self, "Store", bucket_arn=self._artifacts.bucket.bucket_arn, encryption_key=self._key
            ),
            pipeline_type=codepipeline.PipelineType.V2,
            synth=synth,
            # A step of ours does it: CDK's may ask for every role of the account.
            self_mutation=False,
            code_build_defaults=self._defaults(),
        )
        self._mutate(synth, stack)
        for wave in waves:
            self._add_wave(wave, self._assemblies)
        self._pipeline.build_pipeline()
        self._grant(connection_arn)
        # It runs as soon as it is there, and needs all that it is granted then.
        self.pipeline.node.find_child("Resource").node.add_dependency(self._role, *self._job_roles)
        define_alert_rule(
            self,
            "Stopped",
            source="aws.codepipeline",
            detail_types=["CodePipeline Pipeline Execution State Change"],
            detail={"pipeline": [self.pipeline.pipeline_name], "state": ["FAILED"]},
            topic=alert_topic,
            description=f"A run of {self.node.path} stopped",
            runbook="deployment-stopped",
        )
        classify(
            self,
            DataClassification.NO_PHI,
            reason="The pipeline holds templates, code and evidence about them, and no data of patients.",
            approved_by="hipaa_constructs",
        )

    @property
    def pipeline(self) -> codepipeline.Pipeline:
        """The pipeline itself."""
        return self._pipeline.pipeline

    @property
    def evidence(self) -> EncryptedBucket:
        """Where each run's evidence lies: ``runs/<execution>``, and ``deployed/<wave>`` for what was deployed last."""
        return self._evidence

    @property
    def artifacts(self) -> EncryptedBucket:
        """What the stages hand on to each other."""
        return self._artifacts

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of artifacts, logs and evidence."""
        return self._key

    def _synth(
        self, waves: Sequence[DeploymentWave], context: Mapping[str, str], commands: Sequence[str]
    ) -> pipelines.CodeBuildStep:
        role = self._job_role("Synth")
        self._artifacts.grant_put(role)
        keep_evidence(role, self._evidence)
        step = self._step(
            "Synth",
            role,
            inputs=self._source,
            install=self._install,
            env={"EVIDENCE": self._evidence.bucket.bucket_name, "RUN": f"{lines.RUNS}/{_RUN}"},
            commands=[
                *commands,
                " ".join(["cdk synth --quiet '**'", *lines.context_arguments(context), "--output cdk.out"]),
                *(line for wave in waves for line in lines.synth(wave.name, wave.context)),
                *(
                    f'aws s3 cp --quiet --recursive {lines.ASSEMBLIES}/{wave.name}/report "s3://$EVIDENCE/$RUN/{wave.name}"'
                    for wave in waves
                ),
            ],
            primary_output_directory="cdk.out",
        )
        self._assemblies = step.add_output_directory(lines.ASSEMBLIES)
        return step

    def _mutate(self, synth: pipelines.CodeBuildStep, stack: cdk.Stack) -> None:
        role = self._job_role("SelfMutate")
        here = [Target(stack.account, stack.region)]
        arns = role_arns(here, ("deploy", "file-publishing"), qualifier=self._qualifier)
        role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=arns))
        step = self._step(
            "SelfMutate",
            role,
            inputs=synth.primary_output,
            install=[self._install_cli],
            commands=[
                "assembly=$PWD",
                *lines.elsewhere(),
                f"cdk deploy --app \"$assembly\" '{stack.node.path}' --require-approval never --progress events",
            ],
        )
        self._pipeline.add_wave("UpdatePipeline", pre=[step])

    def _add_wave(self, wave: DeploymentWave, assemblies: pipelines.FileSet) -> None:
        reader, deployer = self._job_role(f"{wave.name}Reader"), self._job_role(f"{wave.name}Deployer")
        let_read(reader, wave, self._qualifier)
        let_deploy(deployer, wave, self._qualifier)
        for role in (reader, deployer):
            keep_evidence(role, self._evidence)
        read_deployment(reader, self._evidence, wave)
        note_deployment(deployer, self._evidence, wave)
        env = {
            "EVIDENCE": self._evidence.bucket.bucket_name,
            "RUN": f"{lines.RUNS}/{_RUN}/{wave.name}",
            "DEPLOYED": f"{lines.DEPLOYED}/{wave.name}",
        }
        profiles = lines.profiles(wave.targets, credential_source=_CREDENTIALS, qualifier=self._qualifier)
        here = [
            f'export ASSEMBLY="$PWD/{wave.name}/cdk.out" REPORT="$PWD/{wave.name}/report"',
        ]
        review = self._step(
            f"{wave.name}.Review",
            reader,
            inputs=self._source,
            additional={lines.ASSEMBLIES: assemblies},
            install=self._install,
            env=env,
            commands=[
                f'export ASSEMBLY="$PWD/{lines.ASSEMBLIES}/{wave.name}/cdk.out"',
                *profiles,
                *lines.review(wave.targets),
            ],
        )
        deploy = self._step(
            f"{wave.name}.Deploy",
            deployer,
            inputs=assemblies,
            install=[self._install_cli],
            env=env,
            commands=[*here, *lines.elsewhere(), *lines.deploy()],
        )
        drift = self._step(
            f"{wave.name}.Drift", reader, inputs=assemblies, env=env, commands=[*here, *profiles, *lines.drift()]
        )
        steps: list[pipelines.Step] = [review]
        if wave.production:
            steps += [
                self._step(
                    f"{wave.name}.Changes",
                    deployer,
                    inputs=assemblies,
                    install=[self._install_cli],
                    env=env,
                    commands=[*here, *lines.elsewhere(), *lines.changes()],
                ),
                self._approval(wave),
            ]
        steps += [deploy, drift]
        self._pipeline.add_wave(wave.name, pre=pipelines.Step.sequence(steps))

    def _approval(self, wave: DeploymentWave) -> pipelines.ManualApprovalStep:
        stack = cdk.Stack.of(self)
        prefix = f"{lines.RUNS}/{_RUN}/{wave.name}/"
        self._topic.grant_publish(self._role)
        return pipelines.ManualApprovalStep(
            f"{wave.name}.Approve",
            comment=f"Read what {wave.name} changes: changes.txt and review/difference.txt in {prefix}",
            review_url=f"https://{_CONSOLES[partition_of(stack.region)]}/s3/buckets/{self._evidence.bucket.bucket_name}"
            f"?region={stack.region}&prefix={prefix}",
            notification_topic=self._topic.topic,
        )

    def _job_role(self, name: str) -> LeastPrivilegeRole:
        role = LeastPrivilegeRole(
            self,
            f"{name}Role",
            assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"),
            description=f"Runs {name} of {self.node.path}",
        )
        self._artifacts.grant_read(role)
        bucket = self._artifacts.bucket.bucket_arn
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetBucketAcl", "s3:GetBucketLocation"], resources=[bucket]))
        self._logs.grant(role, "logs:CreateLogStream", "logs:PutLogEvents")
        self._job_roles.append(role)
        return role

    def _step(
        self,
        name: str,
        role: LeastPrivilegeRole,
        *,
        inputs: pipelines.IFileSetProducer | None,
        commands: Sequence[str],
        install: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        additional: Mapping[str, pipelines.IFileSetProducer] | None = None,
        primary_output_directory: str | None = None,
    ) -> pipelines.CodeBuildStep:
        step = pipelines.CodeBuildStep(
            name,
            input=inputs,
            additional_inputs=additional,
            install_commands=list(install),
            commands=list(commands),
            env=env,
            role=role.without_policy_updates(),
            primary_output_directory=primary_output_directory,
        )
        self._steps.append(step)
        return step

    def _defaults(self) -> pipelines.CodeBuildOptions:
        return pipelines.CodeBuildOptions(
            build_environment=codebuild.BuildEnvironment(
                build_image=codebuild.LinuxBuildImage.STANDARD_7_0, privileged=False
            ),
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=self._logs)),
            partial_build_spec=codebuild.BuildSpec.from_object(
                {"phases": {"install": {"runtime-versions": {"python": "3.12", "nodejs": "22"}}}}
            ),
            timeout=cdk.Duration.hours(4),
        )

    def _grant(self, connection_arn: str) -> None:
        """Let the pipeline do what its actions do: run the jobs, hand artifacts on, and read the source.

        Source: docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html.
        """
        bucket = self._artifacts.bucket.bucket_arn
        self._artifacts.grant_read(self._role)
        self._artifacts.grant_put(self._role)
        grant_on_key(self._key, self._role, "kms:Decrypt", "kms:GenerateDataKey")
        service = connection_arn.split(":")[2]
        for actions, resources in (
            (["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"], [bucket]),
            ([f"{service}:UseConnection"], [connection_arn]),
            (
                ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"],
                [step.project.project_arn for step in self._steps],
            ),
        ):
            self._role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))


def _require_source(connection_arn: str, repo_string: str, branch: str) -> None:
    if not re.fullmatch(
        r"arn:[a-z-]+:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection/[0-9a-f-]{36}", connection_arn
    ):
        refuse(
            "connection_arn",
            connection_arn,
            allowed="it takes the ARN of a connection, known at synth",
            fix="Make one in the console of Developer Tools, complete its handshake, and copy its ARN.",
        )
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", repo_string, re.A):
        refuse("repo_string", repo_string, allowed="it takes owner/name", fix="Write it as 'clinic/platform'.")
    if not re.fullmatch(r"[\w./-]{1,255}", branch, re.A):
        refuse("branch", branch, allowed="it takes one branch's name", fix="Write it as 'main'.")


def _require_fitting(
    waves: Sequence[DeploymentWave], qualifier: str, cli_version: str, retention: cdk.Duration | None
) -> None:
    names = [wave.name.lower() for wave in waves]
    if not names or len(set(names)) < len(names):
        refuse(
            "waves",
            [wave.name for wave in waves],
            allowed="a pipeline has one wave or more, each with a name of its own",
            fix="Name each environment, or environment and Region, once.",
        )
    if not is_qualifier(qualifier):
        refuse(
            "qualifier",
            qualifier,
            allowed="allowed are 1 to 10 letters, digits, '-' and '_'",
            fix="Give what 'cdk bootstrap --qualifier' was given.",
        )
    if not re.fullmatch(r"2(\.\d+){0,2}", cli_version):
        refuse("cli_version", cli_version, allowed="it takes a version of 2.x", fix="Write '2' or '2.1148.0'.")
    if retention is not None and retention.to_days() < 2192:
        refuse(
            "evidence_retention",
            f"{retention.to_days():g} days",
            allowed="45 CFR 164.316(b)(2)(i) asks for six years (2192 days) or more",
            fix="Leave it out for seven years.",
        )


def _require_environment(stack: cdk.Stack) -> None:
    if cdk.Token.is_unresolved(stack.account) or cdk.Token.is_unresolved(stack.region):
        refuse(
            "scope",
            stack.node.path,
            allowed="the pipeline's stack has to state account and Region, by which its own roles are named",
            fix="Give that stack env=cdk.Environment(account=…, region=…).",
        )
