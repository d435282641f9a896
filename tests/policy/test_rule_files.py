"""Rule files: which are read, which are not, and what is said of a bad one."""

import os
from pathlib import Path

import pytest

from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.policy import Decision, RuleScope, Tier
from fazai_tui.policy.approved import ApprovedRules
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.policy.rule_files import CommandRules, RuleFiles
from fazai_tui.policy.trust import WorkspaceTrust, trust_record, workspace_file

GOOD = '[[rule]]\ndecision = "allow"\nprefix = ["git", "push"]\n'
TEXTS = Texts("en")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Return the directories of a user; the machine's are the tester's own, so never trusted unless root tests."""
    return Paths(
        tmp_path / "config",
        tmp_path / "data",
        tmp_path / "state",
        tmp_path / "run",
        system_dir=tmp_path / "etc",
    )


@pytest.fixture
def files(policy: BashPolicy) -> RuleFiles:
    """Return what reads rule files."""
    return RuleFiles(TEXTS, policy.means)


def _write(file: Path, text: str, mode: int = 0o600) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def _tiers(found: CommandRules) -> list[tuple[Tier, int]]:
    return [(placed.tier, placed.line) for placed in found.rules]


def test_a_user_without_rules_has_none(paths: Paths, files: RuleFiles, tmp_path: Path) -> None:
    assert files.load(paths, str(tmp_path)) == CommandRules()


def test_the_users_files_are_read_in_order(paths: Paths, files: RuleFiles, tmp_path: Path) -> None:
    _write(paths.policy_dir / "b.toml", GOOD)
    _write(paths.policy_dir / "a.toml", f"# mine\n{GOOD}\n{GOOD}")
    _write(paths.policy_dir / "notes.txt", "no rules")
    found = files.load(paths, str(tmp_path))
    assert _tiers(found) == [(Tier.USER, 2), (Tier.USER, 6), (Tier.USER, 1)]
    assert [Path(placed.source).name for placed in found.rules] == ["a.toml", "a.toml", "b.toml"]


def test_a_workspace_counts_once_trusted_and_as_it_was_trusted(paths: Paths, files: RuleFiles, tmp_path: Path) -> None:
    inside = tmp_path / "ws" / "deep" / "er"
    inside.mkdir(parents=True)
    file = _write(tmp_path / "ws" / ".fazai" / "policy.toml", GOOD)
    trust = WorkspaceTrust(paths, TEXTS)

    assert files.load(paths, str(inside)) == CommandRules(untrusted=file)

    trust.trust(file, file.read_bytes())
    found = files.load(paths, str(inside))
    assert (_tiers(found), found.untrusted) == ([(Tier.WORKSPACE, 1)], None)
    assert trust_record(paths).stat().st_mode & 0o077 == 0

    file.write_text(GOOD.replace("push", "pull"), encoding="utf-8")
    assert files.load(paths, str(inside)) == CommandRules(untrusted=file)

    file.write_text(GOOD, encoding="utf-8")
    assert files.load(paths, str(inside)).untrusted is None
    assert trust.forget(file) and not trust.forget(file)
    assert files.load(paths, str(inside)).untrusted == file


def test_a_broken_record_trusts_nothing(paths: Paths, files: RuleFiles, tmp_path: Path) -> None:
    file = _write(tmp_path / "ws" / ".fazai" / "policy.toml", GOOD)
    _write(trust_record(paths), "{")
    assert files.load(paths, str(tmp_path / "ws")).untrusted == file
    _write(trust_record(paths), '["x"]')
    assert files.load(paths, str(tmp_path / "ws")).untrusted == file


def test_an_untrusted_workspace_cannot_even_break_the_start(paths: Paths, files: RuleFiles, tmp_path: Path) -> None:
    _write(tmp_path / "ws" / ".fazai" / "policy.toml", "[[[")
    assert files.load(paths, str(tmp_path / "ws")).rules == ()


def test_the_nearest_workspace_is_meant(paths: Paths, tmp_path: Path) -> None:
    outer = _write(tmp_path / "a" / ".fazai" / "policy.toml", GOOD)
    inner = _write(tmp_path / "a" / "b" / ".fazai" / "policy.toml", GOOD)
    (tmp_path / "a" / "c").mkdir()
    assert workspace_file(str(tmp_path / "a" / "b"), paths) == inner
    assert workspace_file(str(tmp_path / "a" / "c"), paths) == outer
    assert workspace_file("", paths) is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can own the machine's files")
def test_the_machines_files_count_when_root_alone_can_change_them(
    paths: Paths, files: RuleFiles, tmp_path: Path
) -> None:
    safe = _write(paths.system_policy_dir / "a.toml", GOOD, 0o644)
    loose = _write(paths.system_policy_dir / "b.toml", "[[[", 0o666)
    foreign = _write(paths.system_policy_dir / "c.toml", "[[[", 0o644)
    os.chown(foreign, 1000, 1000)
    safe.parent.chmod(0o755)

    found = files.load(paths, str(tmp_path))

    assert _tiers(found) == [(Tier.ADMIN, 1)]
    assert found.ignored == (loose, foreign)
    safe.parent.chmod(0o777)
    assert files.load(paths, str(tmp_path)).ignored == (safe, loose, foreign)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[rule]]\ndecision="alow"\nprefix=["x"]\n', "line 1, rule 1: `decision` has the wrong value"),
        (f'{GOOD}\n# x\n[[rule]]\ndecision="ask"\nprefix=["x"]\nargz=[]\n', "line 6, rule 2: unknown key `argz`"),
        ('[[rule]]\nprefix=["x"]\n', "`decision` is missing"),
        ('[[rule]]\ndecision="ask"\n', "`prefix` is missing"),
        ('[[rule]]\ndecision="ask"\nprefix=[]\n', "`prefix` has the wrong value"),
        ('[[rule]]\ndecision="ask"\nprefix=[""]\n', "names no program"),
        ('[[rule]]\ndecision="ask"\nprefix=["x", []]\n', "names no program"),
        ('[[rule]]\ndecision="ask"\nprefix="x"\n', "`prefix` has the wrong value"),
        ('[[rule]]\ndecision="ask"\nprefix=["x"]\nargs="y"\n', "`args` has the wrong value"),
        ('[[rule]]\ndecision="allow"\nprefix=["*"]\n', "must name the program in full"),
        ('[[rule]]\ndecision="allow"\nprefix=[["ls", "rm?"]]\n', "must name the program in full"),
        ('[[rule]]\ndecision="allow"\nprefix=["x"\n', "line 3: "),
        ("[[rulez]]\n", "unknown table `rulez`"),
        ("[rule]\n", "`rule` is not a list"),
        ("rule = [1]\n", "rule 1: "),
        ('[[rule]]\ndecision="ask"\nprefix=["ls"]\nmatch=["rm x"]\n', "`match` example: rm x"),
        ('[[rule]]\ndecision="ask"\nprefix=["rm"]\nnot_match=["sudo rm x"]\n', "`not_match` example: sudo rm x"),
    ],
)
def test_a_bad_file_is_one_line_with_a_remedy(
    paths: Paths, files: RuleFiles, tmp_path: Path, text: str, said: str
) -> None:
    file = _write(paths.policy_dir / "mine.toml", text)
    with pytest.raises(ConfigurationError) as caught:
        files.load(paths, str(tmp_path))
    assert said in caught.value.message and str(file) in caught.value.message
    assert caught.value.hint and "\n" not in str(caught.value)


def test_a_file_that_is_no_text(paths: Paths, files: RuleFiles, tmp_path: Path) -> None:
    _write(paths.policy_dir / "mine.toml", "").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        files.load(paths, str(tmp_path))


def test_rules_that_others_could_have_written_stop_the_start(paths: Paths, files: RuleFiles, tmp_path: Path) -> None:
    file = _write(paths.policy_dir / "mine.toml", GOOD, 0o620)
    with pytest.raises(ConfigurationError, match="chmod go-w"):
        files.load(paths, str(tmp_path))
    if os.getuid() == 0:
        file.chmod(0o600)
        os.chown(file, 1000, 1000)
        # Root reads what root or the user running owns; another's file decides nothing.
        with pytest.raises(ConfigurationError, match="another user"):
            files.load(paths, str(tmp_path))


def test_what_is_taken_for_good_is_there_again_and_can_be_taken_back(
    paths: Paths, files: RuleFiles, policy: BashPolicy, tmp_path: Path
) -> None:
    approved = ApprovedRules(paths.policy_dir, TEXTS)
    mine = BashPolicy(home="/home/ana", rules=policy.rules, approved=approved)
    for command in ("systemctl restart nginx", "rm /tmp/a /tmp/b"):
        stored = mine.remember(mine.assess(command, "/srv"), RuleScope.ALWAYS)
        assert stored.file == str(paths.policy_dir / "approved.toml")
        assert mine.assess(command, "/srv").decision is Decision.ALLOW
    assert approved.file.stat().st_mode & 0o777 == 0o600
    text = approved.file.read_text(encoding="utf-8")
    assert text.startswith("# Rules taken from approval cards.") and text.count("[[rule]]") == 2

    found = files.load(paths, "/srv")
    again = BashPolicy(home="/home/ana", rules=policy.rules, people=found.rules)
    assert again.assess("rm /tmp/a /tmp/b", "/srv").decision is Decision.ALLOW

    approved.remove(found.rules[0], 0)
    left = files.load(paths, str(tmp_path)).rules
    assert [placed.rule for placed in left] == [found.rules[1].rule]
    approved.remove(left[0], 0)
    assert files.load(paths, str(tmp_path)).rules == ()
    assert approved.file.read_text(encoding="utf-8").startswith("# Rules taken")


def test_a_place_that_cannot_be_written_is_said(paths: Paths, policy: BashPolicy) -> None:
    _write(paths.config_dir / "policy.d", "a file, where the directory should be")
    mine = BashPolicy(home="/home/ana", rules=policy.rules, approved=ApprovedRules(paths.policy_dir, TEXTS))
    with pytest.raises(ConfigurationError, match="cannot be written"):
        mine.remember(mine.assess("systemctl restart x", "/srv"), RuleScope.ALWAYS)
    assert mine.assess("systemctl restart x", "/srv").decision is Decision.ASK
