"""What a method has to declare before its integration may answer with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import aws_apigateway as apigateway

from hipaa_constructs._arguments import refuse


def require_method_responses(method: apigateway.Method, method_responses: Sequence[apigateway.MethodResponse]) -> None:
    """Refuse answers of the integration whose status code or header the method does not declare; forget the method.

    API Gateway takes neither at deployment. What an integration answers shows only once a method is made of it.
    Source: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
    aws-properties-apigateway-method-integrationresponse.html.
    """
    declared = {response.status_code: set(response.response_parameters or {}) for response in method_responses}
    integration = cast("apigateway.CfnMethod", method.node.default_child).integration
    answers = getattr(integration, "integration_responses", None) or []
    for answer in cast("Sequence[apigateway.CfnMethod.IntegrationResponseProperty]", answers):
        undeclared = set(cast("Mapping[str, str]", answer.response_parameters or {})) - declared.get(
            answer.status_code, set()
        )
        if answer.status_code in declared and not undeclared:
            continue
        parent = method.node.scope
        if parent is not None:
            parent.node.try_remove_child(method.node.id)
        wanted = f"response_parameters={dict.fromkeys(sorted(undeclared), True)}" if undeclared else ""
        written = ", ".join(filter(None, [f"status_code={answer.status_code!r}", wanted]))
        refuse(
            "method_responses",
            sorted(declared),
            allowed=f"the integration answers with {answer.status_code}"
            + (f" and sets {', '.join(sorted(undeclared))}" if undeclared else "")
            + ", which the method has to declare",
            fix=f"Add apigateway.MethodResponse({written}).",
        )
