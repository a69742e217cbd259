"""How settings reach a class of CDK: by names that it has, beside the app's own injectors, not in this package's."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as ecs_patterns
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs import AccessLogBucket, EncryptedBucket
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.sources import INJECTED, Sources
from hipaa_constructs.compliance.enforce import enforce_hipaa
from hipaa_constructs.defaults.injection import typescript_name
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.defaults.services import all_services, listed, table
from hipaa_constructs.defaults.setting import Plain
from tests.defaults.support import Synthesized, new_stack, synthesized
from tests.storage.plans import RecordingPlan

PLAIN = [plain for service in all_services() for plain in service.plain]
RAW = [raw for service in all_services() for raw in service.raw]


@pytest.mark.parametrize("plain", PLAIN, ids=lambda plain: plain.construct.__jsii_type__)
def test_every_argument_is_one_of_the_class(plain: Plain) -> None:
    """An unknown name would vanish without a word."""
    arguments = inspect.signature(plain.construct.__init__).parameters
    for setting in plain.settings:
        for name in (setting.argument, *setting.unless):
            assert name in arguments, name
            assert typescript_name(plain.props, name)


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: raw.resource_type)
def test_every_attribute_is_one_of_the_resource(raw: Any) -> None:
    assert raw.resource_type == raw.construct.CFN_RESOURCE_TYPE_NAME
    for setting in raw.settings:
        assert isinstance(inspect.getattr_static(raw.construct, setting.attribute), property)
        argument = setting.attribute.replace("_", "")
        assert argument == setting.property.lower()


def test_each_class_has_one_injector() -> None:
    ids = [plain.construct.PROPERTY_INJECTION_ID for plain in PLAIN]
    assert len(ids) == len(set(ids))


def test_what_is_listed_of_the_files_is_what_they_say() -> None:
    assert {one.file: {"classes": one.classes, "types": sorted(one.types)} for one in listed()} == table(), "make docs"
    assert [list(one.classes) for one in listed()] == [list(said["classes"]) for said in table().values()], "make docs"


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="BucketProps has no versionned"):
        typescript_name(s3.BucketProps, "versionned")


@jsii.implements(cdk.IPropertyInjector)
class _Users:
    """An injector of the app's own: queues are delayed, and their key is SQS's."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @property
    def construct_unique_id(self) -> str:
        return str(sqs.Queue.PROPERTY_INJECTION_ID)

    def inject(self, original_props: Any, *, id: str, scope: Construct) -> Any:  # noqa: A002 -- CDK's name
        self.asked.append(id)
        return {**(original_props or {}), "deliveryDelay": cdk.Duration.seconds(7), "encryption": "SQS_MANAGED"}


@pytest.mark.parametrize("on_app", [False, True])
def test_an_injector_that_was_there_is_asked_first_and_what_it_sets_stays(on_app: bool) -> None:
    stack = new_stack()
    users = _Users()
    cdk.PropertyInjectors.of(stack.node.root if on_app else stack).add(users)
    secure_defaults(stack)
    sqs.Queue(stack, "Orders")
    made = Synthesized(stack)
    assert users.asked == ["Orders"]
    (queue,) = made.of("AWS::SQS::Queue")
    assert queue["DelaySeconds"] == 7
    assert queue["SqsManagedSseEnabled"] is True
    assert "KmsMasterKeyId" not in queue
    assert made.changed("S/Orders") == {"enforce_ssl"}


def test_constructs_of_this_package_stay_as_they_are() -> None:
    def define(stack: cdk.Stack) -> None:
        EncryptedBucket(stack, "Records", backup_plan=RecordingPlan())
        AccessLogBucket.of(stack)

    assert synthesized(define).resources == synthesized(define, secure=False).resources


def test_what_stands_deep_in_constructs_of_others_is_reached() -> None:
    class Uploads(Construct):
        def __init__(self, scope: Construct, construct_id: str) -> None:
            super().__init__(scope, construct_id)
            self.bucket = s3.Bucket(Construct(self, "Inner"), "Bucket")

    made = synthesized(lambda stack: Uploads(stack, "Uploads"))
    assert "encryption_key" in made.changed("S/Uploads/Inner/Bucket")


