from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_backup as backup
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template
from constructs import Construct

from hipaa_constructs import KmsRotatedKey, PrivateVpc
from hipaa_constructs._arguments import (
    checked_arguments,
    is_token,
    refuse,
    require_days,
    require_one_of,
    require_range,
    require_unit,
)
from hipaa_constructs._calls import _IMPORTS, _OF_TEXT, _RETENTION
from hipaa_constructs.primitives.backup_protocol import ProtectsData


class Protects(Protocol):
    @property
    def name(self) -> str: ...

    def protect(self, arn: str) -> None: ...


class Plan:
    name = "daily"

    def protect(self, arn: str) -> None: ...


class Nameless:
    def protect(self, arn: str) -> None: ...


@checked_arguments
def takes(
    *,
    text: str = "",
    number: int = 0,
    ratio: float = 0.0,
    flag: bool = False,
    names: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
    mode: Literal["a", "b"] = "a",
    key: kms.IKey | None = None,
    vpc: ec2.IVpc | None = None,
    period: cdk.Duration | None = None,
    retention: logs.RetentionDays | None = None,
    rules: Sequence[kms.Key] = (),
    plan: Protects | None = None,
    kind: type[object] | None = None,
    anything: Any = None,
) -> bool:
    return True


KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

FITTING: dict[str, Callable[[Construct], dict[str, Any]]] = {
    "nothing": lambda scope: {},
    "text": lambda scope: {"text": "x"},
    "token": lambda scope: {"text": cdk.Aws.REGION, "number": cdk.Token.as_number(cdk.Aws.REGION)},
    "number": lambda scope: {"number": 3, "ratio": 3},
    "ratio": lambda scope: {"ratio": 0.5},
    "flag": lambda scope: {"flag": True},
    "list": lambda scope: {"names": ["a"]},
    "tuple": lambda scope: {"names": ("a", "b")},
    "mapping": lambda scope: {"tags": {"a": "b"}},
    "literal": lambda scope: {"mode": "b"},
    "literal token": lambda scope: {"mode": cdk.Aws.REGION},
    "key": lambda scope: {"key": kms.Key(scope, "Key"), "rules": [kms.Key(scope, "Other")]},
    "imported key": lambda scope: {"key": kms.Key.from_key_arn(scope, "Key", KEY_ARN)},
    "vpc": lambda scope: {"vpc": ec2.Vpc(scope, "Vpc")},
    "imported vpc": lambda scope: {
        "vpc": ec2.Vpc.from_vpc_attributes(scope, "Vpc", vpc_id="vpc-1", availability_zones=["us-east-1a"])
    },
    "struct": lambda scope: {"period": cdk.Duration.days(1), "retention": logs.RetentionDays.ONE_DAY},
    "protocol": lambda scope: {"plan": Plan()},
    "class": lambda scope: {"kind": Plan},
    "anything": lambda scope: {"anything": object()},
}


@pytest.mark.parametrize("build", FITTING.values(), ids=FITTING.keys())
def test_accepts(stack: cdk.Stack, build: Callable[[Construct], dict[str, Any]]) -> None:
    assert takes(**build(stack))


@pytest.mark.parametrize(
    ("argument", "value", "wanted"),
    [
        ("text", 3, "str"),
        ("text", None, "str"),
        ("number", "3", "int"),
        ("number", True, "int"),
        ("number", 3.5, "int"),
        ("ratio", "0.5", "float"),
        ("ratio", False, "float"),
        ("flag", 1, "bool"),
        ("names", "a", r"Sequence\[str\]"),
        ("names", [1], r"Sequence\[str\]"),
        ("names", {"a": 1}, r"Sequence\[str\]"),
        ("names", {"a"}, r"Sequence\[str\]"),
        ("tags", [("a", "b")], r"Mapping\[str, str\]"),
        ("tags", {"a": 1}, r"Mapping\[str, str\]"),
        ("mode", "c", "Literal"),
        ("key", "alias/a", r"aws_cdk\.aws_kms\.IKey"),
        ("key", Plan(), r"aws_cdk\.aws_kms\.IKey"),
        ("vpc", "vpc-1", r"aws_cdk\.aws_ec2\.IVpc"),
        ("period", 3, r"aws_cdk\.Duration"),
        ("retention", 2557, r"aws_cdk\.aws_logs\.RetentionDays"),
        ("rules", [Plan()], "Sequence"),
        ("plan", "daily", "Protects"),
        ("plan", Nameless(), "Protects"),
        ("kind", Plan(), "type"),
    ],
)
def test_refuses_the_wrong_type(argument: str, value: object, wanted: str) -> None:
    with pytest.raises(ValueError, match=rf"takes\({argument}=…\): got .*; it takes {wanted}"):
        takes(**{argument: value})


