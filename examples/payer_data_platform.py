"""A payer's data platform: claims on a stream, judged as they arrive, made ready by a job, and asked in a warehouse.

The job's script, ``monthly.py``, is put into the bucket ``Scripts`` by whoever releases it. It reads what arrived under
``claims/`` and writes ``monthly/`` to the bucket ``Curated``, which the warehouse loads from:
``COPY monthly FROM 's3://<Curated>/monthly/' IAM_ROLE default FORMAT PARQUET``.
"""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources

from hipaa_constructs import (
    BackupPlan,
    EncryptedBucket,
    EncryptedLogGroup,
    EncryptedQueue,
    EncryptedStream,
    EncryptedTable,
    KmsRotatedKey,
    LeastPrivilegeRole,
    PrivateFunction,
    PrivateVpc,
    TlsWarehouse,
    enforce_hipaa,
)

INTAKE = """
import json
import os
import boto3

def handle(event, context):
    claims = [json.loads(message["body"]) for message in event["Records"]]
    # Each ends in a line break: Firehose writes them one after another.
    records = [{"Data": json.dumps(claim) + "\\n", "PartitionKey": claim["id"]} for claim in claims]
    answer = boto3.client("kinesis").put_records(StreamName=os.environ["STREAM_NAME"], Records=records)
    if answer["FailedRecordCount"]:
        raise RuntimeError("some claims were not taken; the queue keeps them all")
"""
ADJUDICATE = """
import base64
import json
import os
import boto3

def handle(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    for record in event["Records"]:
        claim = json.loads(base64.b64decode(record["kinesis"]["data"]))
        status = "accepted" if claim.get("member") and claim.get("amount") else "rejected"
        table.put_item(Item={"id": claim["id"], "member": claim.get("member", "unknown"), "status": status})
"""

REPORT = """
import os
import boto3

def handle(event, context):
    credentials = boto3.client("redshift-serverless").get_credentials(workgroupName=os.environ["WORKGROUP"])
    # A driver for PostgreSQL in a layer goes on from here, with sslmode=verify-full.
    return {"host": os.environ["HOST"], "user": credentials["dbUser"]}
"""

app = cdk.App()
stack = cdk.Stack(app, "PayerDataPlatform")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(
    stack,
    "Vpc",
    # Functions read the stream and ask Redshift for a password without a way to the internet.
    interface_endpoints=[
        ec2.InterfaceVpcEndpointAwsService.KINESIS_STREAMS,
        ec2.InterfaceVpcEndpointAwsService.REDSHIFT_SERVERLESS,
    ],
    encryption_key=key,
)
backups = BackupPlan.daily_7_year(stack, "Backups")

lake = EncryptedBucket(stack, "Lake", encryption_key=key, backup_plan=backups)
claims = EncryptedStream(stack, "Claims", encryption_key=key, deliver_to=lake, data_output_prefix="claims/")

submissions = EncryptedQueue(stack, "Submissions", encryption_key=key)
intake = PrivateFunction(
    stack,
    "Intake",
    code=lambda_.Code.from_inline(INTAKE),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"STREAM_NAME": claims.stream.stream_name},
)
intake.function.add_event_source(sources.SqsEventSource(submissions.queue))
claims.grant_write(intake)

text = dynamodb.AttributeType.STRING
decisions = EncryptedTable(
    stack,
    "Decisions",
    partition_key=dynamodb.Attribute(name="id", type=text),
    global_secondary_indexes=[
        dynamodb.GlobalSecondaryIndexPropsV2(
            index_name="byMember", partition_key=dynamodb.Attribute(name="member", type=text)
        )
    ],
    encryption_key=key,
    backup_plan=backups,
)
adjudication = PrivateFunction(
    stack,
    "Adjudication",
    code=lambda_.Code.from_inline(ADJUDICATE),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"TABLE_NAME": decisions.table.table_name},
)
adjudication.function.add_event_source(
    sources.KinesisEventSource(
        claims.stream,
        starting_position=lambda_.StartingPosition.TRIM_HORIZON,
        bisect_batch_on_error=True,
        max_batching_window=cdk.Duration.seconds(5),
        # Where in the stream a batch stands that failed; its records stay there for a week.
        on_failure=sources.SqsDlq(submissions.dead_letter_queue),
    )
)
decisions.grant_write(adjudication)

curated = EncryptedBucket(stack, "Curated", encryption_key=key, backup_plan=backups)
scripts = EncryptedBucket(stack, "Scripts", encryption_key=key, backup_plan=backups)
job_log = EncryptedLogGroup(stack, "JobLog", encryption_key=key).log_group

# An account has one catalog: what others of it call their tables is under the key too.
glue.CfnDataCatalogEncryptionSettings(
    stack,
    "Catalog",
    catalog_id=stack.account,
    data_catalog_encryption_settings={
        "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": key.key_arn},
        "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": True, "kmsKeyId": key.key_arn},
    },
)
security = glue.SecurityConfiguration(
    stack,
    "JobSecurity",
    cloud_watch_encryption=glue.CloudWatchEncryption.kms(key),
    job_bookmarks_encryption=glue.JobBookmarksEncryption.client_side_kms(key),
    s3_encryption=glue.S3Encryption.kms(key),
    # It holds settings alone, under a name that a second deployment takes again.
    removal_policy=cdk.RemovalPolicy.DESTROY,
)
job_role = LeastPrivilegeRole(stack, "JobRole", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
lake.grant_read(job_role, objects_key_pattern="claims/*")
curated.grant_read_write(job_role, objects_key_pattern="monthly/*")
scripts.grant_read(job_role, objects_key_pattern="monthly.py")
job_log.grant_write(job_role)
key.grant(job_role, "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
monthly = glue.CfnJob(
    stack,
    "Monthly",
    role=job_role.role_arn,
    glue_version="5.1",
    worker_type="G.1X",
    number_of_workers=2,
    timeout=60,
    security_configuration=security.security_configuration_name,
    command=glue.CfnJob.JobCommandProperty(
        name="glueetl", python_version="3", script_location=scripts.bucket.s3_url_for_object("monthly.py")
    ),
    default_arguments={
        "--job-bookmark-option": "job-bookmark-enable",
        "--enable-continuous-cloudwatch-log": "true",
        "--continuous-log-logGroup": job_log.log_group_name,
        "--TempDir": curated.bucket.s3_url_for_object("monthly/temporary/"),
        "--CLAIMS": lake.bucket.s3_url_for_object("claims/"),
        "--MONTHLY": curated.bucket.s3_url_for_object("monthly/"),
    },
)
glue.CfnTrigger(
    stack,
    "EachNight",
    type="SCHEDULED",
    schedule="cron(0 3 * * ? *)",
    start_on_creation=True,
    actions=[glue.CfnTrigger.ActionProperty(job_name=monthly.ref)],
)

warehouse = TlsWarehouse(
    stack, "Warehouse", vpc=network.vpc, encryption_key=key, backup_plan=backups, load_from=[curated], max_capacity=64
)
report = PrivateFunction(
    stack,
    "Report",
    code=lambda_.Code.from_inline(REPORT),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"WORKGROUP": warehouse.workgroup.workgroup_name, "HOST": warehouse.hostname},
)
warehouse.grant_connect(report)
warehouse.allow_from(report)

enforce_hipaa(app)
app.synth()
