"""What the speaker encoder hears: log mel energies as Kaldi computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insights.transcripts.audio import RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Channel = NDArray[np.float32]  # (n_samples,) at RATE_HZ

N_MELS = 80
FRAME_S = 0.01  # from one frame to the next; each covers 25 ms


def mel_energies(channel: Channel) -> NDArray[np.float32]:
    """Log mel energies, (n_frames, 80) float32.

    As CAM++ was trained: 25 ms Povey windows every 10 ms, pre-emphasis 0.97, 20 Hz to 8 kHz, no dither, samples from
    -1 to 1.
    """
    import kaldi_native_fbank as kaldi
    import numpy as np

    options = kaldi.FbankOptions()  # Kaldi's defaults but for what follows
    options.frame_opts.samp_freq = RATE_HZ
    options.frame_opts.dither = 0.0  # the same sound, the same vector
    options.mel_opts.num_bins = N_MELS
    bank = kaldi.OnlineFbank(options)
    bank.accept_waveform(RATE_HZ, channel)
    bank.input_finished()
    if not bank.num_frames_ready:
        return np.zeros((0, N_MELS), dtype=np.float32)
    return np.stack([bank.get_frame(index) for index in range(bank.num_frames_ready)])
