"""Reads a mail on standard input with Python's parser and prints what it is as JSON."""
import email
import email.policy
import json
import sys

message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = [part for part in message.walk() if not part.is_multipart()]
print(json.dumps({
    "headers": [[name, str(value)] for name, value in message.items()],
    "type": message.get_content_type(),
    "parts": [{"type": part.get_content_type(), "text": part.get_content().replace("\r\n", "\n")} for part in parts],
    "defects": [str(defect) for part in message.walk() for defect in part.defects],
}))
