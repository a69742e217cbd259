from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
import jsii
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, require_range
from hipaa_constructs._constants import hours
from hipaa_constructs._stacks import path_of, settle
from hipaa_constructs.compute.batch_job import BatchJob
from hipaa_constructs.compute.fargate_requirements import require_zones
from hipaa_constructs.compute.vpc_access import define_security_group
from hipaa_constructs.primitives.alert_rule import define_event_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.runbook import with_runbook


@jsii.implements(ec2.IConnectable)
class PrivateBatch(Construct):
    """Jobs on PHI, by AWS Batch on Fargate: in private subnets of two zones or more, unprivileged, with masked logs.

    - ``add_job`` defines what runs: a container as ``PrivateFargateService`` has them. It is a user other than root, on
      a root file system that it cannot write to; its image was examined; secrets come by ARN, and one in the
      environment is refused. Each job has a role of its own, which the stores it may use are granted to.
    - Jobs have no public address, and their security group lets HTTPS out and nothing in. They run in ``vpc`` on the
      newest platform of Fargate, never on capacity that is taken away.
    - What a job says goes to one log group under the key, kept seven years, that masks the identifiers of US health
      care; a log line is no place for PHI all the same.
    - A job that fails is tried again, and one that takes longer than its ``timeout`` ends.
    - Fargate encrypts what jobs write to their own storage (AES-256), under a key of its own: Batch, which makes the
      cluster, takes none for that. What has to be kept, a job puts into a store. Source:
      docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-security-considerations.html.

    Names, parameters and environment of submitted jobs show in Batch, in its events and in CloudTrail, under no key of
    yours: let them name what a store holds, such as the id of an image set, and nothing of a patient.

    Without a way to the internet the VPC needs endpoints for ``ecr.api``, ``ecr.dkr``, ``logs`` and S3, with secrets
    ``secretsmanager`` or ``ssm``, and for what jobs call. ``PrivateVpc`` has these, and the environment waits for them.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.312(b) audit controls.
    Supports 164.308(a)(3)(i) workforce security and 164.308(a)(4)(ii)(B) access authorization.

    :param vpc: has private subnets in two zones or more, as ``PrivateVpc`` has.
    :param encryption_key: for the logs; it is made usable for CloudWatch Logs. Default: a ``KmsRotatedKey`` of its own.
    :param maxv_cpus: how many virtual CPUs run at once, 1 to 10,000. Default: 256, which is CDK's own default.
    :param topic: who is told of jobs that failed for good, by their id. Default: nobody.
    :raises ValueError: a VPC in less than two zones, or a number beyond these.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        encryption_key: kms.IKey | None = None,
        maxv_cpus: int = 256,
        topic: AlertTopic | None = None,
    ) -> None:
        require_zones(vpc)
        require_range("maxv_cpus", maxv_cpus, 1, 10_000, unit="virtual CPUs", fix="Leave it out for 256.")
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._logs = EncryptedLogGroup(self, "Logs", encryption_key=self._key)
        self._security_group = define_security_group(self, vpc)
        self._connections = ec2.Connections(security_groups=[self._security_group])
        self._environment = batch.FargateComputeEnvironment(
            self,
            "Resource",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[self._security_group],
            maxv_cpus=maxv_cpus,
            spot=False,
        )
        self._environment.node.add_dependency(vpc)
        self._queue = batch.JobQueue(self, "Queue")
        self._queue.add_compute_environment(self._environment, 1)
        if topic is not None:
            self._tell_of_failures(topic)

    @property
    def job_queue(self) -> batch.JobQueue:
        """Where jobs are submitted to."""
        return self._queue

    @property
    def compute_environment(self) -> batch.FargateComputeEnvironment:
        """Where jobs run."""
        return self._environment

    @property
    def log_group(self) -> logs.LogGroup:
        """Where jobs log, each under its own prefix."""
        return self._logs.log_group

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The security group of all jobs."""
        return self._security_group

    @property
    def connections(self) -> ec2.Connections:
        """The jobs' side of security-group rules."""
        return self._connections

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the logs."""
        return self._key

    @checked_arguments
    def add_job(
        self,
        construct_id: str,
        *,
        repository: ecr.IRepository,
        tag_or_digest: str,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, batch.Secret] | None = None,
        parameters: Mapping[str, str] | None = None,
        cpu: int = 1024,
        memory_limit_mib: int = 2048,
        cpu_architecture: ecs.CpuArchitecture | None = None,
        user: str = "1000",
        writable_paths: Sequence[str] = (),
        ephemeral_storage_gib: int | None = None,
        retry_attempts: int = 3,
        timeout: cdk.Duration | None = None,
    ) -> BatchJob:
        """Define a job, which ``grant_submit`` lets somebody submit, and ``task`` a state machine.

        :param repository: where the image is, in ECR; of an ``EncryptedImageRepository`` it is ``.repository``.
        :param tag_or_digest: which image: ``sha256:…``; a tag, if the repository is made in this app, immutable, and
            scans on push; or the ``image_tag`` of an asset.
        :param command: what the container runs; ``Ref::name`` stands for a parameter. Default: what its image says.
        :param environment: settings by name. Default: none.
        :param secrets: by the name of the variable they are put into; ``batch.Secret.from_secrets_manager(…)``.
            Default: none.
        :param parameters: what parameters are unless a submission says otherwise. Default: none.
        :param cpu: 256 to 16,384 units; 1024 are one vCPU. Default: 1024.
        :param memory_limit_mib: as much as Fargate has for ``cpu``. Default: 2048 MiB.
        :param cpu_architecture: what the image is built for. Default: x86_64.
        :param user: the user, and perhaps the group, that the container runs as. Default: 1000.
        :param writable_paths: directories that can be written to, which end with the job. They are root's, unless the
            Dockerfile declares them as ``VOLUME``. Default: none.
        :param ephemeral_storage_gib: storage of a job, 21 to 200 GiB. Default: 20 GiB.
        :param retry_attempts: how often a job is tried, 1 to 10. Default: 3.
        :param timeout: how long an attempt may take, a minute or more. Default: one hour.
        :raises ValueError: a tag that can be moved, a secret in the environment, root, or a value beyond these limits.
        """
        return BatchJob(
            self,
            construct_id,
            job_queue=self._queue,
            log_group=self._logs.log_group,
            repository=repository,
            tag_or_digest=tag_or_digest,
            command=command,
            environment=environment,
            secrets=secrets,
            parameters=parameters,
            cpu=cpu,
            memory_limit_mib=memory_limit_mib,
            cpu_architecture=cpu_architecture or ecs.CpuArchitecture.X86_64,
            user=user,
            writable_paths=writable_paths,
            ephemeral_storage_gib=ephemeral_storage_gib,
            retry_attempts=retry_attempts,
            timeout=timeout or hours(1),
        )

    def _tell_of_failures(self, topic: AlertTopic) -> None:
        """Tell of a job by its id alone: the event of Batch has its parameters and environment.

        Source: docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html.
        """
        rule = define_event_rule(
            self,
            "FailedJobs",
            source="aws.batch",
            detail_types=["Batch Job State Change"],
            description=with_runbook(f"Jobs of {path_of(self)} that failed for good", "workflow-failed"),
            detail={"status": ["FAILED"], "jobQueue": [self._queue.job_queue_arn]},
        )
        topic.allow_publishing("events.amazonaws.com")
        failed = f"A job of {path_of(self)} failed: {events.EventField.from_path('$.detail.jobId')}"
        message = with_runbook(failed, "workflow-failed")
        rule.add_target(targets.SnsTopic(topic.topic, message=events.RuleTargetInput.from_text(message)))
