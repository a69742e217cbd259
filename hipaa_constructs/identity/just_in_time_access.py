from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_sso as sso
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import hours
from hipaa_constructs._stacks import account_of, stack_of
from hipaa_constructs.identity import just_in_time_policies as policies
from hipaa_constructs.identity import just_in_time_requirements as requirements
from hipaa_constructs.identity import just_in_time_runbooks as runbooks
from hipaa_constructs.identity.identity_center import require_instance
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

# Identity Center has none shorter: docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html
_SESSION = "PT1H"


class JustInTimeAccess(Construct):
    r"""Elevated access for a time, after approval: Systems Manager assigns a permission set, waits, and takes it back.

    A requester starts ``runbook`` with a user of the identity store, an account and a reason, which the execution
    and the trail keep. The alert topic is told, an approver approves or rejects within eight hours, and the person
    finds the permission set in the access portal until the time is over::

        aws ssm start-automation-execution --document-name … \
            --parameters 'UserId=…,AccountId=…,Reason="OPS-42 restore the index"'
        aws ssm send-automation-signal --automation-execution-id … --signal-type Approve

    That runbook starts a second one, in which approval, assignment and revocation happen, and which nobody here may
    start otherwise, stop or change. Failure and cancellation in it lead to the revocation; if that fails as well, so
    does the automation, and the topic is told. An administrator who may stop any automation could stop this one.

    A session that is open when the assignment goes lasts until it is an hour old:
    docs.aws.amazon.com/singlesignon/latest/userguide/manage-user-session.html. Two elevations of one person in one
    account end with the first. An elevation never changes rights, takes other roles, deploys or erases records.

    A role that may request cannot approve. AWS does not see whether one person takes both roles, so let them trust
    different people, and let requesters start no runbooks of their own. The reason is published to the topic: it
    names a ticket, but no patient.

    Belongs in the home Region and the account of Identity Center, best its delegated administrator, which has no
    access to the management account: docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html.

    Meets 164.312(a)(1) access control. Supports 164.308(a)(4)(ii)(B) access authorization, 164.308(a)(4)(ii)(C) access
    establishment and modification and 164.308(a)(3)(ii)(A) authorization and supervision.

    :param instance_arn: the Identity Center instance.
    :param account_ids: the accounts that people may be elevated in.
    :param statements: what an elevated person may do.
    :param requesters: roles of this account that may ask, for anybody.
    :param approvers: roles of this account that may approve, up to ten; one of them suffices.
    :param alert_topic: where each request, approval, grant and revocation is told.
    :param duration: how long an elevation lasts, between 15 minutes and a shift of eight hours. Default: one hour.
    :raises ValueError: an id or ARN that is none, the account of this stack, nobody to ask or to approve, a role that
        does both or is out of reach, statements that are too broad or withheld, a restore that lacks a kind of
        resource which RDS asks for, or a duration beyond a shift.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        instance_arn: str,
        account_ids: Sequence[str],
        statements: Sequence[iam.PolicyStatement],
        requesters: Sequence[iam.IRole],
        approvers: Sequence[iam.IRole],
        alert_topic: AlertTopic,
        duration: cdk.Duration | None = None,
    ) -> None:
        stack = stack_of(scope)
        require_instance(instance_arn)
        requirements.require_accounts(account_ids, account_of(stack))
        requirements.require_statements(statements, stack)
        requirements.require_people(requesters, approvers, account_of(stack))
        requirements.require_duration(duration)
        super().__init__(scope, construct_id)

        self._permission_set = self._define_permission_set(instance_arn, statements)
        set_arn = self._permission_set.attr_permission_set_arn
        elevating, requesting = self._define_role("Elevation"), self._define_role("Request")
        elevation = self._define_runbook(
            "Elevation",
            runbooks.elevation(
                role_arn=elevating.role_arn,
                instance_arn=instance_arn,
                permission_set_arn=set_arn,
                account_ids=account_ids,
                approver_arns=[role.role_arn for role in approvers],
                topic_arn=alert_topic.topic.topic_arn,
                duration=duration or hours(1),
            ),
        )
        self._runbook = self._define_runbook(
            "Request",
            runbooks.request(role_arn=requesting.role_arn, elevation=elevation.ref, account_ids=account_ids),
        )
        assigning = policies.assigning(
            stack, instance_arn=instance_arn, permission_set_arn=set_arn, account_ids=account_ids
        )
        following = policies.following(stack)
        for name, roles, rights in (
            ("Elevating", [elevating], [*assigning, *policies.telling(alert_topic)]),
            ("Requesting", [requesting], policies.starting(stack, elevation, elevating.role_arn)),
            ("Requesters", requesters, [*policies.starting(stack, self._runbook, requesting.role_arn), *following]),
            ("Approvers", approvers, policies.following(stack, "ssm:SendAutomationSignal")),
        ):
            policies.define_policy(self, name, roles=roles, rights=rights)
        self._define_alerts(alert_topic, elevation)

    @property
    def permission_set(self) -> sso.CfnPermissionSet:
        """What an elevated person is assigned."""
        return self._permission_set

    @property
    def runbook(self) -> ssm.CfnDocument:
        """What a requester starts."""
        return self._runbook

    def _define_permission_set(
        self, instance_arn: str, statements: Sequence[iam.PolicyStatement]
    ) -> sso.CfnPermissionSet:
        withheld = {"Sid": "Withheld", "Effect": "Deny", "Action": list(requirements.WITHHELD), "Resource": "*"}
        return sso.CfnPermissionSet(
            self,
            "Resource",
            instance_arn=instance_arn,
            name=cdk.Names.unique_resource_name(self, max_length=32),
            description=f"Elevated access by {self.node.path}"[:700],
            session_duration=_SESSION,
            inline_policy={
                "Version": "2012-10-17",
                "Statement": [*(statement.to_statement_json() for statement in statements), withheld],
            },
        )

    def _define_role(self, name: str) -> LeastPrivilegeRole:
        return LeastPrivilegeRole(
            self,
            f"{name}Role",
            assumed_by=policies.automation(stack_of(self)),
            description=f"Runs the {name.lower()} of {self.node.path}",
        )

    def _define_runbook(self, name: str, content: runbooks.Document) -> ssm.CfnDocument:
        """Define it without a name, so that an update replaces it: no earlier version can be started any more."""
        return ssm.CfnDocument(
            self,
            name,
            document_type="Automation",
            document_format="JSON",
            update_method="Replace",
            content=content,
        )

    def _define_alerts(self, topic: AlertTopic, elevation: ssm.CfnDocument) -> None:
        """Tell of each execution, by whom, and of the steps that matter.

        docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
        """
        define_alert_rule(
            self,
            "Executions",
            source="aws.ssm",
            detail_types=["EC2 Automation Execution Status-change Notification"],
            topic=topic,
            description=f"An elevation by {self.node.path} starts or ends",
            runbook="elevated-access",
            detail={"Definition": [self._runbook.ref, elevation.ref]},
        )
        define_alert_rule(
            self,
            "Steps",
            source="aws.ssm",
            detail_types=["EC2 Automation Step Status-change Notification"],
            topic=topic,
            description=f"An elevation by {self.node.path} is approved, granted or revoked",
            runbook="elevated-access",
            detail={"Definition": [elevation.ref], "StepName": list(runbooks.TOLD_STEPS)},
        )
