"""Mends what a template does not meet, in its text; each change is proven by judging the template again."""

from __future__ import annotations

import datetime
import difflib
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.files import read_bytes, replace_bytes
from hipaa_constructs.cloudformation.load.given import Given
from hipaa_constructs.cloudformation.load.nested import add_templates
from hipaa_constructs.cloudformation.load.parameters import require_known
from hipaa_constructs.cloudformation.load.template_file import decode, encoding_of, parse_template
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.rule import PREFIX, Finding, Rule
from hipaa_constructs.compliance.template_quotas import RULE as TEMPLATE_WITHIN_QUOTA
from hipaa_constructs.mending.draft import CannotMendError, Draft, entries, has_circle
from hipaa_constructs.mending.ledger import Ledger
from hipaa_constructs.mending.loops import refuse_one_for_all
from hipaa_constructs.mending.nodes import plain
from hipaa_constructs.mending.plans import Plan, plan_for
from hipaa_constructs.mending.replacing import refuse_replacement
from hipaa_constructs.mending.splice import CannotWriteError, rewritten

# What is mended may make room for what was taken back before; more rounds than that found nothing on public templates.
_ROUNDS = 4
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Left:
    """A finding that is not mended, and why not, in a sentence that is the same for what is alike."""

    finding: Finding
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A parameter without a default, on which what is mended relies: who deploys has to give it.

    ``what`` is the name of ``GIVEN`` that it stands for, ``declared`` how the template declares it, and ``fixed`` the
    findings that are gone by it. ``parents`` are stacks of the templates, each as ``Stack of FILE``, that deploy the
    template and do not pass it yet.
    """

    parameter: str
    what: str
    declared: Mapping[str, Any]
    fixed: Sequence[Finding]
    parents: Sequence[str]


@dataclass(frozen=True, slots=True)
class Mending:
    """What became of one template.

    ``before`` and ``text`` are its text as it was and as it is mended, with its own ends of lines. ``fixed`` are
    findings that are gone, ``left`` those that are not. ``added`` are logical ids of resources that it did not have.
    ``asked`` are the parameters that whoever deploys it next has to give.
    """

    file: Path
    before: str
    text: str
    fixed: Sequence[Finding]
    left: Sequence[Left]
    added: Sequence[str]
    asked: Sequence[Asked] = ()

    @property
    def changed(self) -> bool:
        """Whether the text is another one."""
        return self.text != self.before

    @property
    def diff(self) -> str:
        """The change as a unified diff, as ``patch`` reads it; empty without one."""
        name = self.file.as_posix().removeprefix("/")
        lines = difflib.unified_diff(_lines(self.before), _lines(self.text), f"a/{name}", f"b/{name}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def mend(
    files: Sequence[Path],
    *,
    today: datetime.date,
    rules: Collection[str] = (),
    allow_replacement: bool = False,
    acknowledgements: Sequence[Acknowledgement] = (),
    parameters: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    ask: bool = False,
    step: Callable[[str], None] = lambda doing: None,
) -> Sequence[Mending]:
    """Mend templates that are deployed together, as far as it is sure; nothing is written to their files.

    Of one file that is given by several names, by a link or twice, the first counts.

    :param today: the day by which acknowledgements and versions are judged.
    :param rules: ids of the rules whose findings are mended. Default: those of all rules.
    :param allow_replacement: whether a change may be made for which CloudFormation makes a resource anew, and with it
        an empty store. Default: it is left.
    :param acknowledgements: those of a reviewed file; what they accept stays as it is.
    :param parameters: what parameters are deployed with. Default: only deployment tells.
    :param given: what only the templates' owner knows, by the names of ``GIVEN``; several values are separated by
        commas, and one may be the name of a parameter or resource. Default: what needs it is left.
    :param ask: whether parameters without a default ask for what only the owner knows and does not give. Default: it
        is left.
    :param step: called with what is done next.
    :raises UnusableInput: a file cannot be read, is not UTF-8, or was written by the CDK.
    """
    files = [*{os.path.realpath(file): file for file in reversed(files)}.values()][::-1]
    texts = {file.as_posix(): _read(file) for file in files}
    bench = _Bench(files, texts, today=today, acknowledgements=acknowledgements, parameters=parameters or {})
    wanted = {_id(rule) for rule in rules}
    work = _Work(bench, given or {}, ask=ask, allow_replacement=allow_replacement, step=step)
    state = work.mended(wanted)
    if bench.afresh(state).found.keys() != state.found.keys():
        # An answer was told again that no longer held; every draft is judged anew then, which takes longer.
        work = _Work(bench, given or {}, ask=ask, allow_replacement=allow_replacement, step=step)
        state = work.mended(wanted)
    return [_mending(file, work, state, wanted) for file in files]


def write(mending: Mending) -> None:
    """Write a mended template to its file, with the mark of its encoding if it had one: as a whole, or not at all.

    :raises UnusableInput: the system refuses, or somebody else changed the file meanwhile.
    """
    content = read_bytes(mending.file)
    if decode(content, str(mending.file)) != mending.before:
        raise UnusableInput(str(mending.file), "it was changed by somebody else meanwhile; run it again")
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    replace_bytes(mending.file, mark + mending.text.encode("utf-8"))


def _mending(file: Path, work: _Work, state: _State, rules: Collection[str]) -> Mending:
    name, bench = file.as_posix(), work.bench
    # What was said with another finding is left as its own, where that other is still open elsewhere.
    said = {**state.found, **bench.start.found}
    asked = {key: one for key, one in said.items() if key[0] == name and _is_asked(one, rules)}
    before, after = bench.start.bodies[name]["Resources"], state.bodies[name]["Resources"]
    return Mending(
        file,
        bench.texts[name],
        rewritten(bench.texts[name], state.bodies[name]),
        [one for key, one in asked.items() if key not in state.found],
        [Left(one, work.reasons.get(key, _NOT_GONE)) for key, one in asked.items() if key in state.found],
        [added for added in after if added not in before],
        list(_asked(name, work, state)),
    )


def _asked(name: str, work: _Work, state: _State) -> Iterator[Asked]:
    """Yield the parameters that ask for what a template was mended by."""
    body = state.bodies[name]
    found: dict[str, tuple[str, list[Finding]]] = {}
    for key, parameters in work.asked.items():
        if key[0] == name and key not in state.found:
            for parameter, what in parameters.items():
                findings = found.setdefault(parameter, (what, []))[1]
                findings += [work.bench.start.found[key]] if key in work.bench.start.found else []
    for parameter, (what, findings) in found.items():
        parents = list(dict.fromkeys(work.bench.parents(state, name, parameter)))
        yield Asked(parameter, what, body["Parameters"][parameter], findings, parents)


def _id(rule: str) -> str:
    return rule.split("::")[-1].rpartition("-")[2]


def _is_asked(finding: Finding, rules: Collection[str]) -> bool:
    return not rules or _id(finding.rule_id) in rules


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [*(f"{line}\n" for line in lines[:-1]), *([lines[-1]] if lines[-1] else [])]


def _read(file: Path) -> str:
    content = read_bytes(file)
    encoding = encoding_of(content)
    if encoding != "UTF-8":
        raise UnusableInput(str(file), f"it is {encoding}; CloudFormation reads UTF-8, so save it as that first")
    return decode(content, str(file))


@dataclass(frozen=True, slots=True)
class _State:
    """Templates as data, by name, and what was found in them.

    ``speaks`` has the keys for which a finding speaks, ``told`` those of what findings of other rules say.
    """

    bodies: Mapping[str, dict[str, Any]]
    found: Mapping[_Key, Finding]
    speaks: Mapping[_Key, Sequence[_Key]]
    told: Collection[_Key]


class _Bench:
    """Judges the templates, as they are and as they might be."""

    def __init__(
        self,
        files: Sequence[Path],
        texts: Mapping[str, str],
        *,
        today: datetime.date,
        acknowledgements: Sequence[Acknowledgement],
        parameters: Mapping[str, str],
    ) -> None:
        self.texts = texts
        self._files = {file.as_posix(): file for file in files}
        self._today = today
        self._acknowledgements = acknowledgements
        self._parameters = parameters
        self._ledger: Ledger | None = Ledger()
        bodies = {name: plain(parse_template(text.encode("utf-8"), name)) for name, text in texts.items()}
        for name, body in bodies.items():
            _refuse_cdk(self._files[name], body)
        self.start = self.judged(bodies, first=True)

    def judged(self, bodies: Mapping[str, dict[str, Any]], *, first: bool = False) -> _State:
        """Return what stands open in templates."""
        app = self._app(bodies)
        if first:
            require_known(app, self._parameters)
        app.today = self._today
        assessment = assess(
            app,
            today=self._today,
            acknowledgements=self._acknowledgements,
            answers=None if self._ledger is None else self._ledger.answers(app),
        )
        # What is told together is mended each by itself, but for what goes with another.
        going = {_key_of(one) for one in assessment.going}
        found = {key: one for one in (*assessment.open, *assessment.parts) if (key := _key_of(one)) not in going}
        speaks: dict[_Key, list[_Key]] = {}
        for result, _ in assessment.answers:
            of = result.verdict.said_of
            if of is not None:
                speaks.setdefault(_key(result.rule, of), []).append(_key(result.rule, result.resource))
        return _State(bodies, found, speaks, {*going, *map(_key_of, assessment.told)})

    def afresh(self, state: _State) -> _State:
        """Return what stands open where all is asked anew, as it is from then on."""
        self._ledger = None
        return self.judged(state.bodies)

    def parents(self, state: _State, name: str, parameter: str) -> Iterator[str]:
        """Yield the stacks of the templates that deploy one of them and do not pass a parameter."""
        for template in self._app(state.bodies).templates:
            stack = template.parent
            if template.name == name and stack is not None and template.given_by_parent(parameter) is None:
                yield f"{stack.logical_id} of {stack.template.name}"

    def _app(self, bodies: Mapping[str, dict[str, Any]]) -> App:
        app = App(self._parameters, traced=self._ledger is not None)
        add_templates(app, [Given(name, body, self._files[name]) for name, body in bodies.items()])
        return app


def _key_of(finding: Finding) -> _Key:
    return finding.template, finding.rule_id, finding.resource_logical_id


def _key(rule: Rule, resource: Resource) -> _Key:
    return resource.template.name, rule.id, resource.logical_id


def _refuse_cdk(file: Path, body: Mapping[str, Any]) -> None:
    # CDK writes a file of this name beside its templates; the metadata may be switched off.
    metadata = [raw.get("Metadata") for _, raw in entries(body["Resources"])]
    if (file.parent / "cdk.out").is_file() or any("aws:cdk:path" in one for one in metadata if isinstance(one, dict)):
        raise UnusableInput(
            str(file),
            "the CDK wrote it and writes it anew at the next synth; mend the app, by secure_defaults or by the "
            "constructs of this package",
        )


@dataclass(eq=False, slots=True)
class _Attempt:
    finding: Finding
    key: _Key
    plan: Plan
    # The other resources for which the finding speaks.
    alike: Sequence[str] = ()
    asked: Mapping[str, str] = field(default_factory=dict)
    # The resources that it may have changed when it was tried last, and whether it changed what all of them may read,
    # such as a parameter.
    touched: Collection[str] = ()
    beyond: bool = False


@dataclass(slots=True)
class _Work:
    bench: _Bench
    given: Mapping[str, str]
    ask: bool
    allow_replacement: bool
    step: Callable[[str], None]
    # Why each finding was left, and by which parameters that ask others are gone.
    reasons: dict[_Key, str] = field(default_factory=dict)
    asked: dict[_Key, Mapping[str, str]] = field(default_factory=dict)

    def mended(self, rules: Collection[str]) -> _State:
        """Mend as much as is sure, and return the templates then."""
        state = self.bench.start
        for number in range(_ROUNDS):
            # What had no room does not get any by what is tried again.
            full = {key: why for key, why in self.reasons.items() if why == _FULL}
            self.reasons = dict(full)
            attempts = [attempt for attempt in self._attempts(state, rules) if attempt.key not in full]
            self.step(f"Mending {len(attempts)} findings, round {number + 1}")
            after = self._settled(state, attempts)
            if after is state:
                break
            state = after
        return state

    def _attempts(self, state: _State, rules: Collection[str]) -> Iterator[_Attempt]:
        for key, finding in state.found.items():
            if _is_asked(finding, rules):
                try:
                    alike = [logical_id for _, _, logical_id in state.speaks.get(key, ())]
                    yield _Attempt(finding, key, plan_for(finding), alike)
                except CannotMendError as error:
                    self.reasons[key] = error.why

    def _settled(self, state: _State, attempts: Sequence[_Attempt]) -> _State:
        """Do what can be done of the attempts together; of what cannot, those apart that are likely the reason."""
        bodies, done = dict(state.bodies), []
        for attempt in attempts:
            name = attempt.finding.template
            try:
                bodies[name] = self._tried(bodies[name], state.bodies[name], attempt)
                done.append(attempt)
            except CannotMendError as error:
                self.reasons[attempt.key] = error.why
        if not done:
            return state
        problem, suspects, after = self._judged(state, bodies, done)
        if not problem:
            self.asked |= {attempt.key: attempt.asked for attempt in done}
            return after
        if len(done) == 1:
            self.reasons[done[0].key] = problem
            return state
        if not 0 < len(suspects) < len(done):
            suspects = done[len(done) // 2 :]
        others = [attempt for attempt in done if attempt not in suspects]
        settled = self._settled(state, others)
        if any(self.reasons.get(attempt.key) == _FULL for attempt in others):
            # Of a template without room each would be refused by itself.
            self.reasons |= dict.fromkeys((attempt.key for attempt in suspects), _FULL)
            return settled
        return self._settled(settled, suspects)

    def _tried(self, body: Mapping[str, Any], before: Mapping[str, Any], attempt: _Attempt) -> dict[str, Any]:
        draft = Draft(body, self.given, ask=self.ask, alike=attempt.alike)
        attempt.plan(draft, attempt.finding)
        attempt.asked, attempt.touched = draft.asked, draft.touched
        attempt.beyond = any(draft.body[key] != body.get(key) for key in draft.body if key != "Resources")
        about = {attempt.finding.resource_logical_id, *attempt.alike}
        refuse_one_for_all(body["Resources"], draft.resources, about)
        if not self.allow_replacement:
            there = [name for name in draft.touched if name in before["Resources"]]
            refuse_replacement(
                {name: before["Resources"][name] for name in there}, {name: draft.resources[name] for name in there}
            )
        return draft.done()

    def _judged(
        self, state: _State, bodies: Mapping[str, dict[str, Any]], done: Sequence[_Attempt]
    ) -> tuple[str, Sequence[_Attempt], _State]:
        """Return why the templates may not become these, empty if they may, by which attempts if that is likely, and
        what the templates are then.
        """
        try:
            for name, body in bodies.items():
                rewritten(self.bench.texts[name], body)
                if not self.allow_replacement:
                    refuse_replacement(state.bodies[name]["Resources"], body["Resources"])
        except CannotWriteError as error:
            return f"It cannot be written in its place: {error}.", (), state
        except CannotMendError as error:
            return error.why, (), state
        if any(
            has_circle(body["Resources"]) and not has_circle(state.bodies[name]["Resources"])
            for name, body in bodies.items()
        ):
            return "Its resources would wait for each other in a circle.", (), state
        after = self.bench.judged(bodies)
        new = _news(state, after)
        # What is left was not mended, whatever else is new.
        left = [one for one in done if one.key in after.found]
        if any(one.rule_id == TEMPLATE_WITHIN_QUOTA.id for one in new):
            return _FULL, (), state
        if new:
            about = {(one.template, one.resource_logical_id) for one in new}
            at = [one for one in done if about & {(one.finding.template, name) for name in one.touched}]
            return f"It would bring {new[0].rule_id}.", left or at or [one for one in done if one.beyond], state
        return (_NOT_GONE if left else ""), left, after


def _is_latent(finding: Finding, before: _State, after: _State) -> bool:
    """Whether a role that was there had the same trust, by which nobody could do anything before it got a policy."""
    there, now = (one.bodies.get(finding.template, {}).get("Resources", {}) for one in (before, after))
    # One that SAM makes is in neither.
    return finding.rule_id == _TRUSTING and (finding.resource_logical_id in now) <= (
        finding.resource_logical_id in there
    )


def _news(state: _State, after: _State) -> Sequence[Finding]:
    """Return what is found that was not there before."""
    # What a finding spoke for that is still there is no news.
    known = {
        key for first, keys in state.speaks.items() if first in state.found and first in after.found for key in keys
    }
    return [
        one
        for key, one in after.found.items()
        if key not in known
        and key not in state.told
        and not _is_latent(one, state, after)
        and (key not in state.found or (one.outcome, state.found[key].outcome) == ("failed", "unknown"))
    ]


_FULL = "The template would be larger than CloudFormation takes it: move a part of it to a stack of its own."
_TRUSTING = f"{PREFIX}ServicesActForAccount"
_NOT_GONE = "What its rule's fix sets is not enough here."
