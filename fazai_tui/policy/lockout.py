"""Telling which commands could lock people out: by what they run, and by the files they write."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from fazai_tui.core.access_places import Subject, subjects_of
from fazai_tui.core.lockout import Lockout
from fazai_tui.core.policy import Touched
from fazai_tui.policy.findings import Findings
from fazai_tui.policy.script import Invocation


def _by_name(names: Mapping[Subject, str]) -> Mapping[str, Subject]:
    return {name: subject for subject, listed in names.items() for name in listed.split()}


_PROGRAMS = _by_name(
    {
        "firewall": """
            nft iptables ip6tables iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft ebtables arptables
            iptables-restore ip6tables-restore iptables-legacy-restore ip6tables-legacy-restore iptables-apply ipset
            netfilter-persistent ufw firewall-cmd firewall-offline-cmd shorewall ferm
        """,
        "network": """
            ifconfig ifup ifdown route dhclient dhcpcd netplan nmcli nmtui networkctl wg-quick brctl bridge ovs-vsctl
            ifrename rfkill
        """,
        "sudo": "visudo",
    }
)
"""Programs that only read, or act at once on what people come in by."""
_IP_OBJECTS = ("address", "link", "route", "rule")
_UNITS = _by_name(
    {
        "ssh": "ssh sshd ssh.socket sshd.socket",
        "firewall": "nftables ufw firewalld netfilter-persistent iptables ip6tables shorewall ferm",
        "network": "networking network NetworkManager network-manager systemd-networkd wpa_supplicant dhcpcd",
    }
)
_SERVICES = frozenset("systemctl service rc-service invoke-rc.d rc-update update-rc.d chkconfig sv".split())
_KILLERS = frozenset("kill pkill killall skill".split())
_ACCOUNTS = frozenset("usermod userdel deluser gpasswd groupdel delgroup passwd chage chsh groupmod".split())
_PRIVILEGED = frozenset(("sudo", "wheel", "admin", "root", "0"))
_PACKAGES = frozenset("apt apt-get aptitude dnf yum zypper pacman dpkg rpm apk".split())
_REMOVES = frozenset("remove purge autoremove erase -r -P -R -Rs -Rns -e del --purge --remove".split())
_SERVERS: dict[str, Subject] = {
    "openssh-server": "ssh",
    "openssh": "ssh",
    "sudo": "sudo",
    "ifupdown": "network",
    "network-manager": "network",
    "NetworkManager": "network",
    "netplan.io": "network",
}
_ELSEWHERE = frozenset(
    """
    ssh mosh docker podman nerdctl kubectl oc lxc incus lxc-attach machinectl vagrant multipass distrobox toolbox
    docker-compose podman-compose ansible systemd-nspawn
    """.split()
)
"""Programs whose commands act on another machine, or in a container with a network of its own."""
_ELEVATING = frozenset("sudo doas su pkexec run0 runuser".split())


def lockout_of(findings: Findings, cwd: str, *, user: str) -> Lockout:
    """Return what a command line could lock people out by.

    Args:
        findings: What grading brought to light.
        cwd: The directory it would run in; empty when unknown.
        user: Whose own rights count as well.
    """
    changing = {blame.ran for blame in findings.blamed}
    direct: list[Subject] = []
    gaps: list[str] = []
    for index, ran in enumerate(findings.ran):
        if index not in changing or _is_elsewhere(findings, index):
            continue
        for subject, gap in _acted_on(ran.invocation, user):
            direct.append(subject)
            gaps += [gap] if gap else []
    written = [
        (path, subjects)
        for touched, at in findings.places
        if not _is_elsewhere(findings, at) and (path := _absolute(touched, cwd))
        if (subjects := subjects_of(path, is_whole=_is_whole(touched)))
    ]
    if not direct and not written:
        return Lockout()
    named: list[Subject] = [*direct, *(subject for _, found in written for subject in found)]
    elevating = (ran.invocation.program for ran in findings.ran if ran.invocation.program in _ELEVATING)
    return Lockout(
        subjects=tuple(dict.fromkeys(named)),
        # What is above a place is not kept whole: its places are.
        paths=tuple(dict.fromkeys(path for path, _ in written if subjects_of(path, is_whole=False))),
        direct=tuple(dict.fromkeys(direct)),
        elevation=next(elevating, ""),
        gaps=tuple(dict.fromkeys(gaps)),
    )


def _acted_on(invocation: Invocation, user: str) -> Iterator[tuple[Subject, str]]:
    """Return what a command that is not known as reading acts on, and what of it cannot be put back."""
    program, words = invocation.program, [word.text for word in invocation.args]
    if program in _PROGRAMS:
        yield _PROGRAMS[program], ""
    elif program == "ip":
        if _is_ip_of_this_machine(words):
            yield "network", ""
    elif program in _SERVICES:
        for word in words:
            if (name := word.removesuffix(".service")) in _UNITS:
                yield _UNITS[name], "service" if {"restart", "reload"} & set(words) else ""
    elif program in _KILLERS and any(word in ("sshd", "ssh") for word in words):
        yield "ssh", "service"
    elif program in _ACCOUNTS and (_PRIVILEGED | {user}) & set(words):
        yield "sudo", ""
    elif program in _PACKAGES and _REMOVES & set(words):
        for word in words:
            if word in _SERVERS:
                yield _SERVERS[word], "package"


def _is_ip_of_this_machine(words: Sequence[str]) -> bool:
    if any(word in ("-n", "-netns", "--netns") for word in words):
        return False
    names = [word for word in words if not word.startswith("-")]
    if any(word in ("-b", "-batch", "--batch") for word in words):
        return True
    return bool(names) and any(name.startswith(names[0]) for name in _IP_OBJECTS)


def _is_elsewhere(findings: Findings, index: int) -> bool:
    """Tell whether a command stands inside one that acts on another machine or network."""
    while index >= 0:
        ran = findings.ran[index]
        words = ran.invocation.argv
        if ran.invocation.program in _ELSEWHERE or words[1:3] == ("netns", "exec"):
            return True
        if ran.invocation.program == "unshare" and any(word in ("-n", "--net") for word in words):
            return True
        index = ran.around
    return False


def _absolute(touched: Touched, cwd: str) -> str:
    """Return the path as far as it is known; of a pattern the directory that it is in."""
    path = touched.path
    if not touched.is_known:
        return ""
    if touched.is_home:
        path = posixpath.expanduser(path)
    if touched.is_pattern:
        literal = path[: min(path.find(char) for char in "*?[{" if char in path)] if set("*?[{") & set(path) else path
        path = literal.rpartition("/")[0] or ("/" if literal.startswith("/") else ".")
    full = posixpath.normpath(posixpath.join(cwd, touched.cwd, path))
    return full if full.startswith("/") else ""


def _is_whole(touched: Touched) -> bool:
    return touched.is_pattern or touched.effect in ("delete", "move", "permit")
