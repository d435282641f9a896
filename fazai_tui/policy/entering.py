"""Programs that run a command in a container, on another machine or in an environment of a project."""

from dataclasses import replace

from fazai_tui.core.plan import Risk
from fazai_tui.policy.code import grade_code
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.places import Effect
from fazai_tui.policy.rules import told_apart
from fazai_tui.policy.script import Invocation, Word

_ENTERS = frozenset(("exec", "run", "debug", "enter", "shell", "x", "dlx", "run-script", "attach", "ssh", "login"))
_RUNNER_VALUES = (
    "-n",
    "--name",
    "-p",
    "--prefix",
    "--package",
    "--python",
    "--with",
    "-C",
    "--directory",
    "--cwd",
    "--env",
)
_ENTER_VALUES = tuple(
    """
    -n --namespace --context --kubeconfig -c --container -l --selector --image -f --file -p --project-name
    -u --user --uid -w --workdir -e --env --name -M --machine --project --profile
    """.split()
)
_BY_SCRIPT = frozenset(("npm", "pnpm", "yarn"))
_MULTIPLEXER_VALUES = tuple("-t -s -n -c -x -y -S -L -f -h -F -e -T -p -X".split())
_TEXT = ("-c", "--command")


def grade_entering(judge: Grading, invocation: Invocation) -> None:
    """Grade `kubectl exec POD -- COMMAND`, `lxc exec`, `docker-compose run`, `machinectl shell`, `vagrant ssh -c`."""
    words = invocation.args
    around = replace(invocation, cwd="", is_elevated=False, stdin=None)
    dashes = next((index for index, word in enumerate(words) if word.text == "--"), -1)
    found = told_apart(words, values=_ENTER_VALUES, stop_at_operand=True)
    is_entering = invocation.program.endswith("-attach") or bool(found.operands and found.operands[0].text in _ENTERS)
    if not is_entering:
        return
    if dashes >= 0:
        judge.run_words(words[dashes + 1 :], around)
        return
    rest = words[found.operand_at[0] + 1 :] if found.operand_at else ()
    if invocation.program == "vagrant":
        for text in told_apart(rest, values=_TEXT).values(*_TEXT):
            judge.text(text.text, around)
        return
    inner = told_apart(rest, values=_ENTER_VALUES, stop_at_operand=True)
    if inner.operand_at:
        judge.run_words(rest[inner.operand_at[0] + 1 :], around)


def grade_runner(judge: Grading, invocation: Invocation) -> None:
    """Grade `poetry run COMMAND`, `npm exec -- COMMAND`, `uv run COMMAND` and their like."""
    found = told_apart(invocation.args, values=_RUNNER_VALUES, stop_at_operand=True)
    verb = found.operands[0].text if found.operands else ""
    if verb not in (*_ENTERS, "tool") or (invocation.program in _BY_SCRIPT and verb.startswith("run")):
        # `npm run NAME` runs what the project calls NAME, no program of that name.
        return
    rest = invocation.args[found.operand_at[0] + 1 :]
    for text in told_apart(rest, values=_TEXT).values(*_TEXT):
        judge.text(text.text, invocation)
    inner = told_apart(rest, values=_RUNNER_VALUES, stop_at_operand=True)
    if inner.operand_at:
        judge.run_words(rest[inner.operand_at[0] :], invocation)


def grade_multiplexer(judge: Grading, invocation: Invocation) -> None:
    """Grade `tmux` and `screen`: the commands that they run or type in another terminal."""
    around = replace(invocation, stdin=None)
    for word in invocation.args:
        if " " in word.text:
            judge.text(word.text, around)
    rest = _from_operand(invocation.args)
    if invocation.program == "tmux":
        rest = _from_operand(rest[1:])
    if rest and " " not in rest[0].text:
        judge.run_words(rest, around)


def grade_direnv(judge: Grading, invocation: Invocation) -> None:
    """Grade `direnv exec DIR COMMAND`."""
    if invocation.args and invocation.args[0].text == "exec":
        judge.run_words(invocation.args[2:], invocation)


def grade_ansible(judge: Grading, invocation: Invocation) -> None:
    """Grade `ansible HOSTS -m shell -a COMMAND`."""
    arguments = told_apart(invocation.args, values=("-m", "-a", "-i", "-u", "-f", "-e", "--args", "--module-name"))
    modules = {word.text.rpartition(".")[2] for word in arguments.values("-m", "--module-name")}
    if modules <= {"shell", "command", "raw"}:
        for word in arguments.values("-a", "--args"):
            judge.text(word.text, replace(invocation, cwd="", is_elevated=arguments.has("-b", "--become")))


def grade_emacs(judge: Grading, invocation: Invocation) -> None:
    """Grade the Lisp given to `emacs --eval`."""
    options = ("--eval", "--execute", "-eval", "-execute")
    for code in told_apart(invocation.args, values=options, single_dash=True).values(*options):
        grade_code(judge, code, invocation)


def grade_rimraf(judge: Grading, invocation: Invocation) -> None:
    """Grade `rimraf`, which deletes trees."""
    for word in told_apart(invocation.args).operands:
        judge.touch(Effect.DELETE_MANY, word, invocation)


def grade_own_program(judge: Grading, invocation: Invocation) -> None:
    """Grade FazAI itself: a command must not loosen what FazAI lets run."""
    found = told_apart(invocation.args, values=("--lang", "--config"))
    texts = [word.text for word in found.operands]
    own = (["policy", "trust"], ["policy", "remove"], ["policy", "add"], ["config", "set"], ["guard", "confirm"])
    if texts[:2] in own:
        judge.findings.add(Risk.CRITICAL, "own_rules")
    for word in found.operands[1:2] if texts[:1] == ["exec"] else ():
        if word.text.startswith("!"):
            judge.text(word.text[1:], invocation)


def _from_operand(words: tuple[Word, ...]) -> tuple[Word, ...]:
    found = told_apart(words, values=_MULTIPLEXER_VALUES, stop_at_operand=True)
    return words[found.operand_at[0] :] if found.operand_at else ()
