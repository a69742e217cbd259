"""By what names the parts of a function's event go that hold what it was sent, whatever sends it."""

from __future__ import annotations

from typing import Final

# docs.aws.amazon.com/lambda/latest/dg/lambda-services.html, each service's example of an event.
HOLDS_DATA: Final = frozenset(
    {
        "arguments",
        "body",
        "data",
        "detail",
        "dynamodb",
        "input",
        "kinesis",
        "message",
        "Message",
        "messages",
        "NewImage",
        "newImage",
        "OldImage",
        "oldImage",
        "payload",
        "queryStringParameters",
        "records",
        "Records",
        "Sns",
        "value",
    }
)
