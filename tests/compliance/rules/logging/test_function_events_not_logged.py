from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule, verdict

FUNCTION = "AWS::Lambda::Function"
ARN = {"Fn::GetAtt": ["Subject", "Arn"]}
PRINTS = "def handler(event, context):\n    print(event)\n"


def _python(*lines: str, **more: Any) -> dict[str, Any]:
    code = "\n".join(lines)
    return one(FUNCTION, **{"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": code}, **more})


def _node(*lines: str, **more: Any) -> dict[str, Any]:
    return _python(*lines, **{"Runtime": "nodejs22.x", **more})


@pytest.mark.parametrize(
    "lines",
    [
        ["def handler(event, context):", "    print(event)"],
        ["import json", "def handler(event, context):", "    print('got', json.dumps(event, indent=2))"],
        ["def handler(event, _):", "    print(f'got {event}')"],
        ["def handler(event, _):", "    print('got %s' % str(event))"],
        ["def handler(event, _):", "    print('got {}'.format(event['body']))"],
        ["def handler(given, _):", "    try:", "        pass", "    except ValueError:", "        print(given)"],
        ["def handler(event, _):", "    body = json.loads(event.get('body') or '{}')", "    print(body)"],
        ["def handler(event, _):", "    for one in event['Records']:", "        print(one['body'])"],
        [
            "def handler(event, _):",
            "    for one in event['Records']:",
            "        data = base64.b64decode(one['kinesis']['data']).decode('utf-8')",
            "        print(json.loads(data))",
        ],
        ["log.setLevel('INFO')", "def handler(event, _):", "    log.info(f'{event}')"],
        ["logging.basicConfig(level='INFO')", "def handler(event, _):", "    logging.info('got %s', event)"],
        ["def handler(event, _):", "    logger.error({'event': event})"],
        ["@logger.inject_lambda_context(log_event=True)", "def handler(event, _):", "    pass"],
    ],
)
def test_python_that_logs_what_it_is_sent_is_found(lines: list[str]) -> None:
    assert judged("function_events_not_logged", _python(*lines)) == "failed"


@pytest.mark.parametrize(
    "lines",
    [
        ["def handler(event, context):", "    print('event')", "    print(len(event))"],
        ["def handler(event, context):", "    print(event['requestContext']['requestId'], context)"],
        ["def handler(event, _):", "    print(event['Records'][0]['messageId'])"],
        ["def handler(event, _):", "    print(event.get('httpMethod'))"],
        ["def handler(event, _):", "    event = {}", "    print(event)"],
        ["def other(event):", "    print(event)", "def handler(event, _):", "    pass"],
        # Python's default lets warnings through alone, and debug is turned on for a while.
        ["def handler(event, _):", "    logger.info(event)"],
        ["log.setLevel('INFO')", "def handler(event, _):", "    log.debug(event)"],
        ["def handler(event, _):", "    client.info(event)", "    log(event)"],
        ["@logger.inject_lambda_context(log_event=False)", "def handler(event, _):", "    pass"],
    ],
)
def test_python_that_logs_no_more_than_ids_is_not(lines: list[str]) -> None:
    assert judged("function_events_not_logged", _python(*lines)) == "passed"


@pytest.mark.parametrize(
    "lines",
    [
        ["exports.handler = async (event) => {", "  console.log('Event:', JSON.stringify(event, null, 2));", "};"],
        ["exports.handler = async event => console.log(event)"],
        ["export const handler = async (event, context) => { console.info(`got ${JSON.stringify(event)}`) };"],
        ["export async function handler(event) {", "  console.log({ event });", "}"],
        ["exports.handler = function (event, context, done) { console.error('bad: ' + event.body) };"],
        [
            "const handler = async (event) => {",
            "  const body = JSON.parse(event.body || '{}')",
            "  console.log(body)",
            "}",
            "module.exports = { handler }",
        ],
        [
            "exports.handler = async (event) => {",
            "  for (const record of event.Records) {",
            "    const data = JSON.parse(Buffer.from(record.kinesis.data, 'base64').toString());",
            "    console.log('Processing:', data);",
            "  }",
            "};",
        ],
        ["exports.handler = async (e) => { e.Records.forEach((one) => { console.log(one['body']) }) }"],
        ["exports.handler = async (e) => { const all = await e; console.log({ ...all, more: 1 }) }"],
        ["exports.handler = async (e) => { console.log(e.detail ?? 'none', e?.Records?.[0]) }"],
    ],
)
def test_javascript_that_logs_what_it_is_sent_is_found(lines: list[str]) -> None:
    assert judged("function_events_not_logged", _node(*lines)) == "failed"


