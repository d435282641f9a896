"""A plan, and requests to approve its steps, for screens to show."""

from fazai_tui.core import events as ev
from fazai_tui.core.plan import Plan, Risk, Step, chained
from fazai_tui.core.policy import Assessment, Decision, Reason

SCRIPT = "cat > conta.sh <<'EOF'\n#!/usr/bin/env bash\nfor i in $(seq 1 10); do\n  echo \"$i\"\ndone\nEOF"

ASKER = ev.AskingProgram(pid=4711, started=1, name="sudo", command="sudo id")


def script_plan() -> Plan:
    """Return a plan of three steps."""
    return Plan(
        goal="Criar um script que conta até 10",
        steps=chained(
            [
                Step(id="s1", title="Escrever o script conta.sh", command=SCRIPT, risk=Risk.MEDIUM),
                Step(id="s2", title="Tornar o script executável", command="chmod +x conta.sh", risk=Risk.LOW),
                Step(id="s3", title="Rodar o script", command="./conta.sh", risk=Risk.LOW),
            ]
        ),
    )


def assessment(command: str = SCRIPT, risk: Risk = Risk.MEDIUM) -> Assessment:
    """Return a grade for a command."""
    reasons = (Reason(key="policy.reason.create", params={"path": "conta.sh"}),)
    return Assessment(command=command, risk=risk, decision=Decision.ASK, reasons=reasons, writes=("conta.sh",))


def approval(command: str = SCRIPT, risk: Risk = Risk.MEDIUM, approval_id: str = "a1") -> ev.ApprovalRequested:
    """Return a request for approval."""
    return ev.ApprovalRequested(
        card=ev.ApprovalCard(
            approval_id=approval_id,
            step_id="s1",
            title="Escrever o script conta.sh",
            assessment=assessment(command, risk),
            cwd="/home/ana/projeto",
            user="ana",
            host="tupi",
            sandbox="danger-full-access",
            rollback="rm -f conta.sh",
            explain="Grava o script no diretório atual.",
            provenance="cookbook: script-count",
            touches=("/home/ana/projeto/conta.sh",),
        )
    )
