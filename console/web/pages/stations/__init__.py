"""Đài truyền thanh: the stations, their links, what each has taken, accepted and aired."""

from console.web.pages.stations import acts, calls, shown
from console.web.route import Route
from worker.radio.acceptance import LARGEST_SCAN

#: who speaks for the centre to a station, and writes down what a station said
STAFF = frozenset({"truc_dai", "quan_tri"})
#: the scan, and the fields around it
_SCAN = LARGEST_SCAN + (64 << 10)

ROUTES: tuple[Route, ...] = (
    Route("GET", "/dai", shown.every),
    Route("GET", "/dai/can-goi", calls.page),
    Route("POST", "/dai/can-goi/{number}", calls.answered, roles=STAFF),
    Route("GET", "/dai/{station}", shown.one),
    Route("POST", "/dai/{station}/duong-dan", acts.link, roles=STAFF),
    Route("POST", "/dai/{station}/duong-dan/khoa", acts.revoke, roles=STAFF),
    Route("POST", "/dai/{station}/chap-thuan", acts.allow, roles=STAFF, files=1, largest=_SCAN),
    Route("POST", "/dai/{station}/chap-thuan/{number}/thoi", acts.disallow, roles=STAFF),
    Route("POST", "/dai/{station}/da-phat", acts.aired_, roles=STAFF),
    Route("GET", "/dai/{station}/ban-thu/{number}.wav", shown.take),
    Route("POST", "/dai/{station}/ban-thu/{number}", acts.hear, roles=STAFF),
    Route("GET", "/dai/{station}/buoi/{day}/{airing}", shown.bulletin),
    Route("GET", "/dai/{station}/buoi/{day}/{airing}/tieng.mp3", shown.sound),
    Route("POST", "/dai/{station}/buoi/{day}/{airing}/duyet-phat", acts.accept, roles=STAFF,
          files=1, largest=_SCAN),
)
