"""What a state machine runs as: what its tasks need, and what Step Functions itself needs for logs, traces and key."""

from __future__ import annotations

from typing import cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, Dependable, IConstruct

from hipaa_constructs._stacks import path_of, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.iam.log_delivery_actions import LOG_DELIVERY_ACTIONS
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_grants import log_groups
from hipaa_constructs.primitives.service_trust import of_this_account

_TRACES = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)


class StateMachineRole(LeastPrivilegeRole):
    """A role of one state machine; what CDK's tasks ask for becomes managed policies, and no more than they use.

    ``LambdaInvoke`` asks for a function with all its versions, and calls the function that it names. A distributed map
    has CDK attach an inline policy.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            assumed_by=of_this_account("states.amazonaws.com", scope),
            description=f"Runs {path_of(scope)}",
        )
        self._owner = scope
        self._inline: iam.Policy | None = None
        self._observability = self._let_log_and_trace()
        Dependable.implement(self, _Policies(self))

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Add a statement; of a function that it names, without the versions."""
        if statement.actions == ["lambda:InvokeFunction"]:
            arns = statement.resources
            statement = statement.copy(resources=[arn for arn in arns if arn.removesuffix(":*") not in {*arns} - {arn}])
        return super().add_to_principal_policy(statement)

    def attach_inline_policy(self, policy: iam.Policy) -> None:
        """Note the policy, to which CDK will add what the executions of a distributed map need."""
        self._inline = policy

    def let_use(self, key: kms.IKey, *, state_machine_arn: str) -> None:
        """Let executions of one machine use its key, and do what its map needs, once the machine is made.

        These policies stand beside the role: they name the machine, which waits for what is below the role. CDK's own
        statement on the key names the machine by its fixed name, and so never holds for one that has none.
        """
        iam.ManagedPolicy(
            self._owner,
            "KeyPolicy",
            roles=[self],
            description=f"Lets executions of {path_of(self._owner)} use its key",
            statements=[
                _use_of(key, "aws:states:stateMachineArn", state_machine_arn, "kms:Decrypt", "kms:GenerateDataKey"),
                # Log events are encrypted on their way to CloudWatch Logs, in this context, whose "*" is a letter.
                _use_of(key, "SourceArn", log_groups(stack_of(self)), "kms:GenerateDataKey"),
            ],
        )
        if self._inline is not None:
            self._define_map_policy(self._inline)

    def _define_map_policy(self, inline: iam.Policy) -> None:
        cast("IConstruct", inline.node.scope).node.try_remove_child(inline.node.id)
        policy = iam.ManagedPolicy(
            self._owner,
            "MapPolicy",
            roles=[self],
            document=inline.document,
            description=f"Lets {path_of(self._owner)} start executions of its own, one for each batch of items",
        )
        resources = [one["Resource"] for one in policy.document.to_json()["Statement"]]
        arns = [arn for one in resources for arn in ([one] if isinstance(one, str) else one)]
        acknowledge_limitation(
            policy,
            *wildcard_ids(policy, *(arn for arn in arns if "*" in arn)),
            reason="Executions are named when they start. The wildcards stay within one state machine.",
            source="docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html",
        )

    def _let_log_and_trace(self) -> iam.ManagedPolicy:
        # A policy of its own, so that what is acknowledged stands alone; the role's child, so that the machine waits.
        policy = iam.ManagedPolicy(
            self,
            "Observability",
            roles=[self],
            description=f"Lets Step Functions deliver logs and traces of {path_of(self._owner)}",
            statements=[
                iam.PolicyStatement(actions=list(LOG_DELIVERY_ACTIONS), resources=["*"]),
                iam.PolicyStatement(actions=list(_TRACES), resources=["*"]),
            ],
        )
        acknowledge_limitation(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason="These actions of CloudWatch Logs and X-Ray take no resource.",
            source="docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
        )
        return policy


def _use_of(key: kms.IKey, context: str, arn: str, *actions: str) -> iam.PolicyStatement:
    """Let use a key in one context, as docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html says."""
    return iam.PolicyStatement(
        actions=list(actions),
        resources=[key_arn(key)],
        conditions={"StringEquals": {f"kms:EncryptionContext:{context}": arn}},
    )


class _Policies(Dependable):
    """What waits for the role waits for its policies alone: the role itself it refers to anyway."""

    def __init__(self, role: StateMachineRole) -> None:
        super().__init__()
        self._role = role

    @property
    def dependency_roots(self) -> list[IConstruct]:
        """The policies that stand below the role."""
        return [self._role._observability, *self._role._policies]
