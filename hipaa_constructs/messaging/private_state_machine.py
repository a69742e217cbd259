from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._constants import minutes
from hipaa_constructs._names import deployed_name
from hipaa_constructs._stacks import arn_in, path_of, settle, stack_of
from hipaa_constructs.messaging.state_machine_role import StateMachineRole
from hipaa_constructs.messaging.state_machine_settings import define_alarms, require_times, set_controls, warn_of_http
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_grants import grant_log_delivery
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards

_EXPRESS = stepfunctions.StateMachineType.EXPRESS
# docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
_READ = ("states:DescribeExecution", "states:DescribeStateMachineForExecution", "states:GetExecutionHistory")


@jsii.implements(iam.IGrantable)
class PrivateStateMachine(Construct):
    """A Step Functions state machine for PHI under a customer key, which logs every step and none of the data.

    - Definition and history are under the key: what executions are given, pass on and answer. The history of a standard
      execution stays 90 days and ends with the machine; what has to be kept, a task puts into a store.
    - Every event goes to a log group under the same key, kept seven years, without what executions hold. Express
      executions leave no other trace.
    - X-Ray shows which states ran, how long, and which services they called. Names of machines, states and executions
      show there, in logs and in CloudTrail: let them say nothing of a patient. Source:
      docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html.
    - Tasks run as ``.role``, to which CDK's tasks and ``grant_*`` of stores add what they need, and that for managed
      policies alone. ``LambdaInvoke`` may call the function that it names, and none of its versions.
    - Events of executions (EventBridge) carry no data, since the machine is under a customer key. Source:
      docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html.

    Step Functions calls AWS over TLS, from outside of any VPC. A task of kind HTTP (``HttpInvoke``) sends what it is
    given to an address that may be anybody's: synthesis warns of it, since whoever runs that sees PHI and needs a
    business associate agreement (164.502(e)). A function or job in ``PrivateVpc`` is the private way.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.312(b) audit controls.
    Supports 164.308(a)(4)(ii)(B) access authorization and 164.308(a)(6)(ii) response and reporting.

    :param definition_body: ``stepfunctions.DefinitionBody.from_chainable(…)``, ``from_string`` or ``from_file``. It
        stands in the template or among CDK's assets, so no secret and nothing of a patient belongs there.
    :param state_machine_type: STANDARD runs each step once and up to a year; EXPRESS at least once and up to five
        minutes. CloudFormation changes it only by making the machine anew. Default: STANDARD.
    :param definition_substitutions: what stands for ``${…}`` in a definition from a string or a file. Default: nothing.
    :param timeout: the longest that an execution may take, for a definition ``from_chainable``; others say it
        themselves. Default: a year, or five minutes for EXPRESS.
    :param encryption_key: for definition, history and logs; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :param kms_data_key_reuse_period_seconds: for how long Step Functions takes one data key, 60 to 900 seconds.
        Default: 300 seconds, which is its own default.
    :param topic: who is told of executions that failed or ran out of time. Default: nobody.
    :raises ValueError: a time beyond Step Functions' limits, or a timeout for a definition that says its own.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition_body: stepfunctions.DefinitionBody,
        state_machine_type: stepfunctions.StateMachineType = stepfunctions.StateMachineType.STANDARD,
        definition_substitutions: Mapping[str, str] | None = None,
        timeout: cdk.Duration | None = None,
        encryption_key: kms.IKey | None = None,
        kms_data_key_reuse_period_seconds: cdk.Duration | None = None,
        topic: AlertTopic | None = None,
    ) -> None:
        require_times(definition_body, state_machine_type, timeout, kms_data_key_reuse_period_seconds)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        grant_log_delivery(self._key, stack=stack_of(self))
        # With this beginning the log groups share one statement of the account's policy for log delivery, which has
        # room for few: docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html.
        name = f"/aws/vendedlogs/states/{deployed_name(self, max_length=200)}"
        self._logs = EncryptedLogGroup(self, "Logs", encryption_key=self._key, log_group_name=name)
        self._role = StateMachineRole(self, "Role")
        self._type = state_machine_type
        self._state_machine = stepfunctions.StateMachine(
            self,
            "Resource",
            definition_body=definition_body,
            state_machine_type=state_machine_type,
            definition_substitutions=definition_substitutions,
            timeout=timeout,
            role=self._role,
        )
        set_controls(
            self._state_machine,
            key=self._key,
            reuse=kms_data_key_reuse_period_seconds or minutes(5),
            log_group=self._logs.log_group,
        )
        warn_of_http(self, self._state_machine)
        self._role.let_use(self._key, state_machine_arn=self._state_machine.state_machine_arn)
        self._alarms = {} if topic is None else define_alarms(self, self._state_machine, topic)

    @property
    def state_machine(self) -> stepfunctions.StateMachine:
        """The state machine itself, for targets of rules, schedules and other machines."""
        return self._state_machine

    @property
    def role(self) -> LeastPrivilegeRole:
        """What executions run as."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Who is meant where the state machine is granted something."""
        return self._role

    @property
    def log_group(self) -> logs.LogGroup:
        """Where events of executions go, without data."""
        return self._logs.log_group

    @property
    def alarms(self) -> Mapping[str, cloudwatch.Alarm]:
        """The alarms ``Failed`` and ``TimedOut``; none without ``topic``."""
        return dict(self._alarms)

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of definition, history and logs."""
        return self._key

    @checked_arguments
    def grant_start_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal start executions; for that it needs nothing of the key, which the machine's role uses."""
        return self._state_machine.grant_start_execution(grantee)

    @checked_arguments
    def grant_start_sync_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal start executions of an EXPRESS machine, wait for their answer, and decrypt it.

        :raises ValueError: a STANDARD machine, which answers nobody.
        """
        if self._type is not _EXPRESS:
            refuse(
                "grant_start_sync_execution",
                f"{path_of(self)}, which is STANDARD",
                allowed="only an EXPRESS machine answers whoever starts an execution",
                fix="Call grant_start_execution, or pass state_machine_type=stepfunctions.StateMachineType.EXPRESS.",
            )
        starting = self._state_machine.grant_start_sync_execution(grantee)
        return starting.combine(grant_on_key(self._key, grantee, "kms:Decrypt"))

    @checked_arguments
    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal list executions and see what they were given, did and answered, and decrypt that.

        :raises ValueError: an EXPRESS machine, whose executions leave their log alone.
        """
        if self._type is _EXPRESS:
            refuse(
                "grant_read",
                f"{path_of(self)}, which is EXPRESS",
                allowed="only a STANDARD machine keeps a history of executions",
                fix="Let the principal read log_group.",
            )
        machine = self._state_machine.state_machine_arn
        executions = arn_in(self, "states", f"execution:{self._state_machine.state_machine_name}:*")
        reading = to_principal(grantee, ["states:DescribeStateMachine", "states:ListExecutions"], [machine]).combine(
            to_principal(grantee, _READ, [executions])
        )
        acknowledge_wildcards(
            grantee,
            executions,
            reason="Executions are named when they start. The wildcard stays within one state machine.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html",
        )
        return reading.combine(grant_on_key(self._key, grantee, "kms:Decrypt"))
