"""A session gets its user. Owns: what has to be settled first when that user, the one of its account, is on line with
other connections. Must not: make the user (`chat.state.registration` does).
"""

from chat.state import operators, policy, registration
from chat.state.network import Network
from chat.state.session import Session


def enter(network: Network, session: Session, nick: str, username: str, realname: str, account: str) -> None:
    """As `registration.enter`; raises Refused, too, when the account must not have such a connection."""
    owner = network.user_of_account(account) if account else None
    if owner is not None:
        policy.require_company(owner, session)
        operators.review_company(network, owner, session)
    registration.enter(network, session, nick, username, realname, account)
