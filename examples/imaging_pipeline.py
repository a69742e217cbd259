"""An imaging and AI pipeline: a way in for scanners, a store of images, jobs that measure them, a model for words.

A scanner signs in over the clinic's private network and puts its files into ``<study>/`` of its home, which is
``arrivals/`` of the bucket; it ends with a file ``<study>/complete``, whose name says nothing of a patient. The image
of the job listens to nobody; it runs ``measure <image set>``, has a model put what it measured into words, by Converse
with the guardrail that its environment names, and writes both.
"""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks

from hipaa_constructs import (
    AlertTopic,
    BackupPlan,
    EncryptedImageRepository,
    EncryptedQueue,
    EncryptedTable,
    ImagingStore,
    KmsRotatedKey,
    LeastPrivilegeRole,
    ModelAccess,
    PrivateBatch,
    PrivateStateMachine,
    PrivateVpc,
    SecureFileTransfer,
    enforce_hipaa,
)

MODEL = "amazon.nova-lite-v1:0"

app = cdk.App()
stack = cdk.Stack(app, "ImagingPipeline", env=cdk.Environment(account="111122223333", region="us-east-1"))
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(
    stack,
    "Vpc",
    encryption_key=key,
    interface_endpoints=[
        ec2.InterfaceVpcEndpointAwsService.HEALTH_IMAGING,
        ec2.InterfaceVpcEndpointAwsService.HEALTH_IMAGING_RUNTIME,
    ],
)
backups = BackupPlan.daily_7_year(stack, "Backups")
oncall = AlertTopic(stack, "Oncall", emails=["oncall@clinic.example"])

studies = ImagingStore(stack, "Studies", encryption_key=key, backup_plan=backups)
store_id, store_arn = studies.data_store.attr_datastore_id, studies.data_store.attr_datastore_arn
scanners = SecureFileTransfer(stack, "Scanners", vpc=network.vpc, bucket=studies.bucket, encryption_key=key)
scanners.allow_from(ec2.Peer.ipv4("10.20.0.0/16"))
scanners.add_user(
    "Radiology",
    user_name="radiology",
    home="arrivals",
    ssh_public_keys=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f radiology"],
)
measures = EncryptedTable(
    stack,
    "Measures",
    partition_key=dynamodb.Attribute(name="imageSetId", type=dynamodb.AttributeType.STRING),
    encryption_key=key,
    backup_plan=backups,
)
models = ModelAccess(
    stack,
    "Models",
    model_ids=[MODEL],
    encryption_key=key,
    backup_plan=backups,
    vpc_endpoint=network.add_interface_endpoint(ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME),
)
images = EncryptedImageRepository(stack, "Images", encryption_key=key)
jobs = PrivateBatch(stack, "Jobs", vpc=network.vpc, encryption_key=key, maxv_cpus=32, topic=oncall)
measure = jobs.add_job(
    "Measure",
    repository=images.repository,
    tag_or_digest="1.0.0",
    command=["measure", "Ref::imageSet"],
    environment={
        "DATASTORE_ID": store_id,
        "TABLE_NAME": measures.table.table_name,
        "MODEL": MODEL,
        "GUARDRAIL": models.guardrail_identifier,
        "GUARDRAIL_VERSION": models.guardrail_version.attr_version,
    },
    cpu=4096,
    memory_limit_mib=16_384,
    writable_paths=["/tmp"],
    ephemeral_storage_gib=50,
)
studies.grant_read(measure)
measures.grant_write(measure)
models.grant_invoke(measure)

# A study arrives: it is imported, and the import is followed to its end.
bucket = studies.bucket.bucket.bucket_name
study = stepfunctions.JsonPath.array_get_item(
    stepfunctions.JsonPath.string_split(stepfunctions.JsonPath.string_at("$.object.key"), "/"), 1
)
start = tasks.CallAwsService(
    stack,
    "StartImport",
    service="medicalimaging",
    action="startDICOMImportJob",
    iam_action="medical-imaging:StartDICOMImportJob",
    iam_resources=[store_arn],
    parameters={
        "ClientToken": stepfunctions.JsonPath.uuid(),
        "DatastoreId": store_id,
        "DataAccessRoleArn": studies.import_role.role_arn,
        "InputS3Uri": stepfunctions.JsonPath.format(f"s3://{bucket}/arrivals/{{}}/", study),
        "OutputS3Uri": f"s3://{bucket}/import-results/",
    },
)
wait = stepfunctions.Wait(stack, "Wait", time=stepfunctions.WaitTime.duration(cdk.Duration.minutes(1)))
look = tasks.CallAwsService(
    stack,
    "LookAtImport",
    service="medicalimaging",
    action="getDICOMImportJob",
    iam_action="medical-imaging:GetDICOMImportJob",
    iam_resources=[store_arn],
    parameters={"DatastoreId": store_id, "JobId": stepfunctions.JsonPath.string_at("$.JobId")},
    result_selector={
        "JobId": stepfunctions.JsonPath.string_at("$.JobProperties.JobId"),
        "Status": stepfunctions.JsonPath.string_at("$.JobProperties.JobStatus"),
    },
)
end = (
    stepfunctions.Choice(stack, "Imported?")
    .when(stepfunctions.Condition.string_equals("$.Status", "COMPLETED"), stepfunctions.Succeed(stack, "Imported"))
    .when(stepfunctions.Condition.string_equals("$.Status", "FAILED"), stepfunctions.Fail(stack, "NotImported"))
    .otherwise(wait)
)
arrivals = PrivateStateMachine(
    stack,
    "Arrivals",
    definition_body=stepfunctions.DefinitionBody.from_chainable(start.next(wait).next(look).next(end)),
    timeout=cdk.Duration.hours(12),
    encryption_key=key,
    topic=oncall,
)
studies.grant_import(arrivals)

# Each image set that comes of it is measured.
reading = PrivateStateMachine(
    stack,
    "Reading",
    definition_body=stepfunctions.DefinitionBody.from_chainable(
        measure.task(
            stack,
            "MeasureImageSet",
            payload=stepfunctions.TaskInput.from_object({"imageSet": stepfunctions.JsonPath.string_at("$.imageSetId")}),
        )
    ),
    timeout=cdk.Duration.hours(6),
    encryption_key=key,
    topic=oncall,
)

starter = LeastPrivilegeRole(stack, "Starter", assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
undelivered = EncryptedQueue(stack, "Undelivered", encryption_key=key)
# A rule writes there itself, by the key too.
undelivered.queue.grant_send_messages(iam.ServicePrincipal("events.amazonaws.com"))


def start_on(name: str, pattern: events.EventPattern, machine: PrivateStateMachine) -> None:
    """Start an execution with the detail of each such event."""
    target = targets.SfnStateMachine(
        machine.state_machine,
        input=events.RuleTargetInput.from_event_path("$.detail"),
        role=starter,
        dead_letter_queue=undelivered.queue,
    )
    events.Rule(stack, name, event_pattern=pattern, targets=[target])


start_on(
    "StudyArrives",
    events.EventPattern(
        source=["aws.s3"],
        detail_type=["Object Created"],
        detail={"bucket": {"name": [bucket]}, "object": {"key": [{"wildcard": "arrivals/*/complete"}]}},
    ),
    arrivals,
)
start_on(
    "ImageSetIsCreated",
    events.EventPattern(
        source=["aws.medical-imaging"], detail_type=["Image Set Created"], detail={"datastoreId": [store_id]}
    ),
    reading,
)

enforce_hipaa(app)
app.synth()
