"""Cairn: an agent-based model of cooperation among five countries of Central Asia, 1992-2040."""
