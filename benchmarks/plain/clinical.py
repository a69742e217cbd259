from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_healthimaging as healthimaging
from aws_cdk import aws_healthlake as healthlake
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_omics as omics
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from benchmarks.plain.buckets import encrypted_bucket
from benchmarks.plain.keys import allow_service, key
from benchmarks.plain.messages import dead_letters
from hipaa_constructs.clinical.model_guardrail import BLOCKED, MASKED

_OMICS = "omics.amazonaws.com"


def language(scope: Construct, construct_id: str, *, logs: s3.Bucket) -> s3.Bucket:
    bucket = encrypted_bucket(scope, f"{construct_id}Bucket", logs=logs)
    role = _job_role(scope, f"{construct_id}Role", "comprehendmedical.amazonaws.com", "comprehendmedical")
    _policy(scope, f"{construct_id}Policy", role, _objects(bucket, read="notes/*", put="entities/*"))
    return bucket


def model_access(
    scope: Construct, construct_id: str, *, model_id: str, batch_bucket: s3.IBucket
) -> bedrock.CfnGuardrail:
    guardrail_key = key(scope, f"{construct_id}Key")
    config = bedrock.CfnGuardrail
    guardrail = config(
        scope,
        construct_id,
        name=f"{scope.node.id}-{construct_id}",
        blocked_input_messaging="Blocked.",
        blocked_outputs_messaging="Blocked.",
        kms_key_arn=guardrail_key.key_arn,
        content_policy_config=config.ContentPolicyConfigProperty(
            filters_config=[
                config.ContentFilterConfigProperty(type="PROMPT_ATTACK", input_strength="HIGH", output_strength="NONE")
            ]
        ),
        sensitive_information_policy_config=config.SensitiveInformationPolicyConfigProperty(
            pii_entities_config=[
                config.PiiEntityConfigProperty(type=kind, action=action)
                for kinds, action in ((MASKED, "ANONYMIZE"), (BLOCKED, "BLOCK"))
                for kind in kinds
            ]
        ),
    )
    bedrock.CfnGuardrailVersion(
        scope, f"{construct_id}Version", guardrail_identifier=guardrail.attr_guardrail_id, description="First"
    )
    stack = cdk.Stack.of(scope)
    role = _job_role(scope, f"{construct_id}Role", "bedrock.amazonaws.com", "bedrock", "model-invocation-job/*")
    models = stack.format_arn(service="bedrock", account="", resource="foundation-model", resource_name=model_id)
    asked = iam.PolicyStatement(actions=["bedrock:InvokeModel"], resources=[models])
    _policy(
        scope,
        f"{construct_id}Policy",
        role,
        [*_objects(batch_bucket, read="batch-input/*", put="batch-output/*"), asked],
    )
    return guardrail


def omics_stores(scope: Construct, construct_id: str, *, logs: s3.Bucket) -> s3.Bucket:
    bucket = encrypted_bucket(scope, f"{construct_id}Bucket", logs=logs)
    store_key = cast("kms.Key", bucket.encryption_key)
    account = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account}}
    allow_service(store_key, _OMICS, account)
    name = f"{scope.node.id}-{construct_id}"
    stores: tuple[omics.CfnSequenceStore, omics.CfnReferenceStore] = (
        omics.CfnSequenceStore(
            scope,
            f"{construct_id}Sequences",
            name=name,
            sse_config=omics.CfnSequenceStore.SseConfigProperty(type="KMS", key_arn=store_key.key_arn),
        ),
        omics.CfnReferenceStore(
            scope,
            f"{construct_id}References",
            name=name,
            sse_config=omics.CfnReferenceStore.SseConfigProperty(type="KMS", key_arn=store_key.key_arn),
        ),
    )
    for store in stores:
        store.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    omics.CfnRunCache(
        scope,
        f"{construct_id}Cache",
        cache_behavior="CACHE_ON_FAILURE",
        cache_bucket_owner_id=cdk.Stack.of(scope).account,
        cache_s3_location=f"s3://{bucket.bucket_name}/run-cache/",
    )
    read = iam.PolicyStatement(
        actions=["omics:GetReadSet", "omics:GetReference", "omics:ListReadSets", "omics:ListReferences"],
        resources=[stores[0].attr_arn, stores[1].attr_arn],
    )
    for kind, objects, more in (
        ("Import", _objects(bucket, read="*"), []),
        ("Export", _objects(bucket, put="exports/*"), []),
        ("Run", _objects(bucket, read="*", put="runs/*"), [read, *_objects(bucket, put="run-cache/*")]),
    ):
        role = _job_role(scope, f"{construct_id}{kind}Role", _OMICS, "omics")
        _policy(scope, f"{construct_id}{kind}Policy", role, [*objects, *more])
    return bucket


