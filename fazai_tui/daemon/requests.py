"""What clients may ask of the worker: one JSON object a line."""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import from_json

from fazai_tui.core.policy import ApprovalDecision, ApprovalPolicy, SandboxMode

LINE_LIMIT: Final = 1_048_576
"""Bytes of one line, its end not counted."""

_Id: TypeAlias = Annotated[str, StringConstraints(max_length=128)]
_Text: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]

_DECISIONS: Final = {
    "approve": ApprovalDecision.RUN,
    "approved": ApprovalDecision.RUN,
    "accept": ApprovalDecision.RUN,
    "allow": ApprovalDecision.RUN,
    "yes": ApprovalDecision.RUN,
    "y": ApprovalDecision.RUN,
    "approve_all": ApprovalDecision.APPROVE_REST,
    "deny": ApprovalDecision.DECLINE,
    "denied": ApprovalDecision.DECLINE,
    "declined": ApprovalDecision.DECLINE,
    "reject": ApprovalDecision.DECLINE,
    "no": ApprovalDecision.DECLINE,
    "n": ApprovalDecision.DECLINE,
    "cancel": ApprovalDecision.ABORT,
}
"""Words for decisions beside their own names, as other programs have them."""


class RequestError(Exception):
    """A request that cannot be carried out: a code for programs, a line for people.

    Attributes:
        code: Stable.
        detail: One line.
        request_id: Which request it was, when that could be read.
    """

    def __init__(self, code: str, detail: str, request_id: str | int | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.request_id = request_id


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: _Id | int | None = None
    """Comes back in every line that answers the request."""


class SessionParams(BaseModel):
    """What a session is set to; what is not given is as on the screen. Other names are told back and do nothing."""

    model_config = ConfigDict(frozen=True, extra="allow")

    cwd: Annotated[_Text, StringConstraints(max_length=4096)] | None = None
    approval: ApprovalPolicy | None = None
    sandbox: SandboxMode | None = None
    ephemeral: bool = False
    max_steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    timeout: Annotated[float, Field(ge=0.1, allow_inf_nan=False)] | None = None
    resume: _Id | None = None


class CreateSession(_Request):
    """Begin a session."""

    type: Literal["create_session"]
    params: SessionParams = SessionParams()


class Generate(_Request):
    """Plan an order and carry it out, or answer a question."""

    type: Literal["generate"]
    session_id: _Id
    prompt: _Text
    kind: Literal["order", "ask", "chat"] | None = None
    dry_run: bool = False


class Execute(_Request):
    """Run a literal command: no model, the same policy, approvals, sandbox and ledger."""

    type: Literal["exec"]
    session_id: _Id
    command: _Text


class Abort(_Request):
    """Stop what a session does."""

    type: Literal["abort"]
    session_id: _Id


class CloseSession(_Request):
    """End a session."""

    type: Literal["close_session"]
    session_id: _Id


class Status(_Request):
    """Tell how the worker is."""

    type: Literal["status"]


class Approve(_Request):
    """Answer an approval request."""

    type: Literal["approve"]
    session_id: _Id
    approval_id: _Id
    decision: _Id | bool
    command: _Text | None = None
    reason: _Text = ""
    typed: _Text = ""

    def chosen(self) -> ApprovalDecision:
        """Return the decision.

        Raises:
            RequestError: It is none.
        """
        if isinstance(self.decision, bool):
            return ApprovalDecision.RUN if self.decision else ApprovalDecision.DECLINE
        word = self.decision.strip().lower().replace("-", "_")
        if word in _DECISIONS:
            return _DECISIONS[word]
        if word in {str(decision) for decision in ApprovalDecision}:
            return ApprovalDecision(word)
        names = ", ".join(ApprovalDecision)
        raise RequestError("bad_request", f"decision must be one of {names}", self.id)


Request: TypeAlias = Annotated[
    CreateSession | Generate | Execute | Abort | CloseSession | Status | Approve, Field(discriminator="type")
]
"""Anything a client may ask."""

_ADAPTER: TypeAdapter[Request] = TypeAdapter(Request)
_TYPES: Final = ("create_session", "generate", "exec", "abort", "close_session", "status", "approve")


def read_request(line: bytes) -> Request:
    """Read a line; one that is a JSON string holding JSON is read as that JSON.

    Raises:
        RequestError: It is no request.
    """
    value = _json(line)
    if isinstance(value, str):
        value = _json(value.encode())
    if not isinstance(value, dict):
        raise RequestError("malformed", "a request is a JSON object")
    fields: dict[object, object] = {**value}
    request_id = fields.get("id")
    known_id = request_id if isinstance(request_id, str | int) and not isinstance(request_id, bool) else None
    if isinstance(known_id, str) and len(known_id) > 128:
        known_id = None
    name = fields.get("type")
    if not isinstance(name, str) or name not in _TYPES:
        raise RequestError("unknown_request", f"type must be one of {', '.join(_TYPES)}", known_id)
    if name == "create_session" and fields.get("params") is None:
        fields.pop("params", None)
    try:
        return _ADAPTER.validate_python(fields)
    except ValidationError as error:
        raise RequestError("bad_request", _first_problem(error), known_id) from error


def _json(text: bytes) -> object:
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise RequestError("malformed", f"not JSON: {str(error)[:200]}") from error


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    # The first part of the place is the request's own name.
    place = ".".join(str(part) for part in first["loc"][1:3]) or "request"
    return f"{place}: {first['msg']}"
