"""The action for GitHub, the component for GitLab and the hooks of pre-commit, run as those would run them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from hipaa_constructs.compliance.markdown import MARKER

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
SPEC, GITLAB = yaml.safe_load_all((ROOT / "templates" / "check.yml").read_text())
WORKFLOW = yaml.safe_load((ROOT / "docs" / "ci" / "github-check.yml").read_text())
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
HOOK = HOOKS["hipaa-constructs-check"]
UNSOUND = "Resources: {Key: {Type: AWS::KMS::Key}}\n"
SOUND = "Resources: {Wait: {Type: 'AWS::CloudFormation::WaitConditionHandle'}}\n"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs for PATH: the command of this checkout, and the Python that runs the tests."""
    folder = tmp_path / "programs"
    folder.mkdir()
    write_program(folder / "hipaa-constructs", f'exec "{sys.executable}" -m hipaa_constructs.cli "$@"')
    (folder / "python3").symlink_to(sys.executable)
    return folder


def write_program(file: Path, script: str) -> None:
    file.write_text(f"#!/bin/bash\n{script}\n")
    file.chmod(0o755)


def run(script: str, folder: Path, programs: Path, *shell: str, **given: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": f"{programs}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder), **given}
    (folder / "script").write_text(script)
    command = [*shell, str(folder / "script")]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


