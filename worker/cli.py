"""
Which commands there are. Each stands beside its subject; here they are only mounted, and
loaded when asked for: `--help` must not wait for a database library.
"""

from typing import NamedTuple


class Mount(NamedTuple):
    """A command: its words, where its function is, its help in one line."""

    name: str  #: one or two words ("person add")
    function: str  #: "module:function"
    vi: str
    en: str


MOUNTS: tuple[Mount, ...] = (
    Mount("check", "worker.programme.commands:check",
          "Kiểm tra schedules.toml; --apply để nhận", "Check schedules.toml; --apply takes it up"),
    Mount("template", "worker.items.commands:template",
          "Tạo mẫu Excel để soạn tin", "Write an Excel form for items"),
    Mount("import", "worker.items.commands:import_",
          "Nhập tin từ TOML, CSV, XLSX", "Import items from TOML, CSV, XLSX"),
    Mount("export", "worker.items.commands:export",
          "Xuất tin ra TOML, CSV, XLSX", "Export items to TOML, CSV, XLSX"),
    Mount("items", "worker.items.commands:items", "Danh sách tin", "List items"),
    Mount("fill", "worker.items.commands:fill",
          "Điền số liệu còn thiếu của tin", "Fill in a fact an item requires"),
    Mount("clear-note", "worker.items.commands:clear_note",
          "Xác nhận đã xử lý ghi chú của tin", "Clear an item's open note"),
    Mount("person add", "worker.people:add", "Thêm người", "Add a person"),
    Mount("person list", "worker.people:list_", "Danh sách người", "List persons"),
    Mount("submit", "worker.items.acts:submit", "Trình duyệt tin", "Submit an item"),
    Mount("approve", "worker.items.acts:approve", "Duyệt tin", "Approve an item"),
    Mount("return", "worker.items.acts:return_", "Trả lại tin để sửa",
          "Return an item for mending"),
    Mount("reject", "worker.items.acts:reject", "Không duyệt tin", "Reject an item"),
    Mount("recall", "worker.outbox.commands:recall", "Thu hồi tin ở mọi kênh", "Recall an item"),
    Mount("pin", "worker.planner.commands:pin", "Xếp tin vào khung giờ", "Pin an item to a slot"),
    Mount("unpin", "worker.planner.commands:unpin", "Bỏ xếp", "Unpin"),
    Mount("cancel", "worker.outbox.commands:cancel", "Hủy một lượt phát", "Cancel an occurrence"),
    Mount("repeat", "worker.planner.commands:repeat", "Phát lại một lượt", "Repeat an occurrence"),
    Mount("publish", "worker.planner.commands:publish",
          "Phát ngay một tin, ngoài khung giờ", "Publish an item now"),
    Mount("plan", "worker.planner.commands:plan", "Xem lịch phát", "Show the plan"),
    Mount("preview", "worker.items.commands:preview",
          "Xem trước tin trên từng kênh", "Preview an item on each channel"),
    Mount("run", "console.run:run", "Chạy trạm phát", "Run the worker"),
    Mount("rehearse", "worker.rehearsal.commands:rehearse",
          "Chạy thử nhiều ngày trong vài giây", "Rehearse days in seconds"),
    Mount("log", "worker.log:log", "Nhật ký phát", "Delivery log"),
    Mount("status", "worker.status:status", "Tình trạng", "Status"),
    Mount("alarms", "worker.alarms.commands:alarms", "Sự cố đang mở", "Open alarms"),
    Mount("ack", "worker.alarms.commands:ack", "Tôi xử lý", "I will handle it"),
    Mount("pause", "worker.outbox.commands:pause", "Tạm dừng kênh", "Pause a channel or account"),
    Mount("resume", "worker.outbox.commands:resume", "Tiếp tục kênh", "Resume"),
    Mount("stop", "worker.outbox.commands:stop", "DỪNG KHẨN CẤP", "EMERGENCY STOP"),
    Mount("start", "worker.outbox.commands:start",
          "Chạy lại sau dừng khẩn cấp (hai người)", "Start again (two persons)"),
    Mount("resolve", "worker.outbox.commands:resolve",
          "Xác định kết quả một lượt chưa rõ", "Resolve an uncertain delivery"),
    Mount("backup", "worker.backup:backup", "Sao lưu", "Back up"),
    Mount("restore", "worker.backup:restore", "Phục hồi bản sao lưu", "Restore a backup"),
    Mount("golive", "worker.golive.commands:golive",
          "Chuyển sang phát thật, từng bước", "Go live, step by step"),
    Mount("migrate", "worker.people:migrate_",
          "Nâng cấp cơ sở dữ liệu", "Bring the database to this version"),
)
