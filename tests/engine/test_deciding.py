"""That the model decides: other weights make other plans of the same order and the same examples."""

import pytest

from fazai_tui.core.generation import BuiltPrompt, PlanningContext
from fazai_tui.core.host import HostFacts
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.memory.retrieval import CookbookRetriever
from fazai_tui.memory.store import KnowledgeStore

ORDERS = (
    "cria um link simbolico chamado atual apontando pra pasta versao",
    "junta parte um e parte dois num arquivo livro",
    "reinicia o haproxy e me diz se voltou a funcionar",
    "mostra as linhas do estoque.txt sem a palavra esgotado",
    "make a folder landing whose page says Blue Heron Inn, then zip it",
    "faz um verifica.sh que imprime existe ou nao existe conforme o caso",
    "write a script greet.sh that says good morning to everybody",
    "add the line printer lan to the end of hosts.local",
    "commita tudo com a mensagem corrige o login do site",
    "troca porta velha por porta nova no app.conf",
    "copia relatorio final pra pasta arquivo morto",
    "rename old report to new report",
    "procura a palavra timeout nos logs da pasta api",
    "put the text all systems go into status.txt",
    "which files here mention the word invoice",
)
"""Orders that leave much to choose."""

CHOICES = 4
"""What a grammar must leave open for an order to count."""

ROOM = 480
"""Tokens that fit into the window of the other model."""


async def prompts(engine: LlamaEngine, other: LlamaEngine, cookbook: CookbookRetriever) -> list[BuiltPrompt]:
    """Return the prompts of the orders whose grammar leaves a choice, as far as the other model has room for them."""
    await engine.load()
    await other.load()
    planner = PromptPlanner(engine, max_tokens=200)
    contexts = [
        PlanningContext(
            order=order, language="pt", host=HostFacts(), cwd="/", retrieved=cookbook.search(order, limit=6)
        )
        for order in ORDERS
    ]
    built = [await planner.plan_prompt(context) for context in contexts]
    short = [prompt for prompt in built if await other.count_tokens(prompt.request.prompt) < ROOM]
    return [prompt for prompt in short if prompt.request.grammar.count('{\\"plan') >= CHOICES]


async def test_other_weights_make_other_plans(
    shipped: LlamaEngine, engine: LlamaEngine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cookbook = CookbookRetriever(KnowledgeStore(tmp_path_factory.mktemp("knowledge")).open)
    asked = await prompts(shipped, engine, cookbook)

    plans = [(await shipped.generate(prompt.request, lambda _: None)).text for prompt in asked]
    others = [(await engine.generate(prompt.request, lambda _: None)).text for prompt in asked]

    assert len(asked) >= 3
    assert sum(plan != other for plan, other in zip(plans, others, strict=True)) > len(asked) // 2
