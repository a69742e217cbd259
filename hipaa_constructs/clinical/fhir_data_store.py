"""HealthLake's own resource, with who may be asked for tokens."""

from __future__ import annotations

from aws_cdk import aws_healthlake as healthlake
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import account_of, stack_of
from hipaa_constructs.clinical.smart_authorizer import SmartAuthorizer
from hipaa_constructs.primitives.arns import key_arn

HEALTHLAKE = "healthlake.amazonaws.com"


def define_data_store(
    scope: Construct, *, key: kms.IKey, authorizer: SmartAuthorizer | None
) -> healthlake.CfnFHIRDatastore:
    """Define an empty store under ``key``, that stays when its stack goes or CloudFormation makes another."""
    configuration = healthlake.CfnFHIRDatastore
    store = healthlake.CfnFHIRDatastore(
        scope,
        "Resource",
        datastore_type_version="R4",
        sse_configuration=configuration.SseConfigurationProperty(
            kms_encryption_config=configuration.KmsEncryptionConfigProperty(
                cmk_type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=key_arn(key)
            )
        ),
        identity_provider_configuration=authorizer._configuration(stack_of(scope)) if authorizer else None,
    )
    store.apply_removal_policy(KEPT)
    if authorizer is not None:
        # The store names the function, so that the permission cannot name the store.
        permission = lambda_.CfnPermission(
            scope,
            "Authorization",
            action="lambda:InvokeFunction",
            function_name=authorizer.function.function_arn,
            principal=HEALTHLAKE,
            source_account=account_of(scope),
        )
        store.node.add_dependency(permission)
    return store
