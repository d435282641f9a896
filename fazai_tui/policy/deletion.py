"""Programs that delete files."""

from dataclasses import replace

from fazai_tui.core.plan import Risk
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.places import Effect, Place, touched
from fazai_tui.policy.rules import told_apart
from fazai_tui.policy.script import Invocation, Word

_DELETERS = frozenset(("rm", "unlink", "shred", "rmdir", "truncate", "srm"))
_ENDS = frozenset((";", "+"))
_TESTS = tuple(
    """
    -name -iname -path -ipath -regex -iregex -mtime -atime -ctime -mmin -newer -size -user -empty -inum -perm
    """.split()
)
_MOST_ITEMS = 16
"""Items of a known input that are followed."""
_GLOBAL = frozenset(("-H", "-L", "-P", "-D", "-O0", "-O1", "-O2", "-O3"))


def grade_rm(judge: Grading, invocation: Invocation) -> None:
    """Grade `rm`: what is deleted, and whether trees or patterns are."""
    arguments = told_apart(invocation.args)
    is_many = arguments.has("-r", "-R", "--recursive")
    if arguments.has("--no-preserve-root"):
        judge.findings.add(Risk.CRITICAL, "no_preserve_root")
    if not arguments.operands:
        judge.findings.add(Risk.HIGH if is_many else Risk.MEDIUM, "delete_many" if is_many else "delete", path="…")
    for word in arguments.operands:
        delete(judge, word, invocation, is_many=is_many)


def grade_rmdir(judge: Grading, invocation: Invocation) -> None:
    """Grade `rmdir` and `unlink`, which delete one thing at a time."""
    for word in told_apart(invocation.args).operands:
        delete(judge, word, invocation, is_many=False)


def grade_shred(judge: Grading, invocation: Invocation) -> None:
    """Grade programs that overwrite what they delete."""
    for word in told_apart(invocation.args, values=("-n", "-s", "--iterations", "--size")).operands:
        judge.findings.add(Risk.HIGH, "overwrites", path=word.text)
        delete(judge, word, invocation, is_many=False)


def delete(judge: Grading, word: Word, around: Invocation, *, is_many: bool) -> None:
    """Grade the deletion of one operand."""
    judge.touch(Effect.DELETE_MANY if is_many or word.has_glob else Effect.DELETE, word, around)


def grade_find(judge: Grading, invocation: Invocation) -> None:
    """Grade `find`: what it deletes, writes and runs."""
    words = list(invocation.args)
    starts: list[Word] = []
    while words and words[0].text in _GLOBAL:
        words.pop(0)
    while words and not words[0].text.startswith(("-", "(", "!")):
        starts.append(words.pop(0))
    is_narrow = any(word.text in _TESTS for word in words)
    index = 0
    while index < len(words):
        text = words[index].text
        if text == "-delete":
            delete_found(judge, starts, invocation, is_narrow=is_narrow)
        elif text in ("-fprint", "-fprint0", "-fprintf", "-fls") and index + 1 < len(words):
            judge.touch(Effect.CREATE, words[index + 1], invocation)
        elif text in ("-exec", "-execdir", "-ok", "-okdir"):
            end = next((at for at in range(index + 1, len(words)) if words[at].text in _ENDS), len(words))
            # What find puts in begins with a starting point, so it is never taken for an option.
            inner = tuple(replace(word, is_path=word.text == "{}") for word in words[index + 1 : end])
            del words[index + 1 : end]
            if inner and _deletes(inner):
                delete_found(judge, starts, invocation, is_narrow=is_narrow)
            judge.run_words(inner, invocation)
        index += 1
    if any(word.can_be_option for word in (*starts, *words)):
        judge.findings.add(Risk.LOW, "dynamic_argument", program="find")


def delete_found(judge: Grading, starts: list[Word], around: Invocation, *, is_narrow: bool) -> None:
    """Grade the deletion of what a search below some directories finds."""
    for start in starts or [Word(".")]:
        place = judge.places.locate(start, around.cwd)
        if is_narrow and place in (Place.EVERYTHING, Place.OWN_HOME, Place.TREE):
            # A search that selects does not take the whole tree with it.
            judge.findings.touch(touched(Effect.DELETE_MANY, start, around, is_search=True))
            judge.findings.add(Risk.HIGH, "delete_many", path=start.text)
        else:
            judge.touch(Effect.DELETE_MANY, start, around)


def _deletes(words: tuple[Word, ...]) -> bool:
    return any(word.text.rpartition("/")[2] in _DELETERS for word in words[:3])


def grade_xargs(judge: Grading, invocation: Invocation) -> None:
    """Grade `xargs` and `parallel`: the command they run on what they read."""
    values = ("-I", "-n", "-P", "-L", "-s", "-d", "-a", "-E", "-j", "--jobs", "--arg-file", "--max-args", "--max-procs")
    arguments = told_apart(invocation.args, values=(*values, "--delimiter", "--results"), stop_at_operand=True)
    words = invocation.args[arguments.operand_at[0] :] if arguments.operand_at else ()
    token = arguments.values("-I")[0].text if arguments.values("-I") else "{}"
    words = tuple(_placeholder(word, token) for word in words)
    marks = [index for index, word in enumerate(words) if word.text in (":::", "::::", ":::+")]
    given = words[marks[0] + 1 :] if marks else _read_words(invocation, by_line=arguments.has("-I"))
    words = words[: marks[0]] if marks else words
    if not words:
        for word in given:
            judge.text(word.text, invocation)
        if not given and invocation.program == "parallel":
            judge.findings.add(Risk.HIGH, "pipe_to_shell", program="parallel")
        return
    if _deletes(words):
        for producer in invocation.stdin.producers if invocation.stdin is not None else ():
            if producer.program == "find":
                _delete_producer(judge, producer, invocation)
    inner = words if arguments.has("-I", "--replace") or any("{}" in word.text for word in words) else (*words, *given)
    around = replace(invocation, stdin=None)
    if invocation.program == "parallel" and len(words) == 1 and " " in words[0].text:
        for word in given:
            judge.text(words[0].text.replace("{}", word.text) if word.is_known else words[0].text, around)
    else:
        judge.run_words(tuple(inner), around)
    for value in given if inner == words else ():
        if value.is_known:
            filled = (replace(word, text=word.text.replace("{}", value.text), unknown_at=-1) for word in words)
            judge.run_words(tuple(filled), around)


def _delete_producer(judge: Grading, producer: Invocation, around: Invocation) -> None:
    starts: list[Word] = []
    for word in producer.args:
        if word.text.startswith(("-", "(", "!")):
            break
        starts.append(word)
    is_narrow = any(word.text in _TESTS for word in producer.args)
    delete_found(judge, starts, around, is_narrow=is_narrow)


def _placeholder(word: Word, token: str) -> Word:
    if token == "{}" or token not in word.text:
        return word
    text = word.text.replace(token, "{}")
    return replace(word, text=text, unknown_at=text.index("{}"), unknown_end=text.rindex("{}") + 2)


def _read_words(invocation: Invocation, *, by_line: bool) -> tuple[Word, ...]:
    stdin = invocation.stdin
    if stdin is not None and stdin.text is not None:
        text = stdin.text.replace("\0", "\n")
        return tuple(Word(part) for part in (text.splitlines() if by_line else text.split())[:_MOST_ITEMS])
    return (Word("{}", is_literal=False, unknown_at=0, unknown_end=2),)
