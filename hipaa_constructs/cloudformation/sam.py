"""What AWS SAM writes for its resource types, where that is always the same.

The transform runs at deployment. What it always makes of functions, state machines, tables, APIs and nested
applications is documented (AWS SAM developer guide, "Generated AWS CloudFormation resources for AWS SAM"), so that it
can be read before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from hipaa_constructs.cloudformation.sam_access import EVERY_PATH, with_policy
from hipaa_constructs.cloudformation.sam_deployments import deployment_group
from hipaa_constructs.cloudformation.sam_events import invokers, starters
from hipaa_constructs.cloudformation.sam_roles import managed, role, unknown_templates
from hipaa_constructs.cloudformation.values import function_of

TRANSFORM: Final = "AWS::Serverless-2016-10-31"

TYPES: Final = "AWS::Serverless::"
# It becomes a nested stack.
APPLICATION: Final = "AWS::Serverless::Application"
# How the definition of a REST API says what it answers by itself, and of an HTTP API what CORS allows.
INTEGRATION: Final = "x-amazon-apigateway-integration"
ALLOW_ORIGIN: Final = "method.response.header.Access-Control-Allow-Origin"
HTTP_CORS: Final = "x-amazon-apigateway-cors"
# What looks at requests, of an operation or of all of a definition.
VALIDATOR: Final = "x-amazon-apigateway-request-validator"
_FUNCTION = frozenset(
    {"Architectures", "CodeSigningConfigArn", "Environment", "EphemeralStorage", "FileSystemConfigs", "FunctionName"}
    | {"Handler", "KmsKeyArn", "Layers", "LoggingConfig", "MemorySize", "ReservedConcurrentExecutions", "Role"}
    | {"Runtime", "Timeout", "VpcConfig"}
)
_URL = frozenset({"AuthType", "Cors", "InvokeMode"})
_TABLE = frozenset({"PointInTimeRecoverySpecification", "SSESpecification", "TableName"})
_STAGE = frozenset(
    {"AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "MethodSettings", "StageName", "TracingEnabled"}
)
_REST_API = frozenset({"DisableExecuteApiEndpoint", "EndpointAccessMode", "SecurityPolicy"})
_DOMAIN = frozenset({"DomainName", "MutualTlsAuthentication", "SecurityPolicy"})
_IN_CONFIGURATION = frozenset({"SecurityPolicy"})
_HTTP_STAGE = frozenset({"AccessLogSettings", "DefaultRouteSettings", "RouteSettings"})
_STATE_MACHINE: Mapping[str, str] = {
    "Definition": "Definition",
    "DefinitionSubstitutions": "DefinitionSubstitutions",
    "Logging": "LoggingConfiguration",
    "Name": "StateMachineName",
    "Role": "RoleArn",
    "Tracing": "TracingConfiguration",
    "Type": "StateMachineType",
}
_OWN_NAMES: Mapping[str, str] = {made: own for own, made in _STATE_MACHINE.items()}
_APPLICATION: Mapping[str, str] = {"Location": "TemplateURL", "Parameters": "Parameters"}
_KEPT = ("Condition", "DeletionPolicy", "Metadata", "UpdateReplacePolicy")


def own_name(kind: str, name: str) -> str:
    """Return how a resource of a type calls a property of CloudFormation's: AWS SAM has a few names of its own."""
    return _OWN_NAMES.get(name, name) if kind == f"{TYPES}StateMachine" else name


def uses_sam(body: Mapping[str, Any]) -> bool:
    """Whether a template is written for AWS SAM."""
    declared = body.get("Transform")
    return TRANSFORM in (declared if isinstance(declared, list) else [declared])


