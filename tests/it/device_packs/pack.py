"""Opens a device pack with libraries that did not make it, from docs/device-packs.md alone: cbor2, pycose, cryptography.

Reads from standard input, a line each, hexadecimal: the key set, the pack, the device's seed, the digits of a NIK (as text). Writes one line of JSON.
"""

import datetime
import hashlib
import hmac
import json
import sys

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

ROUNDS = 10_000


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def main():
    keys, pack, seed, nik = (line.strip() for line in sys.stdin)
    keys = {key[2]: OKPKey(crv=Ed25519, x=key[-2]) for key in cbor2.loads(bytes.fromhex(keys))}
    message = Sign1Message.decode(bytes.fromhex(pack))
    message.key = keys[next(value for header, value in message.phdr.items() if header.identifier == 4)]
    assert message.verify_signature(), "the signature holds"
    *head, ephemeral, sealed = cbor2.loads(message.payload)
    seed = bytes.fromhex(seed)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    private = X25519PrivateKey.from_private_bytes(hashlib.sha512(seed).digest()[:32])
    agreed = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    key = mac(mac(b"salur-device-pack-1", agreed), ephemeral, public, b"\x01")
    contents = cbor2.loads(ChaCha20Poly1305(key).decrypt(bytes(12), sealed, cbor2.dumps(head)))
    teller, pay_point, day, salt, _, _, families = contents
    mark = hashlib.pbkdf2_hmac("sha256", nik.encode(), salt, ROUNDS)[:2]
    told = {
        "name": head[0],
        "version": head[1],
        "device": head[3],
        "made_at": datetime.datetime.fromtimestamp(head[4], datetime.timezone.utc).isoformat(),
        "teller": teller,
        "pay_point": pay_point,
        "day": day,
        "families": len(families),
        "cheques": sum(len(family[4]) for family in families),
        "fits": [family[4] for family in families if family[3] == mark],
    }
    print(json.dumps(told))


main()
