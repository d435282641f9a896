"""Wrapping a command never makes it look better; quoting it never makes it look worse."""

import base64
import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fazai_tui.core.policy import Decision
from fazai_tui.policy.bash import BashPolicy

POLICY = BashPolicy(home="/home/ana", user="ana")

DANGEROUS = [
    "rm -rf /",
    "rm -rf ~",
    "rm -f x",
    "dd if=/dev/zero of=/dev/sda",
    "mkfs.ext4 /dev/sdb1",
    "mkfs.ext4 /dev/foo",
    "wipefs -a /dev/foo",
    "pg_dropcluster 15 main",
    "ip route del default",
    "update-grub",
    "ufw --force reset",
    "chmod -R 777 /etc",
    "mv /etc /tmp/x",
    "kill -9 -1",
    "userdel root",
    "find / -delete",
    "tee /etc/passwd",
    "systemctl stop sshd",
    "apt-get remove -y nginx",
    "git reset --hard",
    "iptables -F",
    "sed -i s/a/b/ f",
]

AS_WORDS = [
    "sudo {}",
    "sudo -E -u root -- {}",
    "doas {}",
    "pkexec {}",
    "env A=1 {}",
    "env -i PATH=/bin {}",
    "nohup {}",
    "nice -n 5 {}",
    "ionice -c3 {}",
    "timeout -s KILL 5 {}",
    "setsid {}",
    "stdbuf -oL {}",
    "command {}",
    "exec {}",
    "time {}",
    "busybox {}",
    "strace -f {}",
    "flock /tmp/l {}",
    "chroot /mnt {}",
    "unshare -r {}",
    "coproc {}",
    "watch -n1 {}",
    "ssh host {}",
    "xargs {}",
    "systemd-run {}",
    "find . -maxdepth 0 -exec {} ;",
    "docker exec web {}",
    "docker compose exec web {}",
    "kubectl exec pod -- {}",
    "lxc exec c -- {}",
    "runuser -u bob -- {}",
    "nsenter -t 1 -m {}",
    "gosu bob {}",
    "poetry run {}",
    "npm exec -- {}",
    "npx {}",
]

AS_TEXT = [
    "sh -c {}",
    "bash -lc {}",
    "sudo bash -c {}",
    "su -c {}",
    "su - bob -c {}",
    "eval {}",
    "trap {} EXIT",
    "flock /tmp/l -c {}",
    "env -S {}",
    "bash <<< {}",
    "echo {} | sh",
    "printf %s {} | sudo bash",
    'c={}; eval "$c"',
    'c={}; bash -c "$c"',
    "alias x={}",
    "parallel ::: {}",
    "git -c core.pager={} log",
    "git filter-branch --tree-filter {}",
    "man -P {} ls",
    "vim -c {} x",
    "ansible all -m shell -a {}",
    "split --filter={} x",
    "tar cf x --checkpoint-action=exec={} y",
]

AS_CODE = [
    "{}",
    "true && {}",
    "false || {}",
    "( {} )",
    "{{ {}; }}",
    "! {}",
    "{} &",
    "if {}; then :; fi",
    "while {}; do break; done",
    "until {}; do :; done",
    "for i in 1; do {}; done",
    "case x in x) {};; esac",
    "f() {{ {}; }}; f",
    "echo $( {} )",
    'echo "`{}`"',
    "cat <( {} )",
    "ls > >( {} )",
    "x=$( {} )",
    "[[ -n $( {} ) ]]",
    "echo ${{y:-$( {} )}}",
    "echo $((1 + $( {} ) ))",
    "a=( $( {} ) )",
    "export X=$( {} )",
    "cat <<E\n$( {} )\nE",
    "ls | {}",
    "{} | cat",
    "set -e\n# nota\n{}\n",
]


def _wrapped(command: str, wrappers: list[tuple[str, str]]) -> str:
    for kind, wrapper in wrappers:
        if kind == "words" and any(char in command for char in ";|&<>(){}$`\n\"'"):
            kind, wrapper = "text", "sh -c {}"
        command = wrapper.format(shlex.quote(command) if kind == "text" else command)
        if kind == "words":
            command = command.replace(" ;", " \\;")
    return command


