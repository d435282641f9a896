"""What leaves the machine, and what comes back for it."""

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict


class Crossing(BaseModel):
    """One message between this machine and another one.

    Attributes:
        destination: The other machine, `host:port`.
        purpose: What it is for.
        model: The model it concerns; empty where none is chosen yet.
        size_bytes: Bytes of its body.
        preview: The beginning of what was sent, secrets masked; empty for what came back.
        cost: US dollars that the service charged, where it says so.
    """

    model_config = ConfigDict(frozen=True)

    direction: Literal["sent", "received"]
    destination: str
    purpose: Literal["models", "generation"]
    model: str = ""
    size_bytes: int
    preview: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


class Outlet(Protocol):
    """The one way out of the machine."""

    def admit(self, destination: str, host: str) -> None:
        """Make sure that something may leave for a destination.

        Raises:
            FazaiError: The user has not allowed it.
        """
        ...

    def note(self, crossing: Crossing) -> None:
        """Record a message; what is sent is recorded before it leaves.

        Raises:
            FazaiError: It could not be recorded, and must not leave.
        """
        ...
