"""The server, and how its tools are made known.

What goes wrong is the answer of the tool, in a sentence that says what to do; only what nobody foresaw is logged, on
standard error.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from mcp.server import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations

from hipaa_constructs.mcp.quoted import NOTE
from hipaa_constructs.mcp.tools import Tools

# The largest apps take seconds.
SECONDS: Final = 120.0

_INSTRUCTIONS: Final = f"""\
Checks AWS infrastructure (a synthesized CDK app, or CloudFormation templates) against the HIPAA Security Rule, 45 CFR
part 164 subpart C. Paths are relative to the server's root. Start with check_templates on "cdk.out" or on templates;
explain_rule says how to mend what a rule found, and preview_fixes shows what can be mended in templates for sure.
summarize_evidence says what an auditor would see. Nothing here deploys, reaches the network or is legal advice.
{NOTE}"""


def make_server(
    root: Path, *, allow_write: bool = False, seconds: float = SECONDS, today: datetime.date | None = None
) -> MCPServer:
    """Return a server whose tools read below one folder.

    :param root: the folder, which exists.
    :param allow_write: whether there is a tool that changes templates. Default: all tools only read.
    :param seconds: how long a question about files may take. Default: two minutes.
    :param today: the day by which acknowledgements, versions and attestations are judged. Default: that of each call.
    """
    return MCPServer(
        "hipaa-constructs",
        title="HIPAA checks of AWS infrastructure",
        instructions=_INSTRUCTIONS,
        version=version("hipaa-constructs"),
        # Warnings go to standard error; what tools refuse is no warning.
        log_level="WARNING",
        subscriptions=False,
        tools=make_tools(root, allow_write=allow_write, seconds=seconds, today=today),
    )


def make_tools(
    root: Path, *, allow_write: bool = False, seconds: float = SECONDS, today: datetime.date | None = None
) -> list[Tool]:
    """Return the tools of a server; the arguments are those of ``make_server``."""
    tools = Tools(root, allow_write, seconds, today)
    reading = [_tool(title, call, writes=False) for title, call in tools.reading().items()]
    writing = [_tool(title, call, writes=True) for title, call in tools.writing().items()]
    return [*reading, *writing] if allow_write else reading


def _tool(title: str, call: Callable[..., Any], *, writes: bool) -> Tool:
    tool = Tool.from_function(
        call,
        title=title,
        description=" ".join((call.__doc__ or "").split()),
        annotations=ToolAnnotations(
            title=title,
            read_only_hint=not writes,
            destructive_hint=writes,
            idempotent_hint=True,
            open_world_hint=False,
        ),
        structured_output=True,
    )
    # What a model misspells would else be dropped, and the default taken in its stead.
    arguments = tool.fn_metadata.arg_model
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    tool.parameters = arguments.model_json_schema(by_alias=True)
    return tool
