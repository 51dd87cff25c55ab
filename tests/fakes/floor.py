"""A studio's floor without an agent: real rows and a real little video, through the store's API."""

from __future__ import annotations

import subprocess
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from studio.domain import Framing, Line, PersonaId, ProductionId, Script, Status, TakeId, Tone
from studio.media import MediaStore
from studio.messages import DELIVERED, PREVIEW, SAY, SCRIPT, cut_subject, script_subject
from studio.settings import Settings
from studio.store import inbox, outbox, personas, productions, reviews, takes
from tests.databases import migrated

LINES = (
    Line("l1", "We closed our seed round last week.", Tone.WARM, Framing.MEDIUM),
    Line("l2", "Four people, eleven months, and a lot of late calls with customers.", Tone.STORYTELLING),
    Line("l3", "If you build with video every week, write to me.", Tone.AUTHORITATIVE, Framing.CLOSE),
)

REPORT = [
    {
        "name": "words",
        "state": "green",
        "sentence": "Every approved word is spoken.",
        "value": 0.0,
        "unit": "% wrong",
    },
    {
        "name": "loudness",
        "state": "green",
        "sentence": "Loud as platforms want it.",
        "value": -16.1,
        "unit": "LUFS",
    },
    {
        "name": "lips",
        "state": "amber",
        "sentence": "In line 2 the lips run a little late.",
        "value": 58,
        "unit": "ms",
    },
    {
        "name": "freeze",
        "state": "red",
        "sentence": "The picture stands still at the end.",
        "value": 0.9,
        "unit": "s",
    },
    {"name": "likeness", "state": "green", "sentence": "The face stays itself throughout.", "value": 0.93},
]


