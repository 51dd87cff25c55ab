"""Founders over HTTP: they answer what the outside world shows them, twice, late, and against themselves."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from studio.messages import PREVIEW, SCRIPT
from studio.settings import Settings
from tests.chaos.ledger import Ledger
from workers.web import login_link

STAMP = re.compile(r'name="stamp" value="([^"]*)"')


class Founders:
    """A number of conversations, each with a brief, perhaps a revision, and a decision."""

    def __init__(self, settings: Settings, ledger: Ledger, seed: int) -> None:
        self.settings, self.ledger, self.dice = settings, ledger, random.Random(seed)
        self.talks: set[str] = set()
        self.answered: set[str] = set()
        self.revising: dict[str, bool] = {}
        self.sent = self.retried = 0
        self.over = threading.Event()
        self.pool = ThreadPoolExecutor(12)
        self.browser = httpx.Client(base_url=f"http://127.0.0.1:{settings.web_port}", timeout=5.0)
        self.stamp = self._log_in()

    def brief(self, text: str) -> None:
        """Open a conversation."""
        nonce = uuid.uuid4().hex
        talk = f"desk:{nonce}"
        self.talks.add(talk)
        self.revising[talk] = self.dice.random() < 0.5
        self._send("/new", f"new:{nonce}", nonce, text=text)

    def look(self) -> None:
        """Answer everything new; in another order than it came, and with some delay."""
        for post in self.ledger.read("post"):
            key, talk = post["key"], post["conversation"]
            if key in self.answered or talk not in self.talks:
                continue
            self.answered.add(key)
            if post["kind"] == SCRIPT:
                self._later(self.decide, talk, post["body"]["subject"], "approve")
            elif post["kind"] == PREVIEW:
                self._review(talk, post["body"])

    def decide(self, talk: str, subject: str, decision: str) -> None:
        """Press a button."""
        nonce = uuid.uuid4().hex
        event = f"{subject}:{decision}:{nonce}"
        self._send(f"/c/{talk}/decide", event, nonce, subject=subject, decision=decision)

    def say(self, talk: str, text: str) -> None:
        """Write."""
        nonce = uuid.uuid4().hex
        self._send(f"/c/{talk}/say", f"text:{nonce}", nonce, text=text)

    def close(self) -> None:
        """Nobody answers any more."""
        self.over.set()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.browser.close()

    def _review(self, talk: str, body: dict[str, Any]) -> None:
        subject, version = body["subject"], body["version"]
        if version == 1 and self.revising[talk]:
            self._later(self.say, talk, "line 1 softer")
            return
        if version > 1 and self.dice.random() < 0.5:  # a late click on the old preview
            self._later(self.decide, talk, subject.rpartition(":")[0] + ":1", "approve")
        self._later(self.decide, talk, subject, "approve")
        if self.dice.random() < 0.3:
            self._later(self.decide, talk, subject, "cancel")

    def _later(self, work: Callable[..., None], *words: str) -> None:
        wait_s = self.dice.uniform(0.0, 0.5)

        def do() -> None:
            time.sleep(wait_s)
            work(*words)

        self.pool.submit(do)

    def _send(self, path: str, event: str, nonce: str, **fields: str) -> None:
        """Until it is acknowledged, and sometimes once more."""
        form = {"stamp": self.stamp, "nonce": nonce, **fields}
        for _ in range(self.dice.choice((1, 1, 2))):
            while not self.over.is_set():
                try:
                    answer = self.browser.post(path, data=form)
                except httpx.TransportError:
                    self.retried += 1
                    time.sleep(0.1)
                    continue
                if answer.status_code == 303:
                    self.sent += 1
                    self.ledger.write("ack", event, subject=fields.get("subject", ""))
                    break
                self.retried += 1
                time.sleep(0.2)

    def _log_in(self) -> str:
        while True:
            try:
                assert self.browser.get(login_link(self.settings)).status_code == 303
                found = STAMP.search(self.browser.get("/").text)
                assert found
                return found[1]
            except httpx.TransportError:
                time.sleep(0.1)
