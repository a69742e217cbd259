from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import pipelines
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import days
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import settle, stack_of
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.delivery.bootstrap_roles import QUALIFIER
from hipaa_constructs.delivery.deployment_wave import DeploymentWave
from hipaa_constructs.delivery.pipeline_jobs import PipelineJobs
from hipaa_constructs.delivery.pipeline_requirements import require_environment, require_fitting, require_source
from hipaa_constructs.delivery.pipeline_stages import PipelineStages
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

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
        require_source(connection_arn, repo_string, branch)
        require_fitting(waves, qualifier, cli_version, evidence_retention)
        require_environment(stack_of(scope))
        require_region(
            scope,
            "AWS::CodeBuild::Project",
            what="AWS CodeBuild",
            fix="Put the pipeline into another Region; it deploys to any.",
        )
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._artifacts = EncryptedBucket(self, "Artifacts", encryption_key=self._key, backup_plan=backup_plan)
        self._evidence = EncryptedBucket(
            self,
            "Evidence",
            encryption_key=self._key,
            backup_plan=backup_plan,
            object_lock_default_retention=s3.ObjectLockRetention.compliance(evidence_retention or days(2557)),
        )
        # What is printed may quote a template, and no data.
        log_group = EncryptedLogGroup(self, "Logs", encryption_key=self._key, masked_identifiers=[]).log_group
        self._role = LeastPrivilegeRole(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codepipeline.amazonaws.com"),
            description=f"Runs {self.node.path}",
        )
        self._jobs = PipelineJobs(self, artifacts=self._artifacts, log_group=log_group)
        stages = PipelineStages(
            self,
            jobs=self._jobs,
            source=pipelines.CodePipelineSource.connection(repo_string, branch, connection_arn=connection_arn),
            artifacts=self._artifacts,
            evidence=self._evidence,
            role=self._role,
            topic=alert_topic,
            qualifier=qualifier,
            install=install_commands,
            install_cli=f"npm install --global --silent aws-cdk@{cli_version}",
        )
        synth = stages.synth(waves, context or {}, commands)
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
            code_build_defaults=self._jobs.defaults(),
        )
        stages.add_mutation(self._pipeline, synth)
        for wave in waves:
            stages.add_wave(self._pipeline, wave)
        self._pipeline.build_pipeline()
        self._grant(connection_arn)
        # It runs as soon as it is there, and needs all that it is granted then.
        self.pipeline.node.find_child("Resource").node.add_dependency(self._role, *self._jobs.roles)
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
                [step.project.project_arn for step in self._jobs.steps],
            ),
        ):
            self._role.allow(actions, resources)
