"""A real mail server for a test: aiosmtpd, each mail it takes a JSON file in a folder.

usage: server.py OPTIONS, a JSON object: folder; tls (none, starttls, implicit), certificate, key; user, password.
Prints its port and serves until its standard input ends. Nobody is at home whose address begins with "nobody".
"""
import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Folder:
    def __init__(self, path):
        self.path = path
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 there is nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = {
            "hello": session.host_name,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            "login": session.auth_data,
            "data": envelope.content.decode("utf-8", "surrogateescape"),
        }
        name = os.path.join(self.path, f"{self.count:04}")
        self.count += 1
        with open(name + ".part", "w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(mail, file)
        os.rename(name + ".part", name + ".json")
        return "250 OK"


def authenticator(user, password):
    def check(server, session, envelope, mechanism, data):
        good = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=good, handled=False, auth_data=user if good else None)

    return check


async def main(options):
    context = None
    if options["tls"] != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["certificate"], options["key"])
    starttls = options["tls"] == "starttls"
    login = {}
    if options.get("user"):
        login = {
            "authenticator": authenticator(options["user"], options["password"]),
            "auth_required": True,
            "auth_require_tls": starttls,
        }
    folder = Folder(options["folder"])

    def factory():
        tls = {"tls_context": context, "require_starttls": True} if starttls else {}
        return SMTP(folder, hostname="mail.test", **tls, **login)

    implicit = context if options["tls"] == "implicit" else None
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, ssl=implicit)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main(json.loads(sys.argv[1])))
