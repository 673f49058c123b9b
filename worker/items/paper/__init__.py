"""«Phiếu trình duyệt»: an item's frozen texts on paper, to be signed (DOCX, PDF)."""
