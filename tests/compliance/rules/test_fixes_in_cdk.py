"""What each fix says in CDK, done: L2s are made as small as can be, and again with the arguments that the fix shows.

One app holds all of them, one stack each, and is judged once.
"""

from __future__ import annotations

import ast
import datetime
import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from cdk_nag import HIPAASecurityChecks
from constructs import Construct

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.nag import HIPAA, as_finding
from hipaa_constructs.compliance.rule import Rule
from tests.compliance.rules.examples.example import KEY_ARN, SUBJECT, entry
from tests.compliance.rules.l2 import (
    AFTERWARDS,
    BESIDE,
    CHOSEN,
    ENV,
    NEEDED,
    NOT_SHOWN,
    PARTS,
    REPLACED,
    STANDS,
    WORSE,
    Given,
)

MODULES = {"elb": "aws_elasticloadbalancing", "elbv2": "aws_elasticloadbalancingv2"}
# Resources to which the fix of a rule is tailored so that it has a call of its own.
STORED = {"StorageEncrypted": True, "KmsKeyId": KEY_ARN}
TAILORED: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "DatabaseEncryptedWithCustomerKey": {
        "AWS::RDS::DBCluster": {**STORED, "PerformanceInsightsEnabled": True},
        "AWS::RDS::DBInstance": {**STORED, "EnablePerformanceInsights": True},
    },
}


def fixes_of(rule: Rule) -> Iterator[Fix]:
    yield from rule.fixes
    for kind, properties in TAILORED.get(rule.name, {}).items():
        alone = App()
        alone.add("Test.template.json", {"Resources": {SUBJECT: entry(kind, dict(properties))}})
        fix = rule.fix_of(kind, next(alone.of_type(kind)))
        assert fix is not None
        yield fix


TEXTS = sorted({(rule.name, text) for rule in all_rules() for fix in fixes_of(rule) for text in fix.cdk})


class Modules(dict[str, Any]):
    """aws-cdk-lib's modules by their usual names."""

    def __missing__(self, name: str) -> Any:
        if name == "cdk":
            return cdk
        try:
            return importlib.import_module("aws_cdk." + MODULES.get(name, f"aws_{name.rstrip('_')}"))
        except ModuleNotFoundError:
            raise KeyError(name) from None


