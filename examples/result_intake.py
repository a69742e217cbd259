"""Results of a laboratory: from a bus and a queue, by a function without internet, to a table, files and a search."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources

from hipaa_constructs import (
    BackupPlan,
    EncryptedEventBus,
    EncryptedFileSystem,
    EncryptedQueue,
    EncryptedTable,
    KmsRotatedKey,
    PrivateFunction,
    PrivateVpc,
    TlsSearchDomain,
    enforce_hipaa,
)

# How each function talks to the search: over TLS, signed as its role.
SIGNED = """
import json
import os
import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

http = urllib3.PoolManager()
session = boto3.Session()

def send(method, path, body):
    url = f"https://{os.environ['SEARCH_HOST']}/{path}"
    data = json.dumps(body)
    request = AWSRequest(method, url, headers={"Content-Type": "application/json"}, data=data)
    SigV4Auth(session.get_credentials(), "es", os.environ["AWS_REGION"]).add_auth(request)
    answer = http.request(method, url, body=data, headers=dict(request.headers))
    if answer.status >= 300:
        raise RuntimeError(f"the search answered with {answer.status}")
    return json.loads(answer.data)
"""
INTAKE = """
def handle(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    for record in event["Records"]:
        result = json.loads(record["body"])["detail"]
        with open(f"/mnt/reports/{record['messageId']}.json", "w") as report:
            json.dump(result, report)
        table.put_item(Item=result)
        send("PUT", f"results/_doc/{result['id']}", result)
"""
FIND = """
def handle(event, context):
    return send("POST", "results/_search", {"query": {"match": {"finding": event["finding"]}}})["hits"]["hits"]
"""
# Invoked once, by hand: who may do what within the search, and that it is written down.
SETUP = """
API = "_plugins/_security/api"

def handle(event, context):
    send("PATCH", f"{API}/audit", [{"op": "add", "path": "/config/enabled", "value": True}])
    for name, actions in (("writer", ["create_index", "write"]), ("reader", ["read"])):
        permissions = [{"index_patterns": ["results"], "allowed_actions": actions}]
        send("PUT", f"{API}/roles/results_{name}", {"index_permissions": permissions})
        send("PUT", f"{API}/rolesmapping/results_{name}", {"backend_roles": [os.environ[name.upper()]]})
"""

app = cdk.App()
stack = cdk.Stack(app, "ResultIntake")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(stack, "Vpc", encryption_key=key)

backups = BackupPlan.daily_7_year(stack, "Backups")
text = dynamodb.AttributeType.STRING
results = EncryptedTable(
    stack,
    "Results",
    partition_key=dynamodb.Attribute(name="id", type=text),
    global_secondary_indexes=[
        dynamodb.GlobalSecondaryIndexPropsV2(
            index_name="byLaboratory", partition_key=dynamodb.Attribute(name="laboratory", type=text)
        )
    ],
    encryption_key=key,
    backup_plan=backups,
)
files = EncryptedFileSystem(stack, "Files", vpc=network.vpc, encryption_key=key, backup_plan=backups)
reports = files.add_access_point("Reports", path="/reports")
arrivals = EncryptedQueue(stack, "Arrivals", encryption_key=key)
laboratory = EncryptedEventBus(stack, "Laboratory", encryption_key=key)
events.Rule(
    stack,
    "ResultsArrive",
    event_bus=laboratory.event_bus,
    event_pattern=events.EventPattern(source=["laboratory"]),
    targets=[targets.SqsQueue(arrivals.queue, dead_letter_queue=laboratory.dead_letter_queue)],
)


def function(construct_id: str, code: str, **more: Any) -> PrivateFunction:
    """Define a function that may be let into the search."""
    return PrivateFunction(
        stack,
        construct_id,
        code=lambda_.Code.from_inline(SIGNED + code),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=network.vpc,
        encryption_key=key,
        **more,
    )


intake = function(
    "Intake",
    INTAKE,
    environment={"TABLE_NAME": results.table.table_name},
    filesystem=files.mounted(reports, "/mnt/reports"),
)
intake.function.add_event_source(sources.SqsEventSource(arrivals.queue))
results.grant_write(intake)

find = function("Find", FIND)
setup = function("SearchSetup", SETUP, environment={"READER": find.role.role_arn, "WRITER": intake.role.role_arn})
search = TlsSearchDomain(stack, "Search", vpc=network.vpc, master_user_role=setup.role, encryption_key=key)
search.grant_write(intake, indices=["results"])
search.grant_read(find, indices=["results"])
for client in (intake, find, setup):
    search.connections.allow_default_port_from(client)
    client.function.add_environment("SEARCH_HOST", search.hostname)

enforce_hipaa(app)
app.synth()
