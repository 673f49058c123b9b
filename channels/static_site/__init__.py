"""A static web site of our own, for portals that are not WordPress: pages, lists and feeds."""
