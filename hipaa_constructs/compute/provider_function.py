from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IDependable

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import days, minutes
from hipaa_constructs._stacks import path_of, settle
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.compute.limits import (
    acknowledge_no_reservation,
    require_concurrency,
    require_memory,
    require_timeout,
)
from hipaa_constructs.compute.vpc_access import define_network_interface_policy, define_security_group
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

_OWN_CODE = Path(__file__).parent / "provider_code"

_OUTSIDE_VPC = (
    "HIPAA.Security-LambdaInsideVPC",
    "NIST.800.53.R5-LambdaInsideVPC",
    "PCI.DSS.321-LambdaInsideVPC",
)


class ProviderFunction(Construct):
    """A Lambda function that answers CloudFormation's custom resources, from inside a VPC.

    It is for what CloudFormation has no resource type for; ``FindingsDigest`` runs by it too. CDK's own provider
    functions have no VPC, dead-letter queue, reserved concurrency or encrypted log group, and break three rules each.

    The VPC has to reach, over endpoints, the services that the handler calls and CloudFormation's response bucket
    in S3. ``PrivateVpc`` does.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.312(b) audit controls.

    :param handler: the handler in ``code``, such as ``index.handle``.
    :param vpc: where the function runs, in the private subnets. None: outside any VPC, for a handler of no PHI that
        calls what a VPC does not reach; whoever passes it says why with ``acknowledge_no_vpc``.
    :param code: the code. Default: the handlers that come with this library.
    :param encryption_key: for environment, logs and dead-letter queue; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :param statements: what the handler may do. Default: nothing beyond running and logging.
    :param masked_identifiers: what the function's log masks, as of ``EncryptedLogGroup``. Default: nothing, since
        requests of CloudFormation hold what templates say.
    :param timeout: the longest that one request may take, up to 15 minutes. Default: 5 minutes.
        Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
    :param memory_size: in MB; the processor's share grows with it. Default: 128, which is Lambda's own.
    :param reserve_concurrency: whether some of the account's executions are the function's own. False in an account
        whose quota is too small for that, as that of a new account, which may be 10; the function then acknowledges
        it. Default: they are.
    :param reserved_concurrent_executions: how many are its own. Default: two.
    :raises ValueError: a timeout, memory or reservation that Lambda refuses, or an argument of the wrong type.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        vpc: ec2.IVpc | None,
        code: lambda_.Code | None = None,
        encryption_key: kms.IKey | None = None,
        statements: Sequence[iam.PolicyStatement] = (),
        masked_identifiers: Sequence[str] = (),
        timeout: cdk.Duration | None = None,
        memory_size: int | None = None,
        reserve_concurrency: bool = True,
        reserved_concurrent_executions: int = 2,
    ) -> None:
        require_timeout(timeout, default="5 minutes")
        if memory_size is not None:
            require_memory(memory_size, default=128)
        require_concurrency(reserved_concurrent_executions, otherwise="two")
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        key = encryption_key or KmsRotatedKey(self, "Key").key
        self._logs = EncryptedLogGroup(self, "Logs", encryption_key=key, masked_identifiers=masked_identifiers)
        self._dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=days(14),
        )
        self._role = LeastPrivilegeRole(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Runs {path_of(self)}",
        )
        policies = self._permit(key, statements, in_vpc=vpc is not None)
        self._function = lambda_.Function(
            self,
            "Resource",
            code=code or lambda_.Code.from_asset(str(_OWN_CODE), exclude=["**/__pycache__", "**/*.pyc"]),
            handler=handler,
            runtime=lambda_.Runtime.PYTHON_3_14,
            # By its ARN, or CDK would write a dependency on the role beside the reference to it.
            role=iam.Role.from_role_arn(self, "RoleByArn", self._role.role_arn, mutable=False),
            timeout=timeout or minutes(5),
            memory_size=memory_size,
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS) if vpc else None,
            security_groups=[define_security_group(self, vpc)] if vpc else None,
            environment_encryption=key,
            log_group=self._logs.log_group,
            dead_letter_queue=self._dead_letters,
            # Requests for custom resources are asynchronous and few: what exceeds this waits its turn.
            reserved_concurrent_executions=reserved_concurrent_executions if reserve_concurrency else None,
        )
        if not reserve_concurrency:
            acknowledge_no_reservation(self._function)
        self._function.node.add_dependency(*policies)

    @property
    def function(self) -> lambda_.Function:
        """The function itself; its ARN is the custom resource's service token."""
        return self._function

    @property
    def role(self) -> LeastPrivilegeRole:
        """What the function runs as: grant to this role, not to the function."""
        return self._role

    @property
    def dead_letter_queue(self) -> sqs.Queue:
        """Requests that could not be answered."""
        return self._dead_letters

    def acknowledge_no_vpc(self, *, reason: str) -> None:
        """Say why the function is in no VPC, and that it handles no PHI."""
        classify(self._function, DataClassification.NO_PHI, reason=reason, approved_by="hipaa_constructs")
        acknowledge_limitation(
            cast("cdk.CfnResource", self._function.node.default_child),
            *_OUTSIDE_VPC,
            reason=reason,
            source="docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
        )

    def _permit(self, key: kms.IKey, statements: Sequence[iam.PolicyStatement], *, in_vpc: bool) -> list[IDependable]:
        """Give the role what it needs, and return the policies that say so."""
        interfaces = [define_network_interface_policy(self, self._role)] if in_vpc else []
        self._role.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [self._logs.log_group.log_group_arn])
        self._role.allow(["sqs:SendMessage"], [self._dead_letters.queue_arn])
        # Named one by one: the queue's own grant would bring kms:GenerateDataKey* and kms:ReEncrypt*.
        self._role.allow(["kms:Decrypt", "kms:GenerateDataKey"], [key_arn(key)])
        for statement in statements:
            self._role.add_to_policy(statement)
        return [*interfaces, *self._role.policies]
