"""Lịch phát: a week, a month, one golden hour, and what persons do there."""

from console.web.pages.week import acts, hours, place, show
from console.web.pages.week.common import APPROVERS, PLANNERS
from console.web.route import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/lich-phat", show.week),
    Route("GET", "/lich-phat/thang", show.month),
    Route("GET", "/lich-phat/tin/{item}", hours.page, roles=PLANNERS),
    Route("GET", "/lich-phat/{day}/{slot}", place.page),
    Route("GET", "/lich-phat/{day}/{slot}/chon-tin", place.choose, roles=PLANNERS),
    Route("POST", "/lich-phat/xep", acts.pin, roles=PLANNERS),
    Route("POST", "/lich-phat/bo-xep", acts.unpin, roles=PLANNERS),
    Route("POST", "/lich-phat/tra-lai", acts.put_back, roles=PLANNERS),
    Route("POST", "/lich-phat/huy", acts.cancel, roles=PLANNERS),
    Route("POST", "/lich-phat/phat-lai", acts.repeat, roles=APPROVERS),
)
