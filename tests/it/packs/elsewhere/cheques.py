"""Checks cheques with libraries that did not make them: cbor2 and pycose. Base45 and the list of revoked cheques are read here, from their descriptions.

Reads from standard input the key set and the list (hexadecimal, a line each), then a token a line; writes a line of JSON for each token:
what it says, whether the signature holds, and whether its serial is in the list. With $SALUR_CORPORA the public Ed25519 examples of COSE are checked first.
"""

import hashlib
import json
import os
import pathlib
import sys
import uuid

import cbor2
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
CHEQUE, ABOUT = -65537, -65537
RICE_BITS = 20


def base45(text):
    """RFC 9285, section 4."""
    values = [ALPHABET.index(letter) for letter in text]
    out = bytearray()
    for at in range(0, len(values), 3):
        group = values[at:at + 3]
        number = sum(value * 45 ** place for place, value in enumerate(group))
        out += number.to_bytes(len(group) - 1, "big")
    return bytes(out)


def verified(bytes_, keys):
    message = Sign1Message.decode(bytes_)
    kid = message.phdr[next(header for header in message.phdr if header.identifier == 4)]
    if kid not in keys:
        return kid, None
    message.key = OKPKey(crv=Ed25519, x=keys[kid][-2])
    return kid, message.payload if message.verify_signature() else None


def revoked(payload):
    """The values of the list, and a test of a serial."""
    name, version, made_at, number, code = cbor2.loads(payload)
    assert (name, version) == ("salur-revocations", 1), name
    bits = (code[at // 8] >> (7 - at % 8) & 1 for at in range(len(code) * 8))
    values, last = set(), 0
    for _ in range(number):
        distance = 0
        while next(bits):
            distance += 1
        for _ in range(RICE_BITS):
            distance = distance << 1 | next(bits)
        last += distance
        values.add(last)
    def has(serial):
        digest = int.from_bytes(hashlib.sha256(serial.encode()).digest()[:8], "big")
        return number > 0 and (digest * (number << RICE_BITS) >> 64) in values
    return number, has


def public_examples():
    folder = os.environ.get("SALUR_CORPORA")
    checked = 0
    for path in sorted(pathlib.Path(folder, "cose", "eddsa-examples").glob("*.json")) if folder else []:
        example = json.loads(path.read_text())
        key = example["input"].get("sign0", {}).get("key", {})
        if key.get("crv") != "Ed25519":
            continue
        message = Sign1Message.decode(bytes.fromhex(example["output"]["cbor"]))
        message.key = OKPKey(crv=Ed25519, x=bytes.fromhex(key["x_hex"]))
        assert message.verify_signature(), path
        checked += 1
    return checked


def main():
    lines = sys.stdin.read().splitlines()
    keys = {key[2]: key for key in cbor2.loads(bytes.fromhex(lines[0]))}
    for key in keys.values():
        assert (key[1], key[3], key[-1]) == (1, -8, 6), "OKP, EdDSA, Ed25519"
        assert hashlib.sha256(key[-2]).digest()[:4] == key[2], "an id is the beginning of the key's digest"
    kid, payload = verified(bytes.fromhex(lines[1]), keys)
    assert keys[kid][ABOUT] == ["revocations"], "the list is signed by the key for lists"
    number, has = revoked(payload)
    print(json.dumps({"examples": public_examples(), "keys": len(keys), "revoked": number}))
    for token in lines[2:]:
        prefix, _, body = token.partition(":")
        kid, payload = verified(base45(body), keys)
        told = {"prefix": prefix, "good": payload is not None}
        if payload is not None:
            claims = cbor2.loads(payload)
            version, serial, amount, pay_point = claims[CHEQUE]
            told |= {"payment": str(uuid.UUID(bytes=claims[7])), "version": version, "serial": serial, "amount": amount, "pay_point": pay_point,
                     "opens": claims[5], "closes": claims[4], "revoked": has(serial), "of": keys[kid][ABOUT][1:2]}
        print(json.dumps(told))


main()
