"""Samples: 16-bit mono at 44.1 kHz, every part brought to the same peak."""

import itertools
import math
import wave
from array import array
from io import BytesIO

RATE = 44_100
#: −3 dB below full scale: amplifiers and horn speakers distort above it
PEAK = int(32767 * 10 ** (-3 / 20))


def from_wav(data: bytes) -> "array[int]":
    """Samples of a WAV file of any rate, one or two channels. ValueError: not 16-bit PCM."""
    try:
        with wave.open(BytesIO(data)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            raw = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(str(error)) from error
    if width != 2 or channels not in (1, 2) or rate < 8000:
        raise ValueError(f"{width * 8} bit, {channels} channels, {rate} Hz")
    samples = array("h", raw[:len(raw) // (2 * channels) * 2 * channels])
    if channels == 2:
        left, right = samples[::2], samples[1::2]
        samples = array("h", [(a + b) // 2 for a, b in zip(left, right, strict=True)])
    return resampled(samples, rate)


def resampled(samples: "array[int]", rate: int) -> "array[int]":
    """At 44.1 kHz by straight lines: speech has nothing left above 8 kHz that would show."""
    if rate == RATE or len(samples) < 2:
        return samples
    if rate * 2 == RATE:
        out = array("h", bytes(4 * len(samples)))
        out[::2] = samples
        out[1::2] = array("h", [(a + b) >> 1 for a, b in itertools.pairwise(samples)]
                          + [samples[-1]])
        return out
    step, last = rate / RATE, len(samples) - 1
    places = (n * step for n in range(int(last / step)))
    return array("h", [
        int(samples[int(x)] + (samples[int(x) + 1] - samples[int(x)]) * (x % 1)) for x in places])


def levelled(samples: "array[int]") -> "array[int]":
    """Its loudest sample at −3 dB; silence stays silence."""
    loudest = max(max(samples, default=0), -min(samples, default=0))
    if loudest < 33:  # −60 dB: noise, and making it louder helps nobody
        return samples
    factor = PEAK / loudest
    return array("h", [int(s * factor) for s in samples])


def silence(seconds: float) -> "array[int]":
    return array("h", bytes(2 * int(RATE * seconds)))


def chime() -> "array[int]":
    """Four struck notes, five seconds: a signature tune for whoever has none of their own."""
    notes = ((523.25, 0.0), (659.25, 0.7), (783.99, 1.4), (1046.5, 2.1))
    out = array("h", bytes(2 * RATE * 5))
    for pitch, start in notes:
        first = int(start * RATE)
        for n in range(len(out) - first):
            second = n / RATE
            level = math.exp(-1.6 * second) * min(1.0, second * 200)
            tone = math.sin(2 * math.pi * pitch * second) + 0.3 * math.sin(
                4 * math.pi * pitch * second)
            out[first + n] += int(5000 * level * tone)
    return out
