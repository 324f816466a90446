"""What JSON users change about themselves: AWAY PSWD. Owns: their answers. Must not: hash under the lock."""

from chat.commands.account_registration import require_new_password
from chat.commands.call import Call
from chat.commands.login import refuse_login, require_own_accounts, save_account, verified_account
from chat.commands.registry import command, text
from chat.state import accounts, presence
from chat.storage import passwords
from protocol.replies import CSP_AWAY, CSP_PASSWORD_CHANGED, ERR_SASLFAIL
from protocol.values import AnswerRow, Refused

_WRONG_PASSWORD = AnswerRow("200", channel="CC")


@command("", text("payload"), csp_verb="AWAY")
def away(call: Call, reason: str) -> None:
    """AWAY: marks you as away, or as back."""
    presence.set_away(call.network, call.session, reason)
    call.answer(CSP_AWAY, call.user.away or "", away=call.user.away is not None)


@command("", text("password"), text("new_password"), csp_verb="PSWD", failure=_WRONG_PASSWORD, cost=3)
def pswd(call: Call, old: str, new: str) -> None:
    """PSWD: changes the password of your account."""
    require_own_accounts(call)
    name = call.user.account
    _require_acceptable(call, name, new)
    if verified_account(call, name, old) is None:
        refuse_login(call, name, Refused(ERR_SASLFAIL))
        return
    proof = accounts.proof_of(call.network, name)
    with call.unlocked():
        secret = passwords.hash_password(new)
    account = call.network.find_account(name)
    if account is None or account.secret.argon2 != proof:  # it was removed meanwhile, or has another password
        raise Refused(ERR_SASLFAIL)
    accounts.set_password(call.network, account, secret)
    save_account(call, name, account)
    call.answer(CSP_PASSWORD_CHANGED)


def _require_acceptable(call: Call, name: str, new: str) -> None:
    try:
        require_new_password(call, name, new)
    except Refused as refused:
        raise Refused(refused.row, *refused.args_, where="parameters.new_password", code="300") from None
