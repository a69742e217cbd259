"""Admissions become FHIR resources, by a function that reaches nothing but AWS; images and genomes lie beside them."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources

from hipaa_constructs import (
    AlertTopic,
    BackupPlan,
    EncryptedQueue,
    FhirStore,
    ImagingStore,
    KmsRotatedKey,
    OmicsStore,
    PrivateFunction,
    PrivateVpc,
    enforce_hipaa,
)

CODE = """
import json
import os
import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

http = urllib3.PoolManager()
session = boto3.Session()

def handle(event, context):
    for record in event["Records"]:
        body = record["body"]
        url = os.environ["FHIR_ENDPOINT"] + json.loads(body)["resourceType"]
        request = AWSRequest("POST", url, headers={"Content-Type": "application/json"}, data=body)
        SigV4Auth(session.get_credentials(), "healthlake", os.environ["AWS_REGION"]).add_auth(request)
        answer = http.request("POST", url, body=body, headers=dict(request.headers))
        if answer.status != 201:
            raise RuntimeError(f"HealthLake answered with {answer.status}")
"""

app = cdk.App()
stack = cdk.Stack(app, "ClinicalStores", env=cdk.Environment(account="111122223333", region="us-east-1"))
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(
    stack, "Vpc", encryption_key=key, interface_endpoints=[ec2.InterfaceVpcEndpointAwsService("healthlake")]
)
backups = BackupPlan.daily_7_year(stack, "Backups")
oncall = AlertTopic(stack, "Oncall", emails=["oncall@clinic.example"])

records = FhirStore(stack, "Records", encryption_key=key, backup_plan=backups, topic=oncall)
images = ImagingStore(stack, "Images", encryption_key=key, bucket=records.bucket)
genomes = OmicsStore(stack, "Genomes", encryption_key=key, backup_plan=backups)

admissions = EncryptedQueue(stack, "Admissions", encryption_key=key)
intake = PrivateFunction(
    stack,
    "Intake",
    code=lambda_.Code.from_inline(CODE),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"FHIR_ENDPOINT": records.endpoint},
)
intake.function.add_event_source(sources.SqsEventSource(admissions.queue))
records.grant_read_write(intake)
images.grant_read(intake)
genomes.grant_read(intake)

enforce_hipaa(app)
app.synth()
