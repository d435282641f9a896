"""Programs of administration where data alone cannot tell the risk."""

import re
from dataclasses import replace

from fazai_tui.core.plan import Risk
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.places import Effect
from fazai_tui.policy.rules import told_apart
from fazai_tui.policy.script import Invocation, Word

_ESSENTIAL = re.compile(
    r"(sudo|bash|dash|libc6|libc-bin|glibc|musl|coreutils|busybox|dpkg|apt|rpm|dnf|pacman|systemd|filesystem|base-files"
    r"|login|passwd|util-linux|kernel.*|linux|linux-image.*|grub.*)(:.*)?"
)
"""Packages without which a system does not start or cannot be administered."""
_CUTS_OFF = frozenset(("down", "flush", "off", "disconnect"))
"""Words that take an interface, its addresses or all of the network away."""
_ADMIN_GROUPS = frozenset(("sudo", "wheel", "admin"))
_OPEN_MODE = re.compile(r"0?[0-7]{0,2}[2367]|[ugoa]*[oa][ugoa]*\+[rxXst]*w.*|\+w")
_SET_ID = re.compile(r"[4-7][0-7]{3}|0[4-7][0-7]{3}|[ugoa]*\+[rwx]*s.*")
_REMOVES = re.compile(r"-(?!R$)[rwxXstugoaAcCdDeijmPTFS]+")
_DOCKER_VALUES = tuple(
    """
    -v --volume --mount -e --env -p --publish --name --network --net -w --workdir -u --user --entrypoint
    --restart -h --hostname -l --label -m --memory --cpus --env-file --device --pid --ipc --cap-add --cap-drop
    --security-opt --platform --add-host --log-driver --log-opt --tmpfs --ulimit --gpus --userns --cidfile
    --dns --expose
    """.split()
)
_DESTRUCTIVE_SQL = re.compile(r"\b(drop|delete|truncate|alter|revoke|shutdown)\b", re.IGNORECASE)
_READING_SQL = re.compile(
    r"\s*(?:select|show|describe|explain|\\d|\\l|\.(?:tables|schema|dump|databases|indexes|headers)|pragma\s+\w+\s*;?\s*$)[^;]*;?\s*",
    re.IGNORECASE,
)
_SQL_OPTIONS = {"psql": ("-c", "--command"), "mysql": ("-e", "--execute"), "mariadb": ("-e", "--execute")}


def grade_permissions(judge: Grading, invocation: Invocation) -> None:
    """Grade `chmod`, `chown`, `chgrp`, `chattr` and `setfacl`."""
    values = ("-m", "-x", "-M", "--modify") if invocation.program == "setfacl" else ()
    arguments = told_apart(invocation.args, values=values)
    has_reference = arguments.has("--reference") or invocation.program == "setfacl"
    operands = arguments.operands
    modes, targets = ([], operands) if has_reference else (operands[:1], operands[1:])
    if invocation.program in ("chmod", "chattr") and any(_REMOVES.fullmatch(word.text) for word in invocation.args):
        # `chmod -x file`, `chattr -i file`: the mode looks like an option.
        modes, targets = [], operands
    is_many = arguments.has("-R", "--recursive")
    for target in targets:
        effect = Effect.PERMIT_MANY if is_many or target.has_glob else Effect.PERMIT
        risk = judge.touch(effect, target, invocation)
        if invocation.program == "chmod" and modes:
            _mode(judge, modes[0].text, target, risk)


def _mode(judge: Grading, mode: str, target: Word, risk: Risk) -> None:
    if any(_SET_ID.fullmatch(part) for part in mode.split(",")):
        judge.findings.add(Risk.HIGH, "sets_id", path=target.text)
    if any(_OPEN_MODE.fullmatch(part) for part in mode.split(",")):
        judge.findings.add(
            Risk.CRITICAL if risk is Risk.HIGH and target.text.startswith("/etc/") else Risk.HIGH,
            "world_writable",
            path=target.text,
        )


def grade_kill(judge: Grading, invocation: Invocation) -> None:
    """Grade `kill`: signal 0 only asks, -1 is everything."""
    texts = [word.text for word in invocation.args]
    if texts and texts[0] in ("-l", "-L", "--list", "--table"):
        return
    signal = "TERM"
    if texts and texts[0] in ("-s", "--signal", "-n"):
        signal, texts = (texts[1] if len(texts) > 1 else ""), texts[2:]
    elif texts and re.fullmatch(r"-(\w*[A-Za-z]\w*|\d+)", texts[0]) and (len(texts) > 1):
        signal, texts = texts[0][1:], texts[1:]
    for target in (text for text in texts if text != "--"):
        if signal == "0":
            continue
        if target in ("-1", "1", "0", "-0"):
            judge.findings.add(Risk.CRITICAL, "kills_all", target=target)
        else:
            judge.findings.add(Risk.HIGH, "kills", target=target)


