"""A FHIR platform: a directory of patients, an API of their records, notices of what they add, figures of each export.

HealthLake asks the function ``Tokens`` about each token. Its code, ``tokens-1.0.0.zip`` in a bucket of releases, checks
the signature by the directory's keys, finds the patient in the table ``People``, and answers with the token's claims
and the role ``Records``. The API passes the patient's own token on, so that HealthLake judges what it allows.

Subscriptions are FHIR resources, and in no template. Once the store is there, post a ``SubscriptionTopic`` for
``Observation`` and a ``Subscription`` whose channel is ``event-bridge``, its endpoint the bus ``Changes`` and its
payload ``id-only``.
"""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_athena as athena
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3

from hipaa_constructs import (
    BackupPlan,
    EncryptedBucket,
    EncryptedEventBus,
    EncryptedQueue,
    EncryptedTable,
    FhirStore,
    KmsRotatedKey,
    LeastPrivilegeRole,
    PatientDirectory,
    PrivateApi,
    PrivateFunction,
    PrivateVpc,
    SmartAuthorizer,
    enforce_hipaa,
)

GATEWAY = """
import json
import os
import boto3
import urllib3

http = urllib3.PoolManager()
people = boto3.resource("dynamodb").Table(os.environ["PEOPLE"])

def handle(event, context):
    user = event["requestContext"]["authorizer"]["claims"]["sub"]
    person = people.get_item(Key={"user": user}).get("Item")
    if person is None:
        return {"statusCode": 403, "body": ""}
    token = next(value for name, value in event["headers"].items() if name.lower() == "authorization")
    url = os.environ["FHIR_ENDPOINT"] + event["pathParameters"]["kind"]
    headers = {"Authorization": token, "Content-Type": "application/fhir+json"}
    if event["httpMethod"] == "POST":
        resource = {**json.loads(event["body"]), "subject": {"reference": "Patient/" + person["patient"]}}
        answer = http.request("POST", url, body=json.dumps(resource), headers=headers)
    else:
        whose = "_id" if event["pathParameters"]["kind"] == "Patient" else "patient"
        query = {**(event["queryStringParameters"] or {}), whose: person["patient"]}
        answer = http.request("GET", url, fields=query, headers=headers)
    return {
        "statusCode": answer.status,
        "headers": {"Content-Type": "application/fhir+json"},
        "body": answer.data.decode(),
    }
"""
TRIAGE = """
import json
import os
import boto3

def handle(event, context):
    reviews = boto3.resource("dynamodb").Table(os.environ["REVIEWS"])
    for record in event["Records"]:
        change = json.loads(record["body"])
        reviews.put_item(Item={"id": change["id"], "at": change["time"], "what": json.dumps(change["detail"])})
"""
FIGURES = """
import os
import boto3

# Patients by the year of their birth, and no fewer than eleven: fewer could tell who they are.
QUERY = '''
SELECT substr(birthdate, 1, 4) AS year, count(*) AS patients FROM resources
WHERE resourcetype = 'Patient' AND "$path" LIKE concat('%', ?, '%') GROUP BY 1 HAVING count(*) > 10
'''

def handle(event, context):
    boto3.client("athena").start_query_execution(
        QueryString=QUERY,
        ExecutionParameters=["'" + event["detail"]["jobId"] + "'"],
        QueryExecutionContext={"Database": os.environ["DATABASE"]},
        WorkGroup=os.environ["WORKGROUP"],
    )
"""

app = cdk.App()
stack = cdk.Stack(app, "FhirPlatform", env=cdk.Environment(account="111122223333", region="us-east-1"))
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(
    stack,
    "Vpc",
    # Functions ask these without a way to the internet.
    interface_endpoints=[
        ec2.InterfaceVpcEndpointAwsService.ATHENA,
        ec2.InterfaceVpcEndpointAwsService.COGNITO_IDP,
        ec2.InterfaceVpcEndpointAwsService.HEALTHLAKE,
    ],
    encryption_key=key,
)
backups = BackupPlan.daily_7_year(stack, "Backups")
text = dynamodb.AttributeType.STRING

