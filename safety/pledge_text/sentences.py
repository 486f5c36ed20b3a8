"""Promises made in running text: "Polisen lovar att öka närvaron i centrum."."""

from dataclasses import dataclass

from safety.pledge_text.promisers import SENTENCE_END, Grammar
from safety.pledge_text.result import Promiser

LONGEST_CONTEXT = 60


@dataclass(frozen=True)
class RunningPromise:
    text: str
    promiser: Promiser | None  # None where it says "vi"


@dataclass(frozen=True)
class Running:
    promises: tuple[RunningPromise, ...] = ()
    leads_on: bool = False  # ends in "Detta gör vi genom att:"

    @property
    def names_a_party(self) -> bool:
        return any(one.promiser is not None for one in self.promises)


def running_promises(text: str, grammar: Grammar) -> Running:
    """The promises in a paragraph; a sentence that promises nothing belongs to the one before."""
    sentences = SENTENCE_END.split(text)
    pledged = [grammar.promised_in(sentence) for sentence in sentences]
    first = next((one for one in pledged if one is not None), None)
    if first is None:
        return Running()
    if pledged[0] is None:
        # What comes before the promise is its reason, and stays with it if it is short.
        if len(text.split()) > LONGEST_CONTEXT:
            return Running()
        return Running((RunningPromise(text, first.promiser),))
    leads_on = len(sentences) > 1 and sentences[-1].endswith(":")
    promises: list[RunningPromise] = []
    for sentence, said in list(zip(sentences, pledged, strict=True))[: -1 if leads_on else None]:
        if said is not None:
            promises.append(RunningPromise(sentence, said.promiser))
        else:
            before = promises.pop()
            promises.append(RunningPromise(f"{before.text} {sentence}", before.promiser))
    return Running(tuple(promises), leads_on)