@pytest.mark.parametrize(
    "lines",
    [
        ["exports.handler = async (event) => { console.log('event'); console.log(`event`) }"],
        ["exports.handler = async (event) => { // console.log(event)", "/* console.log(event) */", "}"],
        ["exports.handler = async (event) => { console.log(event.Records.length, event.requestContext) }"],
        ["exports.handler = async (event) => { const n = event.Records", "  .length", "console.log(n) }"],
        ["exports.handler = async ({ body }) => { console.log('got') }"],
        ["exports.handler = async (event) => { event = {}; console.log(event) }"],
        ["exports.handler = async (e) => { const quote = /['\"`]/; console.log('e') }"],
        ["function other(event) { console.log(event) }", "exports.handler = async (event) => {}"],
        ["exports.handler = async (event) => {}", "function other(event) { console.log(event) }"],
        ["exports.handler = async (event) => { console.log(event === undefined) }"],
        ["exports.handler = async (event) => { console.log(event ? 'some' : 'none') }"],
        ["exports.handler = async (event) => { mine.console.log; send(event) }"],
    ],
)
def test_javascript_that_logs_no_more_than_ids_is_not(lines: list[str]) -> None:
    assert judged("function_events_not_logged", _node(*lines)) == "passed"


def test_the_line_is_named_and_not_shown() -> None:
    found = verdict(
        "function_events_not_logged", _python("import json", "", "def handler(event, _):", "    print(event)")
    )
    assert found is not None
    assert found.message == "Code.ZipFile writes what the function is sent to the log, in line 4."


def test_a_template_text_of_sub_is_read() -> None:
    code = {"Fn::Sub": "exports.handler = async (event) => {\n  console.log(`${!event} in ${AWS::Region}`);\n};"}
    assert judged("function_events_not_logged", _node(Code={"ZipFile": code})) == "failed"


@pytest.mark.parametrize(
    "resources",
    [
        one(FUNCTION, Code={"S3Bucket": "code", "S3Key": "intake.zip"}, Runtime="python3.13", Handler="index.handler"),
        _python(Code={"ZipFile": GIVEN}),
        _python(PRINTS, Runtime="ruby3.4"),
        _python(PRINTS, Runtime=GIVEN),
        _python("import cfnresponse", PRINTS),
        _python(PRINTS, "secret = 'ClientRequestToken'"),
        _python(PRINTS, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}),
        _python(PRINTS) | {"Made": {"Type": "Custom::Made", "Properties": {"ServiceToken": ARN}}},
    ],
)
def test_code_that_is_not_judged(resources: dict[str, Any]) -> None:
    assert judged("function_events_not_logged", resources) in ("not_applicable", "passed")


def _rule(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Events::Rule", "Properties": {**properties, "Targets": [{"Id": "it", "Arn": ARN}]}}


def _permission(principal: str) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": ARN, "Principal": principal}}


TOPIC = {"Ref": "Topic"}
TOLD = {"Type": "AWS::SNS::Subscription", "Properties": {"Endpoint": ARN, "Protocol": "lambda", "TopicArn": TOPIC}}
ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [TOPIC]}}


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ({"Rule": _rule(ScheduleExpression="rate(1 day)")}, "not_applicable"),
        ({"Rule": _rule(EventPattern={"source": ["aws.guardduty"]})}, "not_applicable"),
        ({"Rule": _rule(EventPattern={"source": ["aws.s3"]})}, "not_applicable"),
        ({"Rule": _rule(EventPattern={"source": ["aws.states"]})}, "failed"),
        ({"Rule": _rule(EventPattern={"source": ["intake"]})}, "failed"),
        (
            {"Rule": _rule(EventPattern={"source": ["aws.ec2"]}), "Other": _permission("apigateway.amazonaws.com")},
            "failed",
        ),
        ({"Rotation": _permission("secretsmanager.amazonaws.com")}, "not_applicable"),
        ({"Upload": _permission("s3.amazonaws.com")}, "not_applicable"),
        ({"SignUp": _permission("cognito-idp.amazonaws.com")}, "failed"),
        ({"Topic": {"Type": "AWS::SNS::Topic"}, "Told": TOLD, "Alarm": ALARM}, "not_applicable"),
        ({"Topic": {"Type": "AWS::SNS::Topic"}, "Told": TOLD}, "failed"),
        (
            {
                "Upload": _permission("s3.amazonaws.com"),
                "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": ARN}},
            },
            "failed",
        ),
        ({"Url": {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": ARN}}}, "failed"),
    ],
)
def test_who_calls_tells_whether_data_comes(beside: dict[str, Any], expected: str) -> None:
    assert judged("function_events_not_logged", _python(PRINTS) | beside) == expected


def test_code_of_sam_is_read() -> None:
    app = App()
    function = {"InlineCode": PRINTS, "Runtime": "python3.13", "Handler": "index.handler"}
    app.add(
        "t.yaml",
        {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {"Subject": {"Type": "AWS::Serverless::Function", "Properties": function}},
        },
    )
    (found,) = evaluate(app, [rule("function_events_not_logged")])
    assert found.verdict.outcome.value == "failed"


def test_it_is_said_once_a_template() -> None:
    both = _python(PRINTS) | {"Zweite": _python(PRINTS)["Subject"]}
    found = verdict("function_events_not_logged", both)
    assert found is not None
    assert "The same is so of Zweite." in found.message
