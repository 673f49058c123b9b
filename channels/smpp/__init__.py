"""
An SMPP 3.4 client of our own: windowed, TLS with host check, framing that survives anything.

Read in this order: `pdu` (bytes), `coding` and `submit` (a text becomes submit_sm bodies),
`link` (one bind), `session` (the binds of an account, in a thread of their own), `window` (what
a sender drives), `statuses` and `receipts` (what an answer and a receipt prove), `channel`.
"""
