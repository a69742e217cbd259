"""What services of other parties call by themselves, such as those that take payments or send messages: webhooks."""

from __future__ import annotations

from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.name_words import words_of
from hipaa_constructs.compliance.facts.functions import FUNCTION

_HOOK: Final = frozenset({"hook", "hooks", "webhook", "webhooks"})
# By which something is told of what became of it; a browser that comes back from a sign-in asks for it too.
_BACK: Final = frozenset({"callback", "callbacks", "ipn", "postback", "postbacks"})
_SIGN_IN: Final = frozenset({"auth", "cognito", "login", "oauth", "oidc", "saml", "signin", "sso"})

# Neither a REST nor an HTTP API hands an authorizer the body of a request:
# docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
_CHECKED: Final = (
    "Another party's service calls there, which has no login of yours: a Lambda authorizer of its own checks the token "
    "or signature in the headers; a signature of the body, which no authorizer is shown, the function checks before "
    "all else, by a secret of the party's that Secrets Manager holds, and the {what} is acknowledged with that."
)
OF_REST: Final = (
    _CHECKED.format(what="method")
    + " A web ACL with the addresses that the party publishes, or an API key that it sends, narrows that and is no "
    "proof of who calls."
)
# docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
OF_HTTP: Final = (
    _CHECKED.format(what="route")
    + " A distribution in front, with a web ACL of the addresses that the party publishes, narrows that: an HTTP API "
    "takes neither a web ACL nor API keys."
)
OF_URL: Final = (
    "Another party's service calls there, which cannot sign as IAM asks: the function checks the party's signature of "
    "the body before all else, by a secret of the party's that Secrets Manager holds, and the URL is acknowledged with "
    "that; or the party calls a route of an API with a Lambda authorizer that checks a token in the headers."
)


def is_webhook(method: str, path: str) -> bool:
    """Whether a method of a path is called as what another party's service calls."""
    words = {word for part in path.split("/") if "{" not in part for word in words_of(part)}
    if words & _HOOK:
        return True
    return bool(words & _BACK) and not words & _SIGN_IN and method.upper() not in ("GET", "HEAD")


def is_url_of_webhook(url: Resource) -> bool:
    """Whether a function's URL, or the function, is called so."""
    function = url.template.target(url.get("TargetFunctionArn"), FUNCTION)
    named = [url.logical_id, *([function.logical_id, str(function.get("FunctionName", ""))] if function else ())]
    return any(word in _HOOK for name in named for word in words_of(name))
