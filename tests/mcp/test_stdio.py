"""The command in a process of its own, over standard input and output."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters

from hipaa_constructs.cli import main
from tests.mcp.client import connected

# A process that is ended while it starts leaves its pipes to the garbage collector, after the end of the loop.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

COMMAND = ["-m", "hipaa_constructs.cli", "mcp"]
KEY = "Resources: {Key: {Type: AWS::KMS::Key, DeletionPolicy: Retain, UpdateReplacePolicy: Retain}}\n"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def test_the_official_client_lists_and_calls_the_tools(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(KEY)
    server = StdioServerParameters(command=sys.executable, args=COMMAND, env=environment(), cwd=tmp_path)
    with connected(server) as ask:
        assert ask.client.server_info is not None
        assert ask.client.server_info.name == "hipaa-constructs"
        assert len(ask.portal.call(ask.client.list_tools).tools) == 8
        assert ask.told("check_templates", paths=["t.yaml"])["errors"] == 1
        assert "no relative path" in ask.refused("check_templates", paths=[str(tmp_path / "t.yaml")])


def request(number: int, method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


# As clients of earlier versions of the protocol begin.
HELLO = [
    request(
        1,
        "initialize",
        protocolVersion="2025-06-18",
        capabilities={},
        clientInfo={"name": "test", "version": "1"},
    ),
    json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
]


def test_nothing_but_the_protocol_is_on_standard_output_and_the_end_of_input_is_the_end(tmp_path: Path) -> None:
    lines = [*HELLO, "no JSON", '{"jsonrpc": "2.0"}', request(2, "no/such/method"), request(3, "tools/list")]
    said: dict[int | None, dict[str, Any]] = {}
    with subprocess.Popen(
        [sys.executable, *COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("".join(f"{line}\n" for line in lines))
        server.stdin.flush()
        while not {1, 2, 3} <= {*said}:
            message = json.loads(server.stdout.readline())
            assert message["jsonrpc"] == "2.0"
            said[message.get("id")] = message
        server.stdin.close()
        assert server.stdout.read() == ""
        assert server.wait(60) == 0
    assert said[1]["result"]["protocolVersion"] == "2025-06-18"
    assert "error" in said[2]
    assert len(said[3]["result"]["tools"]) == 8


def test_the_root_is_what_is_given(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "t.yaml").write_text(KEY)
    server = StdioServerParameters(
        command=sys.executable, args=[*COMMAND, "--root", "app"], env=environment(), cwd=tmp_path
    )
    with connected(server) as ask:
        assert ask.told("check_templates", paths=["t.yaml"])["findings"][0]["template"] == "t.yaml"
        assert "'..'" in ask.refused("check_templates", paths=["../app/t.yaml"])


def test_a_root_that_is_none_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["mcp", "--root", "absent"])
    assert end.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "hipaa-constructs: absent: there is no folder of this name; give --root one that exists\n"


def test_what_hosts_are_to_be_told_starts_the_server(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(KEY)
    document = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text()
    forms = [json.loads(code) for code in re.findall(r"```json\n(.*?)```", document, re.DOTALL)]
    assert [[*form] for form in forms] == [["mcpServers"], ["servers"]]
    for form in forms:
        ((name, entry),) = next(iter(form.values())).items()
        assert (name, entry["command"]) == ("hipaa-constructs", "hipaa-constructs")
        arguments = [str(tmp_path) if "/" in word or "$" in word else word for word in entry["args"]]
        program = Path(sys.executable).with_name(entry["command"])
        with connected(StdioServerParameters(command=str(program), args=arguments, env=environment())) as ask:
            assert ask.told("check_templates", paths=["t.yaml"])["errors"] == 1


def test_code_in_the_root_is_not_run(tmp_path: Path) -> None:
    """A host starts the server in the folder of a project that it may just have cloned."""
    (tmp_path / "t.yaml").write_text(KEY)
    planted = "import pathlib\npathlib.Path(__file__).with_name('run').touch()\n"
    for name in ("anyio", "pickle", "json", "yaml", "hipaa_constructs", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(planted)
    program = Path(sys.executable).with_name("hipaa-constructs")
    server = StdioServerParameters(command=str(program), args=["mcp"], env=environment(), cwd=tmp_path)
    with connected(server) as ask:
        assert ask.told("check_templates", paths=["t.yaml"])["errors"] == 1
    assert not (tmp_path / "run").exists()
