"""Stands in for `aiclone web`: listens on the web port and writes the login address."""

from __future__ import annotations

import signal
import socket
import sys
import time

from studio.settings import Settings


def main() -> None:
    """With "stubborn" it ignores TERM."""
    settings = Settings()
    if "stubborn" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.create_server((settings.web_host, settings.web_port)):
        (settings.home / "web.url").write_text(f"http://{settings.web_host}:{settings.web_port}/login?t=1\n")
        print(f"listening with label {settings.label}")
        time.sleep(60)


if __name__ == "__main__":
    main()
