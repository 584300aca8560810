"""What a bank might say of a run, as pain.002."""

from collections.abc import Mapping

PENDING, DONE, REJECTED = "ACSP", "ACSC", "RJCT"


def reason(code: str | None, words: str | None = None) -> str:
    """Why, where the bank says it."""
    if code is None:
        return ""
    told = "" if words is None else f"<AddtlInf>{words}</AddtlInf>"
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>{told}</StsRsnInf>"


def status_report(
    message: str,
    payments: Mapping[str, tuple[str, str | None]] | None = None,
    *,
    number: str = "B-1",
    group: tuple[str, str | None] | None = None,
    batch: tuple[str, str | None] | None = None,
    version: str = "10",
    created: str = "2026-01-05T09:30:00+01:00",
) -> bytes:
    """A report about a message: statuses with reason codes, of payments by end-to-end id."""
    transactions = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{name}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        f"{reason(code, 'Account closed' if code == 'AC04' else None)}</TxInfAndSts>"
        for name, (status, code) in (payments or {}).items()
    )
    whole = "" if group is None else f"<GrpSts>{group[0]}</GrpSts>{reason(group[1])}"
    of_batch = "" if batch is None else f"<PmtInfSts>{batch[0]}</PmtInfSts>{reason(batch[1])}"
    if transactions or of_batch:
        batches = (
            f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message}</OrgnlPmtInfId>{of_batch}"
            f"{transactions}</OrgnlPmtInfAndSts>"
        )
    else:
        batches = ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}">'
        f"<CstmrPmtStsRpt><GrpHdr><MsgId>{number}</MsgId><CreDtTm>{created}</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{whole}</OrgnlGrpInfAndSts>"
        f"{batches}</CstmrPmtStsRpt></Document>"
    ).encode()
