"""Events in and out: outbox relay, consumers, parking, replay.

Slices need only `Subscriptions` and `Received`. Everything that touches a database or a broker
is imported from its own module by the worker and the commands.
"""

from servicekit.messaging.bus import Bus
from servicekit.messaging.received import Received
from servicekit.messaging.subscriptions import BadSubscription, Subscriptions

__all__ = ["BadSubscription", "Bus", "Received", "Subscriptions"]
