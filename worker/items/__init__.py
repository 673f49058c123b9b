"""The content calendar: items, their renditions, and who approved them."""
