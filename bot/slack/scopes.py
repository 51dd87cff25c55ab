"""What the app asks a workspace for, and why; slack-manifest.yaml says the same (a test compares them)."""

from __future__ import annotations

SCOPES = {
    "app_mentions:read": "hear mentions",
    "channels:history": "read replies in threads of public channels",
    "chat:write": "answer",
    "commands": "/clone and the shortcuts",
    "files:read": "listen to voice clips",
    "files:write": "show previews",
    "groups:history": "read replies in threads of private channels",
    "im:history": "read direct messages",
    "im:write": "begin a direct message",
    "mpim:history": "read group messages",
    "reactions:read": "notice ✅ and ❌ on a preview",
    "users:read": "tell members from guests",
}
