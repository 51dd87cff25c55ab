"""Sentences that only Slack needs."""

from __future__ import annotations

HELP = (
    "Write `/clone` and what your video should say, or mention me, or write to me directly. For example:\n"
    "> /clone 30 seconds on why we build compilers, warm, for LinkedIn\n"
    "I write a script and show it with what it costs; you approve it, edit it or start over. Then I render it and "
    "show a preview with its report. Reply in the thread, by words or by voice clip: “line 2 softer”, “office "
    "background”, “what did you change?”. After your approval the file is delivered.\n"
    "• `/clone` alone opens a form\n"
    "• `/clone list` shows your videos, `/clone status` what is in the making or waits for you\n"
    "• “Make a video of this” in a message's menu takes its words as the brief\n"
    "• Write “link” to me directly to see and approve your videos in another channel, too"
)
ON_IT = "On it: I begin a thread here and write the script."
A_MOMENT = "One moment, please."
NOTHING = "There is no video yet. `/clone` opens a form."
"""What /clone list says to somebody who never asked for anything."""
