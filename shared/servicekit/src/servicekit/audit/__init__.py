"""The audit trail: sealing, anchoring and verifying who did what (docs/architecture/audit.md)."""

from servicekit.audit.anchors import Anchor, AnchorFile
from servicekit.audit.sealing import Sealer
from servicekit.audit.verifier import Verdict, verify

__all__ = ["Anchor", "AnchorFile", "Sealer", "Verdict", "verify"]
