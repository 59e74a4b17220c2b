"""The state of `mem chat` between two prompts, and one exchange: a message sent, its answer on the screen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mem.assistant import Assistant
from mem.cli import render
from mem.cli.explain import turn_lines
from mem.cli.repl.keyboard import Keyboard
from mem.cli.repl.loading import Loader
from mem.cli.repl.notices import Notices
from mem.cli.repl.signals import Presses, Stopper
from mem.cli.repl.spinner import Spinner
from mem.cli.repl.stream import AnswerView
from mem.cli.status_line import with_status
from mem.errors import InputError, Interrupted, MemError, ModelError, NotFound
from mem.file_text import FileText, quoted
from mem.records import Turn

if TYPE_CHECKING:
    from mem.controller import Controller
    from mem.models import Usage

SAVED_SECONDS = 0.5
WRITER_SECONDS = 5.0
OnText = Callable[[str], None]


@dataclass(slots=True)
class Status:
    """What the toolbar shows; nothing is read from disk for it."""

    model: str
    prompt_tokens: int = 0
    budget_tokens: int = 0
    waiting: int = 0
    dollars: float | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """What one run of `mem chat` has of its own, from its flags."""

    incognito: bool = False
    system: str = ""
    persona: str = ""
    use_memory: bool = True
    files: tuple[FileText, ...] = ()
    quiet: bool = False
    verbose: bool = False


class Conversation:
    """One run of `mem chat`: an assistant, the session it is in, and the last turn."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        session: str | None,
        notices: Notices,
        presses: Presses,
        manner: Manner = Manner(),  # noqa: B008 - frozen
    ) -> None:
        self.assistant = assistant
        self.manner = manner
        if not manner.use_memory:
            assistant.learning = False
        self.notices = notices
        self.status = Status(assistant.config.model)
        self.keyboard = Keyboard()
        self.turn: Turn | None = None
        self.usage: Usage | None = None
        self._told_notices: set[str] = set()
        self.told_limits: set[str] = set()  # of what a receipt could not reach
        self.said_something = False
        self.attached = list(manner.files)  # go with the next message
        self.then: list[str] = []  # what `mem` is to do in place of this conversation once it is left
        self.verbose = manner.verbose  # whether each answer is followed by what was looked up for it
        self.quiet_seconds = 0.0  # in which no message comes, before a model is asked for facts
        self.presses = presses
        self._session = session
        self._controller: Controller | None = None
        self.loader = Loader(assistant)

    @property
    def session(self) -> str | None:
        """The session's id, once something was said in it."""
        return self._controller.session if self._controller else self._session

    @property
    def incognito(self) -> bool:
        """Whether nothing is kept of this conversation; fixed from its beginning."""
        return self.manner.incognito

    @property
    def answered(self) -> bool:
        """Whether anything was said in this session."""
        return self.session is not None

    def say(self, text: str, *, instead_of: str = "") -> bool:
        """Answers a message, with the files that wait for it. False when the model could not, after saying so; the message
        is kept then too. `instead_of`: the turn that it says anew."""
        message = quoted(self.attached, text)
        if self.attached:
            with suppress(ModelError):  # told below, where the message is kept
                self._check_room(message)
        asked = self._exchange(
            lambda controller, on_text: controller.step(message, on_text=on_text, instead_of=instead_of), message
        )
        self.attached.clear()
        return asked

    def ask_again(self) -> bool:
        """Asks the last message of the session again; the new answer takes the place of the old one."""
        if self.session is None:
            raise NotFound("nothing was said in this session yet, so there is nothing to ask again")
        last = self.ready().session_messages(self.session)[1][-1]
        if last.session != self.session:  # it was forked since: the other session keeps its answer
            messages = self.assistant.session_messages(self.session)[1]
            asked = next(message.text for message in messages if message.turn == last.turn)
            return self.say(asked, instead_of=last.turn)
        return self._exchange(lambda controller, on_text: controller.retry(on_text=on_text), "")

    def ready(self) -> Assistant:
        """The assistant, when nothing is being loaded any more: a part may not be opened twice."""
        self.loader.wait()
        return self.assistant

    def open(self) -> Controller:
        """The session's controller; loads the models if that is not done. Raises MemError where they cannot be loaded."""
        if self._controller is None:
            self.loader.finish()
            self.notices.flush()
            self._controller = self._open_chat(self._session)
            # Not woken here: what it owes is done after the first answer, never while that is being looked up.
            self.assistant.writer.quiet_seconds = self.quiet_seconds
            self.assistant.writer.start()
            with suppress(MemError):  # the toolbar is not worth an error
                self.count_reviews()
            self.status.model = self._controller.model.name
        return self._controller

    def enter(self, session: str | None) -> None:
        """Goes on in another session: a new one, or one that exists."""
        if session is not None:
            session = self.ready().session_messages(session)[0].id
        self._session, self.turn = session, None
        if self._controller is not None:
            self._controller = self._open_chat(session)

    def _open_chat(self, session: str | None) -> Controller:
        manner = self.manner
        return self.assistant.open_chat(
            session, system=manner.system, persona=manner.persona, use_memory=manner.use_memory
        )

    def use(self, *, same_model: bool = False, **settings: Any) -> None:
        """These settings hold from now on, in this conversation. Where a model cannot be loaded, nothing changes."""
        self.loader.wait()
        fresh = self.assistant.with_settings(**settings)
        if same_model:
            self.assistant.writer.stop()
            self.assistant.hand_models_to(fresh)
        else:
            _ = fresh.model_choice  # an unknown name is refused before anything is loaded
            with_status("loading…", fresh.warm_up)
        self._session = self.session
        self.assistant.close()
        self.assistant, self._controller = fresh, None
        self.loader = Loader(fresh)
        self.open()

    def count_reviews(self) -> None:
        """What the bottom line tells of what waits for a yes is true again."""
        self.notices.to_review = self.assistant.approval.count()

    def learn(self, on: bool) -> None:
        """Whether anything is learned from what is said from now on, until this conversation is left."""
        self.assistant.learning = on

    def give_way(self) -> None:
        """The user types: no work of the memory writer is in their way."""
        if self._controller is not None:
            self.assistant.writer.give_way()

    def said_in(self) -> str:
        """The session's id; NotFound where nothing was said in it yet."""
        if self.session is None:
            raise NotFound("nothing was said in this session yet")
        return self.session

    @property
    def last_answer(self) -> str:
        """What was answered last in this session; NotFound when nothing was."""
        if self.session is not None:
            for message in reversed(self.ready().session_messages(self.session)[1]):
                if message.role == "assistant":
                    return message.text
        raise NotFound("nothing was answered in this session yet")

    def last_turn(self) -> str:
        """The id of the session's last turn; NotFound when nothing was said."""
        if self.session is not None:
            with suppress(NotFound):
                return self.ready().session_messages(self.session)[1][-1].turn
        raise NotFound("nothing was said in this session yet")

    def drop_turn(self, turn: str) -> None:
        """Takes a forgotten turn out of the prompt; a session that has nothing left is over."""
        self.turn = None
        try:
            self.last_turn()
        except NotFound:
            self.enter(None)

    def settle(self, seconds: float) -> None:
        """Gives the memory writer a moment and prints what it saved."""
        if self._controller is not None and self.said_something:
            self.assistant.writer.wait(seconds)
        self.notices.flush()

    def close(self) -> None:
        """Finishes what is quick; the rest is in the journal."""
        if not self.loader.running:
            self.assistant.close()
        self.notices.flush()

    def _check_room(self, message: str) -> None:
        """InputError where the files that go with a message leave no room in any prompt; nothing is recorded then."""
        controller = self.open()
        tokens, room = controller.model.count_text(message), self.assistant.budget_tokens()
        if tokens < room:
            return
        told = ", ".join(file.told for file in self.attached)
        self.attached.clear()
        raise InputError(
            f"too much for one prompt: {told} takes {tokens:,} of {room:,} tokens; nothing was sent: give a part of it, or "
            "choose a model that reads more"
        )

    def _exchange(self, ask: Callable[[Controller, OnText], Turn], text: str) -> bool:
        try:
            controller = self.open()
        except ModelError as error:
            self._keep(text, error)
            return False
        try:
            turn = self._answer(controller, ask)
        except (KeyboardInterrupt, Interrupted):
            render.narrate("stopped before an answer came; your message is kept: /retry asks again")
            return True
        except ModelError as error:
            render.error(_with_remedy(error))
            return False
        finally:
            self.said_something = self.said_something or controller.session is not None
        self.turn = turn
        self._tell_once(turn.retrieval.notice)
        for line in turn_lines(turn) if self.verbose else ():
            render.narrate(line)
        if turn.answer.interrupted:
            render.narrate("(stopped; what came is kept)")
        self.settle(SAVED_SECONDS)
        self._update_status(turn)
        return True

    def _answer(self, controller: Controller, ask: Callable[[Controller, OnText], Turn]) -> Turn:
        view, spinner = AnswerView(), Spinner(quiet=self.manner.quiet)

        def on_text(piece: str) -> None:
            spinner.stop()
            view.feed(piece)
            stopper.check()

        with self.notices.held(), Stopper(controller.model.interrupt, self.presses) as stopper:
            controller.on_stage = spinner.show
            before = controller.model.usage
            try:
                turn = ask(controller, on_text)
                # Kept now: what the memory writer asks the model next is counted there too.
                self.usage = controller.model.usage if controller.model.usage is not before else None
                return turn
            finally:
                spinner.stop()
                view.end()

    def _tell_once(self, notice: str) -> None:
        if notice and notice not in self._told_notices:
            self._told_notices.add(notice)
            self.notices.post(notice)

    def _keep(self, text: str, error: ModelError) -> None:
        """A message that no model is there for is kept all the same."""
        if text:
            self._session = self.assistant.keep(text, session=self._session).session
            self.said_something = True
        render.error(_with_remedy(error))

    def _update_status(self, turn: Turn) -> None:
        self.status.dollars = self._controller.model.usage.dollars if self._controller else None
        self.status.prompt_tokens, self.status.budget_tokens = turn.prompt.tokens, turn.prompt.budget_tokens
        with suppress(MemError):  # the toolbar is not worth an error
            self.status.waiting = len(self.assistant.pending())
            self.count_reviews()


def _with_remedy(error: ModelError) -> str:
    told = str(error)
    return told if "kept" in told else f"{told}; your message is kept: /retry asks again, /model NAME tries another model"


def check_session(assistant: Assistant, session: str | None) -> str | None:
    """The id of the session to resume; InputError or NotFound before anything is loaded."""
    if session is None:
        return None
    if not session.strip():
        raise InputError("which session? `mem sessions` lists them; --resume last takes the newest")
    return assistant.session_messages(session)[0].id
