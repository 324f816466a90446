"""Asking a server on the other side of a link with a real ngIRCd: VERSION and the like, both ways."""

from tests.ngircd import People, linked_with_ngircd

TO_NGIRCD = {
    "VERSION ngircd.test": ":ngircd.test 351 bob ngIRCd-",
    "TIME ngircd.test": ":ngircd.test 391 bob ngircd.test ",
    "ADMIN ngircd.test": ":ngircd.test 259 bob admin@ngircd.test",
    "INFO ngircd.test": ":ngircd.test 374 bob :End of INFO list",
    "MOTD ngircd.test": ":ngircd.test 372 bob :- Hello",
    "STATS u ngircd.test": ":ngircd.test 242 bob :Server Up 0 days",
    "WHOIS ngircd.test ann": ":ngircd.test 317 bob ann ",
}
TO_PARLEY = {
    "VERSION parley.test": ":parley.test 351 ann parley-",
    "TIME parley.test": ":parley.test 391 ann parley.test ",
    "ADMIN parley.test": ":parley.test 256 ann parley.test :Administrative info",
    "INFO parley.test": ":parley.test 374 ann :End of",
    "MOTD parley.test": ":parley.test 422 ann :MOTD File is missing",
    "STATS u parley.test": ":parley.test 242 ann :Server Up 0 days",
    "LUSERS * parley.test": ":parley.test 251 ann :There are 2 users",
    "WHOIS parley.test bob": ":parley.test 317 ann bob ",
    "WHOIS bob bob": ":parley.test 318 ann bob :End of /WHOIS list",
}


def test_a_user_here_asks_ngircd() -> None:
    with linked_with_ngircd() as pair:
        people = People(pair)
        for question, expected in TO_NGIRCD.items():
            answer = people.bob.ask(question)
            assert any(line.startswith(expected) for line in answer), answer


def test_a_user_of_ngircd_asks_here() -> None:
    with linked_with_ngircd() as pair:
        people = People(pair)
        for question, expected in TO_PARLEY.items():
            people.ann.send(question)
            assert people.ann.lines_until(lambda line, start=expected: line.startswith(start))  # type: ignore[misc]
