"""What a person decides about what is to go out, or has: stop, start, doubts, recall, correct."""

from console.web.nav import ACTORS, ANSWER_FOR_TEXTS
from console.web.pages.desk import outcomes, stops
from console.web.route import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/dung-khan-cap", stops.page),
    Route("POST", "/dung-khan-cap", stops.stop, roles=ACTORS),
    Route("POST", "/dung-khan-cap/chay-lai", stops.start, roles=ACTORS),
    Route("POST", "/nhat-ky/{key}/ket-qua", outcomes.resolve, roles=ACTORS),
    Route("GET", "/thu-hoi/{item}", outcomes.recall_page, roles=ANSWER_FOR_TEXTS),
    Route("POST", "/thu-hoi/{item}", outcomes.recall, roles=ANSWER_FOR_TEXTS),
    Route("POST", "/thu-hoi/{item}/dinh-chinh", outcomes.correct, roles=ANSWER_FOR_TEXTS),
)
