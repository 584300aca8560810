"""The bus on aiokafka: any broker that speaks the Kafka protocol."""

from servicekit.messaging.kafka.cluster import KafkaBus
from servicekit.messaging.kafka.options import KafkaOptions

__all__ = ["KafkaBus", "KafkaOptions"]
