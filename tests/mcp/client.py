"""The SDK's own client, so that tests ask as a model's host does."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.server import MCPServer
from mcp.types import CallToolResult, TextContent


class Asked:
    """A client that is connected for as long as its server is tested."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self.portal = portal
        self.client = client

    def __call__(self, tool: str, **arguments: Any) -> CallToolResult:
        return self.portal.call(self.client.call_tool, tool, arguments)

    def told(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the structured answer."""
        result = self(tool, **arguments)
        assert not result.is_error, text_of(result)
        assert result.structured_content is not None
        return result.structured_content

    def refused(self, tool: str, **arguments: Any) -> str:
        """Return what the tool says instead of an answer."""
        result = self(tool, **arguments)
        assert result.is_error
        assert result.structured_content is None
        return text_of(result)


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@contextmanager
def connected(server: MCPServer | StdioServerParameters) -> Iterator[Asked]:
    try:
        with (
            start_blocking_portal() as portal,
            portal.wrap_async_context_manager(Client(server, read_timeout_seconds=120)) as client,
        ):
            yield Asked(portal, client)
    finally:
        # anyio ends its worker processes with the loop and leaves their pipes to the garbage collector, which would
        # complain in whatever test comes later.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
