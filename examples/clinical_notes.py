"""Notes of clinicians become summaries and codes, by services that are reached without internet and read no names."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources

from hipaa_constructs import (
    BackupPlan,
    ClinicalLanguage,
    EncryptedQueue,
    EncryptedTable,
    KmsRotatedKey,
    ModelAccess,
    PrivateFunction,
    PrivateVpc,
    enforce_hipaa,
)

CODE = """
import json
import os
import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
models, language = boto3.client("bedrock-runtime"), boto3.client("comprehendmedical")
GUARDRAIL = {
    "guardrailIdentifier": os.environ["GUARDRAIL"],
    "guardrailVersion": os.environ["GUARDRAIL_VERSION"],
    "trace": "disabled",
}

def handle(event, context):
    for record in event["Records"]:
        note = json.loads(record["body"])
        answer = models.converse(
            modelId=os.environ["MODEL"],
            system=[{"text": "Summarize the note in three sentences."}],
            messages=[{"role": "user", "content": [{"text": note["text"]}]}],
            guardrailConfig=GUARDRAIL,
        )
        codes = language.infer_icd10_cm(Text=note["text"])["Entities"]
        table.put_item(
            Item={
                "id": note["id"],
                "summary": answer["output"]["message"]["content"][0]["text"],
                "codes": [entity["ICD10CMConcepts"][0]["Code"] for entity in codes if entity["ICD10CMConcepts"]],
            }
        )
"""
MODEL = "amazon.nova-lite-v1:0"

app = cdk.App()
stack = cdk.Stack(app, "ClinicalNotes", env=cdk.Environment(account="111122223333", region="us-east-1"))
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(
    stack, "Vpc", encryption_key=key, interface_endpoints=[ec2.InterfaceVpcEndpointAwsService.COMPREHEND_MEDICAL]
)
backups = BackupPlan.daily_7_year(stack, "Backups")

notes = EncryptedQueue(stack, "Notes", encryption_key=key)
summaries = EncryptedTable(
    stack,
    "Summaries",
    partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    encryption_key=key,
    backup_plan=backups,
)
models = ModelAccess(
    stack,
    "Models",
    model_ids=[MODEL],
    masked_patterns={"record-number": "MRN[- ]?[0-9]{7}"},
    encryption_key=key,
    backup_plan=backups,
    vpc_endpoint=network.add_interface_endpoint(ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME),
)
language = ClinicalLanguage(stack, "Language", encryption_key=key, backup_plan=backups)

summarize = PrivateFunction(
    stack,
    "Summarize",
    code=lambda_.Code.from_inline(CODE),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={
        "TABLE_NAME": summaries.table.table_name,
        "MODEL": MODEL,
        "GUARDRAIL": models.guardrail_identifier,
        "GUARDRAIL_VERSION": models.guardrail_version.attr_version,
    },
)
summarize.function.add_event_source(sources.SqsEventSource(notes.queue))
models.grant_invoke(summarize)
language.grant_detect(summarize)
summaries.grant_read_write(summarize)

enforce_hipaa(app)
app.synth()
