"""No IAM user gets a console password or an access key from a template.

People come through a federated role and workloads through their own, so that nothing lasts that can be lost.
Compliant: a user without ``LoginProfile``; an inactive key. Non-compliant: a password; an active key, whose
secret the stack's outputs and state can show. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::IAM::User":
        return judge(resource.get("LoginProfile") is None, "LoginProfile gives the user a console password.")
    return judge(
        is_one_of(resource.get("Status", "Active"), "Inactive"),
        "The template makes an active access key.",
        unknown_message="Status is known only at deployment.",
    )


RULE = Rule(
    name="UserHasNoStandingCredentials",
    severity="error",
    resource_types=("AWS::IAM::AccessKey", "AWS::IAM::User"),
    controls=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.308(a)(5)(ii)(D)", "164.312(a)(1)", "164.312(d)"),
    fix="Let people take a role by their identity provider, and workloads a role of their own.",
    fixes=(
        Fix(
            ("AWS::IAM::AccessKey",),
            {"Status": "Inactive"},
            template="Then remove it, once the workload has a role of its own.",
            cdk=("iam.AccessKey(status=iam.AccessKeyStatus.INACTIVE)",),
            constructs=("LeastPrivilegeRole",),
        ),
        Fix(
            ("AWS::IAM::User",),
            beside="Leave LoginProfile out, and with it the password; people take a role by their identity provider.",
            constructs=("WorkforceRoles",),
        ),
    ),
    check=check,
)
