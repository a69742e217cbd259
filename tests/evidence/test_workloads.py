"""What the evidence says of workloads and the stores that they are let use: who reaches what, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources

import hipaa_constructs as hipaa
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.reach import reach_of
from tests.database.support import SelectingPlan
from tests.database.tables import ID


@pytest.fixture(scope="module")
def reached() -> dict[str, dict[str, set[str]]]:
    """By the path of each store: who reaches it, by path, and what it does there."""
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    key = hipaa.KmsRotatedKey(stack, "Key").key
    vpc = hipaa.PrivateVpc(stack, "Vpc", encryption_key=key).vpc
    plan: Any = SelectingPlan()
    results = hipaa.EncryptedTable(stack, "Results", partition_key=ID, encryption_key=key, backup_plan=plan)
    files = hipaa.EncryptedFileSystem(stack, "Files", vpc=vpc, encryption_key=key, backup_plan=plan)
    arrivals = hipaa.EncryptedQueue(stack, "Arrivals", encryption_key=key)
    function = hipaa.PrivateFunction(
        stack,
        "Intake",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=vpc,
        encryption_key=key,
        filesystem=files.mounted(files.add_access_point("Reports", path="/reports"), "/mnt/reports"),
    )
    function.function.add_event_source(sources.SqsEventSource(arrivals.queue))
    results.grant_read(function)
    portal = hipaa.PrivateFargateService(
        stack,
        "Portal",
        vpc=vpc,
        repository=ecr.Repository.from_repository_name(stack, "Images", "portal"),
        tag_or_digest=f"sha256:{'0' * 64}",
        encryption_key=key,
    )
    results.grant_read_write(portal)
    app.synth()
    read = assembly.load([Path(app.outdir)])
    reach, names = reach_of(read), Names(read)
    return {
        str(names.of(resource)): {
            party.name: {str(verb) for verb in verbs} for party, verbs in reach.of(resource).items()
        }
        for template in read.templates
        for resource in template.resources.values()
    }


ROLE = "Clinic/Intake/Role"
TASK_ROLE = "Clinic/Portal/Role"


@pytest.mark.parametrize(
    ("store", "parties"),
    [
        ("Clinic/Results/Resource/Resource", {ROLE: {"read"}, TASK_ROLE: {"read", "write"}}),
        (
            "Clinic/Files/Resource/Resource",
            {ROLE: {"read", "write"}, "Clinic/Intake/SecurityGroup, TCP port 2049": {"connect"}},
        ),
        ("Clinic/Arrivals/Resource/Resource", {ROLE: {"read", "write"}}),
        ("Clinic/Intake/DeadLetters/Resource", {ROLE: {"write"}}),
        ("Clinic/Arrivals/DeadLetters/Resource", {}),
    ],
)
def test_workloads_alone_reach_what_they_were_granted(
    store: str, parties: dict[str, set[str]], reached: dict[str, dict[str, set[str]]]
) -> None:
    assert reached[store] == parties
