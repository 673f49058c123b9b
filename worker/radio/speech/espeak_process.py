"""
espeak-ng in a process of its own: text on stdin, WAV on stdout. It is GPL and keeps global
state, and long strings of digits have hung it: it is run, watched and killed from outside.

    python -m worker.radio.speech.espeak_process VOICE WORDS-A-MINUTE < text > wav
"""

import ctypes
import sys
import wave
from io import BytesIO

_SYNCHRONOUS = 2  #: espeak_AUDIO_OUTPUT
_UTF8 = 1  #: espeakCHARS_UTF8
_RATE, _WORD_GAP = 1, 7  #: espeak_PARAMETER


def main(voice: str, words: int) -> int:
    """0 and a WAV; 3 without the library, 4 when it refuses."""
    text = sys.stdin.buffer.read()
    try:
        import espeakng_loader  # noqa: PLC0415  (an extra: what imports this file must not need it)
    except ImportError:
        return 3
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    pcm = bytearray()

    def hear(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object) -> int:
        if samples and count > 0:
            pcm.extend(ctypes.string_at(samples, count * 2))
        return 0

    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    # kept in a name of its own, or it is collected while espeak still calls it
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int,
                                ctypes.c_void_p)(hear)
    library.espeak_SetSynthCallback(callback)
    if rate <= 0 or library.espeak_SetVoiceByName(voice.encode()) != 0:
        return 4
    library.espeak_SetParameter(_RATE, words, 0)
    library.espeak_SetParameter(_WORD_GAP, 1, 0)
    library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(pcm))
    sys.stdout.buffer.write(out.getvalue())
    return 0 if pcm else 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
