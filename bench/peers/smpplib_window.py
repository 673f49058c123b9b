"""
smpplib as fast as it goes: one thread, a window kept by hand, for it has none.

    python -m bench.peers.smpplib_window PORT COUNT WINDOW RECEIPTS

Prints messages a second and CPU seconds per 1,000.
"""

import sys
import time

from smpplib import consts
from smpplib.client import Client

from bench.smpp import TEXT, number


def main() -> None:
    port, count, window, receipts = (int(word) for word in sys.argv[1:])
    client = Client("127.0.0.1", port, allow_unknown_opt_params=True)
    heard = {"answers": 0, "receipts": 0}

    def answered(pdu: object) -> None:
        del pdu
        heard["answers"] += 1

    def received(pdu: object) -> int:
        del pdu
        heard["receipts"] += 1
        return int(consts.SMPP_ESME_ROK)

    client.set_message_sent_handler(answered)
    client.set_message_received_handler(received)
    client.connect()
    client.bind_transceiver(system_id="smpplib", password="mat-khau")  # noqa: S106 - the sandbox's
    began, cpu = time.perf_counter(), time.process_time()
    sent = 0
    while heard["answers"] < count or heard["receipts"] < count * receipts:
        while sent < count and sent - heard["answers"] < window:
            client.send_message(
                source_addr_ton=consts.SMPP_TON_ALNUM, source_addr="CA LUC NGAN",
                dest_addr_ton=consts.SMPP_TON_INTL, dest_addr_npi=consts.SMPP_NPI_ISDN,
                destination_addr=number(sent), short_message=TEXT.encode(),
                registered_delivery=receipts,
            )
            sent += 1
        client.read_once()
    cpu = time.process_time() - cpu
    print(count / (time.perf_counter() - began), cpu / count * 1000, flush=True)
    client.unbind()
    client.disconnect()


if __name__ == "__main__":
    main()
