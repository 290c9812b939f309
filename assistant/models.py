"""Language models by name, in this process or behind an OpenAI-style address: messages in, a growing text out.

Nothing heavy is imported, and nothing loaded, until a model is asked for by name.
"""

import atexit
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from index.errors import PolicyError

KEY = "OPENAI_API_KEY"
CONNECT_SECONDS, READ_SECONDS, RETRIES = 5.0, 60.0, 2
_FLOAT32_UP_TO = 2_000_000_000  # parameters; on a CPU half precision is slow, but twice the memory has to be there

Message = dict[str, str]
Say = Callable[[str], None]


class Model(Protocol):
    """Whatever writes a reply to messages {"role": …, "content": …}."""

    def write(self, messages: Sequence[Message], most: int, say: Say, /) -> None:
        """Hand the reply to `say`, piece by piece, at most `most` tokens of it.

        Raises PolicyError when it fails; `say` raises, to end the writing, when nobody listens any more.
        """


def model(name: str) -> Model | None:
    """The model of a generator's name, loaded; None for `quote`, which needs none. Raises PolicyError for an unknown one."""
    kind, _, which = name.partition(":")
    match kind:
        case "quote" if not which:
            return None
        case "transformers" if which:
            return Local(which)
        case "openai" if which:
            called, at, address = which.rpartition("@http")
            if not called:
                raise PolicyError(
                    f"{name!r} says no address; write openai:MODEL@URL, such as openai:qwen3@http://localhost:8000/v1"
                )
            return Server(called, at[1:] + address)
    raise PolicyError(f"there is no generator {name!r}; use quote, transformers:NAME_OR_FOLDER or openai:MODEL@URL")


def listen(model: Model, messages: Sequence[Message], most: int, seconds: float) -> Iterator[str]:
    """The pieces of a reply as they come; raises PolicyError when the model fails or has not ended in time.

    The model writes in a thread of its own, so that one that hangs costs its asker `seconds` and no more.
    """
    pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
    gone = threading.Event()

    def say(piece: str) -> None:
        if gone.is_set():
            raise _NobodyListens
        pieces.put(piece)

    def write() -> None:
        try:
            model.write(messages, most, say)
            pieces.put(None)
        except _NobodyListens:
            pass
        except BaseException as error:  # noqa: BLE001  raised again below, in the asker's thread
            pieces.put(error)

    threading.Thread(target=write, daemon=True).start()
    until = time.monotonic() + seconds
    try:
        while (left := until - time.monotonic()) > 0:
            piece = pieces.get(timeout=left)
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece
        raise queue.Empty
    except queue.Empty:
        raise PolicyError(f"the language model had not ended after {seconds:g} seconds") from None
    finally:
        gone.set()


class _NobodyListens(Exception):
    """Ends the writing of a reply that its asker has left."""


