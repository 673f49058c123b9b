"""
Parts of a bulletin to one MP3, in a process of its own: a minute of sound is two seconds of
work, and a worker that publishes must not wait for it.

    python -m worker.radio.speech.mix_process < job.json

job: {"parts": [{"wav": PATH} | {"silence": SECONDS} | {"chime": true}], "out": PATH,
"tags": {"title", "artist", "album", "date"}}. stdout: {"seconds", "bytes"}.
"""

import json
import sys
from array import array
from pathlib import Path
from typing import Any

from worker.radio.speech import pcm

KBITS = 64  #: speech, mono; a minute is half a megabyte


def main() -> int:
    """0; 3 without the encoder."""
    try:
        import lameenc  # noqa: PLC0415  (an extra)
    except ImportError:
        return 3
    job = json.load(sys.stdin)
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(KBITS)
    encoder.set_in_sample_rate(pcm.RATE)
    encoder.set_out_sample_rate(pcm.RATE)
    encoder.set_channels(1)
    encoder.set_quality(5)
    encoder.silence()
    sound, samples = bytearray(), 0
    for part in job["parts"]:
        piece = _samples(part)
        samples += len(piece)
        sound += encoder.encode(piece.tobytes())
    sound += encoder.flush()
    whole = id3(job["tags"]) + bytes(sound)
    out = Path(job["out"])
    draft = out.with_suffix(".moi")
    draft.write_bytes(whole)
    draft.replace(out)
    json.dump({"seconds": round(samples / pcm.RATE, 2), "bytes": len(whole)}, sys.stdout)
    return 0


def _samples(part: dict[str, Any]) -> "array[int]":
    if "wav" in part:
        return pcm.levelled(pcm.from_wav(Path(part["wav"]).read_bytes()))
    if part.get("chime"):
        return pcm.levelled(pcm.chime())
    return pcm.silence(float(part["silence"]))


def id3(tags: dict[str, str]) -> bytes:
    """ID3v2.3 in UTF-16: what the oldest players read with all diacritics."""
    frames = b""
    for name, key in (("TIT2", "title"), ("TPE1", "artist"), ("TALB", "album"), ("TYER", "date")):
        if tags.get(key):
            body = b"\x01" + tags[key].encode("utf-16")
            frames += name.encode() + len(body).to_bytes(4, "big") + b"\0\0" + body
    size = len(frames)
    # sizes of the whole tag have seven bits in a byte
    return b"ID3\x03\0\0" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0)) + frames


if __name__ == "__main__":
    sys.exit(main())
