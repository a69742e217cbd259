from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from benchmarks.plain.buckets import deny, kept_logs
from benchmarks.plain.keys import allow_service, key

_DELIVERY = "delivery.logs.amazonaws.com"
_POOLS = ("cognito-idp.amazonaws.com", "identitystore.amazonaws.com")
_USE = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]


def directory(scope: Construct, construct_id: str, *, access_logs: s3.Bucket, web_acl_arn: str) -> cognito.UserPool:
    pool_key = key(scope, f"{construct_id}Key")
    _allow_pools(pool_key)
    logs = _log_bucket(scope, f"{construct_id}Logs", pool_key, access_logs)
    pool = _pool(scope, construct_id, pool_key)
    scopes = [_scope(pool, server, name) for server, name in (("launch", "patient"), ("patient", "*.rs"))]
    pool.add_domain(
        "Domain",
        cognito_domain=cognito.CognitoDomainOptions(domain_prefix=construct_id.lower()),
        managed_login_version=cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    )
    _protect(pool, logs)
    wafv2.CfnWebACLAssociation(
        scope, f"{construct_id}Association", resource_arn=pool.user_pool_arn, web_acl_arn=web_acl_arn
    )
    _client(pool, scopes)
    return pool


def _pool(scope: Construct, construct_id: str, pool_key: kms.Key) -> cognito.UserPool:
    pool = cognito.UserPool(
        scope,
        construct_id,
        mfa=cognito.Mfa.REQUIRED,
        mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
        password_policy=cognito.PasswordPolicy(
            min_length=15,
            require_digits=False,
            require_lowercase=False,
            require_symbols=False,
            require_uppercase=False,
            temp_password_validity=cdk.Duration.days(7),
        ),
        sign_in_policy=cognito.SignInPolicy(
            allowed_first_auth_factors=cognito.AllowedFirstAuthFactors(password=True, passkey=False)
        ),
        self_sign_up_enabled=False,
        sign_in_aliases=cognito.SignInAliases(email=True),
        sign_in_case_sensitive=False,
        standard_attributes=cognito.StandardAttributes(email=cognito.StandardAttribute(required=True, mutable=True)),
        keep_original=cognito.KeepOriginalAttrs(email=True),
        account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
        device_tracking=cognito.DeviceTracking(
            challenge_required_on_new_device=False, device_only_remembered_on_user_prompt=True
        ),
        feature_plan=cognito.FeaturePlan.PLUS,
        standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
        custom_threat_protection_mode=cognito.CustomThreatProtectionMode.FULL_FUNCTION,
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    resource = cast("cognito.CfnUserPool", pool.node.default_child)
    resource.key_configuration = cognito.CfnUserPool.KeyConfigurationProperty(
        key_type="CUSTOMER_MANAGED_KEY", kms_key_arn=pool_key.key_arn
    )
    return pool


def _allow_pools(of: kms.Key) -> None:
    stack = cdk.Stack.of(of)
    pools = f"arn:{stack.partition}:cognito-idp:{stack.region}:{stack.account}:userpool/*"
    context = {"StringLike": {"kms:EncryptionContext:aws:cognito-idp:userpool-arn": pools}}
    here = {"StringEquals": {"aws:SourceAccount": stack.account}, "ArnLike": {"aws:SourceArn": pools}}
    for service in _POOLS:
        allow_service(of, service, {**here, **context}, _USE)
        allow_service(of, service, here, ["kms:DescribeKey"])
    via = {"kms:CallerAccount": stack.account, "kms:ViaService": f"cognito-idp.{stack.region}.amazonaws.com"}
    for actions, conditions in ((_USE, {"StringEquals": via, **context}), (["kms:DescribeKey"], {"StringEquals": via})):
        of.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()], actions=actions, resources=["*"], conditions=conditions
            )
        )
    logs = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:*"
    sent = {"StringLike": {"kms:EncryptionContext:SourceArn": logs}}
    allow_service(of, _POOLS[0], sent, ["kms:Encrypt", "kms:GenerateDataKey"])
    allow_service(of, _DELIVERY, sent, ["kms:Decrypt", "kms:GenerateDataKey"])
    delivered = {"StringEquals": {"aws:SourceAccount": stack.account}, "ArnLike": {"aws:SourceArn": logs}}
    allow_service(of, _DELIVERY, delivered)


