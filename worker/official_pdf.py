"""A4 as PDF in the margins of Decree 30/2020, its fonts inside: the same on every machine."""

from fpdf import FPDF

from worker.radio.paper import FONTS

FAMILY = "Liberation"  #: as wide as Times New Roman, free, with every Vietnamese letter


class OfficialPdf(FPDF):
    """An empty one; `right`: the right margin in mm."""

    def __init__(self, title: str, author: str, right: int) -> None:
        super().__init__(format="A4")
        self.add_font(FAMILY, "", FONTS / "LiberationSerif-Regular.ttf")
        self.add_font(FAMILY, "B", FONTS / "LiberationSerif-Bold.ttf")
        self.set_margins(30, 20, right)
        self.set_auto_page_break(True, 22)
        self.set_title(title)
        self.set_author(author)
        self.set_lang("vi-VN")
