"""The line between hospitals and the insurer: it loses answers, doubles requests, and keeps some back till later."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Self

import httpx

from tests.support.hospital_messages import Answer, Message

Witness = Callable[[Message, Answer], None]


class NoAnswerError(Exception):
    """No answer came: the hospital cannot know what became of its message."""


@dataclass
class Line:
    """A line over real HTTP; with a random source it disturbs, without one it is a good line.

    Every tenth request is sent twice, half of these at the same moment; of every tenth the answer is dropped; some are
    kept back, and arrive after later ones. Whoever sent a message that is kept back is told nothing, as after a drop.
    The witness sees each message that arrived with its answer, in the order of arrival, the dropped answers too.
    """

    client: httpx.Client
    witness: Witness
    rng: random.Random | None = None
    kept_back: list[tuple[int, Message]] = field(default_factory=list)
    sent: int = 0
    arrived: int = 0
    dropped: int = 0
    doubled: int = 0
    delayed: int = 0
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8))

    def __enter__(self) -> Self:
        """Open the line."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of its threads."""
        self.pool.shutdown()

    def deliver(self, message: Message) -> Answer:
        """Carry one message over, unseen by the witness."""
        response = self.client.post(message.address, content=message.wire, headers=message.headers)
        return Answer.read(response.status_code, response.content)

    def deliver_at_once(self, messages: list[Message]) -> list[Answer]:
        """Carry several messages over at the same moment, unseen by the witness."""
        return list(self.pool.map(self.deliver, messages))

    def arrive(self, messages: list[Message]) -> list[Answer]:
        """Carry messages over, at once if there are several, and show the witness."""
        answers = [self.deliver(messages[0])] if len(messages) == 1 else self.deliver_at_once(messages)
        for message, answer in zip(messages, answers, strict=True):
            self.arrived += 1
            self.witness(message, answer)
        return answers

    def send(self, message: Message) -> Answer:
        """Send a message and wait for the answer, or learn that none comes."""
        self.sent += 1
        self.bring_late_ones(self.sent)
        if self.rng is None:
            return self.arrive([message])[0]
        if self.sent % 23 == 0:
            self.delayed += 1
            self.kept_back.append((self.sent + self.rng.randint(1, 60), message))
            raise NoAnswerError
        if self.sent % 10 == 7:
            self.doubled += 1
            if self.rng.random() < 0.5:
                answer = self.arrive([message, message])[self.rng.randrange(2)]
            else:
                answer = self.arrive([message])[0]
                self.arrive([message])
        else:
            answer = self.arrive([message])[0]
        if self.sent % 10 == 3:
            self.dropped += 1
            raise NoAnswerError
        return answer

    def bring_late_ones(self, until: int | None = None) -> None:
        """Let the messages arrive that were kept back until now; all of them when the line falls quiet."""
        due = [each for each in self.kept_back if until is None or each[0] <= until]
        self.kept_back = [each for each in self.kept_back if each not in due]
        if self.rng is not None:
            self.rng.shuffle(due)
        for _, message in due:
            self.arrive([message])
