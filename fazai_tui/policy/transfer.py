"""Programs that move, fetch or unpack files."""

import re

from fazai_tui.core.plan import Risk
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.places import Effect, Place
from fazai_tui.policy.rules import told_apart
from fazai_tui.policy.script import Invocation, Word

_UPLOADS = tuple(
    """
    -d --data --data-raw --data-binary --data-urlencode -F --form -T --upload-file --json
    """.split()
)
_CURL_VALUES = _UPLOADS + tuple(
    """
    -o --output -X --request -H --header -A --user-agent -u --user -b -c -e -K --config --connect-timeout -m
    --max-time --retry -w --write-out --cacert --cert --key -x --proxy -r -D --dump-header --cookie-jar
    --cookie --resolve --output-dir --limit-rate -C -E -y -Y -z -U
    """.split()
)
_WGET_VALUES = tuple(
    """
    -O --output-document -o --output-file -a -P --directory-prefix -T -t -U -e --execute -i -Q -w -l -A -R -D
    """.split()
)
_TAR_VALUES = tuple(
    """
    -f --file -C --directory -I --use-compress-program -T --files-from -X --exclude-from --exclude -b -F -g -H
    -K -L -N -V --to-command --checkpoint-action --rsh-command --transform --info-script --new-volume-script
    """.split()
)
_TAR_RUNS = (
    "-I",
    "--use-compress-program",
    "--to-command",
    "--rsh-command",
    "-F",
    "--info-script",
    "--new-volume-script",
)


_GIT_RUNS = re.compile(
    r"pager\..*|(?:core|diff|filter|merge|difftool|mergetool|credential|sequence|gpg|uploadpack)\..*"
    r"(?:pager|editor|sshcommand|fsmonitor|askpass|hookspath|external|textconv|command|cmd|clean|smudge|process|driver"
    r"|helper|program|packobjectshook|gitproxy|attributesfile)"
)
"""Settings whose value git runs as a command."""
_GIT_HARMLESS = frozenset("nano vim vi emacs code store cache true false cat less".split()) | {""}


def grade_mv(judge: Grading, invocation: Invocation) -> None:
    """Grade `mv`: what is taken away, and what it may replace."""
    arguments = told_apart(invocation.args, values=("-t", "--target-directory", "-S", "--suffix"))
    named = arguments.values("-t", "--target-directory")
    sources = arguments.operands if named else arguments.operands[:-1]
    for target in named or arguments.operands[-1:]:
        if judge.places.locate(target, invocation.cwd) is Place.HARMLESS:
            for source in sources:
                judge.touch(Effect.DELETE_MANY, source, invocation)
        judge.touch(Effect.MODIFY, target, invocation)
    for source in sources:
        judge.touch(Effect.MOVE, source, invocation)


def grade_tee(judge: Grading, invocation: Invocation) -> None:
    """Grade `tee`: `-a` adds where it would overwrite."""
    arguments = told_apart(invocation.args)
    effect = Effect.APPEND if arguments.has("-a", "--append") else Effect.CREATE
    for word in arguments.operands:
        judge.touch(effect, word, invocation)


def grade_dd(judge: Grading, invocation: Invocation) -> None:
    """Grade `dd`: the file or device it writes."""
    for word in invocation.args:
        if word.text.startswith("of="):
            at = -1 if word.is_known else max(0, word.unknown_at - 3)
            target = Word(word.text[3:], is_literal=word.is_literal, unknown_at=at, unknown_end=word.unknown_end - 3)
            judge.touch(Effect.MODIFY, target, invocation)


def grade_rsync(judge: Grading, invocation: Invocation) -> None:
    """Grade what `rsync` deletes at its destination and what it runs; the rest is data."""
    values = ("-e", "--rsh", "--rsync-path", "-f", "--filter", "--exclude", "--include", "--files-from", "--log-file")
    arguments = told_apart(invocation.args, values=values)
    for shell in arguments.values("-e", "--rsh", "--rsync-path"):
        if shell.text.split(" ")[0].rpartition("/")[2] not in ("ssh", "rsync", "sudo"):
            judge.findings.add(Risk.HIGH, "runs_program", program="rsync", target=shell.text)
        judge.text(shell.text, invocation)
    if any(name.startswith("--del") for name, _ in arguments.options) and not arguments.has("-n", "--dry-run"):
        for target in arguments.operands[-1:]:
            judge.touch(Effect.DELETE_MANY, target, invocation)


def grade_curl(judge: Grading, invocation: Invocation) -> None:
    """Grade `curl`: reading a page is little, sending data more."""
    arguments = told_apart(invocation.args, values=_CURL_VALUES)
    target = arguments.operands[0].text if arguments.operands else "…"
    methods = {word.text.upper() for word in arguments.values("-X", "--request")}
    if arguments.has(*_UPLOADS) or methods - {"GET", "HEAD"}:
        judge.findings.add(Risk.MEDIUM, "sends_over_network", program="curl", target=target)
    else:
        judge.findings.add(Risk.LOW, "downloads", program="curl", target=target)
    if arguments.has("-K", "--config"):
        judge.findings.add(Risk.MEDIUM, "reads_settings", program="curl")
    for file in arguments.values("-o", "--output", "-D", "--dump-header", "-c", "--cookie-jar"):
        if file.text != "-":
            judge.touch(Effect.CREATE, file, invocation)


