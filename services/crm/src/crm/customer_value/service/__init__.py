"""Use cases of the customer value slice. None of them commits."""

from crm.customer_value.service.policies import set_policy
from crm.customer_value.service.running import RunResult, TierMove, run

__all__ = ["RunResult", "TierMove", "run", "set_policy"]