def grade_pkill(judge: Grading, invocation: Invocation) -> None:
    """Grade `pkill`, `killall`, `killall5` and `skill`."""
    arguments = told_apart(
        invocation.args,
        values=("-u", "--euid", "-U", "-t", "-P", "-g", "-s", "-G", "--signal", "-o", "-y"),
        single_dash=True,
    )
    if (invocation.program == "pkill" and arguments.has("-0")) or (
        invocation.program == "killall" and arguments.has("-l", "-0")
    ):
        return
    targets = [word.text for word in arguments.operands]
    users = [word.text for word in arguments.values("-u", "--euid", "-U")]
    is_everything = invocation.program == "killall5" or any(
        text in ("", ".", ".*", "^", "$", "-1", "init", "systemd") for text in targets
    )
    if is_everything or (not targets and any(user in ("root", "0", judge.user) for user in users)):
        judge.findings.add(Risk.CRITICAL, "kills_all", target=" ".join((*users, *targets)))
        return
    target = " ".join((*targets, *users)) or "…"
    judge.findings.add(Risk.HIGH, "kills", target=target)
    if any(re.fullmatch(r"sshd?|NetworkManager|dbus.*|systemd-.*", text) for text in targets):
        judge.findings.add(Risk.HIGH, "lockout", target=target)


def grade_fuser(judge: Grading, invocation: Invocation) -> None:
    """Grade `fuser`, which kills with `-k`."""
    arguments = told_apart(invocation.args, values=("-n", "-N"))
    if arguments.has("-k", "--kill"):
        judge.findings.add(Risk.HIGH, "kills", target=" ".join(word.text for word in arguments.operands))


def grade_account(judge: Grading, invocation: Invocation) -> None:
    """Grade what happens to the root account and to one's own rights."""
    program = invocation.program
    arguments = told_apart(
        invocation.args,
        values=("-G", "-g", "-s", "-d", "-u", "-c", "-a", "-e", "-p", "-l") if program == "usermod" else (),
    )
    operands = [word.text for word in arguments.operands if word.is_known]
    own = {"root", judge.user, "$USER", "0"} - {""}
    groups = _ADMIN_GROUPS & {*operands, *(word.text for word in arguments.values("-d", "--delete"))}
    if program in ("userdel", "deluser") and operands and operands[0] in own and len(operands) == 1:
        judge.findings.add(Risk.CRITICAL, "own_access", target=operands[0])
    elif program in ("deluser", "gpasswd", "delgroup", "groupdel") and groups:
        is_removal = program != "gpasswd" or arguments.has("-d", "--delete")
        is_critical = (program in ("groupdel", "delgroup") and len(operands) == 1) or bool(
            own & {*operands, *_texts(invocation)}
        )
        if is_removal:
            judge.findings.add(
                Risk.CRITICAL if is_critical else Risk.HIGH, "own_access", target=" ".join(sorted(groups))
            )
    elif program in ("passwd", "usermod", "chage") and own & set(operands):
        locks = (
            arguments.has("-l", "-d", "--lock", "--delete")
            if program == "passwd"
            else arguments.has("-L", "--lock", "-E")
        )
        if locks or any(word.text.endswith(("nologin", "/false")) for word in invocation.args):
            judge.findings.add(Risk.CRITICAL, "own_access", target=" ".join(operands))


def _texts(invocation: Invocation) -> list[str]:
    return [word.text for word in invocation.args]


def grade_docker(judge: Grading, invocation: Invocation) -> None:
    """Grade what a container gets of the host, and the command inside a running one."""
    arguments = told_apart(
        invocation.args,
        values=("-H", "--host", "-c", "--context", "--config", "-l", "--log-level"),
        stop_at_operand=True,
    )
    words = invocation.args[arguments.operand_at[0] :] if arguments.operand_at else ()
    if words and words[0].text in ("container", "compose"):
        words = words[1:]
    if not words or words[0].text not in ("run", "create", "exec"):
        return
    given = told_apart(words[1:], values=_DOCKER_VALUES, stop_at_operand=True)
    inner = words[1:][given.operand_at[0] + 1 :] if given.operand_at else ()
    for mount in given.values("-v", "--volume", "--mount"):
        _mount(judge, mount, invocation)
    shares = [word.text for word in given.values("--pid", "--ipc", "--network", "--net", "--userns")]
    if given.has("--privileged", "--cap-add", "--device") or ("host" in shares and given.has("--pid")):
        judge.findings.add(Risk.HIGH, "privileged_container")
    if inner:
        judge.run_words(inner, replace(invocation, cwd="", is_elevated=False))


