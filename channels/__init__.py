"""One module or folder per channel; base.py is the contract, wire.py the only user of requests."""