class Local:
    """A causal language model of transformers, by name, folder or GGUF file, with its own chat template."""

    def __init__(self, name: str):
        torch, transformers = _transformers(name)
        folder, _, file = name.rpartition("/") if name.endswith(".gguf") else (name, "", "")
        which: dict[str, Any] = {"gguf_file": file} if file else {}
        if file and hasattr(transformers, "GgufConfig"):  # plain weights, as older versions make them always
            plain: dict[str, Any] = {"quantization_config": transformers.GgufConfig(dequantize=True)}
        else:
            plain = {}
        self._device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder or ".", **which)
            loaded = transformers.AutoModelForCausalLM.from_pretrained(folder or ".", dtype="auto", **which, **plain)
        except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
            why = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
            raise PolicyError(
                f"the model {name} cannot be loaded ({why}); name a model folder, a GGUF file or a model of the hub"
            ) from error
        if not self._tokenizer.chat_template:
            raise PolicyError(f"the model {name} has no chat template; name an instruct or chat model")
        if self._device == "cpu" and loaded.num_parameters() < _FLOAT32_UP_TO:
            loaded = loaded.float()
        self._model = loaded.to(self._device).eval()
        self._room = getattr(loaded.config, "max_position_embeddings", None) or 4096
        self._turn = threading.Lock()
        atexit.register(self._turn.acquire, timeout=30)  # the process must not end under a model that still writes

    def write(self, messages: Sequence[Message], most: int, say: Say, /) -> None:
        """Greedy, so that the same question gets the same words; one reply at a time."""
        import torch
        from transformers import TextStreamer

        prompt = self._prompt(messages)
        if prompt["input_ids"].shape[1] + most > self._room:
            raise PolicyError("the language model has no room for so long a question with its quotes")
        streamer: Any = TextStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        streamer.on_finalized_text = lambda text, stream_end=False: say(text)  # noqa: ARG005  the library calls it so
        while not self._turn.acquire(timeout=0.2):
            say("")
        try:
            with torch.inference_mode():
                self._model.generate(**prompt, max_new_tokens=most, do_sample=False, temperature=None, top_p=None, top_k=None, streamer=streamer,
                                     pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id)  # fmt: skip
        except (RuntimeError, ValueError) as error:
            raise PolicyError(f"the language model failed ({str(error).splitlines()[0][:120]})") from error
        finally:
            self._turn.release()

    def _prompt(self, messages: Sequence[Message]) -> Any:
        import jinja2

        try:
            return self._in_template(messages)
        except jinja2.TemplateError:  # some templates know no system message
            return self._in_template([{"role": "user", "content": "\n\n".join(m["content"] for m in messages)}])

    def _in_template(self, messages: Sequence[Message]) -> Any:
        return self._tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, return_tensors="pt", return_dict=True, enable_thinking=False
        ).to(self._device)


def _transformers(name: str) -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise PolicyError(f"the model {name} needs the package {error.name}; run: make install") from error
    quiet: Any = transformers.utils.logging
    quiet.disable_progress_bar()
    return torch, transformers


class Server:
    """A model behind an address that speaks the OpenAI protocol; the key comes from the environment."""

    def __init__(self, name: str, url: str):
        try:
            import openai
        except ImportError as error:
            raise PolicyError(
                f"the generator openai:{name} needs the package openai; run: pip install -e '.[models]'"
            ) from error
        self._name = name
        self._client: Any = openai.OpenAI(
            base_url=url,
            api_key=os.environ.get(KEY) or "none",  # servers of one's own ask for none
            timeout=openai.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            max_retries=RETRIES,
        )

    def write(self, messages: Sequence[Message], most: int, say: Say, /) -> None:
        """Busy and failing servers are asked again, later each time; a stream that is cut off is a failure."""
        import openai

        ended = False
        try:
            with self._client.chat.completions.create(
                model=self._name, messages=list(messages), max_tokens=most, temperature=0, stream=True
            ) as chunks:
                for chunk in chunks:
                    piece, last = _read(chunk)
                    say(piece)
                    ended = ended or last
        except (openai.OpenAIError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise PolicyError(f"the model server {_told(error)}") from error
        if not ended:
            raise PolicyError("the model server broke off in the middle of its reply")


def _read(chunk: Any) -> tuple[str, bool]:
    """The words of a chunk and whether it is the last; raises AttributeError or TypeError for what is no chunk."""
    if not chunk.choices:
        return "", False
    choice = chunk.choices[0]
    words = choice.delta.content if choice.delta is not None else None
    if not isinstance(words, str | None):
        raise TypeError("content that is no text")
    return words or "", choice.finish_reason is not None


def _told(error: Exception) -> str:
    """What went wrong, without addresses and keys: visitors may read it."""
    import openai

    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return f"refuses the key ({error.status_code}); set {KEY}"
        case openai.NotFoundError():
            return "does not know this model or address (404); the URL usually ends in /v1"
        case openai.RateLimitError():
            return "is too busy (429)"
        case openai.APIStatusError():
            return f"answered with the error {error.status_code}"
        case openai.APITimeoutError():
            return "did not answer in time"
        case openai.APIConnectionError():
            return "cannot be reached, or the line was cut"
    return "sent something that is no reply"