def test_a_subclass_of_the_app_is_reached() -> None:
    class Queue(sqs.Queue):
        pass

    made = synthesized(lambda stack: Queue(stack, "Orders"))
    assert made.of("AWS::SQS::Queue")[0]["KmsMasterKeyId"]


def test_it_is_called_once_for_a_scope() -> None:
    stack = new_stack()
    secure_defaults(stack)
    with pytest.raises(ValueError, match="secure_defaults is called once"):
        secure_defaults(stack)
    with pytest.raises(ValueError, match="secure_defaults is called once"):
        secure_defaults(Construct(stack, "Below"))
    with pytest.raises(ValueError, match="and was for 'S'"):
        secure_defaults(stack.node.root)  # type: ignore[arg-type]
    secure_defaults(cdk.Stack(stack.node.root, "S2"))  # type: ignore[arg-type]


def test_it_works_on_an_app_with_stacks_of_several_regions() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    secure_defaults(app)
    stacks = [
        cdk.Stack(app, name, env=cdk.Environment(account="111122223333", region=region))
        for name, region in (("East", "us-east-1"), ("West", "us-west-2"))
    ]
    for stack in stacks:
        sqs.Queue(stack, "Orders")
    for stack in stacks:
        made = Synthesized(stack)
        assert len(made.of("AWS::KMS::Key")) == 1
        assert {change.path for change in made.changes} == {"East/Orders", "West/Orders"}


def test_a_wrong_argument_is_refused() -> None:
    with pytest.raises(ValueError, match="new_stores"):
        secure_defaults(new_stack(), new_stores="yes")  # type: ignore[arg-type]


def test_findings_keep_the_line_of_the_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CDK's own trace loses it while it asks the injectors, also for what stands deeper in a construct of another."""
    monkeypatch.setenv("JSII_HOST_STACK_TRACES", "1")
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), builtin_cloud_formation_validation=False)
    secure_defaults(app)
    stack = cdk.Stack(app, "Clinic")
    s3.Bucket(stack, "Records")
    image = ecs_patterns.ApplicationLoadBalancedTaskImageOptions(image=ecs.ContainerImage.from_registry("clinic"))
    ecs_patterns.ApplicationLoadBalancedFargateService(stack, "Service", task_image_options=image)
    first = inspect.getsourcelines(test_findings_keep_the_line_of_the_app)[1] + 6
    enforce_hipaa(app, report_only=True)
    app.synth()
    said = json.loads((tmp_path / "cdk.out" / "validation-report.json").read_text())
    lines: dict[str, set[str]] = {}
    for report in said["pluginReports"]:
        for violation in report["violations"]:
            for construct in violation["violatingConstructs"]:
                frames = "\n".join(construct.get("stackTraces", ()))
                found = re.search(rf"\({re.escape(__file__)}:(\d+)\)", frames)
                lines.setdefault(construct["constructPath"], set()).add(found.group(1) if found else "none")
    assert lines["Clinic/Records/Resource"] == {str(first)}
    assert (
        lines["Clinic/Service/LB/PublicListener/Resource"]
        == lines["Clinic/Service/TaskDef/Resource"]
        == {str(first + 2)}
    )
    sources = Sources(assembly.load([tmp_path / "cdk.out"]))
    assert str(sources.of("Clinic/Records/Resource")).endswith(f"test_injection.py:{first}")
    assert str(sources.of("Clinic/Service/TaskDef/Resource")).endswith(f"test_injection.py:{first + 2}")
    # What the library itself adds is made by no line of the app.
    assert sources.of("Clinic/SecureDefaults/Key/Resource/Resource") is None


def test_an_app_that_wants_no_lines_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_HOST_STACK_TRACES", "0")
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    secure_defaults(app)
    s3.Bucket(cdk.Stack(app, "Clinic"), "Records")
    app.synth()
    assert INJECTED not in (tmp_path / "Clinic.metadata.json").read_text()