def deployed(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a template's resources, those of SAM as the resources that it makes of them."""
    resources = _mapping(body.get("Resources"))
    return dict(_Sam(body, resources).resources()) if uses_sam(body) else resources


def unread_policies(body: Mapping[str, Any]) -> Mapping[str, list[str]]:
    """Return by logical id the names of policy templates that SAM does not have, of what it makes a role for."""
    found: dict[str, list[str]] = {}
    for logical_id, raw in _mapping(body.get("Resources")).items() if uses_sam(body) else ():
        kind = str(_mapping(raw).get("Type"))
        if kind in (f"{TYPES}Function", f"{TYPES}StateMachine"):
            shared = _mapping(body.get("Globals")).get(kind.removeprefix(TYPES), {})
            given = _mapping(_merged(shared, _mapping(raw).get("Properties", {})))
            names = [] if "Role" in given else [*unknown_templates(given.get("Policies"))]
            if names:
                found[logical_id] = names
    return found


def _connectors(logical_id: str, raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the connectors that stand in a resource, which SAM takes out of it first.

    Each is named by both (AWS SAM developer guide, "Managing resource permissions with AWS SAM connectors").
    """
    for name, connector in _mapping(raw.get("Connectors")).items():
        given = _mapping(_mapping(connector).get("Properties"))
        properties = {"Source": {"Id": logical_id}, **given}
        kept = {key: raw[key] for key in _KEPT[:1] if key in raw}
        yield f"{logical_id}{name}", {**kept, "Type": f"{TYPES}Connector", "Properties": properties}


class _Sam:
    """Writes out one template."""

    def __init__(self, body: Mapping[str, Any], resources: Mapping[str, Any]) -> None:
        self._globals = _mapping(body.get("Globals"))
        self._resources = resources
        self._paths: dict[str, dict[str, Any]] = {}
        self._writers: Mapping[str, Callable[[str, Mapping[str, Any]], Iterator[tuple[str, str, Any]]]] = {
            "Api": self._api,
            "Application": self._application,
            "Function": self._function,
            "HttpApi": self._http_api,
            "SimpleTable": self._table,
            "StateMachine": self._state_machine,
        }
        # What events of functions are written into.
        self._extended: Mapping[str, Callable[[str, Mapping[str, Any]], Mapping[str, Any]]] = {
            "AWS::Cognito::UserPool": self._triggering,
            "AWS::S3::Bucket": self._notified,
        }

    def resources(self) -> Iterator[tuple[str, Any]]:
        """Yield every resource by its logical id."""
        for kind, event, implicit in (("Api", "RestApiId", "ServerlessRestApi"), ("HttpApi", "ApiId", _HTTP_ID)):
            for api, path, method, given in self._events(kind, event, implicit):
                self._paths.setdefault(api, {}).setdefault(path, {})[method] = given
                if api == implicit and api not in self._resources:
                    made_of = {"StageName": "Prod"} if kind == "Api" else {}
                    self._resources = {**self._resources, api: {"Type": TYPES + kind, "Properties": made_of}}
        for logical_id, raw in self._resources.items():
            kind = str(_mapping(raw).get("Type"))
            yield from _connectors(logical_id, _mapping(raw))
            writer = self._writers.get(kind.removeprefix(TYPES)) if kind.startswith(TYPES) else None
            if writer is None:
                extended = self._extended.get(kind)
                yield logical_id, raw if extended is None else extended(logical_id, raw)
                continue
            given = _merged(self._globals.get(kind.removeprefix(TYPES), {}), raw.get("Properties", {}))
            for name, made, properties in writer(logical_id, _mapping(given)):
                # What stands beside the resource itself shares no more than its condition.
                kept = {key: raw[key] for key in (_KEPT if name == logical_id else _KEPT[:1]) if key in raw}
                yield name, {**kept, "Type": made, "Properties": properties}

    def _function(self, name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
        properties = {key: given[key] for key in _FUNCTION & set(given)}
        if "Role" not in given:
            properties["Role"] = {"Fn::GetAtt": [f"{name}Role", "Arn"]}
            basic = managed("service-role/AWSLambdaBasicExecutionRole")
            yield f"{name}Role", "AWS::IAM::Role", role(name, given, "lambda.amazonaws.com", basic)
        queue = _mapping(given.get("DeadLetterQueue")).get("TargetArn")
        kept = {"DeadLetterConfig": {"TargetArn": queue}} if queue is not None else {}
        inline = given.get("InlineCode")
        code = _code(given.get("CodeUri")) if inline is None else {"ZipFile": inline}
        yield name, "AWS::Lambda::Function", {**properties, **kept, "Code": code}
        if "EventInvokeConfig" in given:
            config = _mapping(given["EventInvokeConfig"])
            yield (
                f"{name}EventInvokeConfig",
                "AWS::Lambda::EventInvokeConfig",
                {"FunctionName": {"Ref": name}, **config},
            )
        for event, raw in _mapping(given.get("Events")).items():
            kind, asked = str(_mapping(raw).get("Type")), _mapping(_mapping(raw).get("Properties"))
            yield from invokers(name, f"{name}{event}", kind, asked)
        if "FunctionUrlConfig" in given:
            config = _mapping(given["FunctionUrlConfig"])
            url = {key: config[key] for key in _URL & set(config)}
            yield f"{name}Url", "AWS::Lambda::Url", {**url, "TargetFunctionArn": {"Ref": name}}
        if "AutoPublishAlias" in given and "DeploymentPreference" in given:
            yield from deployment_group(name, _mapping(given["DeploymentPreference"]))

    def _state_machine(self, name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
        properties = {made: given[key] for key, made in _STATE_MACHINE.items() if key in given}
        if "Role" not in given:
            properties["RoleArn"] = {"Fn::GetAtt": [f"{name}Role", "Arn"]}
            yield f"{name}Role", "AWS::IAM::Role", role(name, given, "states.amazonaws.com")
        yield name, "AWS::StepFunctions::StateMachine", properties
        for event, raw in _mapping(given.get("Events")).items():
            kind, asked = str(_mapping(raw).get("Type")), _mapping(_mapping(raw).get("Properties"))
            yield from starters(name, f"{name}{event}", kind, asked)

    def _application(self, name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
        # An application of the Serverless Application Repository is named by a mapping, and lies nowhere at hand.
        properties = {made: given[key] for key, made in _APPLICATION.items() if key in given}
        yield name, "AWS::CloudFormation::Stack", properties

    def _table(self, name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
        key = _mapping(given.get("PrimaryKey")).get("Name", "id")
        schema = {"KeySchema": [{"AttributeName": key, "KeyType": "HASH"}]}
        properties = {key: given[key] for key in _TABLE & set(given)}
        tags = [{"Key": key, "Value": value} for key, value in _mapping(given.get("Tags")).items()]
        yield name, "AWS::DynamoDB::Table", {**properties, **schema, "Tags": tags}

    def _api(self, name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
        endpoint = given.get("EndpointConfiguration")
        types = [endpoint] if isinstance(endpoint, str) else [_mapping(endpoint).get("Type", "EDGE")]
        definition = with_policy(_preflighted(self._definition(name, given), given), *self._policies(name, given))
        yield (
            name,
            "AWS::ApiGateway::RestApi",
            {
                **definition,
                **{key: given[key] for key in _REST_API & set(given)},
                "EndpointConfiguration": {"Types": types},
            },
        )
        stage = given.get("StageName")
        properties = {key: given[key] for key in _STAGE & set(given)}
        stage_id = f"{name}{stage if isinstance(stage, str) else ''}Stage"
        yield stage_id, "AWS::ApiGateway::Stage", {**properties, "RestApiId": {"Ref": name}}
        yield from _domain(name, given, "AWS::ApiGateway::BasePathMapping", "RestApiId")

    def _http_api(self, name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
        own = {key: given[key] for key in ("DisableExecuteApiEndpoint",) if key in given}
        yield name, "AWS::ApiGatewayV2::Api", {**_with_cors(self._definition(name, given), given), **own}
        stage = given.get("StageName", "$default")
        properties = {key: given[key] for key in _HTTP_STAGE & set(given)}
        stage_id = (
            f"{name}{'ApiGatewayDefault' if stage == '$default' else stage if isinstance(stage, str) else ''}Stage"
        )
        yield stage_id, "AWS::ApiGatewayV2::Stage", {**properties, "ApiId": {"Ref": name}, "StageName": stage}
        yield from _domain(name, given, "AWS::ApiGatewayV2::ApiMapping", "ApiId")

    def _notified(self, bucket: str, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a bucket with the functions that its events invoke."""
        told = [
            {"Event": event, "Function": {"Fn::GetAtt": [function, "Arn"]}}
            for function, given in self._invocations("S3")
            if _mapping(given.get("Bucket")).get("Ref") == bucket
            for event in _listed(given.get("Events"))
        ]
        properties = _mapping(raw.get("Properties"))
        written = _mapping(properties.get("NotificationConfiguration"))
        there = _listed(written.get("LambdaConfigurations"))
        notifications = {**written, "LambdaConfigurations": [*there, *told]}
        return {**raw, "Properties": {**properties, "NotificationConfiguration": notifications}} if told else raw

    def _triggering(self, pool: str, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a user pool with the functions that its triggers invoke."""
        told = {
            trigger: {"Fn::GetAtt": [function, "Arn"]}
            for function, given in self._invocations("Cognito")
            if _mapping(given.get("UserPool")).get("Ref") == pool
            for trigger in _listed(given.get("Trigger"))
            if isinstance(trigger, str)
        }
        properties = _mapping(raw.get("Properties"))
        triggers = {**told, **_mapping(properties.get("LambdaConfig"))}
        return {**raw, "Properties": {**properties, "LambdaConfig": triggers}} if told else raw

    def _invocations(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield what invokes functions by events of a kind: the function, and the event's properties."""
        for name, raw in self._resources.items():
            if _mapping(raw).get("Type") != TYPES + "Function":
                continue
            for event in _mapping(_mapping(raw.get("Properties")).get("Events")).values():
                if _mapping(event).get("Type") == kind:
                    yield name, _mapping(_mapping(event).get("Properties"))

    def _definition(self, name: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        default = _mapping(given.get("Auth")).get("DefaultAuthorizer")
        if "DefinitionUri" in given:
            return {"BodyS3Location": {"Bucket": given["DefinitionUri"]}}
        if "DefinitionBody" in given:
            written = given["DefinitionBody"]
            secured = default is not None and isinstance(written, Mapping)
            return {"Body": {**written, "security": [{str(default): []}]} if secured else written}
        paths = {
            path: {method: _operation(event, default) for method, event in methods.items()}
            for path, methods in self._paths.get(name, {}).items()
        }
        return {"Body": {"openapi": "3.0.1", "paths": paths}}

    def _policies(self, name: str, given: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
        """Yield the resource policies of a REST API, and of its events, each with what it is about."""
        for path, methods in self._paths.get(name, {}).items():
            for event in methods.values():
                # Of an event too it is about every method of the path.
                yield _mapping(event.get("Auth")).get("ResourcePolicy"), f"execute-api:/*/*{path.rstrip('/')}"
        yield _mapping(given.get("Auth")).get("ResourcePolicy"), EVERY_PATH

    def _events(self, kind: str, api: str, implicit: str) -> Iterator[tuple[str, str, str, Any]]:
        """Yield what functions answer: the API, the path, the method and the event's properties."""
        for _, given in self._invocations(kind):
            named = given.get(api, {"Ref": implicit})
            target = _mapping(named).get("Ref", named)
            method = str(given.get("Method", "any")).lower()
            method = "x-amazon-apigateway-any-method" if method in ("any", "*") else method
            yield str(target), str(given.get("Path", "/")), method, given


_HTTP_ID = "ServerlessHttpApi"


def _domain(api: str, given: Mapping[str, Any], mapping: str, names: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the domain that SAM makes of ``Domain`` of an API, and what maps it to the API.

    SAM ends the domain's id in a digest of its name, which several APIs may share; here it begins with the API's.
    """
    written = _mapping(given.get("Domain"))
    if "DomainName" not in written:
        return
    name, domain = f"{api}Domain", {key: written[key] for key in _DOMAIN & set(written)}
    if mapping.startswith("AWS::ApiGatewayV2::"):
        configuration = {key: domain.pop(key) for key in _IN_CONFIGURATION & set(domain)}
        yield name, "AWS::ApiGatewayV2::DomainName", {**domain, "DomainNameConfigurations": [configuration]}
    else:
        yield name, "AWS::ApiGateway::DomainName", domain
    yield f"{api}BasePathMapping", mapping, {"DomainName": {"Ref": name}, names: {"Ref": api}}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _operation(event: Mapping[str, Any], default: Any) -> Mapping[str, Any]:
    """Return what SAM writes of an event into the definition of its API."""
    model = _mapping(event.get("RequestModel"))
    looks = model.get("ValidateBody", False) or model.get("ValidateParameters", False)
    own = _mapping(event.get("Auth")).get("Authorizer")
    # Where nobody says who may call, that stays apart from an author's NONE.
    secured = {} if own is None and default is None else {"security": _security(own, default)}
    # SAM has API Gateway pass requests to the function as they are.
    proxied = {INTEGRATION: {"type": "aws_proxy"}}
    return {**secured, **proxied, **({VALIDATOR: "body-and-parameters"} if looks else {})}


def _security(own: Any, default: Any) -> Any:
    chosen = default if own is None else own
    if chosen is None or chosen == "NONE":
        return []
    # A function that only deployment answers stays one, so that it is read as unknown.
    return [{chosen: []}] if isinstance(chosen, str) else chosen


def _preflighted(definition: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a REST API's definition with the OPTIONS method that SAM adds, for ``Cors``, to each path without one."""
    cors, paths = given.get("Cors"), _mapping(_mapping(definition.get("Body")).get("paths"))
    if not cors or not paths:
        return definition
    answer = {"responseParameters": {ALLOW_ORIGIN: _origins(cors, "AllowOrigin", "'*'")}, "statusCode": "200"}
    options = {INTEGRATION: {"type": "mock", "responses": {"default": answer}}}
    preflighted = {
        path: {"options": options, **methods} if isinstance(methods, Mapping) else methods
        for path, methods in paths.items()
    }
    return {**definition, "Body": {**definition["Body"], "paths": preflighted}}


def _with_cors(definition: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an HTTP API's definition with what SAM writes into it for ``CorsConfiguration``, of which true is all."""
    cors, body = given.get("CorsConfiguration"), definition.get("Body")
    if not cors or not isinstance(body, Mapping) or function_of(body)[0]:
        return definition
    origins = ["*"] if cors is True else _origins(cors, "AllowOrigins", [])
    return {**definition, "Body": {**body, HTTP_CORS: {"allowOrigins": origins}}}


def _origins(cors: Any, name: str, absent: Any) -> Any:
    """Return the origins of a setting that may be no more than them, given as a text or by a function."""
    return cors.get(name, absent) if isinstance(cors, Mapping) and not function_of(cors)[0] else cors


def _code(uri: Any) -> dict[str, Any]:
    """Return where a function's code lies in S3: by an address, or by names; a path is packed before deployment."""
    if isinstance(uri, str) and uri.startswith("s3://"):
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return {"S3Bucket": bucket, "S3Key": key}
    names = {"Bucket": "S3Bucket", "Key": "S3Key", "Version": "S3ObjectVersion"}
    return {made: _mapping(uri)[name] for name, made in names.items() if name in _mapping(uri)}


def _merged(shared: Any, own: Any) -> Any:
    """Return a property as SAM merges it from ``Globals``: maps together, lists one after the other."""
    if isinstance(shared, Mapping) and isinstance(own, Mapping):
        return {**shared, **{key: _merged(shared.get(key), value) for key, value in own.items()}}
    return [*shared, *own] if isinstance(shared, list) and isinstance(own, list) else own


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
