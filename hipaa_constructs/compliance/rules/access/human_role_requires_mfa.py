"""Roles that people take ask for a second factor.

Compliant: the trust of an IAM user, of a whole account, or of an identity provider for people asks for MFA:
``aws:MultiFactorAuthPresent`` or ``aws:MultiFactorAuthAge``, an ``amr`` claim, a session tag that says so, or a denial
of everyone without it. Non-compliant: it does not, or asks with an operator ``…IfExists``, which lets a request without
the key through, such as one with an access key. A warning for whole accounts, where workloads may be meant, and for
SAML, where the provider may ask without telling AWS. Not applicable: services, roles, third parties with an external
id, providers for workloads, and what the account is let take of a role that a pipeline's action names, which is the
pipeline's role (docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, any_of, negate
from hipaa_constructs.compliance.facts.people import TAKING, asks_for_factor, people
from hipaa_constructs.compliance.facts.statements import judge_allows
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.document import Condition, Statement, policy_at
from hipaa_constructs.iam.locations import TRUST_POLICY

_ACTION_ROLES = "Stages[].Actions[].RoleArn"


def check(resource: Resource) -> Verdict:
    found = policy_at(resource, TRUST_POLICY)
    if not isinstance(found, Unknown) and any(_denies_without_factor(statement) for statement in found):
        return PASSED
    taken = bool(resource.template.app.referring(resource, "AWS::CodePipeline::Pipeline", _ACTION_ROLES))
    return judge_allows([found], "The trust policy", partial(_judge, by_pipeline=taken))


def _judge(statement: Statement, *, by_pipeline: bool) -> Iterator[Verdict]:
    taken = any_of(statement.covers_action(action) for action in TAKING)
    if taken is Ternary.NO:
        return
    where = f"statement {statement.name}"
    for kind, value in statement.principals:
        who, severity = people(kind, value, statement)
        if not who or (by_pipeline and kind == "AWS" and severity == "warning"):
            continue
        asks = any_of((asks_for_factor(statement), negate(taken)))
        if asks is Ternary.UNKNOWN:
            yield unknown(f"Whether {who} need a second factor is known only at deployment ({where}).")
        elif asks is Ternary.YES:
            yield PASSED
        else:
            yield failed(f"{who} take the role without a second factor ({where}).", severity=severity)


def _denies_without_factor(statement: Statement) -> bool:
    """Whether a statement certainly turns away everyone without a second factor, whose key is false or absent."""
    if len(statement.conditions) != 1:
        return False
    answers = [statement.denies, statement.names_everyone(), statement.covers_action("sts:AssumeRole")]
    for condition in statement.conditions:
        answers.append(Ternary.UNKNOWN if isinstance(condition, Unknown) else _is_without_factor(condition))
    return all_of(answers) is Ternary.YES


def _is_without_factor(condition: Condition) -> Ternary:
    asks = condition.if_exists and condition.key == "aws:multifactorauthpresent"
    return condition.is_flag(False) if asks else Ternary.NO


RULE = Rule(
    name="HumanRoleRequiresMfa",
    severity="error",
    resource_types=("AWS::IAM::Role",),
    controls=("164.308(a)(3)(i)", "164.308(a)(3)(ii)(A)", "164.312(a)(1)", "164.312(d)"),
    fix="Let people take the role with a second factor only; for workloads name roles, not accounts.",
    fixes=(
        Fix(
            template="The statement of AssumeRolePolicyDocument has a Condition {Bool: {aws:MultiFactorAuthPresent: "
            "'true'}}; for an identity provider, one on its amr claim or a session tag. Where a program takes it, "
            "Principal names the program's own role, in place of a user or an account.",
            cdk=(
                'iam.Role(assumed_by=iam.PrincipalWithConditions(<who>, {"Bool": {"aws:MultiFactorAuthPresent": '
                '"true"}}))',
            ),
            constructs=("BreakGlassRole", "WorkforceRoles"),
        ),
    ),
    check=check,
)
