"""Nobody makes a user of a Cognito user pool himself.

A warning: a portal for patients may have to let strangers in, and then says so. Compliant:
``AllowAdminCreateUserOnly`` true; a function that is asked before each sign-up (``PreSignUp``), which can turn it down
(docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html). Non-compliant: neither, which is
the default. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import any_of, is_present, negate
from hipaa_constructs.compliance.facts.user_pools import USER_POOL, signs_up_itself
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge


def check(resource: Resource) -> Verdict:
    return judge(
        any_of((negate(signs_up_itself(resource)), is_present(resource.get("LambdaConfig.PreSignUp")))),
        "AllowAdminCreateUserOnly is not true, so anybody can sign up.",
        unknown_message="AllowAdminCreateUserOnly is known only at deployment.",
    )


RULE = Rule(
    name="UserPoolSignUpClosed",
    severity="warning",
    resource_types=(USER_POOL,),
    controls=("164.308(a)(3)(ii)(A)", "164.312(a)(1)"),
    fix="Let administrators create users, or decide on each sign-up in a function.",
    fixes=(
        Fix(
            properties={"AdminCreateUserConfig.AllowAdminCreateUserOnly": True},
            template="Or LambdaConfig.PreSignUp has the ARN of a function that turns down whoever may not sign up, and "
            "an AWS::Lambda::Permission lets cognito-idp.amazonaws.com invoke it.",
            cdk=(
                "cognito.UserPool(self_sign_up_enabled=False)",
                "cognito.UserPool(lambda_triggers=cognito.UserPoolTriggers(pre_sign_up=<a function>))",
            ),
        ),
    ),
    check=check,
)