@pytest.mark.parametrize(
    "alias",
    [
        lambda scope: kms.Alias.from_alias_name(scope, "Alias", "alias/a"),
        lambda scope: kms.Key(scope, "Key").add_alias("alias/a"),
        lambda scope: kms.Key.from_key_arn(scope, "Alias", "arn:aws:kms:us-east-1:111122223333:alias/a"),
    ],
    ids=["by name", "added", "by ARN"],
)
def test_refuses_an_alias_where_a_key_is_needed(stack: cdk.Stack, alias: Callable[[Construct], kms.IKey]) -> None:
    with pytest.raises(ValueError, match=r"key: got 'Clinic/.*'; it takes a key, not an alias.*alias_target_key"):
        takes(key=alias(stack))


def test_refuses_another_construct_where_a_key_is_needed(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"got a Vpc; it takes aws_cdk\.aws_kms\.IKey"):
        takes(key=ec2.Vpc(stack, "Vpc"))


def test_an_unknown_argument_stays_a_type_error_and_names_the_one_that_was_meant(stack: cdk.Stack) -> None:
    with pytest.raises(TypeError, match=r"takes\(\) got an unexpected keyword argument 'txt'\. Did you mean text\?"):
        takes(txt="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"argument 'colour'\. It takes text, number, ratio, .*, anything\."):
        takes(colour="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"KmsRotatedKey\(\) got .* 'pending_windw'\. Did you mean pending_window\?"):
        KmsRotatedKey(stack, "Key", pending_windw=None)  # type: ignore[call-arg]
    assert not stack.node.children


def test_what_is_missing_is_said_of_its_class(stack: cdk.Stack) -> None:
    class Store(Construct):
        @checked_arguments
        def __init__(self, scope: Construct, construct_id: str, *, size: int) -> None:
            super().__init__(scope, construct_id)

    with pytest.raises(TypeError, match=r"Store\(\) missing a required (keyword-only )?argument: 'size'$"):
        Store(stack, "Store")  # type: ignore[call-arg]


def test_the_name_of_a_member_is_answered_with_the_member() -> None:
    with pytest.raises(ValueError, match=r"got 'SIX_YEARS'; it takes .*\. Pass RetentionDays\.SIX_YEARS\."):
        takes(retention="SIX_YEARS")  # type: ignore[arg-type]


@pytest.mark.parametrize("build", [lambda: cdk.Token.as_number({"Ref": "N"}), lambda: cdk.Fn.ref("Mode")])
def test_a_token_fits_one_of_a_few_texts_as_a_text(build: Callable[[], Any]) -> None:
    given = build()
    if isinstance(given, str):
        assert takes(mode=given)  # type: ignore[arg-type]
        return
    with pytest.raises(ValueError, match=r"mode=…\): got a token; it takes Literal"):
        takes(mode=given)


def test_a_construct_is_answered_with_the_property_that_is_meant(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key")
    with pytest.raises(ValueError, match=r"takes\(key=…\): got a KmsRotatedKey; it takes .*IKey\. Pass its \.key\."):
        takes(key=key)  # type: ignore[arg-type]
    vpc = PrivateVpc(stack, "Vpc")
    with pytest.raises(ValueError, match=r"got a PrivateVpc; it takes .*IVpc\. Pass its \.vpc\."):
        takes(vpc=vpc)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"got a KmsRotatedKey; it takes .*IVpc\. Pass an object of that type\."):
        takes(vpc=key)  # type: ignore[arg-type]


def test_a_token_of_the_other_kind_is_answered_in_words() -> None:
    with pytest.raises(ValueError, match=r"it takes int\. Pass a number that only deployment knows as .*as_number"):
        takes(number=cdk.Aws.REGION)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"it takes str\. Pass a text that only deployment knows as .*as_string"):
        takes(text=cdk.Token.as_number({"Ref": "N"}))  # type: ignore[arg-type]


@checked_arguments
def builds(
    scope: Construct,
    construct_id: str,
    *,
    role: iam.IRole | None = None,
    bucket: s3.IBucket | None = None,
    topic: sns.ITopic | None = None,
    vpc: ec2.IVpc | None = None,
    key: kms.IKey | None = None,
    timeout: cdk.Duration | None = None,
    size: cdk.Size | None = None,
    retention: logs.RetentionDays | None = None,
    assumed_by: iam.IPrincipal | None = None,
    runtime: lambda_.Runtime | None = None,
    code: lambda_.Code | None = None,
    backup_plan: ProtectsData | None = None,
) -> None:
    """Take what constructs take."""


ARN = "arn:aws:iam::111122223333:role/Clinic"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("key", "arn:aws:kms:us-east-1:1:key/a", 'kms.Key.from_key_arn(scope, id, "arn:aws:kms:us-east-1:1:key/a").'),
        ("role", ARN, f'iam.Role.from_role_arn(scope, id, "{ARN}").'),
        ("role", "clinic", 'iam.Role.from_role_name(scope, id, "clinic").'),
        ("bucket", "records", 's3.Bucket.from_bucket_name(scope, id, "records").'),
        ("vpc", "vpc-1", 'ec2.Vpc.from_lookup(scope, id, vpc_id="vpc-1").'),
        ("timeout", 30, "cdk.Duration.seconds(30), or of another unit, such as cdk.Duration.days(30)."),
        ("size", 20, "cdk.Size.gibibytes(20), or of another unit"),
        ("retention", 7, "logs.RetentionDays.ONE_WEEK."),
        ("retention", 2192, "logs.RetentionDays.SIX_YEARS."),
        ("assumed_by", "lambda.amazonaws.com", 'iam.ServicePrincipal("lambda.amazonaws.com").'),
        ("assumed_by", "111122223333", 'iam.AccountPrincipal("111122223333").'),
        ("assumed_by", ARN, f'iam.ArnPrincipal("{ARN}").'),
        ("runtime", "python3.13", "lambda_.Runtime.PYTHON_3_13."),
        ("runtime", "nodejs22.x", "lambda_.Runtime.NODEJS_22_X."),
        ("code", "src", 'lambda_.Code.from_asset("src").'),
        ("backup_plan", "daily", "a BackupPlan of hipaa_constructs, such as BackupPlan.daily_7_year(scope, id)."),
        # Nothing is obvious.
        ("key", "clinic", "an object of that type."),
        ("topic", "alerts", "an object of that type."),
        ("retention", 8, "an object of that type."),
        ("assumed_by", "somebody", "an object of that type."),
        ("runtime", "cobol", "an object of that type."),
        ("timeout", True, "an object of that type."),
        ("code", 1, "an object of that type."),
        ("timeout", "30", "an object of that type."),
        pytest.param("key", cdk.Aws.REGION, "an object of that type.", id="a token"),
    ],
)
def test_a_text_or_a_number_is_answered_with_the_call_that_takes_it(
    stack: cdk.Stack, name: str, value: object, said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(f" Pass {said}")):
        builds(stack, "It", **{name: value})  # type: ignore[arg-type]


