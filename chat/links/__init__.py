"""Links to other servers, which together form one network: a tree without loops.

    peer.py        one link: reading, sending, cutting       tree.py      all links: telling, routing, splitting
    handshake.py   who is it, may it, what do we speak       dialer.py    connecting, and connecting again
    parley.py      Parley links: facts as they are           burst.py     all that this server knows, as facts
    lab.py         lab links                                 inbound*.py  what the fact of another server changes here
    merging.py     which of two channels of one name counts
    rfc2813*.py    links to IRC servers (ngIRCd)             logins.py    passwords, checked for one another

Two kinds of link protocols (`base.LinkProtocol`). Parley links carry facts (`protocol.facts`), which are applied, and
passed on as they came. The others, which have no ids and no timestamps, are shown what somebody sees who watches this
server; what comes from them is turned into facts here, with ids and stamps of this server.
"""
