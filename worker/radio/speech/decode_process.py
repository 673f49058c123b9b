"""
A recording from somebody's phone (MP3, M4A, WAV, OGG, AMR …) to WAV, in a process of its own:
what is uploaded is not trusted, and a broken file must not take the worker with it.

    python -m worker.radio.speech.decode_process SECONDS-AT-MOST < recording > wav
"""

import sys
import wave
from io import BytesIO

RATE = 44_100


def main(longest: int) -> int:
    """0 and a WAV (44.1 kHz, mono); 3 without the library, 4 no sound in it, 5 too long."""
    try:
        import av  # noqa: PLC0415  (an extra)
    except ImportError:
        return 3
    pcm = bytearray()
    try:
        with av.open(BytesIO(sys.stdin.buffer.read()), "r") as container:
            if not container.streams.audio:
                return 4
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in container.decode(container.streams.audio[0]):
                for piece in resampler.resample(frame):
                    pcm += bytes(piece.planes[0])[:piece.samples * 2]
                if len(pcm) > 2 * RATE * longest:
                    return 5
            for piece in resampler.resample(None):
                pcm += bytes(piece.planes[0])[:piece.samples * 2]
    except av.FFmpegError:
        return 4
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(pcm))
    sys.stdout.buffer.write(out.getvalue())
    return 0 if pcm else 4


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
