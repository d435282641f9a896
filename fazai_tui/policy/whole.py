"""What only the whole of a command line shows."""

from fazai_tui.core.plan import Risk
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.lexical import fragments, written
from fazai_tui.policy.places import Effect
from fazai_tui.policy.script import Invocation, Script
from fazai_tui.policy.variables import grade_assignment

_FIREWALLS = frozenset(("iptables", "ip6tables", "iptables-legacy", "iptables-nft"))
_PROBLEM_RISKS = {"parse_error": Risk.HIGH, "fork_bomb": Risk.CRITICAL, "endless_function": Risk.MEDIUM}


def grade_whole(judge: Grading, script: Script) -> None:
    """Grade assignments, problems of the text and what several commands amount to together."""
    for problem in script.problems:
        judge.findings.add(_PROBLEM_RISKS[problem.key], problem.key)
        if problem.key == "parse_error":
            # The tree may lack what the shell would run: look at the plain pieces of the text as well.
            for words in fragments(script.source):
                judge.run(Invocation(tuple(words)))
            for target in written(script.source):
                judge.touch(Effect.APPEND, target, Invocation(()))
    for assignment in script.assignments:
        grade_assignment(judge, assignment)
    for invocation in script.invocations:
        is_reading = invocation.program in ("read", "mapfile", "readarray")
        for assignment in invocation.assignments:
            if is_reading and assignment.name == "IFS":
                continue
            grade_assignment(judge, assignment)
    _firewall(judge, script)


def _firewall(judge: Grading, script: Script) -> None:
    drops_all = accepts = False
    for invocation in script.invocations:
        words = tuple(word for word in invocation.words if word.text not in ("sudo", "doas"))
        if not words or words[0].text.rpartition("/")[2] not in _FIREWALLS:
            continue
        texts = [word.text for word in words]
        accepts |= "ACCEPT" in texts
        if {"DROP", "REJECT"} & set(texts) and ("-P" in texts or "--policy" in texts) and "INPUT" in texts:
            drops_all = True
        if _drops_everything(texts):
            drops_all = True
        if {"DROP", "REJECT"} & set(texts) and {"22", "ssh"} & set(texts) and "INPUT" in texts:
            judge.findings.add(Risk.HIGH, "lockout", target="ssh")
    if drops_all:
        judge.findings.add(Risk.HIGH if accepts else Risk.CRITICAL, "lockout", target="INPUT")


def _drops_everything(texts: list[str]) -> bool:
    for verb in ("-A", "-I", "--append", "--insert"):
        if verb in texts:
            rest = texts[texts.index(verb) + 1 :]
            return rest[:1] == ["INPUT"] and rest[-2:] in (["-j", "DROP"], ["-j", "REJECT"]) and len(rest) <= 4
    return False
