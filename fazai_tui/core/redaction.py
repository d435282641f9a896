"""Mask secrets in text before it is kept."""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    # The log masks with this module in every command, and pydantic takes longer to import than most commands run.
    from pydantic import JsonValue

REDACTED: Final = "‹redacted›"
"""What stands where a secret was."""

_NAME = r"(?:pass(?:word|phrase)|senha|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
_VALUE = r"""(?:"[^"\n]+"|'[^'\n]+'|[^\s"';|&)]+)"""

# Every repetition is bounded: output of any shape is searched in linear time.
_PATTERNS: Final = (
    # NAME=value whatever surrounds the name (PGPASSWORD=x), and "name": "value". `passwd:` is a file's name more often.
    re.compile(rf"(?i)((?:{_NAME}|passwd)[\w-]{{0,20}}[ \t]{{0,3}}=[ \t]{{0,3}}){_VALUE}"),
    re.compile(rf"(?i)({_NAME}[\w-]{{0,20}}[\"']?[ \t]{{0,3}}:[ \t]{{0,3}}){_VALUE}"),
    # --password x, --token x
    re.compile(rf"(?i)(--[\w-]{{0,40}}{_NAME}[\w-]{{0,20}}[ \t]{{1,3}})(?!-){_VALUE}"),
    re.compile(r"(?i)(\bauthorization\s*:\s*(?:bearer|basic|token)\s+)[^\s\"']+"),
    re.compile(r"(?i)(\bbearer\s+)[a-z0-9._~+/-]{16,}=*"),
    # scheme://user:secret@host
    re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://[^\s:/@]{0,100}:)[^\s/@]{1,200}(?=@)"),
    # mysql -psecret, sshpass -p secret, curl -u user:secret
    re.compile(rf"(\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&]{{0,200}}?\s-p){_VALUE}"),
    re.compile(rf"(\bsshpass\s+-p\s*){_VALUE}"),
    re.compile(r"(\bcurl\b[^\n|;&]{0,200}?\s(?:-u|--user)[ =]?[\"']?[^\s:\"']{1,100}:)[^\s\"']+"),
    # echo 'user:secret' | chpasswd
    re.compile(
        r"(\becho\s{1,3}(?:-\w{1,5}\s{1,3}){0,3}[\"']?[\w.-]{1,64}:)[^\s\"'|]{1,200}(?=[\"']?\s*\|\s*(?:sudo\s+)?chpasswd)"
    ),
    re.compile(r"()\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,})"),
    re.compile(r"()\b(?:sk-[A-Za-z0-9_-]{20,}|AKIA[A-Z0-9]{16}|AIza[\w-]{30,}|hf_[A-Za-z0-9]{20,})"),
    re.compile(r"()\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"),
    re.compile(
        r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        re.DOTALL,
    ),
)

_HINT: Final = re.compile(
    r"(?i)passw|passphrase|senha|secret|token|[_-]?key|credential|authorization|bearer|://|\bcurl\b|\bmysql|\bmariadb"
    r"|sshpass|chpasswd|gh[pousr]_|github_pat|glpat-|xox[abprs]-|sk-|AKIA|AIza|hf_|eyJ"
)
"""What every secret that the patterns know has near it: most text is done with in one pass."""


def redact(text: str) -> str:
    """Return a text with what looks like a secret replaced by `REDACTED`."""
    if not _HINT.search(text):
        return text
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{REDACTED}", text)
    return text


def redact_value(value: "JsonValue") -> "JsonValue":
    """Return a JSON value with every text in it redacted."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: redact_value(entry) for key, entry in value.items()}
        case list():
            return [redact_value(item) for item in value]
        case _:
            return value