def test_the_calls_that_are_named_are_there() -> None:
    """What is said is Python that runs, but for the stack that it stands in."""
    modules = {"cdk": cdk, "lambda_": lambda_}
    texts = [*(text for both in _IMPORTS.values() for text in both if text), *_OF_TEXT.values()]
    for text in texts:
        path = text.partition("(")[0].split(".")
        owner = modules.get(path[0]) or importlib.import_module(f"aws_cdk.aws_{path[0]}")
        for part in path[1:]:
            owner = getattr(owner, part)
        takes = [*inspect.signature(owner).parameters]
        assert all(word in takes for word in re.findall(r"(\w+)=", text)), text
    assert all(hasattr(logs.RetentionDays, member) for member in _RETENTION.values())
    for days, member in _RETENTION.items():
        assert retention_in_days(member) == days


def retention_in_days(member: str) -> int:
    """What CDK writes for a member."""
    stack = cdk.Stack()
    logs.LogGroup(stack, "Group", retention=logs.RetentionDays[member])
    (group,) = Template.from_stack(stack).find_resources("AWS::Logs::LogGroup").values()
    return int(group["Properties"]["RetentionInDays"])


def test_a_plan_of_cdks_own_is_answered_with_the_class_that_is_one(stack: cdk.Stack) -> None:
    plan = backup.BackupPlan(stack, "Plan")
    with pytest.raises(ValueError, match=r"it takes ProtectsData\. Pass a BackupPlan of hipaa_constructs, such as"):
        builds(stack, "It", backup_plan=plan)  # type: ignore[arg-type]


def test_too_many_arguments_by_position_are_answered_with_their_names(stack: cdk.Stack) -> None:
    with pytest.raises(TypeError, match=r"builds\(\) too many positional arguments\. By name it takes role, bucket, "):
        builds(stack, "It", "more")  # type: ignore[misc]
    with pytest.raises(TypeError, match=r"builds\(\) missing a required argument: 'construct_id'$"):
        builds(stack)  # type: ignore[call-arg]


def test_names_the_class_and_refuses_a_scope_that_is_none(stack: cdk.Stack) -> None:
    class Store(Construct):
        @checked_arguments
        def __init__(self, scope: Construct, construct_id: str, *, size: int = 1) -> None:
            super().__init__(scope, construct_id)

    with pytest.raises(ValueError, match=r"Store\(size=…\): got 'big'"):
        Store(stack, "Store", size="big")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"Store\(scope=…\): got None; it takes Construct\."):
        Store(None, "Store")  # type: ignore[arg-type]
    assert not stack.node.children


