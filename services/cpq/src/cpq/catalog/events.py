"""Configuration models as contract events."""

from contracts.cpq import (
    ConfigurationModelPublishedV1,
    ConfigurationModelRetiredV1,
    ConfigurationModelStateV1,
)
from cpq.catalog.models import ConfigurationModel


def published(model: ConfigurationModel) -> ConfigurationModelPublishedV1:
    """The version can be configured, or ends on another day than was said before."""
    return ConfigurationModelPublishedV1(version_id=model.id, model=_state(model))


def retired(model: ConfigurationModel) -> ConfigurationModelRetiredV1:
    """Nothing new is configured with the version."""
    return ConfigurationModelRetiredV1(version_id=model.id, model=_state(model))


def _state(model: ConfigurationModel) -> ConfigurationModelStateV1:
    assert model.valid_from is not None
    return ConfigurationModelStateV1(
        version_id=model.id,
        model_key=model.key,
        model_version=model.model_version,
        name=model.name,
        sku=model.sku,
        currency=model.currency,
        status=model.status,
        valid_from=model.valid_from,
        valid_to=model.valid_to,
        content_hash=model.content_hash,
    )