def grade_wget(judge: Grading, invocation: Invocation) -> None:
    """Grade `wget`."""
    arguments = told_apart(invocation.args, values=_WGET_VALUES)
    target = arguments.operands[0].text if arguments.operands else "…"
    sends = arguments.has("--post-data", "--post-file", "--body-data", "--body-file", "--method")
    judge.findings.add(
        Risk.MEDIUM if sends else Risk.LOW,
        "sends_over_network" if sends else "downloads",
        program="wget",
        target=target,
    )
    if arguments.has("--use-askpass"):
        judge.findings.add(Risk.HIGH, "runs_program", program="wget", target="--use-askpass")
    for file in arguments.values("-O", "--output-document", "-o", "--output-file", "-P", "--directory-prefix", "-a"):
        if file.text != "-":
            judge.touch(Effect.CREATE, file, invocation)


def grade_tar(judge: Grading, invocation: Invocation) -> None:
    """Grade `tar`: listing reads, creating writes one file, extracting may replace many."""
    args = invocation.args
    if args and not args[0].text.startswith("-") and args[0].is_known:
        args = (Word(f"-{args[0].text}"), *args[1:])
    arguments = told_apart(args, values=_TAR_VALUES)
    for value in arguments.values("--checkpoint-action"):
        _tar_runs(judge, value.text.removeprefix("exec="), invocation, is_code=value.text.startswith("exec="))
    for value in arguments.values(*_TAR_RUNS):
        is_packer = value.text.split(" ")[0] in (
            "zstd",
            "gzip",
            "pigz",
            "xz",
            "bzip2",
            "lz4",
            "pbzip2",
            "lzip",
            "zstdmt",
            "brotli",
        )
        _tar_runs(judge, value.text, invocation, is_code=not is_packer)
    files = arguments.values("-f", "--file")
    if arguments.has("--delete"):
        judge.findings.add(Risk.HIGH, "deletes_files", program="tar", target=files[0].text if files else "")
    if arguments.has("-x", "--extract", "--get"):
        folders = arguments.values("-C", "--directory")
        judge.findings.add(Risk.MEDIUM, "extracts", program="tar", target=files[0].text if files else "-")
        for folder in folders:
            judge.touch(Effect.MODIFY, folder, invocation)
        if arguments.has("-P", "--absolute-names") and not folders:
            judge.findings.add(Risk.HIGH, "extracts", program="tar", target="/")
    elif arguments.has("-c", "--create", "-r", "--append", "-u", "--update", "-A", "--catenate", "--concatenate"):
        judge.findings.add(Risk.LOW, "creates_archive", program="tar", target=files[0].text if files else "-")
        for file in files:
            if file.text != "-":
                judge.touch(Effect.APPEND, file, invocation)
        if arguments.has("--remove-files"):
            judge.findings.add(Risk.HIGH, "deletes_files", program="tar", target="--remove-files")
    elif any(not word.is_known and word.unknown_at == 0 for word in args):
        judge.findings.add(Risk.LOW, "dynamic_argument", program="tar")


def _tar_runs(judge: Grading, text: str, invocation: Invocation, *, is_code: bool) -> None:
    if is_code:
        judge.findings.add(Risk.HIGH, "runs_program", program="tar", target=text)
        judge.text(text, invocation)


def grade_git(judge: Grading, invocation: Invocation) -> None:
    """Grade the settings that make git run commands; its verbs are data."""
    arguments = told_apart(
        invocation.args, values=("-C", "-c", "--config-env", "--git-dir", "--work-tree"), stop_at_operand=True
    )
    for setting in arguments.values("-c"):
        name, _, value = setting.text.partition("=")
        _git_setting(judge, name, value, invocation)
    rest = [word for word in invocation.args[arguments.operand_at[0] :]] if arguments.operand_at else []
    if rest and rest[0].text == "config":
        given = told_apart(rest[1:]).operands
        given = [word for word in given if word.text not in ("set", "--global")]
        if len(given) > 1:
            _git_setting(judge, given[0].text, given[1].text, invocation)
    if rest and rest[0].text in ("rebase", "bisect", "submodule"):
        at = next((i for i, word in enumerate(rest) if word.text in ("--exec", "-x", "run", "foreach")), -1)
        if 0 < at < len(rest) - 1:
            judge.findings.add(Risk.HIGH, "runs_program", program="git", target=rest[at].text)
            judge.text(" ".join(word.text for word in rest[at + 1 :]), invocation)


def _git_setting(judge: Grading, name: str, value: str, invocation: Invocation) -> None:
    lowered = name.lower()
    if lowered in ("core.editor", "credential.helper") and value.split(" ")[0] in _GIT_HARMLESS:
        return
    is_alias = lowered.startswith("alias.") and value.startswith("!")
    if (is_alias or _GIT_RUNS.fullmatch(lowered)) and value not in _GIT_HARMLESS:
        judge.findings.add(Risk.HIGH, "git_runs", name=name)
        judge.text(value.removeprefix("!"), invocation)