WRAPPERS = st.one_of(
    st.tuples(st.just("words"), st.sampled_from(AS_WORDS)),
    st.tuples(st.just("text"), st.sampled_from(AS_TEXT)),
    st.tuples(st.just("code"), st.sampled_from(AS_CODE)),
)


def _assert_not_better(plain: str, wrapped: str) -> None:
    before, after = POLICY.assess(plain), POLICY.assess(wrapped)
    assert after.risk.rank >= before.risk.rank, (wrapped, before, after)
    assert after.decision is not Decision.ALLOW


@pytest.mark.parametrize("command", DANGEROUS)
@pytest.mark.parametrize(
    "wrapper", [("words", w) for w in AS_WORDS] + [("text", w) for w in AS_TEXT] + [("code", w) for w in AS_CODE]
)
def test_one_wrapper_never_lowers(command: str, wrapper: tuple[str, str]) -> None:
    _assert_not_better(command, _wrapped(command, [wrapper]))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(DANGEROUS), st.lists(WRAPPERS, min_size=2, max_size=3))
def test_wrappers_in_wrappers_never_lower(command: str, wrappers: list[tuple[str, str]]) -> None:
    _assert_not_better(command, _wrapped(command, wrappers))


@pytest.mark.parametrize("count", [10, 30, 60])
@pytest.mark.parametrize("wrapper", ["sudo ", "env ", "nice "])
def test_many_wrappers_hide_nothing(wrapper: str, count: int) -> None:
    assessment = POLICY.assess(wrapper * count + "rm -rf /")
    assert assessment.decision is not Decision.ALLOW
    assert assessment.risk.rank >= 2


@pytest.mark.parametrize("command", DANGEROUS)
def test_hiding_the_text_never_lowers(command: str) -> None:
    encoded = base64.b64encode(command.encode()).decode()
    _assert_not_better(command, f"echo {encoded} | base64 -d | sh")
    _assert_not_better(command, f"printf '%s\\n' {shlex.quote(command)} > x.sh; bash x.sh")
    _assert_not_better(command, f"cat > x.sh <<'E'\n{command}\nE\nchmod +x x.sh && ./x.sh")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(DANGEROUS), st.data())
def test_quoting_the_letters_changes_nothing(command: str, data: st.DataObject) -> None:
    name, _, rest = command.partition(" ")
    at = data.draw(st.integers(0, len(name) - 1))
    form = data.draw(st.sampled_from(["\\{}", "'{}'", '"{}"', "$'{}'", "''{}", '{}""']))
    disguised = name[:at] + form.format(name[at]) + name[at + 1 :]
    if form == "\\{}" or name[at] != "\\":
        before, after = POLICY.assess(command), POLICY.assess(f"{disguised} {rest}")
        assert (after.risk, after.decision) == (before.risk, before.decision)


@pytest.mark.parametrize("command", DANGEROUS)
@pytest.mark.parametrize(
    "form",
    ["echo {}", "printf '%s' {}", "grep -F {} f", "ls # {raw}", "cat <<'E'\n$({raw})\nE", ": {}", "test x = {}"],
)
def test_text_that_is_not_run_stays_harmless(command: str, form: str) -> None:
    text = form.replace("{raw}", command.replace("'", "")).replace("{}", "'" + command.replace("'", "") + "'")
    assert POLICY.assess(text).decision is Decision.ALLOW


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_graded(text: str) -> None:
    assessment = POLICY.assess(text, "/home/ana/p")
    assert assessment.command == text
    assert (assessment.decision is Decision.REFUSE) == (assessment.risk == "critical")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(list("rm -f/~$(){}|&;<>'\"`\\*\n\t a=!#[]")), max_size=60).map("".join))
def test_shell_like_noise_is_graded(text: str) -> None:
    POLICY.assess(text)
    POLICY.assess(f"rm '' {text}", "/home/ana/p")


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(DANGEROUS),
    st.sampled_from(["|", ";", "&&", "||", "\n", "&"]),
    st.text(alphabet="ab()'\"{<", max_size=8),
)
def test_broken_syntax_hides_nothing(command: str, separator: str, noise: str) -> None:
    before, after = POLICY.assess(command), POLICY.assess(f"{command} {separator} {noise}")
    assert after.decision is not Decision.ALLOW
    assert after.risk.rank >= before.risk.rank
