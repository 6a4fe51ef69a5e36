"""Words that may be shown by themselves: said by customers, and nobody's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import Pattern

N_SHOWN = 5  # words
N_CONTEXTS = 3  # texts in which a word with a capital is looked at


class WordCheck:
    """Knows how words are written in the texts, and which of them may be somebody's name.

    A word that is mostly written with a capital must come from two sources, and be found to be personal data neither by
    itself nor where it stands: the small model does not know every name, but few people are spoken of by two customers.
    """

    def __init__(
        self, texts: Sequence[str], sources: Sequence[str], find_names: Callable[[str], Collection[str]]
    ) -> None:
        """Sources are aligned with the texts; `find_names` gives a text's words, in small letters, that are names."""
        self._said = tuple(zip(texts, sources, strict=True))
        self._find_names = find_names
        self._known: dict[str, bool] = {}

    def choose(self, words: Iterable[str], said_in: Sequence[str] | None = None) -> tuple[str, ...]:
        """The first few of the words that are no one's name and, where texts are given, said in one of them."""
        chosen: list[str] = []
        for word in words:
            heard = said_in is None or any(find_word(word).search(text) for text in said_in)
            if len(chosen) < N_SHOWN and word and heard and not self.is_personal(word):
                chosen.append(word)
        return tuple(chosen)

    def is_personal(self, word: str) -> bool:
        """Whether a word may be somebody's name."""
        if word not in self._known:
            self._known[word] = self._look_at(word)
        return self._known[word]

    def _look_at(self, word: str) -> bool:
        pattern = find_word(word)
        found = [(match.group(), text, source) for text, source in self._said if (match := pattern.search(text))]
        capital = [(form, text, source) for form, text, source in found if form != form.lower()]
        if 2 * len(capital) <= len(found):
            return False
        contexts = [capital[0][0], *(text for _, text, _ in capital[:N_CONTEXTS])]
        return len({source for _, _, source in capital}) < 2 or any(word in self._find_names(one) for one in contexts)


@lru_cache(maxsize=4096)
def find_word(word: str) -> Pattern[str]:
    """The word in any case, standing by itself."""
    return re.compile(rf"(?i)(?<!\w){re.escape(word)}(?!\w)")
