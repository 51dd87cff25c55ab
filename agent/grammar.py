"""Telling clauses, questions, topics and bare deeds apart, well enough to put them into sentences."""

from __future__ import annotations

import re
from enum import StrEnum


class Shape(StrEnum):
    """What a piece of a brief is, grammatically."""

    CLAUSE = "clause"
    QUESTION = "question"
    INDIRECT = "indirect"
    DEED = "deed"
    DOING = "doing"
    ASK = "ask"
    TAIL = "tail"
    PHRASE = "phrase"


_PRONOUN = r"(?:we|i|it|they|you|he|she|this|that|there|these|those|everyone|nobody|anyone|somebody|who)"
_AUXILIARY = (
    r"(?:is|are|was|were|am|has|have|had|will|would|can|can't|cannot|could|do|does|did|should|must|may|might|"
    r"won't|don't|doesn't|didn't|isn't|aren't|wasn't|weren't|[a-z]+['’](?:re|ve|ll|d|m))"
)
_PAST = (
    r"(?:raised|closed|launched|opened|built|grew|hired|won|shipped|released|reached|hit|signed|moved|"
    r"doubled|tripled|"
    r"finished|started|founded|joined|sold|bought|acquired|made|cut|passed|crossed|published|wrote|"
    r"learned|spent|"
    r"became|got|lost|saved|beat|added|expanded|partnered|delivered|turned|served|went|came|took|gave|found|"
    r"fell|rose|dropped|increased|decreased|climbed|jumped|improved|stayed|held|tested|proved|agreed|"
    r"decided|moved|"
    r"brought|helped|announced|began|completed|earned|secured|welcomed|celebrated|ran|rebuilt|redesigned)"
)
_PRESENT = (
    r"(?:waste|wastes|want|wants|need|needs|love|loves|use|uses|get|gets|make|makes|take|takes|help|"
    r"helps|save|saves|"
    r"let|lets|work|works|run|runs|start|starts|open|opens|launch|launches|join|joins|come|comes|go|"
    r"goes|know|knows|"
    r"pay|pays|cost|costs|grow|grows|give|gives|matter|matters|mean|means|trust|trusts|deserve|"
    r"deserves|end|ends|"
    r"live|lives|begin|begins|ship|ships|keep|keeps|bring|brings|build|builds|change|changes|lose|"
    r"loses|turn|turns|"
    r"cost|folds|fold|charge|charges|reads|read|speak|speaks|learn|learns|solve|solves|sell|sells|"
    r"close|closes|"
    r"believe|believes|think|thinks|write|writes|ask|asks|choose|chooses|connect|connects|move|moves|"
    r"stay|stays)"
)
_DOING = (
    r"(?:hiring|launching|opening|looking|moving|expanding|growing|releasing|shipping|raising|building|"
    r"starting|"
    r"working|adding|rolling|planning|doubling|partnering|offering|welcoming|celebrating|bringing|investing|"
    r"recruiting|joining|introducing|announcing|seeking|closing)"
)
_ASK = (
    r"(?:thank|thanking|invite|inviting|announce|announcing|congratulate|congratulating|welcome|"
    r"welcoming|introduce|"
    r"introducing|apologi[sz]e|apologi[sz]ing|wish|wishing|remind|reminding|celebrate|celebrating|"
    r"promote|share|"
    r"sharing|present|presenting|encourage|encouraging|ask|asking|recap|summari[sz]e|honou?r|"
    r"honou?ring|say hello|say goodbye|say thank)"
)
_CLAUSE = re.compile(
    rf"^(?:and |but |so )?(?:(?:today|now|yesterday|last \w+|this \w+|next \w+|in \w+),? )?"
    rf"(?:{_PRONOUN}\b|.*?\b{_AUXILIARY}\b|[a-z0-9$€£' ’-]*?\w+s? {_PAST}\b|(?:(?:our|the|my|your) "
    rf")?[\w' ’-]*\w+ {_PRESENT}\b .)",
    re.IGNORECASE,
)
_INDIRECT = re.compile(r"^(?:why|how|what|where|when|who|which|whether)\b", re.IGNORECASE)
_DIRECT = re.compile(rf"^(?:why|how|what|where|when|who) (?:{_AUXILIARY})\b", re.IGNORECASE)
_JOINED = re.compile(
    r"^(?:which|who|whose|because|since|while|when|if|as|with|led by|backed by|together with|including|"
    r"plus|so|"
    r"but|or|after|before|until|from|to|at|in|on|by|for|thanks to|joined by|of|even)\b",
    re.IGNORECASE,
)
_COUNT_NOUN = re.compile(
    r"\b(?:round|launch|office|product|team|event|app|company|partnership|book|website|platform|"
    r"feature|release|"
    r"roadmap|deal|merger|award|webinar|course|service|program|programme|store|job|role|hire|startup|"
    r"conference|"
    r"announcement|acquisition|milestone|anniversary|mission|vision|update|version|drop|sale|increase|"
    r"model|api|tool|project)$",
    re.IGNORECASE,
)
_DETERMINED = re.compile(
    r"^(?:a|an|the|our|my|your|their|its|his|her|this|that|these|those|some|any|every|no|\d\S*|"
    r"[$€£]\S+|[A-Z]\S*)\b"
    r"|^\S+['’]s? ",
)


