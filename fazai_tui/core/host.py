"""Facts about the machine that plans depend on."""

from pydantic import BaseModel, ConfigDict


class HostFacts(BaseModel):
    """What the planner is told of the host."""

    model_config = ConfigDict(frozen=True)

    distribution: str = "Linux"
    """`PRETTY_NAME` of os-release."""
    package_manager: str = "apt"
    """`apt`, `dnf`, `pacman`, `zypper` or `apk`."""
    init: str = "systemd"
    hostname: str = "localhost"
    user: str = "root"
    is_root: bool = True
    has_sudo: bool = False
    shell: str = "bash"
    cpu_count: int = 1
    memory_mib: int = 0
