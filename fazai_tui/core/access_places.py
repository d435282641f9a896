"""The files that decide whether people can reach a machine and administer it, by what they are for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Subject = Literal["ssh", "firewall", "network", "sudo"]
"""What people reach and administer a machine by."""

ACCESS_PLACES: Mapping[Subject, tuple[str, ...]] = MappingProxyType(
    {
        "ssh": (
            "/etc/ssh",
            "/etc/default/ssh",
            "/etc/sysconfig/sshd",
            "/etc/pam.d/sshd",
            "/etc/hosts.allow",
            "/etc/hosts.deny",
            "/etc/nologin",
            "/etc/security/access.conf",
            "/etc/systemd/system/ssh.service",
            "/etc/systemd/system/sshd.service",
            "/etc/systemd/system/ssh.service.d",
            "/etc/systemd/system/sshd.service.d",
            "/etc/systemd/system/ssh.socket",
            "/etc/systemd/system/ssh.socket.d",
        ),
        "firewall": (
            "/etc/nftables.conf",
            "/etc/nftables.d",
            "/etc/nftables",
            "/etc/iptables",
            "/etc/iptables.rules",
            "/etc/sysconfig/iptables",
            "/etc/sysconfig/ip6tables",
            "/etc/sysconfig/nftables.conf",
            "/etc/ufw",
            "/etc/default/ufw",
            "/etc/firewalld",
        ),
        "network": (
            "/etc/network",
            "/etc/netplan",
            "/etc/NetworkManager",
            "/etc/systemd/network",
            "/etc/sysconfig/network-scripts",
            "/etc/sysconfig/network",
            "/etc/dhcpcd.conf",
            "/etc/wpa_supplicant",
            "/etc/wireguard",
        ),
        "sudo": (
            "/etc/sudoers",
            "/etc/sudoers.d",
            "/etc/sudo.conf",
            "/etc/pam.d/sudo",
            "/etc/pam.d/sudo-i",
            "/etc/pam.d/su",
            "/etc/pam.d/common-auth",
            "/etc/pam.d/common-account",
            "/etc/pam.d/system-auth",
            "/etc/doas.conf",
            "/etc/passwd",
            "/etc/shadow",
            "/etc/group",
            "/etc/gshadow",
        ),
    }
)
"""Files and directories with everything below them. Standard library alone: the watcher imports it."""

ACCESS_UNITS: Mapping[Subject, tuple[str, ...]] = MappingProxyType(
    {
        "ssh": ("ssh.service", "sshd.service", "ssh.socket"),
        "firewall": ("nftables.service", "ufw.service", "firewalld.service", "netfilter-persistent.service"),
        "network": (
            "networking.service",
            "NetworkManager.service",
            "systemd-networkd.service",
            "wpa_supplicant.service",
            "dhcpcd.service",
        ),
        "sudo": (),
    }
)
"""The units that carry them."""


def subjects_of(path: str, *, is_whole: bool) -> tuple[Subject, ...]:
    """Return what a path decides about.

    Args:
        path: Absolute and normal.
        is_whole: Whether everything below the path is meant, too.
    """
    found: list[Subject] = [
        subject
        for subject, places in ACCESS_PLACES.items()
        if any(_is_in(path, place) or (is_whole and _is_in(place, path)) for place in places)
    ]
    is_key = "/.ssh/authorized_keys" in path or path.endswith("/.ssh")
    if is_key and "ssh" not in found:
        found.append("ssh")
    return tuple(found)


def _is_in(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place.rstrip('/')}/") or place == "/"
