from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct, Dependable, IConstruct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._stacks import path_of, settle
from hipaa_constructs.compute.environment import require_settings
from hipaa_constructs.compute.limits import (
    acknowledge_no_reservation,
    require_concurrency,
    require_current_runtime,
    require_layers,
    require_memory,
    require_private_subnets,
    require_signed,
    require_timeout,
)
from hipaa_constructs.compute.vpc_access import define_network_interface_policy, define_security_group
from hipaa_constructs.messaging.granting_queue import GrantingQueue
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


@jsii.implements(iam.IGrantable, ec2.IConnectable)
class PrivateFunction(Construct):
    """A Lambda function for PHI: in private subnets, under a role of its own, with logs that mask PHI.

    - It runs in the private subnets of ``vpc``. Its security group lets HTTPS out and nothing in; databases let it in
      with ``db.allow_from(function)``, stores with ``records.grant_read(function)``.
    - It runs as a ``LeastPrivilegeRole``. What Lambda needs to connect it to the VPC its own code is denied.
    - One customer key covers environment, logs and dead letters. The log group is kept seven years and masks the
      identifiers of US health care; a log line is no place for PHI all the same.
    - The environment holds settings and no secret: one in clear, or filled in by CloudFormation, is refused.
    - What an asynchronous call (EventBridge, S3, SNS, a schedule) fails at three times goes to ``dead_letter_queue``,
      where it stays 14 days. A queue as event source has a dead-letter queue of its own; for a stream, which else
      drops what fails, pass ``on_failure=sources.SqsDlq(function.dead_letter_queue)`` to its event source.
    - It takes ten of the account's executions and no more, so that no function starves.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls and
    164.312(e)(1) transmission security. Supports 164.308(a)(3)(i) workforce security and 164.308(a)(4)(ii)(B) access
    authorization.

    :param code: the code. An asset of CDK's is not signed: with ``code_signing_config`` take what AWS Signer wrote,
        by ``lambda_.Code.from_bucket``.
    :param handler: what of ``code`` is called, such as ``index.handle``.
    :param runtime: one that AWS patches until the end of 2027 or longer. AwsSolutions asks for the newest of its
        language. Source: docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html.
    :param vpc: has private subnets, as ``PrivateVpc`` has, and endpoints for what the code calls.
    :param encryption_key: for environment, logs and dead letters; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :param environment: settings by name, up to 4 KB in all. Default: none.
    :param memory_size: 128 to 10,240 MB; CPU grows with it. Default: 256 MB.
    :param timeout: the longest that a call may take, 1 second to 15 minutes. Default: 30 seconds.
        Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
    :param architecture: x86_64 or arm64. Default: x86_64, which is Lambda's own default.
    :param layers: up to five. Default: none.
    :param reserved_concurrent_executions: how many of the account's executions are the function's own, and how many
        run at most. None: none is reserved, for an account whose quota is too small; the function then acknowledges it.
        Default: 10.
    :param code_signing_config: whose signatures the code has to carry. Default: code is taken unsigned.
        Source: docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html.
    :param filesystem: what is mounted; ``EncryptedFileSystem(…).mounted(…)``. Default: nothing.
    :raises ValueError: a runtime that AWS will soon stop patching, a secret in the environment, a VPC without private
        subnets, an asset with ``code_signing_config``, or a value beyond Lambda's limits.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        handler: str,
        runtime: lambda_.Runtime,
        vpc: ec2.IVpc,
        encryption_key: kms.IKey | None = None,
        environment: Mapping[str, str] | None = None,
        memory_size: int = 256,
        timeout: cdk.Duration | None = None,
        architecture: lambda_.Architecture | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
        reserved_concurrent_executions: int | None = 10,
        code_signing_config: lambda_.ICodeSigningConfig | None = None,
        filesystem: lambda_.FileSystem | None = None,
    ) -> None:
        require_current_runtime(runtime)
        require_timeout(timeout, default="30 seconds")
        require_settings(scope, environment or {})
        require_memory(memory_size)
        require_concurrency(reserved_concurrent_executions)
        require_layers(layers)
        require_private_subnets(vpc)
        if code_signing_config is not None:
            require_signed(code)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._logs = EncryptedLogGroup(self, "Logs", encryption_key=self._key)
        self._dead_letters = GrantingQueue.for_dead_letters(self, "DeadLetters", key=self._key)
        self._role = self._define_role()
        self._security_group = define_security_group(self, vpc)
        self._connections = ec2.Connections(security_groups=[self._security_group])
        self._function = lambda_.Function(
            self,
            "Resource",
            code=code,
            handler=handler,
            runtime=runtime,
            role=self._role,
            environment=environment,
            environment_encryption=self._key,
            memory_size=memory_size,
            timeout=timeout or cdk.Duration.seconds(30),
            architecture=architecture,
            layers=list(layers),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[self._security_group],
            log_group=self._logs.log_group,
            dead_letter_queue=self._dead_letters,
            reserved_concurrent_executions=reserved_concurrent_executions,
            code_signing_config=code_signing_config,
            filesystem=filesystem,
        )
        self._function.node.add_dependency(define_network_interface_policy(self, self._role))
        if reserved_concurrent_executions is None:
            acknowledge_no_reservation(self._function)

    @property
    def function(self) -> lambda_.Function:
        """The function itself, for event sources, targets and aliases."""
        return self._function

    @property
    def role(self) -> LeastPrivilegeRole:
        """What the function runs as."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Who is meant where the function is granted something."""
        return self._role

    @property
    def connections(self) -> ec2.Connections:
        """The function's side of security-group rules."""
        return self._connections

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The function's own security group."""
        return self._security_group

    @property
    def log_group(self) -> logs.LogGroup:
        """Where the function logs."""
        return self._logs.log_group

    @property
    def dead_letter_queue(self) -> sqs.Queue:
        """Events that the function failed at."""
        return self._dead_letters

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of environment, logs and dead letters."""
        return self._key

    @checked_arguments
    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal call the function itself, not its versions; a service is let in by a permission.

        A service calls for this account alone if it says so: ``iam.ServicePrincipal(…)`` with
        ``.with_conditions({"StringEquals": {"aws:SourceAccount": …}})``.
        """
        grant = to_principal(grantee, ["lambda:InvokeFunction"], [self._function.function_arn])
        return grant if grant.success else self._function.grant_invoke(grantee)

    def _define_role(self) -> LeastPrivilegeRole:
        role = LeastPrivilegeRole(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Runs {path_of(self)}",
        )
        role.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [self._logs.log_group.log_group_arn])
        grant_on_key(self._key, role, "kms:Decrypt", "kms:GenerateDataKey")
        Dependable.implement(role, _Grants(role))
        return role


class _Grants(Dependable):
    """What waits for the role waits for its policies alone: the role itself it refers to anyway."""

    def __init__(self, role: LeastPrivilegeRole) -> None:
        super().__init__()
        self._role = role

    @property
    def dependency_roots(self) -> list[IConstruct]:
        return [*self._role._policies, *self._role._apart.values()]
