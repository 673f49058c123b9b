"""Cấu hình: the programme in forms, its history; Kênh: channels and their accounts."""

from console.web.pages.config import channels, forms, past
from console.web.pages.config.desk import STATION_ROLES
from console.web.route import Route

ADMIN = frozenset({"quan_tri"})

ROUTES: tuple[Route, ...] = (
    Route("GET", "/cau-hinh", forms.index),
    Route("GET", "/cau-hinh/lich-su", past.page),
    Route("GET", "/cau-hinh/lich-su/{number}", past.one),
    Route("POST", "/cau-hinh/lich-su/{number}", past.go_back, roles=ADMIN),
    Route("POST", "/cau-hinh/tep/nhan", past.take_up, roles=ADMIN),
    Route("POST", "/cau-hinh/tep/tra-lai", past.put_back, roles=ADMIN),
    Route("GET", "/cau-hinh/them/{section}", forms.new, roles=ADMIN),
    Route("POST", "/cau-hinh/them/{section}", forms.send_new, roles=ADMIN, fields=400),
    Route("GET", "/cau-hinh/{section}", forms.part),
    Route("POST", "/cau-hinh/{section}", forms.send_part, roles=ADMIN, fields=400),
    Route("GET", "/cau-hinh/{section}/{mark}", forms.one),
    Route("POST", "/cau-hinh/{section}/{mark}", forms.send_one, roles=STATION_ROLES, fields=400),
    Route("POST", "/cau-hinh/{section}/{mark}/xoa", forms.delete, roles=ADMIN),
    Route("GET", "/kenh", channels.page),
    Route("GET", "/kenh/{channel}", channels.one),
    Route("POST", "/kenh/{channel}/tam-dung", channels.pause, roles=channels.MOVERS),
    Route("POST", "/kenh/{channel}/tiep-tuc", channels.resume, roles=channels.MOVERS),
    Route("POST", "/kenh/{channel}/kiem-tra", channels.check, roles=channels.MOVERS),
)
