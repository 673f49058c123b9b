"""
The sandbox: loopback imitations of the gateways, for training, rehearsals, tests and benchmarks.

A process of its own (`python -m sandbox`) or a thread in a test (`Sandbox().start()`). It
imports nothing of the product, so what it counts is the far side's own count.
"""

from sandbox.server import Sandbox

__all__ = ["Sandbox"]
