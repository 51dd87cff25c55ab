"""Words of other languages to the phones Kokoro was trained on: espeak-ng's IPA, one symbol a diphthong or affricate.

That is how misaki's EspeakG2P wrote Kokoro's training text (Apache-2.0; its table is a fact, none of its code is
here). Counted on 500 sentences each of Spanish, French, Italian and Portuguese and 2400 words of Hindi: no symbol
that is left is strange to the model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio.spoken import Spoken
from workers.engines.voice.espeak_line import pronounced

PAIRS = {
    "aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "əʊ": "Q", "ɔɪ": "Y", "dʒ": "ʤ", "tʃ": "ʧ", "ts": "ʦ", "dz": "ʣ",
    "ss": "S",
}  # fmt: skip


def phones(tokens: Sequence[Spoken], language: str) -> list[str]:
    """Kokoro's phones of each token, its words parted by spaces; raises EngineDied."""
    return [
        _given(token) or _symbols(ipa, "^")
        for token, ipa in zip(tokens, pronounced(tokens, language), strict=True)
    ]


def _given(token: Spoken) -> str:
    """What a founder's own phones ("=/…/") say; espeak-ng is never asked for them."""
    ipa = next((word.strip("=/") for word in token.words if word.startswith("=/")), "")
    return _symbols(ipa.replace("͡", "").replace("g", "ɡ").replace("'", "ˈ"), "")


def _symbols(ipa: str, tie: str) -> str:
    for pair, symbol in PAIRS.items():
        ipa = ipa.replace(tie.join(pair), symbol)
    return re.sub("[-^\u032a]", "", ipa.replace("r.", "ɽ"))
