"""
Orders to a carrier that sends to all subscribers of an area itself: no list, no number, no message
of ours. `orders` writes one down, `acts` moves it, `workbook` and `letter` are its papers,
`figures` reads what the carrier sends back.
"""
