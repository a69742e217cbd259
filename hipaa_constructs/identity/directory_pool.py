"""The user pool of a patient directory, and what protects it while people sign in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from hipaa_constructs._constants import days
from hipaa_constructs._names import KEPT
from hipaa_constructs.storage.delivered_logs import DeliveredLogs


def define_pool(
    scope: Construct,
    *,
    key: kms.IKey,
    passkeys_for: str | None,
    pre_sign_up: lambda_.IFunction | None,
    email: cognito.UserPoolEmail | None,
    custom_attributes: Mapping[str, cognito.ICustomAttribute] | None,
) -> cognito.UserPool:
    """Define the pool; with the domain ``passkeys_for``, people can sign in to it with a passkey."""
    pool = cognito.UserPool(
        scope,
        "Resource",
        mfa=cognito.Mfa.REQUIRED,
        mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
        enable_sms_role=False,
        # Long, of whatever kinds: NIST SP 800-63B-4, section 3.1.1.2.
        password_policy=cognito.PasswordPolicy(
            min_length=15,
            require_digits=False,
            require_lowercase=False,
            require_symbols=False,
            require_uppercase=False,
            temp_password_validity=days(7),
        ),
        sign_in_policy=cognito.SignInPolicy(
            allowed_first_auth_factors=cognito.AllowedFirstAuthFactors(password=True, passkey=passkeys_for is not None)
        ),
        passkey_relying_party_id=passkeys_for,
        passkey_user_verification=cognito.PasskeyUserVerification.REQUIRED if passkeys_for else None,
        self_sign_up_enabled=pre_sign_up is not None,
        lambda_triggers=cognito.UserPoolTriggers(pre_sign_up=pre_sign_up) if pre_sign_up else None,
        sign_in_aliases=cognito.SignInAliases(email=True),
        sign_in_case_sensitive=False,
        standard_attributes=cognito.StandardAttributes(email=cognito.StandardAttribute(required=True, mutable=True)),
        custom_attributes=custom_attributes,
        keep_original=cognito.KeepOriginalAttrs(email=True),
        account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
        device_tracking=cognito.DeviceTracking(
            challenge_required_on_new_device=False, device_only_remembered_on_user_prompt=True
        ),
        feature_plan=cognito.FeaturePlan.PLUS,
        standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
        custom_threat_protection_mode=cognito.CustomThreatProtectionMode.FULL_FUNCTION,
        email=email,
        deletion_protection=True,
        removal_policy=KEPT,
    )
    resource = cast("cognito.CfnUserPool", pool.node.default_child)
    resource.key_configuration = cognito.CfnUserPool.KeyConfigurationProperty(
        key_type="CUSTOMER_MANAGED_KEY", kms_key_arn=key.key_arn
    )
    if passkeys_for is not None:
        # With it, a passkey is both factors; without, Cognito takes none where a second one is required.
        resource.web_authn_factor_configuration = "MULTI_FACTOR_WITH_USER_VERIFICATION"
    return pool


def define_threat_protection(pool: cognito.UserPool, logs: DeliveredLogs) -> None:
    """Block what threat protection finds, for all apps, and have it written down.

    Where a factor is asked of everybody, medium and low risk can ask for no more than that. Cognito sees whether a
    password was leaked where it sees the password: on its own pages, not by SRP. Sources:
    docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-compromised-credentials.html and
    docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AccountTakeoverActionType.html.
    """
    risks = cognito.CfnUserPoolRiskConfigurationAttachment
    action = risks.AccountTakeoverActionTypeProperty
    risks(
        pool,
        "Threats",
        user_pool_id=pool.user_pool_id,
        client_id="ALL",
        account_takeover_risk_configuration=risks.AccountTakeoverRiskConfigurationTypeProperty(
            actions=risks.AccountTakeoverActionsTypeProperty(
                high_action=action(event_action="BLOCK", notify=False),
                medium_action=action(event_action="MFA_REQUIRED", notify=False),
                low_action=action(event_action="MFA_IF_CONFIGURED", notify=False),
            )
        ),
        compromised_credentials_risk_configuration=_no_stolen_passwords(),
    )
    delivery = cognito.CfnLogDeliveryConfiguration
    cognito.CfnLogDeliveryConfiguration(
        pool,
        "LogDelivery",
        user_pool_id=pool.user_pool_id,
        log_configurations=[
            delivery.LogConfigurationProperty(
                event_source="userAuthEvents",
                log_level="INFO",
                s3_configuration=delivery.S3ConfigurationProperty(bucket_arn=logs.bucket.bucket_arn),
            )
        ],
    ).node.add_dependency(logs.policy)


def refuse_stolen_passwords(scope: Construct, user_pool_id: str) -> None:
    """Block passwords that are known to be stolen, for all apps of a pool, and nothing else of what is found."""
    cognito.CfnUserPoolRiskConfigurationAttachment(
        scope,
        "Threats",
        user_pool_id=user_pool_id,
        client_id="ALL",
        compromised_credentials_risk_configuration=_no_stolen_passwords(),
    )


def _no_stolen_passwords() -> Any:
    risks = cognito.CfnUserPoolRiskConfigurationAttachment
    return risks.CompromisedCredentialsRiskConfigurationTypeProperty(
        actions=risks.CompromisedCredentialsActionsTypeProperty(event_action="BLOCK")
    )
