"""A hundred of each construct, against the same resources in plain CDK: ``python -m benchmarks.constructs``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_stepfunctions as stepfunctions

from benchmarks.plain.buckets import encrypted_bucket, log_bucket
from benchmarks.plain.cache import cache
from benchmarks.plain.clinical import fhir_store, imaging_store, language, model_access, omics_stores
from benchmarks.plain.containers import service
from benchmarks.plain.database import database
from benchmarks.plain.delivery import pipeline
from benchmarks.plain.documents import documents
from benchmarks.plain.file_transfer import file_transfer
from benchmarks.plain.functions import function
from benchmarks.plain.instances import instances
from benchmarks.plain.keys import key
from benchmarks.plain.kubernetes import kubernetes
from benchmarks.plain.messages import event_bus, queue, topic
from benchmarks.plain.network import network
from benchmarks.plain.recovery import backups
from benchmarks.plain.search import search_domain
from benchmarks.plain.stores import file_system, table
from benchmarks.plain.streams import stream
from benchmarks.plain.trail import audit_trail
from benchmarks.plain.users import directory
from benchmarks.plain.warehouses import warehouse
from benchmarks.plain.workflows import images, jobs, state_machine
from benchmarks.results import Result, show
from benchmarks.subjects import ROOT, context
from benchmarks.timing import in_turn, ratio, seconds
from hipaa_constructs import (
    AlertTopic,
    AuditTrail,
    BackupPlan,
    ClinicalLanguage,
    DeploymentPipeline,
    DeploymentWave,
    EncryptedBucket,
    EncryptedEventBus,
    EncryptedFileSystem,
    EncryptedImageRepository,
    EncryptedQueue,
    EncryptedStream,
    EncryptedTable,
    EncryptedTopic,
    FhirStore,
    ImagingStore,
    KmsRotatedKey,
    ModelAccess,
    OmicsStore,
    PatientDirectory,
    PrivateBatch,
    PrivateFargateService,
    PrivateFunction,
    PrivateInstances,
    PrivateKubernetesCluster,
    PrivateStateMachine,
    PrivateVpc,
    SecureFileTransfer,
    SslRds,
    TlsCache,
    TlsDocumentDb,
    TlsSearchDomain,
    TlsWarehouse,
    WebFirewall,
)
from hipaa_constructs.compute.kubernetes_requirements import current_version

TARGET = 1.3
# How much longer the library's properties may be than the plain ones, which name and describe less.
_LONGER = 1.4
_ENVIRONMENT = cdk.Environment(account="111122223333", region="us-east-1")
_DEPLOYED = cdk.Environment(account="444455556666", region="us-east-1")
_CONNECTION = "arn:aws:codeconnections:us-east-1:111122223333:connection/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
_DEFINITION = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
_CODE = "def handle(event, context): pass"
_PYTHON = lambda_.Runtime.PYTHON_3_13
_DIGEST = f"sha256:{'0' * 64}"
_KUBERNETES = current_version(None)
_MODEL = "amazon.nova-lite-v1:0"
# The key of a pair that nobody keeps: the benchmark signs in nowhere.
_SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFwGpQnbYF1cAUmzNkuJ3YI9o7MVLuKQMtcYWZ8ehJ1D"
_POSTGRES = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_6)


class Pair(NamedTuple):
    """A construct and its plain equal; each defines ``count`` of them in a stack."""

    name: str
    library: Callable[[cdk.Stack, int], object]
    plain: Callable[[cdk.Stack, int], object]


def _keys(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        KmsRotatedKey(stack, name)


def _plain_keys(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        key(stack, name)


def _buckets(stack: cdk.Stack, count: int) -> None:
    plan = BackupPlan.daily_7_year(stack, "Backups")
    for name in _names(count):
        EncryptedBucket(stack, name, backup_plan=plan)


def _plain_buckets(stack: cdk.Stack, count: int) -> None:
    logs = log_bucket(stack, "Logs")
    plan = backups(stack, "Backups", logs=logs)
    plan.select(*[encrypted_bucket(stack, name, logs=logs).bucket_arn for name in _names(count)])


def _trails(stack: cdk.Stack, count: int) -> None:
    plan = BackupPlan.daily_7_year(stack, "Backups")
    for name in _names(count):
        AuditTrail(stack, name, backup_plan=plan)


def _plain_trails(stack: cdk.Stack, count: int) -> None:
    logs = log_bucket(stack, "Logs")
    plan = backups(stack, "Backups", logs=logs)
    plan.select(*[audit_trail(stack, name, access_logs=logs).bucket_arn for name in _names(count)])


def _networks(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        PrivateVpc(stack, name)


def _plain_networks(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        network(stack, name)


def _databases(stack: cdk.Stack, count: int) -> None:
    plan, vpc = BackupPlan.daily_7_year(stack, "Backups"), _vpc(stack)
    for name in _names(count):
        SslRds(stack, name, vpc=vpc, backup_plan=plan, engine=_POSTGRES)


def _plain_databases(stack: cdk.Stack, count: int) -> None:
    plan, vpc = backups(stack, "Backups", logs=log_bucket(stack, "Logs")), _vpc(stack)
    plan.select(*[database(stack, name, vpc=vpc).instance_arn for name in _names(count)])


def _caches(stack: cdk.Stack, count: int) -> None:
    vpc = _vpc(stack)
    for name in _names(count):
        TlsCache(stack, name, vpc=vpc)


def _plain_caches(stack: cdk.Stack, count: int) -> None:
    vpc = _vpc(stack)
    for name in _names(count):
        cache(stack, name, vpc=vpc)


def _documents(stack: cdk.Stack, count: int) -> None:
    plan, vpc = BackupPlan.daily_7_year(stack, "Backups"), _vpc(stack)
    for name in _names(count):
        TlsDocumentDb(stack, name, vpc=vpc, backup_plan=plan)


def _plain_documents(stack: cdk.Stack, count: int) -> None:
    logs, vpc = log_bucket(stack, "Logs"), _vpc(stack)
    plan = backups(stack, "Backups", logs=logs, also_tried=["DocumentDB"])
    plan.select(*[documents(stack, name, vpc=vpc) for name in _names(count)])


def _services(stack: cdk.Stack, count: int) -> None:
    vpc, repository = _vpc(stack), _repository(stack)
    for name in _names(count):
        PrivateFargateService(stack, name, vpc=vpc, repository=repository, tag_or_digest=_DIGEST)


def _plain_services(stack: cdk.Stack, count: int) -> None:
    vpc, repository = _vpc(stack), _repository(stack)
    for name in _names(count):
        service(stack, name, vpc=vpc, repository=repository, digest=_DIGEST)


def _machines(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        body = stepfunctions.DefinitionBody.from_string(_DEFINITION)
        PrivateStateMachine(stack, name, definition_body=body)


def _plain_machines(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        state_machine(stack, name, definition=_DEFINITION)


def _images(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        EncryptedImageRepository(stack, name)


def _plain_images(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        images(stack, name)


def _jobs(stack: cdk.Stack, count: int) -> None:
    vpc, repository = _vpc(stack), _repository(stack)
    for name in _names(count):
        PrivateBatch(stack, name, vpc=vpc).add_job("Job", repository=repository, tag_or_digest=_DIGEST)


def _plain_jobs(stack: cdk.Stack, count: int) -> None:
    vpc, repository = _vpc(stack), _repository(stack)
    for name in _names(count):
        jobs(stack, name, vpc=vpc, repository=repository, digest=_DIGEST)


def _instances(stack: cdk.Stack, count: int) -> None:
    vpc, topic, kind = _vpc(stack), AlertTopic(stack, "Alerts"), ec2.InstanceType("m7i.large")
    for name in _names(count):
        PrivateInstances(stack, name, vpc=vpc, instance_type=kind, alert_topic=topic)


def _plain_instances(stack: cdk.Stack, count: int) -> None:
    # The topic stands once in both, and is the same.
    vpc, topic = _vpc(stack), AlertTopic(stack, "Alerts").topic
    for name in _names(count):
        instances(stack, name, vpc=vpc, topic=topic)


def _plans(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        BackupPlan.daily_7_year(stack, name)


def _plain_plans(stack: cdk.Stack, count: int) -> None:
    logs = log_bucket(stack, "Logs")
    for name in _names(count):
        backups(stack, name, logs=logs).select()


def _directories(stack: cdk.Stack, count: int) -> None:
    firewall = WebFirewall(stack, "Firewall")
    for name in _names(count):
        people = PatientDirectory(stack, name, domain_prefix=name.lower(), web_firewall=firewall)
        people.add_app(
            "App", callback_urls=["https://portal.clinic.example/"], scopes=["launch/patient", "patient/*.rs"]
        )


def _plain_directories(stack: cdk.Stack, count: int) -> None:
    # The firewall stands once in both, and is the same.
    firewall, logs = WebFirewall(stack, "Firewall"), log_bucket(stack, "Logs")
    for name in _names(count):
        directory(stack, name, access_logs=logs, web_acl_arn=firewall.web_acl_arn)


def _streams(stack: cdk.Stack, count: int) -> None:
    lake = EncryptedBucket(stack, "Lake", backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
    for name in _names(count):
        EncryptedStream(stack, name, deliver_to=lake)


def _plain_streams(stack: cdk.Stack, count: int) -> None:
    logs = log_bucket(stack, "Logs")
    lake = encrypted_bucket(stack, "Lake", logs=logs)
    backups(stack, "Backups", logs=logs).select(lake.bucket_arn)
    for name in _names(count):
        stream(stack, name, lake=lake)


def _warehouses(stack: cdk.Stack, count: int) -> None:
    plan, vpc = BackupPlan.daily_7_year(stack, "Backups"), _vpc(stack)
    for name in _names(count):
        TlsWarehouse(stack, name, vpc=vpc, backup_plan=plan)


def _plain_warehouses(stack: cdk.Stack, count: int) -> None:
    plan, vpc = backups(stack, "Backups", logs=log_bucket(stack, "Logs")), _vpc(stack)
    plan.select(*[warehouse(stack, name, vpc=vpc).attr_namespace_namespace_arn for name in _names(count)])


def _searches(stack: cdk.Stack, count: int) -> None:
    vpc, master = _vpc(stack), iam.Role.from_role_name(stack, "Master", "SearchAdministrator")
    for name in _names(count):
        TlsSearchDomain(stack, name, vpc=vpc, master_user_role=master)


def _plain_searches(stack: cdk.Stack, count: int) -> None:
    vpc, master = _vpc(stack), iam.Role.from_role_name(stack, "Master", "SearchAdministrator")
    delivery = logs.ResourcePolicy(stack, "LogDelivery")
    for name in _names(count):
        search_domain(stack, name, vpc=vpc, master=master, delivery=delivery)


def _transfers(stack: cdk.Stack, count: int) -> None:
    vpc, files = _vpc(stack), EncryptedBucket(stack, "Files", backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
    for name in _names(count):
        server = SecureFileTransfer(stack, name, vpc=vpc, bucket=files)
        server.add_user("User", user_name="laboratory", ssh_public_keys=[_SSH_KEY])


def _plain_transfers(stack: cdk.Stack, count: int) -> None:
    # The bucket stands once in both, and is the same.
    vpc, files = _vpc(stack), EncryptedBucket(stack, "Files", backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
    for name in _names(count):
        file_transfer(stack, name, vpc=vpc, bucket=files.bucket, user_name="laboratory", ssh_public_key=_SSH_KEY)


def _clusters(stack: cdk.Stack, count: int) -> None:
    vpc = _vpc(stack)
    for name in _names(count):
        PrivateKubernetesCluster(stack, name, vpc=vpc, version=_KUBERNETES)


def _plain_clusters(stack: cdk.Stack, count: int) -> None:
    vpc = _vpc(stack)
    for name in _names(count):
        kubernetes(stack, name, vpc=vpc, version=_KUBERNETES)


def _models(stack: cdk.Stack, count: int) -> None:
    first, prompts = _model_log(stack)
    for name in _names(count):
        ModelAccess(stack, name, model_ids=[_MODEL], logged_by=first, batch_bucket=prompts)


def _plain_models(stack: cdk.Stack, count: int) -> None:
    _, prompts = _model_log(stack)
    for name in _names(count):
        model_access(stack, name, model_id=_MODEL, batch_bucket=prompts.bucket)


def _model_log(stack: cdk.Stack) -> tuple[ModelAccess, EncryptedBucket]:
    """Define what stands once in both: the log that an account has one of, and the bucket of jobs."""
    plan = BackupPlan.daily_7_year(stack, "Backups")
    first = ModelAccess(stack, "First", model_ids=[_MODEL], backup_plan=plan)
    return first, EncryptedBucket(stack, "Prompts", backup_plan=plan)


def _languages(stack: cdk.Stack, count: int) -> None:
    plan = BackupPlan.daily_7_year(stack, "Backups")
    for name in _names(count):
        ClinicalLanguage(stack, name, backup_plan=plan)


def _plain_languages(stack: cdk.Stack, count: int) -> None:
    logs = log_bucket(stack, "Logs")
    plan = backups(stack, "Backups", logs=logs)
    plan.select(*[language(stack, name, logs=logs).bucket_arn for name in _names(count)])


def _omics(stack: cdk.Stack, count: int) -> None:
    plan = BackupPlan.daily_7_year(stack, "Backups")
    for name in _names(count):
        # An account has one log group of runs, which is none of the construct's alone.
        OmicsStore(stack, name, backup_plan=plan, run_logs_exist=True)


def _plain_omics(stack: cdk.Stack, count: int) -> None:
    logs = log_bucket(stack, "Logs")
    plan = backups(stack, "Backups", logs=logs)
    plan.select(*[omics_stores(stack, name, logs=logs).bucket_arn for name in _names(count)])


def _functions(stack: cdk.Stack, count: int) -> None:
    vpc, code = _vpc(stack), lambda_.Code.from_inline(_CODE)
    for name in _names(count):
        PrivateFunction(stack, name, vpc=vpc, code=code, handler="index.handle", runtime=_PYTHON)


def _plain_functions(stack: cdk.Stack, count: int) -> None:
    vpc, code = _vpc(stack), lambda_.Code.from_inline(_CODE)
    for name in _names(count):
        function(stack, name, vpc=vpc, code=code, runtime=_PYTHON)


def _tables(stack: cdk.Stack, count: int) -> None:
    plan = BackupPlan.daily_7_year(stack, "Backups")
    identifier = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    for name in _names(count):
        EncryptedTable(stack, name, partition_key=identifier, backup_plan=plan)


def _plain_tables(stack: cdk.Stack, count: int) -> None:
    plan = backups(stack, "Backups", logs=log_bucket(stack, "Logs"))
    plan.select(*[table(stack, name).table_arn for name in _names(count)])


def _file_systems(stack: cdk.Stack, count: int) -> None:
    plan, vpc = BackupPlan.daily_7_year(stack, "Backups"), _vpc(stack)
    for name in _names(count):
        EncryptedFileSystem(stack, name, vpc=vpc, backup_plan=plan)


def _plain_file_systems(stack: cdk.Stack, count: int) -> None:
    plan, vpc = backups(stack, "Backups", logs=log_bucket(stack, "Logs")), _vpc(stack)
    plan.select(*[file_system(stack, name, vpc=vpc).file_system_arn for name in _names(count)])


def _queues(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        EncryptedQueue(stack, name)


def _plain_queues(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        queue(stack, name)


def _topics(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        EncryptedTopic(stack, name)


def _plain_topics(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        topic(stack, name)


def _buses(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        EncryptedEventBus(stack, name)


def _plain_buses(stack: cdk.Stack, count: int) -> None:
    for name in _names(count):
        event_bus(stack, name)


def _fhir_stores(stack: cdk.Stack, count: int) -> None:
    plan = BackupPlan.daily_7_year(stack, "Backups")
    for name in _names(count):
        FhirStore(stack, name, backup_plan=plan)


def _plain_fhir_stores(stack: cdk.Stack, count: int) -> None:
    logs = log_bucket(stack, "Logs")
    plan = backups(stack, "Backups", logs=logs)
    plan.select(*[fhir_store(stack, name, logs=logs).bucket_arn for name in _names(count)])


def _imaging_stores(stack: cdk.Stack, count: int) -> None:
    plan = BackupPlan.daily_7_year(stack, "Backups")
    for name in _names(count):
        ImagingStore(stack, name, backup_plan=plan)


def _plain_imaging_stores(stack: cdk.Stack, count: int) -> None:
    logs = log_bucket(stack, "Logs")
    plan = backups(stack, "Backups", logs=logs)
    plan.select(*[imaging_store(stack, name, logs=logs).bucket_arn for name in _names(count)])


def _pipelines(stack: cdk.Stack, count: int) -> None:
    plan, topic = BackupPlan.daily_7_year(stack, "Backups"), AlertTopic(stack, "Alerts")
    wave = DeploymentWave(name="staging", environments=[_DEPLOYED], production=False)
    for name in _names(count):
        DeploymentPipeline(
            stack,
            name,
            connection_arn=_CONNECTION,
            repo_string="clinic/platform",
            branch="main",
            waves=[wave],
            backup_plan=plan,
            alert_topic=topic,
        )


def _plain_pipelines(stack: cdk.Stack, count: int) -> None:
    # The topic stands once in both, and is the same.
    access_logs, topic = log_bucket(stack, "Logs"), AlertTopic(stack, "Alerts").topic
    plan = backups(stack, "Backups", logs=access_logs)
    made = [
        store.bucket_arn
        for name in _names(count)
        for store in pipeline(
            stack,
            name,
            access_logs=access_logs,
            topic=topic,
            connection_arn=_CONNECTION,
            account=str(_DEPLOYED.account),
        )
    ]
    plan.select(*made)


def _names(count: int) -> Iterator[str]:
    return (f"Number{number}" for number in range(count))


def _vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-12345678",
        availability_zones=["us-east-1a", "us-east-1b", "us-east-1c"],
        private_subnet_ids=["subnet-44444444", "subnet-55555555", "subnet-66666666"],
        private_subnet_route_table_ids=["rtb-44444444", "rtb-55555555", "rtb-66666666"],
        isolated_subnet_ids=["subnet-11111111", "subnet-22222222", "subnet-33333333"],
        isolated_subnet_route_table_ids=["rtb-11111111", "rtb-22222222", "rtb-33333333"],
    )


def _repository(stack: cdk.Stack) -> ecr.IRepository:
    return ecr.Repository.from_repository_name(stack, "Images", "portal")


PAIRS = (
    Pair("KmsRotatedKey", _keys, _plain_keys),
    Pair("EncryptedBucket", _buckets, _plain_buckets),
    Pair("PrivateVpc", _networks, _plain_networks),
    Pair("AuditTrail", _trails, _plain_trails),
    Pair("SslRds", _databases, _plain_databases),
    Pair("TlsCache", _caches, _plain_caches),
    Pair("TlsDocumentDb", _documents, _plain_documents),
    Pair("PrivateFargateService", _services, _plain_services),
    Pair("PrivateBatch", _jobs, _plain_jobs),
    Pair("PrivateStateMachine", _machines, _plain_machines),
    Pair("EncryptedImageRepository", _images, _plain_images),
    Pair("PrivateInstances", _instances, _plain_instances),
    Pair("BackupPlan", _plans, _plain_plans),
    Pair("EncryptedStream", _streams, _plain_streams),
    Pair("TlsWarehouse", _warehouses, _plain_warehouses),
    Pair("TlsSearchDomain", _searches, _plain_searches),
    Pair("PatientDirectory", _directories, _plain_directories),
    Pair("SecureFileTransfer", _transfers, _plain_transfers),
    Pair("PrivateKubernetesCluster", _clusters, _plain_clusters),
    Pair("ModelAccess", _models, _plain_models),
    Pair("ClinicalLanguage", _languages, _plain_languages),
    Pair("OmicsStore", _omics, _plain_omics),
    Pair("PrivateFunction", _functions, _plain_functions),
    Pair("EncryptedTable", _tables, _plain_tables),
    Pair("EncryptedFileSystem", _file_systems, _plain_file_systems),
    Pair("EncryptedQueue", _queues, _plain_queues),
    Pair("EncryptedTopic", _topics, _plain_topics),
    Pair("EncryptedEventBus", _buses, _plain_buses),
    Pair("FhirStore", _fhir_stores, _plain_fhir_stores),
    Pair("ImagingStore", _imaging_stores, _plain_imaging_stores),
    Pair("DeploymentPipeline", _pipelines, _plain_pipelines),
)


def _app() -> tuple[cdk.App, cdk.Stack]:
    # No stack of anybody's holds a hundred VPCs, but a hundred stacks would be measured along.
    app = cdk.App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        context={**context(), "@aws-cdk/core:stackResourceLimit": 0},
    )
    return app, cdk.Stack(app, "Many", env=_ENVIRONMENT)


class Made(NamedTuple):
    """What definitions come to: how many resources of each type, and how long their properties are as JSON."""

    types: Counter[str]
    length: int


def made(define: Callable[[cdk.Stack, int], object], count: int) -> Made:
    """Return what comes of ``count`` definitions."""
    app, stack = _app()
    define(stack, count)
    resources = app.synth().get_stack_by_name(stack.stack_name).template["Resources"].values()
    length = sum(len(json.dumps(resource.get("Properties", {}))) for resource in resources)
    return Made(Counter(resource["Type"] for resource in resources), length)


def _timed(define: Callable[[cdk.Stack, int], object], count: int) -> float:
    app, stack = _app()

    def work() -> None:
        define(stack, count)
        app.synth()

    return seconds(work)


def compare(pair: Pair, count: int, times: int) -> float:
    """Return how definition and synthesis of ``count`` of a construct compare with those of its plain equal.

    :raises AssertionError: the two do not make the same resources, or the plain ones say much less.
    """
    ours, plain = (made(define, 2) for define in (pair.library, pair.plain))
    assert ours.types == plain.types, f"{pair.name}: {ours.types - plain.types} more, {plain.types - ours.types} less"
    assert ours.length < plain.length * _LONGER, f"{pair.name}: plain says {plain.length} of {ours.length} characters"
    library, plainly = in_turn(
        {"library": lambda: _timed(pair.library, count), "plain": lambda: _timed(pair.plain, count)}, times
    ).values()
    return ratio(library, plainly)


def measure(count: int = 100, times: int = 3, step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Compare every construct, each in a new process: Node keeps what an app defined as long as it runs."""
    results = []
    for pair in PAIRS:
        step(f"{count} of {pair.name}, {times} times, and as often in plain CDK")
        command = [sys.executable, "-m", "benchmarks.constructs", pair.name, str(count), str(times)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        measured = float(done.stdout.split()[-1])
        results.append(Result(f"{count} of {pair.name}, to plain CDK", measured, TARGET, "times"))
    return results


if __name__ == "__main__":
    if len(sys.argv) == 4:
        name, count, times = sys.argv[1:]
        print(compare(next(pair for pair in PAIRS if pair.name == name), int(count), int(times)))
    else:
        show(measure())
