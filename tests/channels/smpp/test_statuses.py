"""What a command_status proves."""

import pytest
from smpplib import consts

from channels.smpp import statuses
from channels.smpp.statuses import CODES, Table, code_of
from channels.values import Advice, Rejected, Retry, Uncertain

PROVED = [
    # status, outcome, scope, counts
    (consts.SMPP_ESME_RTHROTTLED, Retry, "message", False),
    (consts.SMPP_ESME_RMSGQFUL, Retry, "message", False),
    (consts.SMPP_ESME_RSUBMITFAIL, Retry, "message", True),
    (consts.SMPP_ESME_RX_T_APPN, Retry, "message", True),
    (consts.SMPP_ESME_RINVDSTADR, Rejected, None, None),
    (consts.SMPP_ESME_RINVMSGLEN, Rejected, None, None),
    (consts.SMPP_ESME_RINVPASWD, Retry, "account", False),
    (consts.SMPP_ESME_RINVBNDSTS, Retry, "account", False),
    (consts.SMPP_ESME_RINVSRCADR, Retry, "account", False),
    (consts.SMPP_ESME_RINVEXPIRY, Retry, "account", False),
    (consts.SMPP_ESME_RINVOPTPARSTREAM, Retry, "account", False),
    (consts.SMPP_ESME_RSYSERR, Uncertain, None, None),
    (consts.SMPP_ESME_RUNKNOWNERR, Uncertain, None, None),
    (0x401, Uncertain, None, None),
    (0xFFFFFFFF, Uncertain, None, None),
]


@pytest.mark.parametrize(("status", "kind", "scope", "counts"), PROVED)
def test_a_refusal_proves_that_nothing_was_taken(
    status: int, kind: type, scope: str | None, counts: bool | None
) -> None:
    """But where the gateway itself does not know, or says something nobody has explained."""
    outcome = Table().refused(status)

    assert isinstance(outcome, kind)
    assert getattr(outcome, "scope", None) == scope
    assert getattr(outcome, "counts", None) == counts
    assert outcome.detail


def test_too_fast_says_for_how_long() -> None:
    """The sender waits as long as the session itself holds back."""
    outcome = Table().refused(statuses.THROTTLED)

    assert isinstance(outcome, Retry)
    assert outcome.retry_after == statuses.HOLD


def test_every_status_of_the_standard_is_explained() -> None:
    """In Vietnamese, with what to do; those that no submit_sm can be answered with are left out."""
    elsewhere = {
        consts.SMPP_ESME_ROK, consts.SMPP_ESME_RCANCELFAIL, consts.SMPP_ESME_RREPLACEFAIL,
        consts.SMPP_ESME_RINVNUMDESTS, consts.SMPP_ESME_RINVDLNAME, consts.SMPP_ESME_RINVDESTFLAG,
        consts.SMPP_ESME_RINVSUBREP, consts.SMPP_ESME_RCNTSUBDL, consts.SMPP_ESME_RINVREPFLAG,
        consts.SMPP_ESME_RINVNUMMSGS, consts.SMPP_ESME_RINVDFTMSGID,
        consts.SMPP_ESME_RQUERYFAIL,
    }  # fmt: skip
    known = {v for n, v in vars(consts).items() if n.startswith("SMPP_ESME_R")} - elsewhere

    assert not {hex(status) for status in known if code_of(status) not in CODES}
    assert not [code for code, row in CODES.items() if not (row.meaning and row.todo)]


BINDS = [
    (consts.SMPP_ESME_RINVPASWD, "smpp-0x0e", "account"),
    (consts.SMPP_ESME_RINVSYSID, "smpp-0x0f", "account"),
    (consts.SMPP_ESME_RBINDFAIL, "smpp-0x0d", "account"),
    (consts.SMPP_ESME_RALYBND, "smpp-0x05", "message"),
    (consts.SMPP_ESME_RTHROTTLED, "smpp-0x58", "message"),
    (consts.SMPP_ESME_RSYSERR, "smpp-0x08", "message"),
    (0x401, "smpp-bind", "account"),
]


@pytest.mark.parametrize(("status", "code", "scope"), BINDS)
def test_a_refused_bind_spends_no_message(status: int, code: str, scope: str) -> None:
    """What passes by itself (bound elsewhere, busy) does not stop the account for long."""
    trouble = Table().bind_refused(status)

    assert (trouble.code, trouble.scope, trouble.counts) == (code, scope, False)
    assert trouble.code in CODES


def test_the_programme_knows_its_gateway_better() -> None:
    """A vendor's code, and one of the standard's that this gateway uses otherwise."""
    own = Table({
        "smpp-0x401": Advice("rejected", "Thuê bao chặn tin", "Không phải làm gì"),
        "smpp-0x08": Advice("retry", "Cổng bận", "Chờ"),
    })  # fmt: skip

    assert own.refused(0x401) == Rejected("smpp-0x401", "Thuê bao chặn tin")
    assert own.refused(0x08) == Retry("smpp-0x08", "Cổng bận")
