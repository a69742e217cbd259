"""Each guide, done as it says: its files are written, its commands run, and what it shows is seen."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

import pytest

ROOT = Path(__file__).parent.parent
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CDK_JSON = json.dumps({"app": f"{sys.executable} app.py", "notices": False, "versionReporting": False})


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a reader has installed: CDK's CLI, and this package with its command."""
    programs = tmp_path / "programs"
    programs.mkdir()
    node = os.environ["JSII_NODE"]
    for name, call in {
        "hipaa-constructs": f'"{sys.executable}" -m hipaa_constructs.cli',
        "cdk": f'"{node}" "{CDK}"',
    }.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n')
        (programs / name).chmod(0o755)
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(programs), str(Path(node).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "HIPAA_CONSTRUCTS_TODAY": "2026-12-01",
        # Without CDK's own schema check, which takes longer than all the rest.
        "CDK_VALIDATION": "false",
        "CDK_CONTEXT_JSON": json.dumps({"hipaa-constructs:today": "2026-12-01"}),
        "NO_COLOR": "1",
    }


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_what_a_guide_says_can_be_done_as_it_says(guide: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    commands: list[str] = []
    for language, content in BLOCK.findall(guide.read_text()):
        if language != "console":
            name = content.partition("\n")[0].removeprefix("# ")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
            if Path(name).name == "app.py":
                (folder / name).with_name("cdk.json").write_text(CDK_JSON)
            continue
        for call in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
            command, *shown = call.splitlines()
            if command.startswith("export "):
                commands.append(command)
                continue
            said = run("\n".join([*commands, command]), folder, environment)
            for line in shown:
                assert line.strip() in said, f"{command}\n{said}"


def test_every_guide_is_named_where_readers_look() -> None:
    readme = (ROOT / "README.md").read_text()
    for guide in GUIDES:
        assert f"docs/guides/{guide.name}" in readme


def test_the_language_server_of_cdk_shows_findings_on_the_lines_of_the_app(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/guides/editors.md").read_text(), re.M | re.S)
    (tmp_path / "app.py").write_text(program)
    (tmp_path / "cdk.json").write_text(CDK_JSON)
    run("cdk synth --quiet || true", tmp_path, environment)
    command = [os.environ["JSII_NODE"], str(CDK), "lsp"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=pipe, stdout=pipe, stderr=pipe) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        watch = threading.Timer(60, server.kill)
        watch.start()
        folder = {"uri": tmp_path.as_uri(), "name": "clinic"}
        asked = {"processId": None, "rootUri": folder["uri"], "workspaceFolders": [folder], "capabilities": {}}
        send(server.stdin, {"id": 1, "method": "initialize", "params": asked})
        shown: dict[str, Any] = {}
        while shown.get("method") != "textDocument/publishDiagnostics":
            shown = receive(server.stdout)
            if shown.get("id") == 1:
                send(server.stdin, {"method": "initialized", "params": {}})
        watch.cancel()
        server.kill()
    assert shown["params"]["uri"] == (tmp_path / "app.py").as_uri()
    found = {one["code"]: one for one in shown["params"]["diagnostics"]}
    tls = found["HIPAA.Constructs-QueueTlsRequired"]
    assert program.splitlines()[tls["range"]["start"]["line"]] == 'sqs.Queue(stack, "Orders")'
    assert "Suggested fix: sqs.Queue(enforce_ssl=True)" in tls["message"]


def send(stream: IO[bytes], message: dict[str, Any]) -> None:
    content = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stream.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> dict[str, Any]:
    length = 0
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    assert length, "the language server ended"
    answer: dict[str, Any] = json.loads(stream.read(length))
    return answer
