"""Warnings as files in the Common Alerting Protocol 1.2 (OASIS, 2010), for aggregators to take."""
