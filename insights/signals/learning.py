"""Learns from a user's labels how the classifiers' scores are to be corrected, and measures it on labels held out.

The loss is the log loss on the labels, held towards "no change" in two ways: by a penalty on the distance from slope 1,
offset 0 and no weights, and by sentences without a label (anchors) that want to keep the score they have. Without
anchors a few added signals, all of low score, would teach that every low score means a signal.

Which penalty is chosen by folds that share no conversation, inside folds that share none (nested cross-validation), so
that the figures tell of conversations that nothing was learnt from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from insights.signals.adapt import Correction, corrected, logit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIN_LABELS = 20  # fewer say too little to change anything
MIN_OF_EACH = 5  # labels that say yes, and labels that say no
MIN_GROUPS = 3  # conversations
MIN_FOR_WEIGHTS = 40  # labels from which the words themselves may count, not only the score
N_FOLDS = 5
CAUTION = 1.0  # penalty on (slope - 1)^2 and offset^2, in labels' worth of log loss
WEIGHT_PENALTIES = (None, 10.0, 3.0, 1.0)  # on the squared weights; None: no weights
ANCHOR_SHARE = 2.0  # all anchors together weigh so much, the labels 1


@dataclass(frozen=True, slots=True)
class Examples:
    """Sentences with the classifier's score and, where they are labels, what a person says they are."""

    scores: NDArray[np.float32]  # (n,), as shipped
    embeddings: NDArray[np.float32]  # (n, dim)
    truth: NDArray[np.bool_]  # (n,); of anchors, without meaning
    groups: tuple[str, ...]  # (n,) the conversation of each

    def take(self, rows: NDArray[np.int64]) -> Examples:
        """Some of them."""
        groups = tuple(self.groups[row] for row in rows)
        return Examples(self.scores[rows], self.embeddings[rows], self.truth[rows], groups)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well scores tell labels."""

    log_loss: float
    brier: float
    f1: float  # at the threshold in force


@dataclass(frozen=True, slots=True)
class Trial:
    """What was learnt for one kind, and how it did on conversations held out."""

    n_labels: int
    n_positive: int
    n_conversations: int
    before: Fit | None = None  # None where there are too few labels to hold some out
    after: Fit | None = None
    is_better: bool = False  # log loss, by more than its standard error over conversations, and F1 no worse
    correction: Correction | None = None  # learnt from all labels; None if it is no better
    note: str = ""


def learn(labels: Examples, anchors: Examples, threshold: float) -> Trial:
    """A correction of the scores, if it does better on labels that it did not learn from.

    Args:
        labels: what people said, at least `MIN_LABELS`, of `MIN_GROUPS` conversations and of both sorts.
        anchors: sentences that nobody labelled.
        threshold: the score from which a sentence counts as found.
    """
    n_positive, n_groups = int(labels.truth.sum()), len(set(labels.groups))
    trial = Trial(len(labels.truth), n_positive, n_groups)
    lacking = _lacking(trial)
    if lacking:
        return replace(trial, note=f"too few to say: {lacking}")
    held_out = _predict_held_out(labels, anchors)
    before, after = _measure(labels.scores, labels, threshold), _measure(held_out, labels, threshold)
    is_better = _gains_surely(labels, held_out) and after.f1 >= before.f1
    trial = replace(trial, before=before, after=after, is_better=is_better)
    if not is_better:
        return replace(trial, note="no better on conversations held out")
    return replace(trial, correction=fit(labels, anchors, _choose_penalty(labels, anchors)))


def _lacking(trial: Trial) -> str:
    n_fewer = min(trial.n_positive, trial.n_labels - trial.n_positive)
    wants = (
        (trial.n_labels, MIN_LABELS, "labels"),
        (n_fewer, MIN_OF_EACH, "of the rarer sort"),
        (trial.n_conversations, MIN_GROUPS, "conversations"),
    )
    return ", ".join(f"{there} {what} of the {least} needed" for there, least, what in wants if there < least)


def fit(labels: Examples, anchors: Examples, penalty: float | None) -> Correction:
    """The correction of least loss; `penalty` on the weights, None for slope and offset only."""
    import numpy as np
    from scipy.optimize import minimize

    rows = _stack(labels, anchors, with_weights=penalty is not None)
    targets = np.concatenate([labels.truth.astype(float), anchors.scores])
    n_anchors = max(1, len(anchors.scores))
    share = ANCHOR_SHARE * len(labels.truth) / n_anchors
    importance = np.concatenate([np.ones(len(labels.truth)), np.full(len(anchors.scores), share)])
    home = np.zeros(rows.shape[1])
    home[1] = 1.0  # slope
    strength = np.full(rows.shape[1], penalty or 0.0)
    strength[:2] = CAUTION

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        decision = rows @ values
        chance = 1 / (1 + np.exp(-decision))
        away = values - home
        total = importance @ (np.logaddexp(0, decision) - targets * decision) + strength @ away**2 / 2
        return float(total), rows.T @ (importance * (chance - targets)) + strength * away

    found = minimize(loss, home, jac=True, method="L-BFGS-B").x
    weights = tuple(round(float(value), 5) for value in found[2:])
    return Correction(round(float(found[1]), 5), round(float(found[0]), 5), weights)


def _stack(labels: Examples, anchors: Examples, *, with_weights: bool) -> NDArray[np.float64]:
    """One row a sentence: 1, the log odds of its score and, if wanted, its embedding."""
    import numpy as np

    odds = logit(np.concatenate([labels.scores, anchors.scores]))
    columns: list[Any] = [np.ones_like(odds)[:, None], odds[:, None]]
    if with_weights:
        columns.append(np.vstack([labels.embeddings, anchors.embeddings]))
    return np.hstack(columns)


def _penalties(n_labels: int) -> tuple[float | None, ...]:
    return WEIGHT_PENALTIES if n_labels >= MIN_FOR_WEIGHTS else WEIGHT_PENALTIES[:1]


def _choose_penalty(labels: Examples, anchors: Examples) -> float | None:
    """The penalty that does best on conversations held out of these; the strongest of equals."""
    penalties = _penalties(len(labels.truth))
    if len(penalties) == 1 or len(set(labels.groups)) < 2:
        return penalties[0]
    losses = dict.fromkeys(penalties, 0.0)
    for learnt, kept in _folds(labels.groups):
        for penalty in penalties:
            correction = fit(labels.take(learnt), anchors, penalty)
            losses[penalty] += float(_log_losses(_correct(labels.take(kept), correction), labels.truth[kept]).sum())
    return min(penalties, key=lambda penalty: losses[penalty])


def _predict_held_out(labels: Examples, anchors: Examples) -> NDArray[np.float32]:
    """Corrected scores (n,) of labels, each by a correction that saw nothing of its conversation."""
    import numpy as np

    predicted = np.zeros_like(labels.scores)
    for learnt, kept in _folds(labels.groups):
        part = labels.take(learnt)
        predicted[kept] = _correct(labels.take(kept), fit(part, anchors, _choose_penalty(part, anchors)))
    return predicted


def _folds(groups: Sequence[str]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    from sklearn.model_selection import GroupKFold

    folds = GroupKFold(min(N_FOLDS, len(set(groups))))
    yield from folds.split(list(groups), groups=list(groups))


def _correct(examples: Examples, correction: Correction) -> NDArray[np.float32]:
    return corrected(examples.scores, examples.embeddings, correction)


def _log_losses(chances: NDArray[np.float32], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    import numpy as np

    sure = np.clip(np.where(truth, chances, 1 - chances).astype(np.float64), 1e-4, 1.0)
    losses: NDArray[np.float64] = -np.log(sure)
    return losses


def _gains_surely(labels: Examples, held_out: NDArray[np.float32]) -> bool:
    """Whether the log loss falls by more than the standard error of that fall, taken over conversations."""
    import numpy as np

    gains = _log_losses(labels.scores, labels.truth) - _log_losses(held_out, labels.truth)
    by_group: dict[str, float] = {}
    for group, gain in zip(labels.groups, gains, strict=True):
        by_group[group] = by_group.get(group, 0.0) + float(gain)
    sums = np.array(list(by_group.values()))
    return bool(sums.sum() > sums.std(ddof=1) * np.sqrt(len(sums)))


def _measure(chances: NDArray[np.float32], labels: Examples, threshold: float) -> Fit:
    from sklearn.metrics import f1_score

    log_loss = float(_log_losses(chances, labels.truth).mean())
    brier = float(((chances - labels.truth) ** 2).mean())
    f1 = float(f1_score(labels.truth, chances >= threshold, zero_division=0.0))
    return Fit(round(log_loss, 4), round(brier, 4), round(f1, 4))