# Who signs in, and who among the patients that is.
patients = PatientDirectory(
    stack,
    "Patients",
    domain_prefix="clinic-fhir",
    smart_scopes=["launch/patient", "patient/*.rs", "patient/Observation.c"],
    encryption_key=key,
)
patients.add_app(
    "Phone", callback_urls=["https://app.clinic.example/signed-in"], scopes=["patient/*.rs", "patient/Observation.c"]
)
people = EncryptedTable(
    stack,
    "People",
    partition_key=dynamodb.Attribute(name="user", type=text),
    encryption_key=key,
    backup_plan=backups,
)

# What HealthLake may do for whom the token lets in, and the function that says so.
reader = LeastPrivilegeRole(stack, "Records", assumed_by=iam.ServicePrincipal("healthlake.amazonaws.com"))
issuer = f"https://cognito-idp.{stack.region}.amazonaws.com/{patients.user_pool.user_pool_id}"
tokens = PrivateFunction(
    stack,
    "Tokens",
    code=lambda_.Code.from_bucket(
        s3.Bucket.from_bucket_name(stack, "Releases", "clinic-releases"),
        "tokens-1.0.0.zip",
        object_version="3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
    ),
    handler="tokens.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"ISSUER": issuer, "PEOPLE": people.table.table_name, "ROLE": reader.role_arn},
)
people.grant_read(tokens)
store = FhirStore(
    stack,
    "Store",
    encryption_key=key,
    backup_plan=backups,
    authorizer=SmartAuthorizer(
        # HealthLake waits for a second.
        function=tokens.function.add_alias("live", provisioned_concurrent_executions=2),
        authorization_endpoint=f"{patients.domain.base_url()}/oauth2/authorize",
        token_endpoint=f"{patients.domain.base_url()}/oauth2/token",
        capabilities=["client-public", "launch-standalone", "permission-patient"],
        issuer=issuer,
        jwks_uri=f"{issuer}/.well-known/jwks.json",
    ),
)
store.grant_read_write(reader)

# The API asks for the same token.
gateway = PrivateFunction(
    stack,
    "Gateway",
    code=lambda_.Code.from_inline(GATEWAY),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"FHIR_ENDPOINT": store.endpoint, "PEOPLE": people.table.table_name},
)
people.grant_read(gateway)
api = PrivateApi(
    stack,
    "Api",
    domain_name="fhir.clinic.example",
    certificate=acm.Certificate(
        stack,
        "Certificate",
        domain_name="fhir.clinic.example",
        validation=acm.CertificateValidation.from_dns(),
    ),
    authorizer=apigateway.CognitoUserPoolsAuthorizer(stack, "SignedIn", cognito_user_pools=[patients.user_pool]),
    encryption_key=key,
)
for method, scope in (("GET", "patient/*.rs"), ("POST", "patient/Observation.c")):
    api.add_method("/me/{kind}", method, apigateway.LambdaIntegration(gateway.function), authorization_scopes=[scope])

# What changes in the store goes to a bus under the store's own key, which HealthLake asks for:
# docs.aws.amazon.com/healthlake/latest/devguide/managing-fhir-subscriptions-create.html.
changes = EncryptedEventBus(stack, "Changes", encryption_key=key)
changes.event_bus.add_to_resource_policy(
    iam.PolicyStatement(
        sid="Subscriptions",
        principals=[iam.ServicePrincipal("healthlake.amazonaws.com")],
        actions=["events:PutEvents"],
        resources=[changes.event_bus.event_bus_arn],
        conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
    )
)
notices = EncryptedQueue(stack, "Notices", encryption_key=key)
events.Rule(
    stack,
    "AllChanges",
    event_bus=changes.event_bus,
    event_pattern=events.EventPattern(source=events.Match.prefix("")),
    targets=[targets.SqsQueue(notices.queue, dead_letter_queue=changes.dead_letter_queue)],
)
reviews = EncryptedTable(
    stack,
    "Reviews",
    partition_key=dynamodb.Attribute(name="id", type=text),
    encryption_key=key,
    backup_plan=backups,
)
triage = PrivateFunction(
    stack,
    "Triage",
    code=lambda_.Code.from_inline(TRIAGE),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"REVIEWS": reviews.table.table_name},
)
triage.function.add_event_source(sources.SqsEventSource(notices.queue))
reviews.grant_write(triage)

