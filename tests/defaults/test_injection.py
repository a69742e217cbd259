"""How settings reach a class of CDK: by names that it has, beside the app's own injectors, not in this package's."""

from __future__ import annotations

import inspect
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs import AccessLogBucket, EncryptedBucket
from hipaa_constructs.defaults.injection import typescript_name
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.defaults.services import SERVICES
from hipaa_constructs.defaults.setting import Plain
from tests.defaults.support import Synthesized, new_stack, synthesized
from tests.storage.plans import RecordingPlan

PLAIN = [plain for service in SERVICES for plain in service.plain]
RAW = [raw for service in SERVICES for raw in service.raw]


@pytest.mark.parametrize("plain", PLAIN, ids=lambda plain: plain.construct.__jsii_type__)
def test_every_argument_is_one_of_the_class(plain: Plain) -> None:
    """An unknown name would vanish without a word."""
    arguments = inspect.signature(plain.construct.__init__).parameters
    assert plain.construct.PROPERTY_INJECTION_ID
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