def run_step(
    name: str, inputs: Mapping[str, str], folder: Path, programs: Path, **given: str
) -> subprocess.CompletedProcess[str]:
    """Run a step of the action as the runner does: inputs in the environment, bash with -e and pipefail."""
    step = STEPS[name]
    assert step["shell"] == "bash"
    values = {key: spec["default"] for key, spec in ACTION["inputs"].items()} | inputs
    env = {key: values[re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", value)[1]] for key, value in step["env"].items()}
    for file in ("summary", "output", "path"):
        (folder / file).touch()
    files = {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "output", "GITHUB_PATH": "path"}
    env |= {key: str(folder / file) for key, file in files.items()}
    env |= {"RUNNER_TEMP": str(folder), "GITHUB_ACTION_PATH": str(ROOT)}
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
    return run(step["run"], folder, programs, *shell, **env, **given)


def outputs(folder: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (folder / "output").read_text().splitlines())


# -- GitHub ----------------------------------------------------------------------------------------------------


def test_the_action_uses_no_other_and_puts_no_input_into_a_script() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS.values():
        assert "uses" not in step
        assert "${{" not in step["run"]
    assert set(ACTION["inputs"]) == {"path", "format", "args", "version", "cost"}
    assert all(spec["description"] for spec in ACTION["inputs"].values())
    written = re.findall(r"echo \"([\w-]+)=", STEPS["Check"]["run"])
    named = {key: spec["value"] for key, spec in ACTION["outputs"].items()}
    assert named == {key: f"${{{{ steps.check.outputs.{key} }}}}" for key in written}


def test_the_step_shows_sums_up_and_fails_as_the_command_does(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "t.yaml").write_text(UNSOUND)
    done = run_step("Check", {"path": "t.yaml"}, tmp_path, programs)
    assert done.returncode == 1
    assert "HIPAA.Constructs-KeyRotated" in done.stdout
    said = outputs(tmp_path)
    assert said["exit-code"] == "1"
    results = json.loads(Path(said["sarif-file"]).read_text())["runs"][0]["results"]
    assert {one["level"] for one in results} == {"error"}
    assert (tmp_path / "summary").read_text() == Path(said["markdown-file"]).read_text()
    assert "### HIPAA: 2 errors" in (tmp_path / "summary").read_text()


@pytest.mark.parametrize(("length", "fits"), [(40, True), (70_000, False)])
def test_the_step_appends_what_it_costs_where_that_fits(
    length: int, fits: bool, tmp_path: Path, programs: Path
) -> None:
    (tmp_path / "t.yaml").write_text(UNSOUND)
    said = f'printf "%s\\n" "$@" > asked; for last; do :; done; printf "%0*d" {length} 0 > "$last"'
    command = f'if [ "$1" = cost ]; then {said}; exit 0; fi; exec "{sys.executable}" -m hipaa_constructs.cli "$@"'
    write_program(programs / "hipaa-constructs", command)
    done = run_step("Check", {"path": "t.yaml", "cost": "--compare 'the base'"}, tmp_path, programs)
    assert done.returncode == 1
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[:6] == ["cost", "t.yaml", "--compare", "the base", "--format", "markdown"]
    markdown = Path(outputs(tmp_path)["markdown-file"]).read_text()
    assert markdown.endswith("0" * length) is fits
    assert MARKER in markdown
    assert (tmp_path / "summary").read_text() == markdown


def test_the_step_says_where_nothing_could_be_estimated(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "t.yaml").write_text(UNSOUND)
    done = run_step("Check", {"path": "t.yaml", "cost": "--scale large"}, tmp_path, programs)
    assert done.returncode == 1
    assert "'large' is not one of" in done.stdout
    assert "### Cost: nothing could be estimated" in Path(outputs(tmp_path)["markdown-file"]).read_text()


def test_the_step_takes_words_as_a_shell_does_and_no_commands(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "a b.yaml").write_text(UNSOUND)
    (tmp_path / "c.yaml").write_text(SOUND)
    inputs = {"path": "'a b.yaml' c.yaml", "args": '--output "$(touch owned).json"'}
    done = run_step("Check", inputs, tmp_path, programs)
    assert done.returncode == 1, done.stderr
    assert "HIPAA.Constructs-KeyRotated  a b.yaml:1" in (tmp_path / "$(touch owned).json").read_text()
    assert not (tmp_path / "owned").exists()
    for inputs in ({"path": "'a b.yaml"}, {"path": "c.yaml", "cost": "\\"}):
        (tmp_path / "output").unlink()
        done = run_step("Check", inputs, tmp_path, programs)
        assert (done.returncode, outputs(tmp_path)) == (2, {"exit-code": "2"})
        assert "::error::path, args and cost are words" in done.stdout
        assert "Traceback" not in done.stderr


def test_nothing_in_a_template_commands_the_runner(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps({"Resources": {"::add-mask::a": {"Type": "AWS::KMS::Key"}}}))
    done = run_step("Check", {"path": "t.json"}, tmp_path, programs)
    lines = done.stdout.splitlines()
    token = re.fullmatch(r"::stop-commands::([0-9a-f]{64})", lines[0])[1]
    assert lines[-1] == f"::{token}::"
    assert any(line.startswith("::add-mask::") for line in lines[1:-1])


def test_a_clean_step_succeeds_and_an_unusable_one_says_so(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "t.yaml").write_text(SOUND)
    assert run_step("Check", {"path": "t.yaml"}, tmp_path, programs).returncode == 0
    assert "### HIPAA: no findings" in (tmp_path / "summary").read_text()
    (tmp_path / "bad.yaml").write_text("")
    assert run_step("Check", {"path": "t.yaml bad.yaml"}, tmp_path, programs).returncode == 2
    assert "### HIPAA: not all could be checked; no findings" in (tmp_path / "summary").read_text()
    (tmp_path / "output").unlink()
    assert run_step("Check", {"path": "bad.yaml"}, tmp_path, programs).returncode == 2
    assert (tmp_path / "summary").read_text().endswith("### HIPAA: nothing could be checked; the log says why\n")
    assert outputs(tmp_path) == {"exit-code": "2"}


def test_the_action_installs_its_own_version(tmp_path: Path, programs: Path) -> None:
    (programs / "python3").unlink()
    # What would be called: `python3 -m venv`, then pip of that environment.
    script = (
        'echo "$@" >> "$RUNNER_TEMP/calls"; if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi'
    )
    write_program(programs / "python3", script)
    done = run_step("Install", {}, tmp_path, programs)
    assert done.returncode == 0, done.stdout + done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[1:] == [f"-m venv {tmp_path}/hipaa-constructs", f"-m pip install --quiet {ROOT}[cli]"]
    assert (tmp_path / "path").read_text() == f"{tmp_path}/hipaa-constructs/bin\n"


def test_the_action_runs_what_an_earlier_step_installed_and_refuses_what_is_not_there(
    tmp_path: Path, programs: Path
) -> None:
    assert run_step("Install", {"version": "installed"}, tmp_path, programs).returncode == 0
    assert (tmp_path / "path").read_text() == ""
    refused = run_step("Install", {"version": "1.0"}, tmp_path, programs)
    assert refused.returncode == 2
    assert "::error::version: got '1.0'; allowed are '' and 'installed'." in refused.stdout
    (programs / "hipaa-constructs").unlink()
    missing = run_step("Install", {"version": "installed"}, tmp_path, programs)
    assert missing.returncode == 2
    assert "no earlier step installed" in missing.stdout
    (programs / "python3").unlink()
    write_program(programs / "python3", "exit 1")
    assert "Python 3.11 or newer is needed" in run_step("Install", {}, tmp_path, programs).stdout


@pytest.mark.parametrize("earlier", ["", "https://api.github.com/repos/o/r/issues/comments/7"])
def test_the_workflow_comments_once_and_then_edits(tmp_path: Path, programs: Path, earlier: str) -> None:
    (step,) = [step for step in WORKFLOW["jobs"]["check"]["steps"] if step.get("name") == "Comment"]
    assert "${{" not in step["run"]
    assert f'startswith("{MARKER}")' in step["run"]
    write_program(programs / "gh", f'echo "$@" >> calls; case "$*" in *--paginate*) echo "{earlier}";; esac')
    env = {"COMMENTS": "repos/o/r/issues/1/comments", "FILE": "findings.md"}
    done = run(step["run"], tmp_path, programs, "bash", "--noprofile", "--norc", "-e", **env)
    assert done.returncode == 0, done.stderr
    expected = f"--method PATCH {earlier}" if earlier else "--method POST repos/o/r/issues/1/comments"
    assert (tmp_path / "calls").read_text().splitlines()[1] == f"api --silent {expected} --field body=@findings.md"


def test_the_workflow_gives_inputs_and_reads_outputs_that_the_action_has() -> None:
    text = (ROOT / "docs" / "ci" / "github-check.yml").read_text()
    (step,) = [step for step in WORKFLOW["jobs"]["check"]["steps"] if step.get("id") == "hipaa"]
    assert set(step["with"]) <= set(ACTION["inputs"])
    assert set(re.findall(r"steps\.hipaa\.outputs\.([\w-]+)", text)) <= set(ACTION["outputs"])


# -- GitLab ----------------------------------------------------------------------------------------------------


def component(**given: str) -> dict[str, Any]:
    """Return the component's job as GitLab makes it of the inputs."""
    text = (ROOT / "templates" / "check.yml").read_text().split("\n---\n")[1]
    inputs = {key: spec["default"] for key, spec in SPEC["spec"]["inputs"].items()} | given
    return yaml.safe_load(re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda found: inputs[found[1]], text))["hipaa-check"]


@pytest.mark.parametrize(("content", "code", "said"), [(UNSOUND, 1, "2 errors"), (SOUND, 0, "no findings")])
def test_the_component_checks_and_leaves_its_artifacts(
    tmp_path: Path, programs: Path, content: str, code: int, said: str
) -> None:
    (tmp_path / "t.yaml").write_text(content)
    write_program(programs / "pip", 'echo "$@" > installed')
    job = component(path="t.yaml")
    # GitLab's runner gives the lines to one shell that stops at the first failure.
    done = run("\n".join(job["script"]), tmp_path, programs, "bash", "-eo", "pipefail")
    assert done.returncode == code, done.stdout + done.stderr
    assert (tmp_path / "installed").read_text() == "install --quiet -r requirements.txt\n"
    assert job["stage"] == "test"
    sarif, markdown = (tmp_path / name for name in job["artifacts"]["paths"])
    assert f"### HIPAA: {said}" in markdown.read_text()
    assert json.loads(sarif.read_text())["version"] == "2.1.0"


def test_every_input_of_the_component_is_used() -> None:
    text = (ROOT / "templates" / "check.yml").read_text()
    assert set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", text)) == set(SPEC["spec"]["inputs"])


# -- pre-commit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "checked"),
    [
        ("template.yaml", True),
        ("clinic.template.json", True),
        ("stacks/vpc-template.yml", True),
        ("old.template", True),
        ("package.json", False),
        ("templates/values.yaml", False),
        ("mytemplate.yaml", False),
    ],
)
def test_the_hook_is_for_templates(name: str, checked: bool) -> None:
    # pre-commit searches, and does not match the whole.
    assert bool(re.search(HOOK["files"], name)) is checked


