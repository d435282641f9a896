"""Which programs are graded by code, beside or instead of their rule."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from fazai_tui.policy import administration, code, deletion, entering, storage, textual, transfer
from fazai_tui.policy.grading import ProgramGrader

_GRADERS: Mapping[str, ProgramGrader] = {
    "rm srm grm": deletion.grade_rm,
    "rmdir unlink": deletion.grade_rmdir,
    "shred wipe scrub": deletion.grade_shred,
    "find gfind": deletion.grade_find,
    "xargs gxargs parallel": deletion.grade_xargs,
    "bash sh dash zsh ksh ash fish rbash mksh csh tcsh": code.grade_shell,
    "eval": code.grade_eval,
    "source .": code.grade_source,
    "trap": code.grade_trap,
    "alias": code.grade_alias,
    "python python[0-9]* pypy* ipython* perl perl5* ruby ruby[0-9]* node nodejs deno bun": code.grade_interpreter,
    "php php[0-9]* lua lua[0-9]* luajit Rscript tclsh* osascript guile julia raku": code.grade_interpreter,
    "awk gawk mawk nawk original-awk": textual.grade_awk,
    "sed gsed": textual.grade_sed,
    "mv": transfer.grade_mv,
    "tee": transfer.grade_tee,
    "dd": transfer.grade_dd,
    "rsync": transfer.grade_rsync,
    "curl": transfer.grade_curl,
    "wget": transfer.grade_wget,
    "tar gtar bsdtar": transfer.grade_tar,
    "git": transfer.grade_git,
    "chmod chown chgrp chattr setfacl": administration.grade_permissions,
    "kill": administration.grade_kill,
    "pkill killall killall5 skill xkill": administration.grade_pkill,
    "fuser": administration.grade_fuser,
    "userdel deluser usermod passwd gpasswd groupdel delgroup chage": administration.grade_account,
    "docker podman nerdctl": administration.grade_docker,
    "service rc-service invoke-rc.d": administration.grade_service,
    "psql mysql mariadb sqlite3 sqlite": administration.grade_database,
    "at batch crontab": administration.grade_schedule,
    "dpkg rpm pacman yay paru": administration.grade_removal,
    "renice": administration.grade_renice,
    "ip ifconfig ifdown nmcli netplan route": administration.grade_network,
    "mkfs mkfs.* mke2fs mkntfs mkdosfs newfs mkswap": storage.grade_format,
    "kubectl oc lxc incus lxc-attach machinectl multipass vagrant": entering.grade_entering,
    "distrobox toolbox docker-compose podman-compose": entering.grade_entering,
    "npm pnpm yarn uv poetry pipenv conda mamba pipx pdm rye hatch bundle mise": entering.grade_runner,
    "tmux screen": entering.grade_multiplexer,
    "direnv": entering.grade_direnv,
    "ansible": entering.grade_ansible,
    "rimraf": entering.grade_rimraf,
    "emacs emacsclient": entering.grade_emacs,
    "fazai": entering.grade_own_program,
}

_READERS = frozenset(
    """
    find gfind xargs gxargs parallel bash sh dash zsh ksh ash fish awk gawk mawk nawk original-awk sed gsed tar gtar
    bsdtar git kill pkill killall fuser passwd chage docker podman nerdctl service rc-service invoke-rc.d psql ip alias
    trap at batch crontab source . ifconfig ifdown nmcli netplan route kubectl oc lxc incus npm pnpm yarn uv poetry
    conda mamba pipx machinectl vagrant ansible fazai docker-compose podman-compose lxc-attach tmux screen
    """.split()
)
"""Programs that can be read-only: where their code finds nothing to say, there is nothing to ask."""

SPECIAL: Mapping[str, ProgramGrader] = {name: grader for names, grader in _GRADERS.items() for name in names.split()}
"""Code for programs, by name or pattern."""


def grader(program: str) -> ProgramGrader | None:
    """Return the code that grades a program."""
    found = SPECIAL.get(program)
    if found is not None:
        return found
    return next((grade for name, grade in SPECIAL.items() if "*" in name and fnmatchcase(program, name)), None)


def can_read(program: str) -> bool:
    """Return whether a program of which its code found nothing to say only reads."""
    return program in _READERS
