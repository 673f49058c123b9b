"""
The words whose meaning turns round, or is lost, when the accents are taken off.

Only words that change what the reader is told to do are here: negation (đừng, chưa, chớ), leave
and ban (cấm), who does what (bạn, bán), what is false (giả). Nearly every syllable has look-alikes;
a list of all of them would be clicked away. Staff read the reasons, so these are Vietnamese.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Risk:
    """One bare word or phrase that can be read in several ways."""

    #: As it stands in the message without accents, small letters.
    bare: str
    #: The written words that are warned of; every one is *bare* when its accents go.
    written: tuple[str, ...]
    #: All the ways to read *bare*, the written ones among them.
    could_be: tuple[str, ...]
    #: What goes wrong and what to write instead.
    why: str
    #: Whether to warn also when the author typed the word without accents. False where the bare
    #: word is a common harmless one ("cho").
    also_bare: bool = True


_NOT = "“đừng” bị đọc thành “đúng” hoặc “dùng” thì lời khuyên ngược hẳn: hãy viết KHÔNG"
_STOP_WORDS = ("đừng", "đúng", "dùng", "dừng")


def _dont(verb: str) -> Risk:
    """The worst of all, "đừng" before the verb: "dung chuyen" is do not, or do rightly."""
    bare = {"chuyển": "chuyen", "bấm": "bam", "gửi": "gui", "gọi": "goi", "mở": "mo", "cài": "cai"}
    readings = tuple(f"{word} {verb}" for word in _STOP_WORDS)
    return Risk(f"dung {bare[verb]}", readings, readings, _NOT + f" {verb.upper()}")


RISKS: tuple[Risk, ...] = (
    _dont("chuyển"),
    _dont("bấm"),
    _dont("gửi"),
    _dont("gọi"),
    _dont("mở"),
    _dont("cài"),
    Risk("dung", _STOP_WORDS, (*_STOP_WORDS, "đứng", "đụng"), _NOT),
    Risk(
        "chua",
        ("chưa", "chữa", "chứa", "chừa"),
        ("chưa", "chữa", "chứa", "chừa", "chùa"),
        "“chưa” (phủ định) lẫn với “chữa”, “chứa”: hãy viết KHÔNG hoặc thêm từ (“chưa được”)",
    ),
    Risk(
        "cho",
        ("chớ", "chờ"),
        ("chớ", "chờ", "cho"),
        "“chớ”, “chờ” đọc thành “cho” thì lời khuyên ngược hẳn: hãy viết KHÔNG hoặc ĐỢI",
        also_bare=False,
    ),
    Risk(
        "chang",
        ("chẳng",),
        ("chẳng", "chàng", "chặng"),
        "“chẳng” (phủ định) mất dấu dễ bị bỏ qua: hãy viết KHÔNG",
        also_bare=False,
    ),
    Risk(
        "tranh",
        ("tránh",),
        ("tránh", "tranh", "trành"),
        "“tránh” lẫn với “tranh” (giành lấy): hãy viết KHÔNG, hoặc “tránh xa”",
    ),
    Risk(
        "khong che",
        ("khống chế",),
        ("khống chế", "không che", "không chê"),
        "“khống” đọc thành “không”: hãy viết “ép buộc”, “kiểm soát”",
    ),
    Risk(
        "cam",
        ("cấm", "cầm", "cảm", "cám", "cam"),
        ("cấm", "cầm", "cảm", "cám", "cam"),
        "“cấm” mất dấu đọc được thành “cầm”, “cảm”: hãy viết “nghiêm cấm” hoặc KHÔNG ĐƯỢC",
    ),
    Risk(
        "ban",
        ("bạn", "bán", "bản", "bàn", "bắn"),
        ("bạn", "bán", "bản", "bàn", "bắn", "ban"),
        "“bạn”, “bán”, “bản” lẫn nhau: hãy viết “bà con”, “mua bán”, “thôn bản”",
    ),
    Risk(
        "mo",
        ("mở", "mờ", "mơ", "mò"),
        ("mở", "mờ", "mơ", "mò", "mổ", "mồ", "mộ", "mỡ"),
        "“mở” đứng một mình đọc được nhiều cách: hãy viết rõ mở cái gì (“mở tài khoản”)",
    ),
    Risk(
        "dam",
        ("dám", "đám", "đâm", "đấm", "đảm", "đậm"),
        ("dám", "đám", "đâm", "đấm", "đảm", "đậm", "dặm", "đạm"),
        "“dám”, “đám”, “đâm” lẫn nhau: hãy đổi từ hoặc viết cả cụm (“bảo đảm”)",
    ),
    Risk(
        "gia",
        ("giả", "giá", "già"),
        ("giả", "giá", "già", "gia", "giã"),
        "“giả” đọc thành “giá” hoặc “gia” thì mất ý lừa dối: hãy viết “giả danh”, “giả mạo”",
    ),
    Risk(
        "tra",
        ("trả", "tra"),
        ("trả", "tra", "trà", "trá"),
        "“trả” (đưa tiền) lẫn với “tra” (xem lại): hãy viết “trả tiền”, “kiểm tra”, “tra cứu”",
    ),
    Risk(
        "lo",
        ("lỡ", "lộ", "lo", "lỗ"),
        ("lỡ", "lộ", "lo", "lỗ", "lô", "lở"),
        "“lỡ” (đã trót) đọc thành “lo” (thu xếp): hãy viết “đã trót”, “để lộ thông tin”",
    ),
    Risk(
        "bat",
        ("bật", "bắt"),
        ("bật", "bắt", "bất", "bát", "bạt"),
        "“bật” lẫn với “bắt”: hãy viết “mở”, “nghe máy” hoặc “bắt giữ”",
    ),
    Risk(
        "muon",
        ("mượn", "muốn"),
        ("mượn", "muốn", "muộn"),
        "“mượn” lẫn với “muốn”: hãy viết “cho mượn”, “mong muốn”",
    ),
    Risk(
        "nhan tin",
        ("nhắn tin", "nhận tin"),
        ("nhắn tin", "nhận tin"),
        "“nhắn tin” (gửi đi) lẫn với “nhận tin”: hãy viết “gửi tin nhắn”, “nhận được tin”",
    ),
    Risk(
        "sau gio",
        ("sáu giờ",),
        ("sáu giờ", "sau giờ"),
        "“sáu giờ” đọc thành “sau giờ”: hãy viết số (6 giờ)",
        also_bare=False,
    ),
)

_SAFE = """
lừa đảo, công an, công an xã, chuyển tiền, bảo đảm, đảm bảo, an ninh mạng, không nên,
sử dụng, ứng dụng, tín dụng, nội dung, lợi dụng, tác dụng, áp dụng, công dụng, tuyển dụng,
người dùng, tiêu dùng, thường dùng, dùng ai, đúng quy định, đúng giờ, đúng hạn, đúng số,
đúng sự thật, đúng người, đúng pháp luật, xây dựng, dung lượng, dừng lại và, tạm dừng,
chưa được, chưa có, chưa rõ, chưa từng, chưa bao giờ, chưa biết, chưa xác minh, chưa kiểm tra,
sửa chữa, chữa cháy, chữa bệnh, cứu chữa, chứa đựng, chứa chấp, kho chứa, chờ đợi, chờ xử lý,
chẳng hạn, chẳng may, tránh xa, phòng tránh, đấu tranh, chiến tranh, cạnh tranh, tranh thủ,
tranh chấp, bức tranh, né tránh, nghiêm cấm, bị cấm, hành vi cấm, cảm ơn, cám ơn, cam kết,
tình cảm, cảm xúc, cảm giác, cảm thấy, thông cảm, cầm cố, cầm đồ, cam đoan,
mua bán, buôn bán, rao bán, bán hàng, người bán, bán lẻ, các bạn, bạn bè, của bạn, bạn đồng ý,
nếu bạn, khi bạn, bạn có thể, bạn cần, giúp bạn, kết bạn, bạn đọc, bản thân, văn bản, cơ bản,
bản tin, bản sao, bản quyền, thôn bản, trưởng bản, bản làng, địa bàn, bàn giao, bàn bạc,
ủy ban, ban hành, ban đầu, ban ngành, ban đêm, ban ngày, tài khoản ngân hàng,
mở tài khoản, mở đường dẫn, mở liên kết, mở khóa, mở tệp, mở link, mở file, mở rộng, mở cửa,
mở ra, cởi mở, mơ hồ, mơ ước, mờ ám, ước mơ, đảm nhận, đảm nhiệm, đám cưới, đám tang, đám ma,
đám đông, đậm đặc, giả danh, giả mạo, giả dạng, giả giọng, giả hình ảnh, giả vờ, tin giả,
hàng giả, tiền giả, làm giả, sim giả, giấy tờ giả, gia đình, tham gia, quốc gia, chuyên gia,
gia tăng, gia hạn, gia súc, gia cầm, giá trị, giá rẻ, giá cả, giảm giá, đánh giá, đấu giá,
người già, tuổi già, già làng, trả lời, trả lại, trả tiền, trả nợ, trả góp, trả trước, trả phí,
kiểm tra, điều tra, thanh tra, tra cứu, gian trá, dối trá, hoàn trả, chi trả,
lo lắng, lo sợ, tiết lộ, lộ thông tin, lộ lọt, thua lỗ, lỗ hổng, để lộ, âu lo,
bắt cóc, bắt giữ, bắt buộc, bắt đầu, bắt tạm giam, lệnh bắt, bị bắt, truy bắt, bắt quả tang,
bất kỳ, bất ngờ, bất thường, bất cứ, bất động sản, bất hợp pháp, bất an,
cho mượn, vay mượn, mượn danh, mượn tên, mong muốn, nếu muốn, không muốn, ai mượn,
nhắn tin tới, nhắn tin cho, nhắn tin đến, tin nhắn
"""

#: Phrases that are read in one way only even without accents, and so are never warned of.
SAFE: tuple[str, ...] = tuple(phrase.strip() for phrase in _SAFE.split(","))