def fhir_store(scope: Construct, construct_id: str, *, logs: s3.Bucket) -> s3.Bucket:
    stack = cdk.Stack.of(scope)
    bucket = encrypted_bucket(scope, f"{construct_id}Bucket", logs=logs)
    store_key = cast("kms.Key", bucket.encryption_key)
    store = healthlake.CfnFHIRDatastore(
        scope,
        construct_id,
        datastore_type_version="R4",
        sse_configuration=healthlake.CfnFHIRDatastore.SseConfigurationProperty(
            kms_encryption_config=healthlake.CfnFHIRDatastore.KmsEncryptionConfigProperty(
                cmk_type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=store_key.key_arn
            )
        ),
    )
    store.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    looking = iam.PolicyStatement(
        actions=["s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration"], resources=[bucket.bucket_arn]
    )
    roles = []
    for kind, objects in (
        ("Import", _objects(bucket, read="*", put="import-results/*")),
        ("Export", _objects(bucket, put="exports/*")),
    ):
        role = _job_role(scope, f"{construct_id}{kind}Role", "healthlake.amazonaws.com", "healthlake", "datastore/*")
        _policy(scope, f"{construct_id}{kind}Policy", role, [looking, *objects])
        roles.append(role)
    failed = dead_letters(scope, f"{construct_id}DeadLetters", store_key)
    starting = iam.Role(
        scope,
        f"{construct_id}ScheduleRole",
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
        ),
        description=construct_id,
    )
    allowed = _policy(
        scope,
        f"{construct_id}SchedulePolicy",
        starting,
        [
            iam.PolicyStatement(
                actions=["healthlake:StartFHIRExportJobWithGet", "healthlake:StartFHIRExportJob"],
                resources=[store.attr_datastore_arn],
            ),
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[roles[1].role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "healthlake.amazonaws.com"}},
            ),
            iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey*"], resources=[store_key.key_arn]),
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[failed.queue_arn]),
        ],
    )
    exports = scheduler.CfnSchedule(
        scope,
        f"{construct_id}Exports",
        schedule_expression="cron(0 5 ? * SUN *)",
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(
            mode="FLEXIBLE", maximum_window_in_minutes=60
        ),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=f"arn:{stack.partition}:scheduler:::aws-sdk:healthlake:startFHIRExportJob",
            role_arn=starting.role_arn,
            input=stack.to_json_string(
                {
                    "ClientToken": "<aws.scheduler.execution-id>",
                    "DataAccessRoleArn": roles[1].role_arn,
                    "DatastoreId": store.attr_datastore_id,
                    "OutputDataConfig": {
                        "S3Configuration": {
                            "KmsKeyId": store_key.key_arn,
                            "S3Uri": f"s3://{bucket.bucket_name}/exports/",
                        }
                    },
                }
            ),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=failed.queue_arn),
        ),
    )
    exports.node.add_dependency(allowed)
    return bucket


def imaging_store(scope: Construct, construct_id: str, *, logs: s3.Bucket) -> s3.Bucket:
    stack = cdk.Stack.of(scope)
    bucket = encrypted_bucket(scope, f"{construct_id}Bucket", logs=logs)
    store_key = cast("kms.Key", bucket.encryption_key)
    keys = {"ArnLike": {"kms:EncryptionContext:kms-arn": stack.format_arn(service="kms", resource="key/*")}}
    actions = ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"]
    allow_service(store_key, "medical-imaging.amazonaws.com", keys, actions)
    store = healthimaging.CfnDatastore(scope, construct_id, kms_key_arn=store_key.key_arn)
    store.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    role = _job_role(
        scope, f"{construct_id}ImportRole", "medical-imaging.amazonaws.com", "medical-imaging", "datastore/*"
    )
    _policy(scope, f"{construct_id}ImportPolicy", role, _objects(bucket, read="*", put="import-results/*"))
    return bucket


def _job_role(scope: Construct, construct_id: str, principal: str, service: str, resource: str = "*") -> iam.Role:
    stack = cdk.Stack.of(scope)
    conditions = {
        "StringEquals": {"aws:SourceAccount": stack.account},
        "ArnLike": {"aws:SourceArn": f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"},
    }
    return iam.Role(
        scope,
        construct_id,
        assumed_by=iam.ServicePrincipal(principal, conditions=conditions),
        description=construct_id,
    )


def _objects(bucket: s3.IBucket, *, read: str | None = None, put: str | None = None) -> list[iam.PolicyStatement]:
    found = [
        (["s3:ListBucket"], bucket.bucket_arn),
        (["kms:Decrypt", "kms:GenerateDataKey*"], cast("kms.IKey", bucket.encryption_key).key_arn),
    ]
    if read:
        found.append((["s3:GetObject"], bucket.arn_for_objects(read)))
    if put:
        found.append((["s3:AbortMultipartUpload", "s3:PutObject"], bucket.arn_for_objects(put)))
    return [iam.PolicyStatement(actions=actions, resources=[arn]) for actions, arn in found]


def _policy(
    scope: Construct, construct_id: str, role: iam.Role, statements: Sequence[iam.PolicyStatement]
) -> iam.ManagedPolicy:
    return iam.ManagedPolicy(scope, construct_id, roles=[role], description=construct_id, statements=list(statements))
