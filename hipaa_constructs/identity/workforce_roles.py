from __future__ import annotations

import datetime
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse, require_unit
from hipaa_constructs._stacks import arn_in, path_of, settle
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.identity import workforce_policies
from hipaa_constructs.identity.workforce_conditions import admission, outside, require_conditions
from hipaa_constructs.identity.workforce_source import WorkforceSource
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

_SHIFT = 8


class WorkforceRoles(Construct):
    """Separate roles for developers, operators and auditors, taken with a second factor and for a limited time.

    All three can look at what runs. Operators can also restart, scale and back it up, auditors read configuration,
    findings and trails. To that end operators hand on two things: the role of backups to AWS Backup, and the use of
    a volume's key to EC2 when an instance starts. A permissions boundary keeps what is granted later in its bounds:
    developers and operators never reach the content of stores, nor anyone's rights, and auditors never change
    anything. Who must reach PHI in an emergency takes a ``BreakGlassRole``.

    A session ends by itself, which is the automatic logoff of people at AWS; that of the screen is up to the
    workstation.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iii) automatic logoff and 164.312(d) person or entity
    authentication. Supports 164.308(a)(3)(i) workforce security, 164.308(a)(3)(ii)(A) authorization and supervision and
    164.308(a)(4)(ii)(B) access authorization.

    :param developers: where developers come from. Default: no such role.
    :param operators: where operators come from. Default: no such role.
    :param auditors: where auditors come from. Default: no such role.
    :param max_session_duration: when a session ends, between one hour and a shift of eight. Default: one hour.
    :param source_networks: public CIDR blocks that people come from; with them, credentials work from nowhere else.
        Default: any network.
    :param valid_until: the last day (UTC) on which the roles can be taken, such as the end of an engagement.
        Default: no end.
    :param backup_role: what operators start backups with, such as ``BackupPlan.role``; they can pass no other role.
        Default: the role that AWS Backup's console makes in the account, ``AWSBackupDefaultServiceRole``.
    :raises ValueError: no source at all, a session beyond a shift, or a network that is none.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        developers: WorkforceSource | None = None,
        operators: WorkforceSource | None = None,
        auditors: WorkforceSource | None = None,
        max_session_duration: cdk.Duration | None = None,
        source_networks: Sequence[str] = (),
        valid_until: datetime.date | None = None,
        backup_role: iam.IRole | None = None,
    ) -> None:
        sources = {"Developer": developers, "Operator": operators, "Auditor": auditors}
        if not any(sources.values()):
            refuse(
                "developers, operators, auditors",
                None,
                allowed="a role needs people",
                fix="Pass at least one, such as WorkforceSource.from_saml(provider).",
            )
        require_session("max_session_duration", max_session_duration)
        require_conditions(source_networks, valid_until)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._backup_role = backup_role.role_arn if backup_role else _default_backup_role(self)
        conditions = admission(source_networks, valid_until)
        self._roles = {
            job: self._define_role(job, source.principal(conditions), max_session_duration, source_networks)
            for job, source in sources.items()
            if source is not None
        }

    @property
    def developer(self) -> LeastPrivilegeRole | None:
        """The developers' role; grant it what they need beyond looking."""
        return self._roles.get("Developer")

    @property
    def operator(self) -> LeastPrivilegeRole | None:
        """The operators' role."""
        return self._roles.get("Operator")

    @property
    def auditor(self) -> LeastPrivilegeRole | None:
        """The auditors' role; grant it reading of where evidence lies."""
        return self._roles.get("Auditor")

    def _define_role(
        self, job: str, principal: iam.IPrincipal, duration: cdk.Duration | None, networks: Sequence[str]
    ) -> LeastPrivilegeRole:
        boundary = iam.ManagedPolicy(
            self,
            f"{job}Boundary",
            description=f"The most that {path_of(self)}/{job} may do",
            document=iam.PolicyDocument.from_json(
                {
                    "Version": "2012-10-17",
                    "Statement": workforce_policies.limits(job, outside(networks), self._backup_role),
                }
            ),
        )
        settle(boundary, self, f"{job}Boundary")
        acknowledge_limitation(
            boundary,
            "AwsSolutions-IAM5[Resource::*]",
            reason="A permissions boundary grants nothing: it only cuts off what other policies grant.",
            source="docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        )
        role = LeastPrivilegeRole(
            self,
            job,
            assumed_by=principal,
            description=f"{job} by {path_of(self)}",
            max_session_duration=duration,
            permissions_boundary=boundary,
        )
        for statement in workforce_policies.duties(job, self._backup_role):
            role.add_to_policy(iam.PolicyStatement.from_json(statement))
        acknowledge_limitation(
            role.node.find_child("Policy1"),
            "AwsSolutions-IAM5[Resource::*]",
            reason="Calls that list and describe take no resource; what operators restart and scale, and the keys of "
            "its volumes, are not known here, and the boundary keeps content and rights out of reach.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
        )
        return role


def _default_backup_role(scope: Construct) -> str:
    return arn_in(scope, "iam", f"role/{workforce_policies.DEFAULT_BACKUP_ROLE}", region="")


def require_session(argument: str, duration: cdk.Duration | None) -> None:
    """Refuse a session shorter than AWS has, or longer than a shift."""
    require_unit(argument, duration, "seconds")
    if duration is not None and not duration.is_unresolved() and not 3600 <= duration.to_seconds() <= _SHIFT * 3600:
        refuse(
            argument,
            f"{duration.to_minutes(integral=False):g} minutes",
            allowed=f"allowed are 1 to {_SHIFT} hours",
            fix="Leave it out for one hour.",
        )