# Each week's export is asked for figures, which are under the key whatever a query says.
results = EncryptedBucket(stack, "Results", encryption_key=key, backup_plan=backups)
analytics = athena.CfnWorkGroup(
    stack,
    "Analytics",
    name=stack.stack_name.lower(),
    work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
        enforce_work_group_configuration=True,
        publish_cloud_watch_metrics_enabled=True,
        result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
            output_location=results.bucket.s3_url_for_object("figures/"),
            encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                encryption_option="SSE_KMS", kms_key=key.key_arn
            ),
        ),
    ),
)
# An account has one catalog in a Region: what others of it call their tables is under the key too.
glue.CfnDataCatalogEncryptionSettings(
    stack,
    "Catalog",
    catalog_id=stack.account,
    data_catalog_encryption_settings={
        "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": key.key_arn},
        "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": True, "kmsKeyId": key.key_arn},
    },
)
database = glue.CfnDatabase(
    stack,
    "Database",
    catalog_id=stack.account,
    database_input=glue.CfnDatabase.DatabaseInputProperty(name=stack.stack_name.lower()),
)
resources = glue.CfnTable(
    stack,
    "Resources",
    catalog_id=stack.account,
    database_name=database.ref,
    table_input=glue.CfnTable.TableInputProperty(
        name="resources",
        table_type="EXTERNAL_TABLE",
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            location=store.bucket.bucket.s3_url_for_object("exports/"),
            columns=[
                glue.CfnTable.ColumnProperty(name=name, type="string") for name in ("resourcetype", "id", "birthdate")
            ],
            input_format="org.apache.hadoop.mapred.TextInputFormat",
            output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            serde_info=glue.CfnTable.SerdeInfoProperty(
                serialization_library="org.openx.data.jsonserde.JsonSerDe",
                parameters={"ignore.malformed.json": "true"},
            ),
        ),
    ),
)
figures = PrivateFunction(
    stack,
    "Figures",
    code=lambda_.Code.from_inline(FIGURES),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    environment={"DATABASE": database.ref, "WORKGROUP": analytics.ref},
)
store.bucket.grant_read(figures, objects_key_pattern="exports/*")
results.grant_read(figures, objects_key_pattern="figures/*")
results.grant_put(figures, objects_key_pattern="figures/*")
figures.role.add_to_policy(
    iam.PolicyStatement(
        actions=["athena:GetWorkGroup", "athena:StartQueryExecution"],
        resources=[stack.format_arn(service="athena", resource="workgroup", resource_name=analytics.ref)],
    )
)
figures.role.add_to_policy(
    iam.PolicyStatement(
        actions=["glue:GetDatabase", "glue:GetTable"],
        resources=[
            stack.format_arn(service="glue", resource="catalog"),
            stack.format_arn(service="glue", resource="database", resource_name=database.ref),
            stack.format_arn(service="glue", resource="table", resource_name=f"{database.ref}/{resources.ref}"),
        ],
    )
)
events.Rule(
    stack,
    "Exported",
    event_pattern=events.EventPattern(
        source=["aws.healthlake"],
        detail_type=["Export Job Completed"],
        detail={"datastoreId": [store.data_store.attr_datastore_id]},
    ),
    targets=[targets.LambdaFunction(figures.function, dead_letter_queue=figures.dead_letter_queue)],
)

enforce_hipaa(app)
app.synth()