def test_keeps_name_and_docstring() -> None:
    @checked_arguments
    def documented() -> None:
        """Says so."""

    assert documented.__name__ == "documented"
    assert documented.__doc__ == "Says so."


@pytest.mark.parametrize("value", [None, 1, 5, cdk.Token.as_number({"Ref": "N"})], ids=["none", "low", "high", "token"])
def test_range_accepts(value: int | None) -> None:
    require_range("n", value, 1, 5, unit="days", fix="Do.")


@pytest.mark.parametrize("value", [0, 6, -1])
def test_range_refuses(value: int) -> None:
    with pytest.raises(ValueError, match=rf"n: got {value}; allowed are 1 to 5 days\. Do\."):
        require_range("n", value, 1, 5, unit="days", fix="Do.")


@pytest.mark.parametrize("value", [None, cdk.Duration.days(3), cdk.Duration.hours(72), cdk.Duration.days(9)])
def test_days_accept(value: cdk.Duration | None) -> None:
    require_days("d", value, 3, 9, fix="Do.")


def test_days_accept_a_token_and_no_upper_limit() -> None:
    require_days("d", cdk.Duration.days(cdk.Token.as_number({"Ref": "N"})), 3, 9, fix="Do.")
    require_days("d", cdk.Duration.days(100_000), 3, fix="Do.")


@pytest.mark.parametrize(
    ("value", "maximum", "message"),
    [
        (cdk.Duration.days(2), 9, r"d: got '2 days'; allowed are 3 to 9 days\. Do\."),
        (cdk.Duration.hours(71), 9, r"d: got '2\.95833 days'"),
        (cdk.Duration.days(10), 9, "d: got '10 days'"),
        (cdk.Duration.hours(84), 9, r"d: got '3\.5 days'; it takes whole days"),
        (cdk.Duration.days(2), None, "d: got '2 days'; allowed are 3 days or more"),
    ],
)
def test_days_refuse(value: cdk.Duration, maximum: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        require_days("d", value, 3, maximum, fix="Do.")


def test_a_duration_that_is_not_known_yet_is_taken_in_the_unit_that_is_written() -> None:
    number = cdk.Token.as_number({"Ref": "N"})
    require_unit("timeout", cdk.Duration.seconds(number), "seconds")
    require_unit("timeout", cdk.Duration.minutes(5), "seconds")
    require_unit("timeout", None, "seconds")
    with pytest.raises(
        ValueError, match=r"timeout: got 'a token of days'; .* in seconds\. Pass cdk\.Duration\.seconds"
    ):
        require_unit("timeout", cdk.Duration.days(number), "seconds")


def test_one_of() -> None:
    require_one_of("c", "b", ["b", "a"], fix="Do.")
    require_one_of("c", cdk.Aws.REGION, ["b", "a"], fix="Do.")
    with pytest.raises(ValueError, match=r"c: got 'z'; allowed are a, b\. Do\."):
        require_one_of("c", "z", ["b", "a"], fix="Do.")


@pytest.mark.parametrize(
    ("value", "shown"),
    [("x", "'x'"), (3, "3"), (None, "None"), ([1], r"\[1\]"), (["x" * 90], ".{77}…;"), (Plan(), "a Plan")],
)
def test_shows_what_it_got(value: object, shown: str) -> None:
    with pytest.raises(ValueError, match=f"^a: got {shown}"):
        refuse("a", value, allowed="other", fix="Do.")


def test_a_token_is_refused_in_words_where_the_number_decides_what_is_defined(stack: cdk.Stack) -> None:
    token: Any = cdk.Token.as_number({"Ref": "N"})
    for given in ({"max_azs": token}, {"nat_gateways": token}):
        with pytest.raises(ValueError, match=r"got a token; it takes a number that is written"):
            PrivateVpc(stack, "Vpc", **given)
    assert not stack.node.children


def test_tells_tokens_as_the_cdk_does(stack: cdk.Stack) -> None:
    texts = ["plain", "", "${Token}", "$[Token[1]}", stack.region, cdk.Aws.REGION, f"arn:{cdk.Aws.PARTITION}:s3:::a"]
    numbers = [0, -5, 1.5, 10**12, cdk.Token.as_number(cdk.Lazy.any(_Late())), -1.0e289]
    lists = [["plain"], cdk.Token.as_list(cdk.Lazy.any(_Late()))]
    others = [cdk.Lazy.any(_Late()), cdk.Fn.select(0, cdk.Fn.split("/", cdk.Aws.STACK_ID))]
    values: list[Any] = [*texts, *numbers, *lists, *others]
    assert [is_token(value) for value in values] == [cdk.Token.is_unresolved(value) for value in values]
    assert [is_token(value) for value in (None, float("-inf"), True, Plan())] == [False] * 4


@jsii.implements(cdk.IAnyProducer)
class _Late:
    def produce(self, context: cdk.IResolveContext) -> object:
        return None