def shape_of(text: str) -> Shape:
    """The shape of a clause of a brief, without its final mark."""
    if _DIRECT.match(text) and not re.match(r"^(?:what|who|how many \w+) (?:is|are|has|have) \w+ing\b", text):
        return Shape.QUESTION
    if _INDIRECT.match(text):
        return Shape.INDIRECT
    if re.match(rf"^(?:to )?{_ASK}\b", text, re.IGNORECASE):
        return Shape.ASK
    if re.match(rf"^(?:and |now |just |recently )?{_PAST}\b", text, re.IGNORECASE):
        return Shape.DEED
    if re.match(rf"^(?:and |now |also |currently )?{_DOING}\b", text, re.IGNORECASE):
        return Shape.DOING
    if _JOINED.match(text):
        return Shape.TAIL
    return Shape.CLAUSE if _CLAUSE.match(text) else Shape.PHRASE


def as_topic(phrase: str) -> str:
    """A noun phrase that can follow "about": gets its article where English wants one."""
    phrase = _lower_first(phrase)
    if not _DETERMINED.match(phrase) and _COUNT_NOUN.search(
        re.split(r" (?:in|for|with|of|at|to|on) ", phrase)[0]
    ):
        return f"the {phrase}"
    return phrase


def sentence(text: str, mark: str = ".") -> str:
    """Capital at the start, one mark at the end, a lone i made I."""
    text = re.sub(r"\bi(?=\b(?:['’](?:m|ve|d|ll))?\s)", "I", text.strip().rstrip(",;:- "))
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in '.!?…"”' else mark)


def lowered(text: str) -> str:
    """The sentence as it stands after a word such as "and": small first letter unless it is a name."""
    return _lower_first(text)


_SMALL = re.compile(
    r"^(?:(?:Product|Team|Company|Seed|Office|Book|Event|Trust|Revenue|Machines|Compilers|"
    r"Software)\b(?! [A-Z])|"
    r"(?:We|Our|It|They|You|The|A|An|This|That|There|These|Those|My|Your|Their|Its|He|She|Why|How|"
    r"What|Where|When|"
    r"Who|And|But|So|In|On|At|For|With|Every|Each|All|Some|No|People|Customers|Everyone|Today|Now|Hiring|"
    r"Building|Launching|Opening|New|Two|Three|Four|Five|Ten)\b)"
)


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:] if _SMALL.match(text) else text


def personal(text: str) -> str:
    """The people an ask speaks of, addressed: "invite people to lunch" → "invite you to lunch"."""
    people = r"(?:people|everyone|everybody|them|folks|viewers|all of you|the audience|followers)"
    return re.sub(rf"^(\w+) {people}\b", r"\1 you", text, flags=re.IGNORECASE)


_ENDS_IN_E = re.compile(
    r"(?:invit|announc|introduc|welcom|shar|celebrat|congratulat|apologi[sz]|summari[sz])$"
)


def infinitive(word: str) -> str:
    """The plain form of one of the asking verbs: "announcing" → "announce"."""
    stem = word.lower().removesuffix("ing")
    return stem + "e" if _ENDS_IN_E.match(stem) and stem != word.lower() else stem