def _mount(judge: Grading, mount: Word, invocation: Invocation) -> None:
    fields = {part.partition("=")[0]: part.partition("=")[2] for part in mount.text.split(",") if "=" in part}
    source = fields.get("source") or fields.get("src") or mount.text.split(":")[0]
    if mount.text.endswith((":ro", ",ro", "readonly")) and source != "/":
        return
    word = Word(source, has_tilde=source.startswith("~"))
    if not source.startswith(("/", "~")):
        return
    _, risk = judge.places.risk(Effect.DELETE_MANY, word, invocation.cwd)
    if source == "/":
        judge.findings.add(Risk.CRITICAL, "mounts_root", path=mount.text)
    elif risk is Risk.CRITICAL or source.endswith("docker.sock"):
        judge.findings.add(Risk.HIGH, "mounts_host", path=mount.text)


def grade_service(judge: Grading, invocation: Invocation) -> None:
    """Grade `service NAME VERB`."""
    operands = told_apart(invocation.args).operands
    if len(operands) < 2:
        return
    name, verb = operands[0].text, operands[1].text
    if verb == "status":
        return
    is_start = verb in ("start", "restart", "reload", "force-reload", "condrestart", "try-restart")
    judge.findings.add(
        Risk.MEDIUM if is_start else Risk.HIGH,
        "starts_service" if is_start else "stops_service",
        program="service",
        target=name,
    )
    if not is_start and name in ("ssh", "sshd", "networking", "network-manager"):
        judge.findings.add(Risk.HIGH, "lockout", target=name)


def grade_database(judge: Grading, invocation: Invocation) -> None:
    """Grade SQL given to a client: reading is little, dropping much."""
    program = invocation.program
    arguments = told_apart(
        invocation.args, values=("-h", "-U", "-u", "-d", "-p", "-P", "-D", "-f", *_SQL_OPTIONS.get(program, ()))
    )
    statements = arguments.values(*_SQL_OPTIONS.get(program, ())) or (
        arguments.operands[1:] if program.startswith("sqlite") else []
    )
    files = arguments.values("-f", "--file")
    if invocation.stdin is not None and invocation.stdin.file is not None:
        files.append(invocation.stdin.file)
    for file in files:
        judge.script_file(file, invocation)
        judge.findings.add(Risk.HIGH, "database", program=program)
    if invocation.stdin is not None and invocation.stdin.text is not None:
        statements = [*statements, Word(invocation.stdin.text)]
    if arguments.has("-l", "--list") and not statements:
        return
    if not statements and not files:
        judge.findings.add(Risk.MEDIUM, "database", program=program)
    for statement in statements:
        if _DESTRUCTIVE_SQL.search(statement.text):
            judge.findings.add(Risk.HIGH, "database_deletes", program=program)
        elif not statement.is_known or not _READING_SQL.fullmatch(statement.text):
            judge.findings.add(Risk.MEDIUM, "database", program=program)
        else:
            judge.findings.add(Risk.LOW, "reads_database", program=program)
        if match := re.search(r"(?:\\!|\.shell|\.system)\s+(.*)", statement.text):
            judge.text(match[1], invocation)


def grade_removal(judge: Grading, invocation: Invocation) -> None:
    """Grade package managers whose options remove packages: `dpkg -r`, `rpm -e`, `pacman -R`."""
    arguments = told_apart(invocation.args, values=("-o", "--root", "--dbpath"))
    if arguments.has("-r", "-P", "-e", "-R", "--remove", "--purge", "--erase") and not arguments.has("-Q", "-S", "-q"):
        for word in arguments.operands:
            if _ESSENTIAL.fullmatch(word.text):
                judge.findings.add(Risk.CRITICAL, "removes_essential", program=invocation.program, target=word.text)


def grade_renice(judge: Grading, invocation: Invocation) -> None:
    """Grade `renice`."""
    judge.findings.add(Risk.MEDIUM, "changes_priority", target=" ".join(word.text for word in invocation.args))


def grade_network(judge: Grading, invocation: Invocation) -> None:
    """Grade what takes a machine off the network, and `ip netns exec NAME COMMAND`."""
    texts = [word.text for word in invocation.args]
    if invocation.program == "ip" and texts[:2] == ["netns", "exec"]:
        judge.run_words(invocation.args[3:], invocation)
    takes_away = _CUTS_OFF & set(texts) or invocation.program == "ifdown"
    if takes_away or ("default" in texts and {"del", "delete", "d", "flush", "replace", "change"} & set(texts)):
        judge.findings.add(Risk.HIGH, "lockout", target=texts[-1] if texts else invocation.program)


def grade_schedule(judge: Grading, invocation: Invocation) -> None:
    """Grade `at`, `batch` and `crontab`: the commands they are given to run later."""
    text = invocation.stdin.text if invocation.stdin is not None else None
    if text is None or invocation.program != "crontab":
        judge.text(text or "", replace(invocation, stdin=None))
        return
    for line in text.splitlines():
        if match := re.match(r"\s*(?:@\w+|(?:[\d*/,A-Za-z-]+\s+){4}[\d*/,A-Za-z-]+)\s+(.*)", line):
            judge.text(match[1], replace(invocation, stdin=None))
