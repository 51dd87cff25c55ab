"""The beats a founder's video is made of: hooks, bridges and closes by tone, all of them free of claims.

A beat may greet, ask, announce that something follows, or invite. What is true must come from the brief, so
no beat states a fact. `{t}` is the brief's own topic, `{n}` the number of things that follow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from studio.domain import Tone

N, W, A, S, T = Tone.NEUTRAL, Tone.WARM, Tone.AUTHORITATIVE, Tone.SOFT, Tone.STORYTELLING

# Before an indirect question: "why we build compilers".
WHY_HOOK = {
    N: ("You may wonder {t}.", "People ask me {t}."),
    W: ("People ask me {t}, and I'm always glad they do.", "Can I tell you {t}?"),
    A: ("Let me be clear about {t}.", "Here is {t}."),
    S: ("I'd like to tell you {t}.", "Let me tell you, quietly, {t}."),
    T: ("There is a question I keep coming back to: {t}.", "Let me tell you the story of {t}."),
}
# Before a noun phrase: "our seed round".
TOPIC_HOOK = {
    N: ("Let me tell you about {t}.", "A few words about {t}."),
    W: ("I'd love to tell you about {t}.", "Can I take a moment to talk about {t}?"),
    A: ("Let's talk about {t}.", "I want to be direct with you about {t}."),
    S: ("I'd like to share a thought about {t}.", "A few quiet words about {t}."),
    T: ("Let me tell you a story about {t}.", "Every story has a beginning. This one begins with {t}."),
}
# Before facts without a topic.
NEWS_HOOK = {
    N: ("I have some news.", "Here is a short update."),
    W: ("I have something I'd love to share with you.", "I'm so glad I can tell you this myself."),
    A: ("I have news.", "Here is where we stand."),
    S: (
        "There is something I'd like to share with you.",
        "I have something to tell you, and I'll keep it simple.",
    ),
    T: ("Let me tell you what happened.", "Let me tell you a story. It's ours."),
}
BRIDGE = {
    N: ("Here are the {n} things to know.",),
    W: ("There are {n} things I'd love you to know.",),
    A: ("{n^} points.",),
    S: ("There are {n} things I'd like to say.",),
    T: ("It comes down to {n} things.",),
}
# When a brief names a topic and nothing about it, only a question is honest.
OPEN_QUESTION = {
    N: ("It's a fair question, and I'd like to hear how you would answer it.",),
    W: ("I'd love to hear what you think before I say more.", "I wonder what your own answer would be."),
    A: ("Ask yourself what your answer would be.",),
    S: ("Take a moment, and ask yourself what it means to you.",),
    T: ("Before I go on, think of how you would tell it.",),
}
OPEN_TOPIC = {
    N: ("What would you like to know about it?",),
    W: ("What would you like to know? I mean it, ask me anything.",),
    A: ("What do you need to know about it? Ask me directly.",),
    S: ("What does it mean to you?",),
    T: ("Where would you begin, if it were yours to tell?",),
}
CLOSE_HIRING = {
    N: ("If you'd like to join us, get in touch.",),
    W: ("If that sounds like you, come and say hello. I'd love to meet you.",),
    A: ("If you want to be part of it, talk to us.",),
    S: ("If that feels right to you, write to me.",),
    T: ("The next chapter has room for you. Come and talk to us.",),
}
CLOSE_EVENT = {
    N: ("I hope to see you there.",),
    W: ("I'd love to see you there.",),
    A: ("Be there.",),
    S: ("I hope to see you there.",),
    T: ("Come and be part of it.",),
}
CLOSE_LAUNCH = {
    N: ("Have a look, and tell me what you think.",),
    W: (
        "Have a look, and tell me what you think. I read it all with pleasure.",
        "Try it, and tell me what you think.",
    ),
    A: ("See for yourself.",),
    S: ("Have a look, whenever it suits you.",),
    T: ("Now it's your turn: try it, and tell me how it goes.",),
}
CLOSE_THANKS = {
    N: ("Thank you.",),
    W: ("From the bottom of my heart, thank you.",),
    A: ("You have my thanks.",),
    S: ("Thank you, truly.",),
    T: ("And for that, thank you.",),
}
CLOSE_CHEER = {
    N: ("All the best.",),
    W: ("With all my heart, all the best.",),
    A: ("All the best.",),
    S: ("All the best to you.",),
    T: ("Here's to the next chapter.",),
}
CLOSE_OPEN = {
    N: ("Let me know what you think.",),
    W: ("Write to me. I'd love to talk about it.",),
    A: ("Let's have that conversation.",),
    S: ("Whenever you want to talk about it, I'm here.",),
    T: ("Tell me your side of it, and let's see where it goes.",),
}
CLOSE = {
    N: ("If you have questions, ask me.", "Thank you for watching."),
    W: ("Thank you for listening. If you have a question, I'd love to hear it.", "Thank you for being here."),
    A: ("Questions? Ask me directly.",),
    S: ("Thank you for taking a moment to listen.",),
    T: ("That is the story so far. Thank you for listening.",),
}
GRAVE_HOOK = (
    "I want you to hear this from me.",
    "I have something difficult to say, and I want to say it plainly.",
)
GRAVE_CLOSE = ("If you have questions, please ask me.", "Thank you for hearing me out.")
ENCORE = {
    N: ("Feel free to pass this on.",),
    W: ("And if you know someone who should hear this, please pass it on.",),
    A: ("Pass this on to whoever needs to hear it.",),
    S: ("And if someone comes to mind, please pass this on to them.",),
    T: ("And if you know someone who'd like this story, pass it on.",),
}


def pick(variants: Sequence[str], seed: str) -> str:
    """One of the variants, always the same for the same seed."""
    return variants[int(hashlib.sha256(f"{seed}\n{variants[0]}".encode()).hexdigest(), 16) % len(variants)]
