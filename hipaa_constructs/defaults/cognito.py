"""Amazon Cognito: deletion protection, clients that tell nobody who is a user, MFA and a key for new pools."""

from __future__ import annotations

from aws_cdk import aws_cognito as cognito

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting
from hipaa_constructs.identity.user_pool_key import let_user_pools_use

_TYPE = "AWS::Cognito::UserPool"
_WHY = "Users are under the stack's key."
# docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
_MFA = "A password alone signs nobody in: a code of an authenticator app is asked for."
# docs.aws.amazon.com/cognito/latest/developerguide/data-protection.html
_NOT_ALL_CAN = "Of pools that exist, some take no key; new ones do."


def _finish(session: Session, found: Found) -> None:
    for pool in found.of(_TYPE):
        if pool.key_configuration is not None:
            continue
        path, attribute, properties = session.path(pool), "key_configuration", ["KeyConfiguration"]
        if not session.new_stores:
            session.record(pool, path, _TYPE, attribute, properties, "left", f"{_WHY} {_NOT_ALL_CAN}")
            continue
        key = session.key(pool)
        let_user_pools_use(key)
        pool.key_configuration = cognito.CfnUserPool.KeyConfigurationProperty(
            key_type="CUSTOMER_MANAGED_KEY", kms_key_arn=key.key_arn
        )
        session.record(pool, path, _TYPE, attribute, properties, "set", _WHY)


SERVICE = Service(
    plain=[
        Plain(
            construct=cognito.UserPool,
            props=cognito.UserPoolProps,
            resource_type=_TYPE,
            settings=[
                Setting(
                    argument="deletion_protection",
                    properties=["DeletionProtection"],
                    value=lambda made: True,
                    why="Somebody has to lift the protection before the users can be deleted.",
                ),
                # A pool that runs has users without a device, and an app that does not ask for a code.
                Setting(
                    argument="mfa",
                    properties=["MfaConfiguration"],
                    value=lambda made: cognito.Mfa.REQUIRED,
                    when=lambda made: made.session.new_stores,
                    unless=["mfa_second_factor"],
                    why=_MFA,
                ),
                Setting(
                    argument="mfa_second_factor",
                    properties=["EnabledMfas"],
                    value=lambda made: cognito.MfaSecondFactor(otp=True, sms=False),
                    when=lambda made: made.session.new_stores,
                    unless=["mfa"],
                    why=_MFA,
                ),
            ],
        ),
        Plain(
            construct=cognito.UserPoolClient,
            props=cognito.UserPoolClientProps,
            resource_type="AWS::Cognito::UserPoolClient",
            settings=[
                # docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
                Setting(
                    argument="prevent_user_existence_errors",
                    properties=["PreventUserExistenceErrors"],
                    value=lambda made: True,
                    why="A failed sign-in does not tell whether somebody has an account.",
                ),
                # CDK's own choice is the implicit flow too, and https://example.com to be called back at. A client that
                # runs may have got its own address past the class.
                Setting(
                    argument="disable_o_auth",
                    properties=["AllowedOAuthFlowsUserPoolClient"],
                    value=lambda made: True,
                    when=lambda made: made.session.new_stores,
                    unless=["o_auth"],
                    why="A new client without flows and callbacks of its own sends no tokens to CDK's example.com.",
                ),
            ],
        ),
    ],
    types=[_TYPE],
    finish=_finish,
    later=["New user pools are under the stack's key."],
)
