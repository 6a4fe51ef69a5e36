"""Where a theme is said more than elsewhere: in one segment, stage, channel or outcome, beyond chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from insights.outputs.chance import N_SHUFFLES, Sums, are_significant, gather_meetings, share_beyond, shuffle_sums
from insights.outputs.findings import Mention, account_of, thread_of
from insights.outputs.groups import GROUPS, group_of
from insights.outputs.rates import measure_rate
from insights.types import Comparison, Conversation, Difference, Theme

if TYPE_CHECKING:
    from insights.outputs.chance import Floats

MIN_IN_GROUP = 5  # accounts met in a group, and outside of it
MIN_SAID = 5  # accounts that said a theme
FALSE_SHARE = 0.10  # of the differences named, at most this share is chance (expected)
DIFFERENCE_METHOD = (
    "One test for each theme and column: was it said in conversations of one group more than chance would have it? "
    f"Over all weeks, groups of {MIN_IN_GROUP} accounts or more, themes of {MIN_SAID} or more. The largest excess of "
    f"any group against {N_SHUFFLES:,} shuffles among accounts with as many conversations, so that who is met more "
    "often does not look as if it said more; Benjamini-Hochberg over all of them at 10 % false alarms."
)


def compare_groups(
    themes: Iterable[Theme],
    conversations: Sequence[Conversation],
    mentions: Mapping[str, Mention],
    columns: Sequence[str] = GROUPS,
    n_shuffles: int = N_SHUFFLES,
) -> Comparison:
    """Find the themes that are said more in one group than elsewhere, each column by itself, compared together."""
    found: list[Difference] = []
    compared: list[str] = []
    threads_of = {theme: _threads_that_say(theme, mentions) for theme in themes}
    for column in columns:
        differences = list(_Column(column, conversations).test(threads_of, n_shuffles))
        found += differences
        compared += [column] if differences else []
    clear = are_significant([one.p_value for one in found], FALSE_SHARE)
    named = [one for one, is_clear in zip(found, clear, strict=True) if is_clear]
    order = sorted(named, key=lambda one: (one.p_value, one.elsewhere.share - one.inside.share, one.theme.id))
    return Comparison(tuple(compared), tuple(order))


def _threads_that_say(theme: Theme, mentions: Mapping[str, Mention]) -> frozenset[str]:
    return frozenset(mentions[signal_id].thread for signal_id in theme.signal_ids if signal_id in mentions)


class _Column:
    """The conversations (a thread of mail is one) whose group is known, with their accounts."""

    def __init__(self, column: str, conversations: Iterable[Conversation]) -> None:
        self.column = column
        self.account_of: dict[str, str] = {}  # by thread, in the order of time
        self.group_of: dict[str, str] = {}
        for conversation in conversations:
            group, thread = group_of(conversation, column), thread_of(conversation)
            if group and thread not in self.group_of:
                self.group_of[thread], self.account_of[thread] = group, account_of(conversation)

    def accounts(self, threads: Iterable[str], group: str, *, inside: bool = True) -> set[str]:
        """The accounts of those threads that are of the group, or of those that are not."""
        return {
            self.account_of[one] for one in threads if one in self.group_of and (self.group_of[one] == group) == inside
        }

    def groups(self) -> list[str]:
        """The groups that are large enough to be compared with the rest."""
        return [
            group
            for group in sorted(set(self.group_of.values()))
            if min(len(self.accounts(self.group_of, group, inside=inside)) for inside in (True, False)) >= MIN_IN_GROUP
        ]

    def test(self, threads_of: Mapping[Theme, frozenset[str]], n_shuffles: int) -> Iterator[Difference]:
        """Give for each theme the group that stands out most, with how likely chance is to make any stand out so."""
        groups = self.groups()
        enough = {
            theme: threads & self.group_of.keys()
            for theme, threads in threads_of.items()
            if len({self.account_of[one] for one in threads if one in self.group_of}) >= MIN_SAID
        }
        if not groups or not enough:
            return
        excess, p_values = _find_excess(self._sum(enough, groups, n_shuffles))
        for theme, best, p_value in zip(enough, excess.argmax(axis=1), p_values, strict=True):
            inside, elsewhere = (
                measure_rate(
                    len(self.accounts(enough[theme], groups[best], inside=where)),
                    len(self.accounts(self.group_of, groups[best], inside=where)),
                )
                for where in (True, False)
            )
            if inside and elsewhere:
                yield Difference(theme, self.column, groups[best], inside, elsewhere, float(p_value))

    def _sum(self, said: Mapping[Theme, frozenset[str]], groups: Sequence[str], n_shuffles: int) -> Sums:
        import numpy as np

        slots = list(self.group_of)  # one a thread, so that each is a meeting with one account
        met = [frozenset({self.account_of[thread]}) for thread in slots]
        heard = {theme.id: [met[n] if thread in threads else () for n, thread in enumerate(slots)]
                 for theme, threads in said.items()}  # fmt: skip
        meetings, places = gather_meetings(met, heard)
        labels = np.array([self.group_of[thread] for thread in slots])[places]
        return shuffle_sums(meetings, labels[:, None] == np.array(groups), n_shuffles)


def _find_excess(sums: Sums) -> tuple[Floats, Floats]:
    """Give how far each group stands out, (n_themes, n_groups), and the probability of any standing out so far.

    Groups are compared by their largest standardised excess: Westfall and Young (1993), Resampling-based multiple
    testing, single-step max-T.
    """
    import numpy as np

    mean, spread = sums.shuffled.mean(axis=1), sums.shuffled.std(axis=1)
    scale = np.where(spread > 0, spread, np.inf)
    excess = (sums.observed - mean) / scale
    largest = ((sums.shuffled - mean[:, None]) / scale[:, None]).max(axis=-1)
    return excess, share_beyond(largest, excess.max(axis=-1))
