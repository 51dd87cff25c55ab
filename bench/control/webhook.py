"""Signed POST → durable inbox row → answer: the real web app in its own process, on SQLite with synchronous=full.

Of the desk's form, and of WhatsApp's webhook, whose vendor wants a median of at most 250 ms.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from pydantic import SecretStr

from bench.control.load import Latencies, Posting, drive
from bench.control.processes import Running, settings_in
from bot.web.door import COOKIE, Door, home_token
from bot.whatsapp.http import WEBHOOK
from bot.whatsapp.names import Namer, person_of
from studio.settings import Settings
from studio.store import Store, personas, whatsapp
from tests.fakes.studio import GRACE, furnish

RATE, SECONDS = 200.0, 60.0
SECRET, NUMBER, PEOPLE = "bench", "1000", 1000
Sign = Callable[[int], Posting]


def desk(settings: Settings) -> Sign:
    """Briefs from somebody who sits at the desk."""
    door = Door(home_token(settings.home))
    session = door.session()
    stamp = door.stamp(session)
    headers = {"cookie": f"{COOKIE}={session}", "content-type": "application/x-www-form-urlencoded"}

    def sign(number: int) -> Posting:
        fields = {"stamp": stamp, "nonce": uuid.uuid4().hex, "text": f"brief {number}"}
        return Posting("/new", headers, urlencode(fields).encode())

    return sign


def phones(settings: Settings) -> Sign:
    """Briefs from PEOPLE phones that may write, each well below the limit for one."""
    store, namer = Store(settings.database), Namer(settings.home)
    furnish(store)
    with store.write() as connection:
        for number in range(PEOPLE):
            contact = whatsapp.contact_of(connection, f"49151{number:07}", "", namer)
            personas.allow(connection, GRACE, person_of(str(contact["id"])))
    store.close()

    def sign(number: int) -> Posting:
        message = {"from": f"49151{number % PEOPLE:07}", "id": f"wamid.{uuid.uuid4().hex}", "type": "text"}
        message |= {"timestamp": str(int(time.time())), "text": {"body": f"brief {number}"}}
        value = {"metadata": {"phone_number_id": NUMBER}, "messages": [message]}
        changes = [{"field": "messages", "value": value}]
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": changes}]}).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return Posting(WEBHOOK, {"x-hub-signature-256": f"sha256={signature}"}, body)

    return sign


def measure(
    folder: Path, seconds: float = SECONDS, signer: Callable[[Settings], Sign] = desk
) -> tuple[Latencies, float]:
    """Latencies at RATE, and CPU seconds of the web process for a request; the Graph API is out of reach."""
    told = {"whatsapp_token": SecretStr("none"), "whatsapp_app_secret": SecretStr(SECRET)}
    nowhere = {"whatsapp_phone_number_id": NUMBER, "whatsapp_api_url": "http://127.0.0.1:9/v26.0"}
    settings = settings_in(folder).model_copy(update={**told, **nowhere} if signer is phones else {})
    with Running(settings, "redis", "web") as running:
        sign = signer(settings)
        asyncio.run(drive("127.0.0.1", settings.web_port, sign, 50.0, 1.0))  # imports and pools
        before = running.cpu_s("web")
        found = asyncio.run(drive("127.0.0.1", settings.web_port, sign, RATE, seconds))
        cpu = (running.cpu_s("web") - before) / len(found.seconds)
    store = Store(settings.database)
    with store.read() as connection:
        rows = connection.exec_driver_sql("select count(*) from inbox where kind = 'text'").scalar_one()
    store.close()
    if found.refused or rows != len(found.seconds) + 50:
        raise RuntimeError(f"{found.refused} refused, {rows} rows of {len(found.seconds) + 50}")
    return found, cpu


def fsync_ms(folder: Path, times: int = 200) -> float:
    """Mean milliseconds of writing and syncing 4 kB here, the floor of any commit."""
    with (folder / "fsync").open("wb") as file:
        start = time.perf_counter()
        for _ in range(times):
            file.write(b"0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return 1000 * (time.perf_counter() - start) / times
