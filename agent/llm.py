"""GPT-4.1 and its kin through the openai client: one place for requests, prices and errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from prompts import Prompt
from studio.errors import KeyMissing, Misconfigured, NeedsFounder, NotNow, ProviderBusy, ProviderDown
from studio.settings import Settings

if TYPE_CHECKING:
    import openai
    from openai.types import CompletionUsage
    from openai.types.chat import ChatCompletion, ChatCompletionMessage

Form = TypeVar("Form", bound=BaseModel)
Json = dict[str, Any]
MAX_OUTPUT_TOKENS = 4000


class ModelAnswerUnusable(NotNow):
    """The language model gave no usable answer twice; please send it again or say it differently."""


class ModelRefused(NeedsFounder):
    """The language model declined this request; please say it differently."""


class QuotaSpent(Misconfigured):
    """The account of the language model has no credit left."""


class ModelUnknown(Misconfigured):
    """The service does not accept the chosen language model or its request."""


@dataclass(frozen=True, slots=True)
class Call:
    """What one question to a model cost, a re-ask included; `prompt_hash` is the prompt file's SHA-256."""

    model: str
    prompt_hash: str
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Said:
    """One function that a model calls: its name and its arguments as JSON text."""

    id: str
    name: str
    arguments: str


# Extra parameters by the longest prefix of the model's name. Reasoning models refuse a temperature, and take
# tools on chat completions at effort "none" only.
TRAITS: Mapping[str, Json] = {
    "": {"temperature": 0.3},
    "gpt-6": {"reasoning_effort": "none"},
}


def traits_of(model: str) -> Json:
    """The extra parameters that a model takes, by its name."""
    return TRAITS[max((prefix for prefix in TRAITS if model.startswith(prefix)), key=len)]


class Llm:
    """Structured questions to one model. Every method raises what `translated` says."""

    def __init__(self, settings: Settings) -> None:
        """Raises KeyMissing without a key."""
        key = settings.openai_api_key.get_secret_value()
        if not key:
            raise KeyMissing("The OpenAI key is missing; set AICLONE_OPENAI_API_KEY.")
        from openai import OpenAI  # a second of import that only those with a key pay for

        self._settings = settings
        self._client = OpenAI(
            api_key=key, base_url=settings.openai_base_url, timeout=settings.openai_timeout_s, max_retries=0
        )

    def fill(self, prompt: Prompt, content: str, form: type[Form]) -> tuple[Form, Call]:
        """A filled form. A cut-off or malformed answer is asked for once more, then ModelAnswerUnusable."""
        call = Call(self._settings.openai_model, prompt.sha256)
        for _ in range(2):
            reply, call = self._complete(call, _messages(prompt, content), response_format=_strict(form))
            message = _message(reply)
            try:
                return form.model_validate_json(message.content or ""), call
            except ValidationError:
                continue
        raise ModelAnswerUnusable

    def call_functions(
        self,
        prompt: Prompt,
        content: str,
        functions: Mapping[str, type[BaseModel]],
        objection: Callable[[Said], str],
    ) -> tuple[tuple[Said, ...], Call]:
        """The functions that the model calls, at least one.

        What `objection` says about a call ("" is none) goes back to the model once; its second answer counts
        as it is. No call at all, twice, raises ModelAnswerUnusable.
        """
        from openai import pydantic_function_tool

        call = Call(self._settings.openai_model, prompt.sha256)
        tools = [pydantic_function_tool(form, name=name) for name, form in functions.items()]
        messages = _messages(prompt, content)
        said: tuple[Said, ...] = ()
        for _ in range(2):
            reply, call = self._complete(call, messages, tools=tools, tool_choice="required")
            message = _message(reply)
            said = _said(message)
            objections = {one.id: objection(one) for one in said}
            if said and not any(objections.values()):
                break
            if said:
                messages = [*messages, message.model_dump(exclude_none=True), *_answers(objections)]
        if not said:
            raise ModelAnswerUnusable
        return said, call

    def _complete(self, call: Call, messages: list[Json], **wanted: Any) -> tuple[ChatCompletion, Call]:
        from openai.types.chat import ChatCompletion

        ask: Callable[..., object] = self._client.chat.completions.create
        with translated(call.model):
            reply = ask(
                model=call.model,
                messages=messages,
                max_completion_tokens=MAX_OUTPUT_TOKENS,
                **traits_of(call.model),
                **wanted,
            )
        if not isinstance(reply, ChatCompletion):
            raise ProviderDown("The language model's service gave an unreadable answer.")
        return reply, self._billed(call, reply.usage)

    def _billed(self, call: Call, usage: CompletionUsage | None) -> Call:
        if usage is None:
            return call
        price = self._settings.openai_price_in, self._settings.openai_price_out
        usd = (usage.prompt_tokens * price[0] + usage.completion_tokens * price[1]) / 1e6
        return replace(
            call,
            tokens_in=call.tokens_in + usage.prompt_tokens,
            tokens_out=call.tokens_out + usage.completion_tokens,
            usd=call.usd + usd,
        )


@contextmanager
def translated(model: str) -> Iterator[None]:
    """The client's errors as ours: the operator's (key, credit, model), or for later (busy, down)."""
    import openai

    try:
        yield
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise KeyMissing("The OpenAI key is not accepted; check AICLONE_OPENAI_API_KEY.") from error
    except openai.RateLimitError as error:
        if error.code == "insufficient_quota":
            raise QuotaSpent from error
        raise ProviderBusy("The language model is busy.", retry_after=_retry_after(error)) from error
    except openai.APIConnectionError as error:
        raise ProviderDown("The language model does not answer.") from error
    except openai.APIStatusError as error:
        if error.status_code >= 500 or error.status_code in (408, 409):
            raise ProviderDown("The language model's service has a fault.") from error
        raise ModelUnknown(
            f"The service does not accept the request to “{model}”: {error.message[:200]}"
        ) from error
    except (openai.APIError, json.JSONDecodeError) as error:
        raise ProviderDown("The language model's service gave an unreadable answer.") from error


def _retry_after(error: openai.RateLimitError) -> float:
    try:
        return min(300.0, max(1.0, float(error.response.headers.get("retry-after", ""))))
    except ValueError:
        return 10.0


def _messages(prompt: Prompt, content: str) -> list[Json]:
    return [{"role": "system", "content": prompt.text}, {"role": "user", "content": content}]


def _message(reply: ChatCompletion) -> ChatCompletionMessage:
    """The model's message, emptied when it was cut off; raises ModelRefused."""
    if not reply.choices:
        raise ModelAnswerUnusable
    choice = reply.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise ModelRefused
    if choice.finish_reason == "length":
        return choice.message.model_copy(update={"content": "", "tool_calls": None})
    return choice.message


def _said(message: ChatCompletionMessage) -> tuple[Said, ...]:
    calls = (call for call in message.tool_calls or () if call.type == "function")
    return tuple(Said(call.id, call.function.name, call.function.arguments) for call in calls)


def _answers(objections: Mapping[str, str]) -> list[Json]:
    said = {
        key: text and f"Not possible: {text} Call all functions again." for key, text in objections.items()
    }
    return [{"role": "tool", "tool_call_id": key, "content": text or "Fine."} for key, text in said.items()]


def _strict(form: type[BaseModel]) -> Json:
    """The form as a strict schema; the client's own helper makes it so."""
    from openai import pydantic_function_tool

    function = pydantic_function_tool(form)["function"]
    schema = {"name": form.__name__, "schema": function["parameters"], "strict": True}
    return {"type": "json_schema", "json_schema": schema}
