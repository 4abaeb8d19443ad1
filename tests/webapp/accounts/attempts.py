"""A process of its own that tries to sign in: ``python -m tests.webapp.accounts.attempts alice=wrong,wrong bob=right``.

It tries wrong passwords and right ones in this order, and writes what each was answered, a line an account.
"""

import sys

import django


def main(accounts: list[str]) -> None:
    """Try, and write."""
    django.setup()
    from tests.webapp.accounts.browser import PASSWORD, Browser

    for account in accounts:
        name, _, tries = account.partition("=")
        answers = [Browser().sign_in(name, PASSWORD if each == "right" else each) for each in tries.split(",")]
        errors = [answer.json().get("errors", [{"code": "signed_in"}]) for answer in answers]
        sys.stdout.write(" ".join([name, *(found[0]["code"] for found in errors)]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
