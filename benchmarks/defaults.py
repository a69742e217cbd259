"""How much of what is found in an app of twenty plain L2s ``secure_defaults`` leaves, and what it costs.

``python -m benchmarks defaults``. Once with ``new_stores`` alone, and once with key, network and backup plan given,
which the app without the line has too.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import aws_cdk as cdk

from benchmarks.plain.naive_app import define
from benchmarks.results import Result
from benchmarks.subjects import ROOT, context
from benchmarks.timing import in_turn, ratio_of_least

LEFT_TARGET, COST_TARGET = 30.0, 1.3
_ENVIRONMENT = cdk.Environment(account="111122223333", region="us-east-1")
_WAYS = (("new_stores", False), ("new_stores, vpc, backup_plan and encryption_key", True))


def naive(*, secure: bool, given: bool, schema_checks: bool = False, folder: str | None = None) -> cdk.App:
    """Define the app, with or without the line, and with or without what can be given to it."""
    app = cdk.App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=schema_checks,
        context=dict(context()),
        outdir=folder,
    )
    stack = cdk.Stack(app, "Clinic", env=_ENVIRONMENT)
    terms: dict[str, Any] = {}
    if given:
        from hipaa_constructs import BackupPlan, KmsRotatedKey, PrivateVpc

        terms = {
            "encryption_key": KmsRotatedKey(stack, "GivenKey").key,
            "vpc": PrivateVpc(stack, "GivenVpc").vpc,
            "backup_plan": BackupPlan.daily_7_year(stack, "GivenBackups"),
        }
    if secure:
        from hipaa_constructs import secure_defaults

        secure_defaults(stack, new_stores=True, **terms)
    define(stack)
    return app


def found(*, secure: bool, given: bool) -> set[tuple[str, str]]:
    """Return the rules that find something in the app, each with the place."""
    from hipaa_constructs.testing import findings

    with tempfile.TemporaryDirectory() as folder:
        return {(one.rule_id, one.construct_path) for one in findings(naive(secure=secure, given=given, folder=folder))}


def measure(times: int = 5, step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Count findings with and without the line, and compare what the synths take of the processor."""
    results = []
    for name, given in _WAYS:
        step(f"Findings, {name}")
        before, after = found(secure=False, given=given), found(secure=True, given=given)
        results += [
            Result(f"{name}: findings without the line", len(before), None, ""),
            Result(f"{name}: left of them", 100 * len(after & before) / len(before), LEFT_TARGET, "%"),
            Result(f"{name}: new findings", len(after - before), 0, ""),
        ]
        without, with_line = in_turn(
            {
                f"a synth, {name}": functools.partial(_processor_seconds, secure=False, given=given),
                f"a synth with the line, {name}": functools.partial(_processor_seconds, secure=True, given=given),
            },
            times,
            step,
        ).values()
        cost = ratio_of_least(with_line, without)
        results.append(Result(f"{name}: a synth, to one without the line", cost, COST_TARGET, "times"))
    return results


def _processor_seconds(*, secure: bool, given: bool) -> float:
    """Return what a synth, as ``cdk synth`` runs it, keeps Python, Node and the system busy for them, start to end."""
    program = [sys.executable, "-m", "benchmarks.defaults", json.dumps({"secure": secure, "given": given})]
    before = os.times()
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    after = os.times()
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return (after.children_user + after.children_system) - (before.children_user + before.children_system)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        naive(**json.loads(sys.argv[1]), schema_checks=True, folder=temporary).synth()