def _log_bucket(scope: Construct, construct_id: str, encryption_key: kms.Key, access_logs: s3.Bucket) -> s3.Bucket:
    stack = cdk.Stack.of(scope)
    bucket = s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=encryption_key,
        bucket_key_enabled=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        lifecycle_rules=kept_logs(2557),
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix=f"{construct_id}/",
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    source = {"ArnLike": {"aws:SourceArn": f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:*"}}
    account = {"aws:SourceAccount": stack.account}
    owned = {"s3:x-amz-acl": "bucket-owner-full-control", **account}
    for action, resource, equal in (
        ("s3:GetBucketAcl", bucket.bucket_arn, account),
        ("s3:PutObject", bucket.arn_for_objects(f"AWSLogs/{stack.account}/*"), owned),
    ):
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(_DELIVERY)],
                actions=[action],
                resources=[resource],
                conditions={"StringEquals": equal, **source},
            )
        )
    deny(bucket, "DenyDeletion", ["s3:DeleteObject", "s3:DeleteObjectVersion"])
    only_service: dict[str, object] = {"ForAllValues:StringNotEquals": {"aws:PrincipalServiceNamesList": [_DELIVERY]}}
    deny(bucket, "DenyOtherWriters", ["s3:PutObject"], only_service)
    cast("s3.BucketPolicy", bucket.policy).apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    return bucket


def _scope(pool: cognito.UserPool, server: str, name: str) -> cognito.OAuthScope:
    one = cognito.ResourceServerScope(scope_name=name, scope_description=f"{server}/{name}")
    return cognito.OAuthScope.resource_server(
        pool.add_resource_server(server.capitalize(), identifier=server, scopes=[one]), one
    )


def _protect(pool: cognito.UserPool, logs: s3.Bucket) -> None:
    risks, delivery = cognito.CfnUserPoolRiskConfigurationAttachment, cognito.CfnLogDeliveryConfiguration
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
        compromised_credentials_risk_configuration=risks.CompromisedCredentialsRiskConfigurationTypeProperty(
            actions=risks.CompromisedCredentialsActionsTypeProperty(event_action="BLOCK")
        ),
    )
    exported = delivery(
        pool,
        "LogDelivery",
        user_pool_id=pool.user_pool_id,
        log_configurations=[
            delivery.LogConfigurationProperty(
                event_source="userAuthEvents",
                log_level="INFO",
                s3_configuration=delivery.S3ConfigurationProperty(bucket_arn=logs.bucket_arn),
            )
        ],
    )
    exported.node.add_dependency(cast("s3.BucketPolicy", logs.policy))


def _client(pool: cognito.UserPool, scopes: list[cognito.OAuthScope]) -> None:
    client = pool.add_client(
        "App",
        auth_flows=cognito.AuthFlow(user_srp=True),
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(authorization_code_grant=True),
            scopes=[cognito.OAuthScope.OPENID, *scopes],
            callback_urls=["https://portal.clinic.example/"],
        ),
        supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        access_token_validity=cdk.Duration.hours(1),
        id_token_validity=cdk.Duration.hours(1),
        refresh_token_validity=cdk.Duration.days(1),
        refresh_token_rotation_grace_period=cdk.Duration.seconds(10),
    )
    cognito.CfnManagedLoginBranding(
        client,
        "Branding",
        user_pool_id=pool.user_pool_id,
        client_id=client.user_pool_client_id,
        use_cognito_provided_values=True,
    )
