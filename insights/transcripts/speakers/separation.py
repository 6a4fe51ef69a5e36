"""How alike two groups of voice vectors are: whether they are two people or one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from insights.transcripts.speakers.voices import Voices

    Matrix = NDArray[np.float64]
    Mask = NDArray[np.bool_]


def likeness(voices: Voices, labels: NDArray[np.intp]) -> float:
    """Of the two groups most alike: their mean cosine across, over the mean cosine within; 1 where they are one voice.

    Spearman's correction for attenuation (1904), with cosines for correlations: short stretches of one voice differ
    among themselves, and by as much within a group as across two groups of one voice. Stretches that share sound are
    alike for that reason, so they are not compared.
    """
    import numpy as np

    cosines = (voices.vectors @ voices.vectors.T).astype(np.float64)
    apart = ~_overlap(voices)
    n_groups = int(labels.max()) + 1
    means = np.full((n_groups, n_groups), np.nan)
    for one in range(n_groups):
        for other in range(one + 1):
            pairs = (labels == one)[:, None] & (labels == other)[None, :] & apart
            if pairs.any():
                means[one, other] = cosines[pairs].mean()
    within = np.diag(means)
    within = np.where(np.isnan(within), np.nanmean(within) if not np.isnan(within).all() else 1.0, within)
    across = means / np.sqrt(np.maximum(np.outer(within, within), 1e-3))
    found = across[np.tril_indices(n_groups, -1)]
    return float(np.nanmax(found)) if not np.isnan(found).all() else 1.0


def _overlap(voices: Voices) -> Mask:
    """Which pairs of stretches share sound, or are one: (n, n) bool."""
    starts, ends = voices.spans[:, 0], voices.spans[:, 1]
    mask: Mask = (starts[:, None] < ends[None, :]) & (starts[None, :] < ends[:, None])
    return mask