def ffmpeg(*args: object) -> None:
    """Run the bundled ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, args)]
    subprocess.run(command, check=True, timeout=60)


@cache
def film() -> tuple[bytes, bytes]:
    """Two seconds of video and a sheet of it."""
    with tempfile.TemporaryDirectory() as folder:
        video, sheet = Path(folder) / "test.mp4", Path(folder) / "sheet.jpg"
        source = ("-f", "lavfi", "-i", "testsrc2=s=360x360:r=25:d=2", "-f", "lavfi", "-i", "sine=440:d=2")
        ffmpeg(
            *source, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", video
        )
        ffmpeg("-i", video, "-vf", "fps=2,scale=180:-1,tile=4x1", "-frames:v", "1", sheet)
        return video.read_bytes(), sheet.read_bytes()


class Floor:
    """One home folder with a persona; each method does what the agent would have done."""

    def __init__(self, home: Path, database_url: str = "") -> None:
        self.home = home
        settings = Settings(home=home, database_url=database_url, _env_file=None)  # type: ignore[call-arg]
        self.store = migrated(settings.database)
        self.media = MediaStore(home / "media")
        self.video, self.sheet = self._film()
        self.persona = personas.Persona(PersonaId("p1"), "Grace", "Grace", {"main": self.sheet}, {}, (), {})
        consent = {"sha256": "0" * 64, "statement": "yes", "exemption": "test"}
        with self.store.write() as connection:
            personas.add(connection, self.persona, consent)

    def _film(self) -> tuple[str, str]:
        video, sheet = self.home / "test.mp4", self.home / "sheet.jpg"
        for path, content in zip((video, sheet), film(), strict=True):
            path.write_bytes(content)
        return self.media.put(video), self.media.put(sheet)

    def write_in(self, conversation: str, text: str) -> None:
        """The person's own words, as a channel commits them."""
        event = inbox.Inbound("desk", uuid.uuid4().hex, conversation, "owner", "text", {"text": text})
        with self.store.write() as connection:
            inbox.append(connection, event)

    def open(self, conversation: str, brief: str) -> ProductionId:
        """Take the brief: open a production and mark all that came in as handled."""
        identity = ProductionId(uuid.uuid4().hex)
        with self.store.write() as connection:
            productions.create(connection, identity, conversation, self.persona.id, "owner", brief, {})
        self.handle(conversation, identity)
        return identity

    def handle(self, conversation: str, identity: ProductionId) -> list[dict[str, Any]]:
        """Read what came in; the rows that were new."""
        with self.store.write() as connection:
            rows = [r for r in inbox.pending(connection) if r["conversation"] == conversation]
            for row in rows:
                inbox.mark_handled(connection, row, identity)
        return [dict(row) for row in rows]

    def status(self, identity: ProductionId, status: Status) -> None:
        """Set where the production stands."""
        with self.store.write() as connection:
            productions.set_status(connection, identity, status)

    def say(self, identity: ProductionId, text: str) -> None:
        """Say something."""
        self._put(identity, f"say:{uuid.uuid4().hex}", SAY, {"text": text})

    def show_script(self, identity: ProductionId, version: int = 1, note: str = "") -> str:
        """Write a script's version and show it; returns its subject."""
        script, subject = Script(LINES, title="Our seed round"), script_subject(identity, version)
        with self.store.write() as connection:
            productions.add_script(connection, identity, version, script, approved=False, note=note)
        lines = [
            {"number": n, "text": line.text, "tone": line.tone, "framing": line.framing}
            for n, line in enumerate(LINES, 1)
        ]
        quote = {
            "speech_s": 14.2,
            "render_s": 200.0,
            "usd": 0.0,
            "profile": "square",
            "captions": "highlight",
        }
        body = {"subject": subject, "version": version, "title": script.title, "lines": lines, "note": note}
        self._put(identity, subject, SCRIPT, body | quote | {"background": "", "persona": "Grace"})
        self.status(identity, Status.SCRIPT_REVIEW)
        return subject

    def render(self, identity: ProductionId, done: int, total: int, reused: int = 0) -> None:
        """Order takes, of which some are done."""
        kinds = ("voice", "animate", "cut")
        with self.store.write() as connection:
            for n in range(total):
                take = TakeId(f"{identity}-{n}")
                takes.order(connection, take, kinds[n % 3], "test", {})
                takes.use(connection, identity, take, f"{kinds[n % 3]}:l{n}", n < reused)
                if n < done:
                    takes.finish(connection, take, 1, {"artifact": self.video, "facts": {}, "cost": {}})
        self.status(identity, Status.RENDERING)

    def show_preview(self, identity: ProductionId, version: int = 1, changed: tuple[str, ...] = ()) -> str:
        """Assemble a cut and show it; returns its subject."""
        subject = cut_subject(identity, version)
        with self.store.write() as connection:
            productions.add_cut(
                connection, identity, version, script_version=1, take_id="t", artifact=self.video,
                sheet=self.sheet, report={"items": REPORT},
            )  # fmt: skip
        body = {
            "subject": subject,
            "version": version,
            "sha256": self.video,
            "sheet": self.sheet,
            "seconds": 2.0,
        }
        counts = {"changed": list(changed), "rendered": 7, "reused": 5, "render_s": 131.0, "usd": 0.0}
        self._put(identity, subject, PREVIEW, body | {"report": REPORT} | counts)
        self.status(identity, Status.CUT_REVIEW)
        return subject

    def approve(self, identity: ProductionId, subject: str) -> None:
        """Record a yes."""
        with self.store.write() as connection:
            yes = {"decision": "approve", "sha256": self.video, "person": "owner", "reply_id": subject}
            reviews.decide(connection, subject, identity, **yes)

    def deliver(self, identity: ProductionId) -> Path:
        """Hand the file over and say so."""
        path = self.home / "deliveries" / f"{identity[:8]}.mp4"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self.media.fetch(self.video).read_bytes())
        body = {"text": "Your video is ready.", "path": str(path), "sha256": self.video}
        self._put(identity, f"delivered:{identity}", DELIVERED, body)
        self.status(identity, Status.DELIVERED)
        return path

    def _put(self, identity: ProductionId, key: str, kind: str, body: dict[str, Any]) -> None:
        with self.store.write() as connection:
            conversation = productions.get(connection, identity)["conversation"]
            outbox.put(connection, key, conversation, kind, body, identity)