def test_the_hook_runs_the_command_on_all_files_at_once(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "a.template.yaml").write_text(SOUND)
    (tmp_path / "template.yaml").write_text(UNSOUND)
    assert (HOOK["id"], HOOK["language"], HOOK["require_serial"]) == ("hipaa-constructs-check", "python", True)
    done = run(f'{HOOK["entry"]} "$@"', tmp_path, programs, "bash", "-c", '. "$0" a.template.yaml template.yaml')
    assert done.returncode == 1
    assert "2 resources in 2 templates" in done.stdout
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert [re.fullmatch(r"\.\[(\w+)\]", one)[1] in extras for one in HOOK["additional_dependencies"]] == [True]


def test_the_hook_that_mends_changes_the_template_and_is_for_the_same_files(tmp_path: Path, programs: Path) -> None:
    fix = HOOKS["hipaa-constructs-fix"]
    same = ("language", "additional_dependencies", "files", "require_serial")
    assert [fix[key] for key in same] == [HOOK[key] for key in same]
    kept = "DeletionPolicy: RetainExceptOnCreate, UpdateReplacePolicy: Retain"
    (tmp_path / "template.yaml").write_text(f"Resources: {{Key: {{Type: AWS::KMS::Key, {kept}}}}}\n")
    done = run(f'{fix["entry"]} "$@"', tmp_path, programs, "bash", "-c", '. "$0" template.yaml')
    assert done.returncode == 0, done.stdout + done.stderr
    mended = yaml.safe_load((tmp_path / "template.yaml").read_text())
    assert mended["Resources"]["Key"]["Properties"] == {"EnableKeyRotation": True}
