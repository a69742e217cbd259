"""Amazon Cognito: deletion protection, clients that tell nobody who is a user; MFA, a key and a guard for new pools."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_cognito as cognito

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting
from hipaa_constructs.identity.directory_pool import refuse_stolen_passwords
from hipaa_constructs.identity.user_pool_key import let_user_pools_use

_TYPE = "AWS::Cognito::UserPool"
_WHY = "Users are under the stack's key."
# docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
_MFA = "A password alone signs nobody in: a code of an authenticator app is asked for."
# docs.aws.amazon.com/cognito/latest/developerguide/data-protection.html
# docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-threat-protection.html
_THREATS = "Passwords that are known to be stolen are refused, for which the pool has the plan Plus."
_MODES = ("advanced_security_mode", "custom_threat_protection_mode")
_MODE, _TIER = "standard_threat_protection_mode", "feature_plan"
_RISKS = "AWS::Cognito::UserPoolRiskConfigurationAttachment"
_NOT_ALL_CAN = "Of pools that exist, some take no key; new ones do."


def _finish(session: Session, found: Found) -> None:
    _block_threats(session, found)
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


def _block_threats(session: Session, found: Found) -> None:
    """Have new pools refuse stolen passwords, and do of sign-ins at risk what somebody has to choose: nothing yet.

    AWS advises to watch for two weeks what would be done of these:
    docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-advanced-security-threat-protection.html.
    """
    if not session.new_stores:
        return
    chosen = [str(session.resolved(one, "user_pool_id")) for one in found.of(_RISKS)]
    for pool in found.of(_TYPE):
        path = session.path(pool).removesuffix("/Resource")
        if path not in session.seen:
            if pool.user_pool_add_ons is not None or pool.user_pool_tier is not None:
                continue
            pool.user_pool_add_ons = cognito.CfnUserPool.UserPoolAddOnsProperty(advanced_security_mode="ENFORCED")
            pool.user_pool_tier = "PLUS"
            session.record(pool, path, _TYPE, _MODE, ["UserPoolAddOns", "UserPoolTier"], "set", _THREATS)
        elif not any(one.path == path and one.setting == _MODE for one in session.changes):
            continue
        # The name in quotes, as in a reference.
        if not found.bare(_RISKS) and not any(f"'{session.name(pool)}'" in one for one in chosen):
            owner: Any = pool if path not in session.seen else session.owner(pool)
            refuse_stolen_passwords(session.home(session.owner(owner), path.rsplit("/", 1)[-1]), pool.ref)


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
                Setting(
                    argument=_TIER,
                    properties=["UserPoolTier"],
                    value=lambda made: cognito.FeaturePlan.PLUS,
                    when=lambda made: made.session.new_stores,
                    unless=[_MODE, *_MODES],
                    why=_THREATS,
                ),
                Setting(
                    argument=_MODE,
                    properties=["UserPoolAddOns"],
                    value=lambda made: cognito.StandardThreatProtectionMode.FULL_FUNCTION,
                    when=lambda made: made.session.new_stores,
                    unless=[_TIER, *_MODES],
                    why=_THREATS,
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
    types=[_TYPE, _RISKS],
    finish=_finish,
    later=[
        "New user pools are under the stack's key.",
        "New user pools that say nothing of threats refuse passwords that are known to be stolen.",
    ],
)
