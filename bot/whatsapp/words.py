"""Sentences that only WhatsApp needs."""

from __future__ import annotations

OPENING = (
    "On it. The script comes in a few seconds. I render it after your yes, and nothing leaves before you approved "
    "the preview. ⏳ on your message means that I am rendering, ✅ that it is done."
)
AGAIN = "On it. The script comes in a few seconds."
HELP = (
    "Write or say what your video should be about, for example: “30 seconds on why we build compilers, warm, for "
    "LinkedIn”. I write a script; you approve it, change it or start over. Then I render it and show a preview with "
    "its report. Tell me what to change by words or voice note: “line 2 softer”, “office background”, “what did you "
    "change?”. After your approval the file is delivered here, at once or “tomorrow 9:00”.\n\nWrite “status” for "
    "your videos, “cancel” to end the one at hand."
)
STRANGER = (
    "Hello. This is a private studio that does not know your number. Whoever runs it can let you in: "
    "aiclone whatsapp allow <your number>."
)
SLOW = "That is a lot at once. Please give me a minute; I did not read what comes until then."
UNUSABLE = "I can use words and voice notes; with anything else I can do nothing here."
EDITED = "I go by what was first sent. Please write the change as a new message."
DELETED = "Deleting a message does not take it back for me. Write “cancel” to end the video."
UNKNOWN = "I do not know what that button belongs to."
NOT_YOURS = "Only who asked for this video, or who may approve it, can do that."
KEPT = "All right, nothing was decided."
NOTHING = "There is no video yet. Write or say what the first one should be about."
CONFIRM = "Approve {name}? Exactly this file is delivered{when}."
REACTED = "A reaction decides nothing. Do you want to {what} {name}?"
LATER = "Approve {name} and deliver it when? You can also write, for example, “deliver Friday 16:30”."
PASSED = "That moment has passed."
REVISE = "What should change in {name}? Write it or say it."
CHANGE = "What should change in {name}? For example “line 2: We build small compilers.” or “shorter”."
REJECT = "Reject {name}? That ends this video. Write or say why, or press the button."
RESTART = "What should the new video be about? Write it or say it; {name} is dropped then."
BROKE = "Something broke on my side (reference {reference}). Please say that again."
SHOW = "“{brief}”: {status}."

HELPS = ("help", "hilfe", "?", "how does this work", "what can you do", "what can i do")
LISTS = ("status", "list", "videos", "my videos")
KEEPS = ("no", "keep", "keep it", "no keep it", "wait", "stop", "never mind", "nevermind", "not yet")
GREETS = (
    "yes",
    "ok",
    "okay",
    "hi",
    "hello",
    "hey",
    "show",
    "show me",
    "send",
    "send it",
    "here",
    "ready",
    "👍",
)
"""What answers a template: that they are there, and nothing else."""
YES, NO = ("👍", "✅", "✔", "☑", "👌"), ("👎", "❌", "✖", "🚫")
