"""The pytest plugin, loaded by pytest as in a user's project: by the entry point, in a process of its own."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
ENTRY_POINTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
QUEUE = """\
import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs


def clinic(app: cdk.App, *, enforce_ssl: bool) -> cdk.Stack:
    stack = cdk.Stack(app, "Clinic")
    key = cdk.aws_kms.Key(stack, "Key", enable_key_rotation=True)
    dead = sqs.Queue(stack, "Dead", encryption_master_key=key, enforce_ssl=True)
    kept = sqs.DeadLetterQueue(queue=dead, max_receive_count=3)
    sqs.Queue(stack, "Orders", encryption_master_key=key, enforce_ssl=enforce_ssl, dead_letter_queue=kept)
    return stack
"""


@pytest.fixture
def user(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project into whose environment the package is installed, as far as pytest can tell."""
    installed = pytester.mkdir("installed") / "hipaa_constructs_as_installed-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: hipaa-constructs-as-installed\nVersion: 1.0\n")
    lines = [f"{name} = {module}" for name, module in ENTRY_POINTS.items()]
    (installed / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines]) + "\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(installed.parent), str(ROOT)]))
    monkeypatch.setenv("CDK_VALIDATION", "false")
    return pytester


def test_it_is_loaded_by_itself_and_imports_no_cdk_until_it_is_used(user: pytest.Pytester) -> None:
    user.makepyfile(
        """
        import sys

        def test_nothing_of_cdk_is_loaded(request):
            plugin = request.config.pluginmanager.get_plugin("hipaa_constructs")
            assert plugin.__name__ == "hipaa_constructs.pytest_plugin"
            assert not {"aws_cdk", "cdk_nag", "jsii"} & set(sys.modules)
        """
    )
    user.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)
    shown = user.runpytest_subprocess("--fixtures").stdout.str()
    for name in ("hipaa", "hipaa_app", "hipaa_template"):
        assert f"{name} -- " in shown


def test_the_fixtures_judge_an_app(user: pytest.Pytester) -> None:
    user.makepyfile(
        clinic=QUEUE,
        test_clinic="""
        from clinic import clinic

        def test_clean(hipaa, hipaa_app):
            clinic(hipaa_app, enforce_ssl=True)
            hipaa.assert_no_findings(hipaa_app)

        def test_found(hipaa, hipaa_app, tmp_path):
            clinic(hipaa_app, enforce_ssl=False)
            hipaa.assert_finding(hipaa_app, "HIPAA.Constructs-QueueTlsRequired", "Clinic/Orders")
            assert (tmp_path / "cdk.out" / "manifest.json").is_file()

        def test_fails(hipaa, hipaa_app):
            clinic(hipaa_app, enforce_ssl=False)
            hipaa.assert_no_findings(hipaa_app)
        """,
    )
    done = user.runpytest_subprocess()
    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["*unacknowledged findings*", "*HIPAA.Constructs-QueueTlsRequired*"])


def test_a_template_for_a_snapshot_holds_what_means_something(user: pytest.Pytester) -> None:
    user.makepyfile(
        """
        import aws_cdk as cdk
        from aws_cdk import aws_lambda as lambda_

        def template(hipaa_template, folder, code, memory_size=128):
            (folder / "code").mkdir(exist_ok=True, parents=True)
            (folder / "code" / "index.py").write_text(code)
            app = cdk.App(outdir=str(folder / "cdk.out"), analytics_reporting=True)
            # CDK's statistics need a Region that is known.
            stack = cdk.Stack(app, "Clinic", env=cdk.Environment(region="us-east-1"))
            function = lambda_.Function(
                stack,
                "Intake",
                runtime=lambda_.Runtime.PYTHON_3_13,
                handler="index.main",
                code=lambda_.Code.from_asset(str(folder / "code")),
                memory_size=memory_size,
            )
            lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
            return stack, hipaa_template(stack)

        def test_code_alone_changes_nothing(hipaa_template, tmp_path):
            stack, first = template(hipaa_template, tmp_path / "a", "def main(event, context): return 1")
            other, second = template(hipaa_template, tmp_path / "b", "def main(event, context): return 2")
            written = [one.node.root.synth().get_stack_by_name("Clinic").template for one in (stack, other)]
            assert written[0] != written[1]
            assert "CDKMetadata" in written[0]["Resources"]
            assert hipaa_template(written[0]) == first == second
            assert not {"Rules", "Parameters", "Conditions"} & set(first)
            ids = sorted(first["Resources"])
            (version,) = [name for name in ids if first["Resources"][name]["Type"] == "AWS::Lambda::Version"]
            assert version.endswith("<content>")
            alias = [one for one in first["Resources"].values() if one["Type"] == "AWS::Lambda::Alias"][0]
            assert alias["Properties"]["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}

        def test_what_means_something_stays(hipaa_template, tmp_path):
            _, first = template(hipaa_template, tmp_path / "a", "", memory_size=128)
            _, second = template(hipaa_template, tmp_path / "b", "", memory_size=256)
            assert first != second
        """
    )
    user.runpytest_subprocess().assert_outcomes(passed=2)