@dataclass(frozen=True)
class Call:
    """The L2 of a fix, and the arguments as they are written."""

    name: str
    kind: type[Any]
    arguments: Mapping[str, str]

    @classmethod
    def read(cls, text: str) -> Call | None:
        """Read a text that is one call of an L2; None for others."""
        part = next((part for part in PARTS if text.startswith(f"{part}(")), None)
        text = PARTS[part].format(text) if part else text
        call = ast.parse(re.sub(r"<([^<>]*)>", lambda match: f"chosen({match[1]!r})", text), mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            return None
        name = ast.unparse(call.func)
        kind = eval(name, {}, Modules())
        if not inspect.isclass(kind) or not issubclass(kind, Construct):
            return None
        return cls(name, kind, {str(word.arg): ast.unparse(word.value) for word in call.keywords})

    def make(self, rule: str, given: Given, *, worse: Mapping[str, Any], mended: bool) -> None:
        needed = NEEDED.get(self.name, lambda _: {})(given)
        arguments = merged(needed, worse)
        if mended:
            scope = Modules(chosen=lambda words: self._choice(rule, words)(given))
            written = flat({name: eval(value, {}, scope) for name, value in self.arguments.items()})
            replaced = (rule, self.name) in REPLACED
            arguments = {**arguments, **written} if replaced else merged(arguments, written)
        made = self.kind(given.stack, "It", **arguments)
        afterwards = AFTERWARDS.get(rule) or AFTERWARDS.get(self.name)
        if afterwards:
            afterwards(made, given)

    def _choice(self, rule: str, words: str) -> Callable[[Given], Any]:
        return CHOSEN.get(f"{rule}, {self.name}: {words}") or CHOSEN[words]


def flat(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with what was chosen as several items of a list as such."""
    return {
        name: [item for one in value for item in (one if isinstance(one, tuple) else [one])]
        if isinstance(value, list)
        else value
        for name, value in arguments.items()
    }


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return both, the second before the first, within structs too."""
    both = {**first, **second}
    for name in first.keys() & second.keys():
        values = [getattr(one[name], "_values", None) for one in (first, second)]
        if isinstance(second[name], type(first[name])) and all(isinstance(one, dict) for one in values):
            both[name] = type(second[name])(**merged(*values))  # type: ignore[arg-type]
    return both


def shown() -> Iterator[tuple[str, str, Call]]:
    for rule, text in TEXTS:
        call = Call.read(text)
        if call is not None and not {rule, text, call.name, *re.findall("<[^<>]*>", text)} & NOT_SHOWN.keys():
            yield rule, text, call


def of(table: Mapping[tuple[str, str], Any], rule: str, text: str, call: Call) -> Any:
    return table.get((rule, text)) or table.get((rule, call.name))


class Done:
    """What is found of each text's L2, before and after, by the rule and the place within the stack."""

    def __init__(self) -> None:
        context = {**json.loads(Path("cdk.json").read_text())["context"], "aws:cdk:enable-path-metadata": True}
        app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False, context=context)
        self.failed: dict[str, str] = {}
        self.names: dict[tuple[str, str], str] = {}
        for number, (rule, text, call) in enumerate(shown()):
            self.names[rule, text] = str(number)
            for state in ("Before", "After"):
                stack = cdk.Stack(app, f"{state}{number}", env=ENV)
                # A stack without resources is no template.
                cdk.CfnWaitConditionHandle(stack, "Handle")
                given = Given(stack)
                try:
                    made_beside = of(BESIDE, rule, text, call)
                    if made_beside:
                        made_beside(given)
                    if state == "After" or not made_beside:
                        worse = of(WORSE, rule, text, call)
                        call.make(rule, given, worse=worse(given) if worse else {}, mended=state == "After")
                except Exception as error:
                    self.failed[f"{rule}: {text}"] = f"{state}: {str(error).splitlines()[0]}"
        self.found = found_in(app)


def found_in(app: cdk.App) -> Mapping[str, set[tuple[str, str]]]:
    """Synthesize, and judge each stack as if there were no other: several rules ask about an app as a whole."""
    folder = Path(app.synth().directory)
    alarms: dict[str, list[tuple[Any, str]]] = {}
    for violation in HIPAASecurityChecks(app).validate_scope(app).violations:
        for resource in violation.violating_resources:
            path = resource.construct_path or ""
            alarms.setdefault(path.partition("/")[0], []).append((violation, path))
    found: dict[str, set[tuple[str, str]]] = {}
    for name in (child.node.id for child in app.node.children if isinstance(child, cdk.Stack)):
        alone = App()
        alone.add(f"{name}.template.json", json.loads((folder / f"{name}.template.json").read_text()), stack_path=name)
        others = [
            as_finding(
                violation.rule_name,
                severity=str(violation.severity),
                message=violation.description,
                resource=alone.at(path),
                construct_path=path,
            )
            for violation, path in alarms.get(name, ())
        ]
        told = assess(alone, today=datetime.date(2026, 11, 28), others=others, packs=[HIPAA])
        found[name] = {
            (one.rule_id.rpartition("-")[2], one.construct_path.partition("/")[2]) for one in (*told.open, *told.parts)
        }
    return found


@pytest.fixture(scope="module")
def done() -> Done:
    return Done()


def test_each_can_be_written(done: Done) -> None:
    assert done.failed == {}


def test_each_mends_what_was_found_and_brings_nothing_new(done: Done) -> None:
    wrong: dict[str, Any] = {}
    stood: set[tuple[str, str, str]] = set()
    for (rule, text), number in done.names.items():
        call = Call.read(text)
        assert call is not None
        before, after = (
            {
                one
                for one in done.found[f"{state}{number}"]
                if rule.startswith("NetworkAcl") or not one[1].startswith("Vpc/")
            }
            for state in ("Before", "After")
        )
        told = {path for name, path in before if name == rule}
        stays = {name for name, _ in after} - ({name for name, _ in before} - {rule})
        stands = STANDS.get((rule, call.name), {}).keys()
        stood |= {(rule, call.name, name) for name in stays & stands}
        if not told or stays - stands:
            wrong[f"{rule}: {text}"] = (f"was found on {sorted(told)}", f"is found now: {sorted(stays - stands)}")
    assert wrong == {}
    assert stood == {(*of, name) for of, names in STANDS.items() for name in names}


def test_what_is_not_done_is_said_with_a_reason() -> None:
    """What is no call of an L2 with arguments is a method, a part or a sentence; the others have a reason."""
    left = [text for rule, text in TEXTS if (rule, text) not in {(name, words) for name, words, _ in shown()}]
    ofs = [{text, *re.findall("<[^<>]*>", text), *((call.name,) if (call := Call.read(text)) else ())} for text in left]
    assert all(NOT_SHOWN.keys() & of for of, text in zip(ofs, left, strict=True) if Call.read(text))
    assert set(NOT_SHOWN) <= set().union(*ofs)
    # Most are done.
    assert len(left) < len(TEXTS) / 2


# Fixes that are not done beside the others of their class, by the rule and the class, and why.
APART = {
    ("AuditBucketRetention", "s3.Bucket"): "Both make the trail beside the bucket that makes it one for audits.",
    ("BackupRetained", "backup.BackupPlan"): "Each is an argument of a rule of its own, in the same list.",
    ("DatabaseActivityLogged", "rds.DatabaseInstance"): "It is about another engine.",
    **{
        ("MasterPasswordManaged", name): "The password is made by the service, or by a secret of the app."
        for name in ("docdb.DatabaseCluster", "rds.DatabaseCluster", "rds.DatabaseInstance")
    },
    ("MultiAz", "rds.DatabaseCluster"): "It and another each make the reader.",
    ("NoLiteralSecrets", "elasticsearch.Domain"): "The main user is a role, or has a password.",
    ("NoLiteralSecrets", "opensearchservice.Domain"): "The main user is a role, or has a password.",
}
# What is found once all of a class are done, and why.
FOUND_AT_ONCE = {
    "ec2.Instance": {
        "VolumeEncrypted": "CDK requires IMDSv2 by a launch template; the rule does not see yet that the instance that "
        "uses it lists the volumes itself.",
    },
    "apigateway.RestApi": {
        "CachedResponsesKeptApart": "Before, nobody signed in to the methods whose answers are cached.",
    },
}


def together() -> Mapping[str, Mapping[str, tuple[str, Call]]]:
    """Return the classes that several rules have a fix for: the first of each rule, which others are a choice to."""
    found: dict[str, dict[str, tuple[str, Call]]] = {}
    for rule, text, call in shown():
        named = (rule, call.name)
        if not of(BESIDE, rule, text, call) and named not in REPLACED and named not in APART:
            found.setdefault(call.name, {}).setdefault(rule, (text, call))
    return {name: fixes for name, fixes in found.items() if len(fixes) > 1}


def all_names(one: Any, other: Any) -> Any:
    lists = isinstance(one, list) and isinstance(other, list)
    return list(dict.fromkeys([*one, *other])) if lists and all(isinstance(item, str) for item in other) else other


def at_once(name: str, fixes: Mapping[str, tuple[str, Call]], given: Given, *, mended: bool) -> None:
    """Make an instance with all that the fixes of its class say, or as bad as the rules need it."""
    arguments: Mapping[str, Any] = NEEDED.get(name, lambda _: {})(given)
    calls = [(rule, text, call) for rule, (text, call) in fixes.items()]
    for rule, text, call in calls:
        worse = of(WORSE, rule, text, call)
        arguments = merged(arguments, worse(given) if worse else {})
    for rule, _, call in calls if mended else ():
        scope = Modules(chosen=lambda words, rule=rule, call=call: call._choice(rule, words)(given))
        said = flat({key: eval(value, {}, scope) for key, value in call.arguments.items()})
        # Of names, such as those of logs, whoever does both lists all.
        arguments = merged(arguments, {key: all_names(arguments.get(key), value) for key, value in said.items()})
    made = calls[0][2].kind(given.stack, "It", **arguments)
    for afterwards in {AFTERWARDS.get(rule) or AFTERWARDS.get(name) for rule, _, _ in calls} - {None}:
        assert afterwards is not None
        afterwards(made, given)


def test_all_fixes_of_a_class_at_once_bring_nothing_new() -> None:
    context = {**json.loads(Path("cdk.json").read_text())["context"], "aws:cdk:enable-path-metadata": True}
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False, context=context)
    failed: dict[str, str] = {}
    for number, (name, fixes) in enumerate(together().items()):
        for state in ("Before", "After"):
            stack = cdk.Stack(app, f"{state}{number}", env=ENV)
            cdk.CfnWaitConditionHandle(stack, "Handle")
            try:
                at_once(name, fixes, Given(stack), mended=state == "After")
            except Exception as error:
                failed[f"{name} {state}"] = str(error).splitlines()[0]
    assert failed == {}
    found = found_in(app)
    wrong: dict[str, Any] = {}
    for number, (name, fixes) in enumerate(together().items()):
        before, after = (
            {one for one, path in found[f"{state}{number}"] if not path.startswith("Vpc/")}
            for state in ("Before", "After")
        )
        stands = {one for rule in fixes for one in STANDS.get((rule, name), {})}
        stands |= FOUND_AT_ONCE.get(name, {}).keys()
        left = (after & fixes.keys()) | (after - before)
        if left - stands:
            wrong[name] = sorted(left - stands)
    assert wrong == {}
    assert len(together()) > 30
