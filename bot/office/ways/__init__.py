"""
The ways in beside a name and a password: passkeys, one-time codes, an agency's own sign-in.

Each says who somebody is, and none of them opens a session: that is the desk's (`bot.office.auth`).
"""
