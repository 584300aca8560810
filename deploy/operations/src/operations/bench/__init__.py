"""Measuring the real system on one machine, over its public doors.

The load generator shares the machine with the system, so it must cost little: it speaks
HTTP/1.1 on plain sockets and parses no more than it needs.
"""

from operations.bench.command import main

__all__ = ["main"]
