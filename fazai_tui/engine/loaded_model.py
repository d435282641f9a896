"""A model ready to generate: prompt cache, grammars, template. Import and use it on the engine's thread alone."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.generation import EngineInfo, GenerationRequest, GenerationResult
from fazai_tui.engine.bindings import native
from fazai_tui.engine.cancellation import Cancellation, Cancelled
from fazai_tui.engine.catalogue import ModelFile
from fazai_tui.engine.chat_template import ChatTemplate, TemplateFailure
from fazai_tui.engine.errors import model_error
from fazai_tui.engine.native import Aborted, NativeFailure, NativeModel, SamplerPointer, TooLarge
from fazai_tui.engine.options import EngineOptions
from fazai_tui.engine.sampling import DeadEnd, Grammar, Sampler
from fazai_tui.engine.text_stream import TextStream
from fazai_tui.engine.thoughts import ThoughtFilter

_KEPT_GRAMMARS = 8
_UNKNOWN_ARCHITECTURE = "unknown model architecture"


class LoadedModel:
    """One model in memory."""

    def __init__(self, file: ModelFile, options: EngineOptions, texts: Texts, may_go_on: Callable[[], bool]) -> None:
        """Load a model.

        Args:
            file: The model, its header read.
            options: How to run it.
            texts: The language of errors.
            may_go_on: Asked while loading; False abandons it.

        Raises:
            ModelError: llama.cpp cannot load or run it.
            Cancelled: Loading was abandoned.
        """
        self._texts = texts
        self._options = options
        try:
            self._model = NativeModel(file.path, options, may_go_on)
        except NativeFailure as failure:
            if not may_go_on():
                raise Cancelled from failure
            problem = "unsupported" if _UNKNOWN_ARCHITECTURE in str(failure) else "unloadable"
            facts = {"file": str(file.path), "architecture": file.header.architecture, "reason": str(failure)}
            raise model_error(texts, problem, facts) from failure
        except TooLarge as error:
            gigabytes = f"{error.size_bytes / 1e9:.1f}"
            raise model_error(texts, "no_memory", {"name": file.name, "gigabytes": gigabytes}) from error
        self._cached: list[int] = []
        self._grammars: OrderedDict[str, SamplerPointer] = OrderedDict()
        self._marks = {token: self._model.spelling(token) for token in self._model.mark_tokens()}
        self._template = self._compile_template()
        self.info = EngineInfo(
            name=file.name,
            path=str(file.path),
            architecture=file.header.architecture,
            parameters=self._model.parameters,
            size_bytes=file.header.file_bytes,
            context=self._model.context,
            licence=file.header.licence,
            profile=file.header.profile,
        )

    def generate(
        self, request: GenerationRequest, on_text: Callable[[str], None], cancellation: Cancellation
    ) -> GenerationResult:
        """Generate; text goes out as soon as it is sure.

        Raises:
            ModelError: The prompt does not fit, the grammar is none or fits no token, or llama.cpp failed.
            Cancelled: The cancellation was set.
        """
        tokens = self._tokenise(request.prompt)
        if len(tokens) >= self._model.context:
            raise self._error("too_long", tokens=len(tokens), context=self._model.context)
        grammar = self._begin_grammar(request.grammar)
        self._model.watch(cancellation)
        try:
            sampler = Sampler(request.temperature, grammar, self._options.seed)
            return self._run(request, tokens, sampler, on_text, cancellation)
        except Aborted as aborted:
            raise Cancelled from aborted
        except NativeFailure as failure:
            self._cached = []
            raise self._error("failed", reason=str(failure)) from failure
        except DeadEnd as dead_end:
            raise self._error("dead_end") from dead_end
        finally:
            if grammar is not None:
                grammar.close()

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes."""
        return len(self._model.tokenise(text))

    def apply_chat_template(self, messages: Sequence[tuple[str, str]]) -> str:
        """Return (role, content) messages as a prompt.

        Raises:
            ModelError: The model's template refuses them.
        """
        try:
            return self._template.render(messages)
        except TemplateFailure as failure:
            raise self._error("template", reason=str(failure)) from failure

    def close(self) -> None:
        """Free the model."""
        for sampler in self._grammars.values():
            native.llama_sampler_free(sampler)
        self._grammars.clear()
        self._model.close()

    def _run(
        self,
        request: GenerationRequest,
        tokens: list[int],
        sampler: Sampler,
        on_text: Callable[[str], None],
        cancellation: Cancellation,
    ) -> GenerationResult:
        model = self._model
        started = time.perf_counter()
        kept = self._evaluate_prompt(tokens)
        evaluated = time.perf_counter()
        stream = TextStream(request.stop)
        thoughts = ThoughtFilter(self._marks)
        shown: list[str] = []
        generated = 0
        is_complete = False

        def show(text: str) -> None:
            if text:
                shown.append(text)
                on_text(text)

        while generated < request.max_tokens and len(self._cached) < model.context:
            if cancellation.is_set:
                raise Cancelled
            token = sampler.choose(model.logits())
            generated += 1
            is_complete = model.is_end(token)
            if is_complete:
                break
            if thoughts.shows(token):
                show(stream.feed(model.piece(token)))
            is_complete = stream.is_stopped
            if is_complete or generated == request.max_tokens:
                break
            model.evaluate_one(token)
            self._cached.append(token)
        show(stream.finish())
        return GenerationResult(
            text="".join(shown),
            input_tokens=len(tokens),
            cached_input_tokens=kept,
            output_tokens=generated,
            prompt_seconds=evaluated - started,
            generation_seconds=time.perf_counter() - evaluated,
            is_complete=is_complete,
        )

    def _evaluate_prompt(self, tokens: list[int]) -> int:
        """Bring the cache to hold exactly the prompt; return how many of its tokens were there already."""
        # The last token is always evaluated, for its logits.
        most = min(len(self._cached), len(tokens) - 1)
        common = next((n for n in range(most) if self._cached[n] != tokens[n]), most)
        kept = self._model.keep(common)
        self._cached = tokens[:kept]
        try:
            self._model.evaluate(tokens[kept:])
        except Aborted:
            self._cached = tokens[: self._model.cached_tokens()]
            raise
        self._cached = list(tokens)
        return kept

    def _tokenise(self, prompt: str) -> list[int]:
        """Return a prompt's tokens with the beginning token once, whether the template wrote it or not."""
        tokens = self._model.tokenise(prompt)
        first = self._model.first_token()
        if first is not None and tokens[:1] != [first]:
            tokens.insert(0, first)
        if not tokens:
            raise self._error("no_prompt")
        return tokens

    def _begin_grammar(self, text: str) -> Grammar | None:
        if not text:
            return None
        if text not in self._grammars:
            try:
                self._grammars[text] = self._model.grammar(text)
            except NativeFailure as failure:
                raise self._error("grammar", reason=str(failure)) from failure
        self._grammars.move_to_end(text)
        while len(self._grammars) > _KEPT_GRAMMARS:
            native.llama_sampler_free(self._grammars.popitem(last=False)[1])
        within = [token for token in self._marks if not self._model.is_end(token)]
        return Grammar(self._model, self._grammars[text], within)

    def _compile_template(self) -> ChatTemplate:
        begin, end = (self._model.spelling(token) for token in self._model.special_tokens())
        marks = self._marks.values()
        try:
            return ChatTemplate(self._model.metadata("tokenizer.chat_template"), begin=begin, end=end, marks=marks)
        except TemplateFailure as failure:
            self._model.close()
            raise self._error("template", reason=str(failure)) from failure

    def _error(self, problem: str, **facts: object) -> Exception:
        return model_error(self._texts, problem, facts)
