"""The model that comes with FazAI, as users get it."""

import json

from fazai_tui.config.texts import Texts
from fazai_tui.core.generation import GenerationRequest
from fazai_tui.engine import prompts_compact
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions

FREE_PLAN = r"""
root ::= "{\"plan\":[\"" char{1,60} "\"]}"
char ::= [^"\\\x7F\x00-\x1F]
"""
"""A plan of one command, whatever it is."""


async def test_the_shipped_model_loads_and_writes_what_its_grammar_allows(catalogue: Catalogue, texts: Texts) -> None:
    engine = LlamaEngine("faisca", catalogue=catalogue, options=EngineOptions(), texts=texts)
    info = await engine.load()
    assert (info.name, info.architecture, info.profile) == ("faisca", "gemma3", "compact")
    assert info.context >= 1024
    assert info.licence
    known = f"mostre o espaço em disco=>{prompts_compact.plan_output(['df -h'])}"
    order = f"{prompts_compact.ORDER_MARK}mostre o espaço em disco"
    prompt = await engine.apply_chat_template([("user", f"{known}\n{order}")])
    pieces: list[str] = []
    request = GenerationRequest(prompt=prompt, grammar=FREE_PLAN, max_tokens=300)
    result = await engine.generate(request, pieces.append)
    await engine.close()
    assert "".join(pieces) == result.text
    assert result.is_complete
    assert json.loads(result.text) == {"plan": ["df -h"]}
