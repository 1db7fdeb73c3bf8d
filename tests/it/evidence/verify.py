#!/usr/bin/env python3
"""Checks an export of salur's evidence, by docs/evidence.md alone. Python 3, standard library only.

    verify.py DIR --log KEY --journal KEY [--checkpoint FILE] [--witness KEY ... --witnesses K]
    verify.py --proof FILE --log KEY --journal KEY

Prints one line per damage and ends with 1, or says what holds and ends with 0.
"""
import argparse
import base64
import hashlib
import json
import pathlib
import sys

MOST_NAMED = 100

def sha256(data):
    return hashlib.sha256(data).digest()

# Ed25519 verification, RFC 8032 section 5.1 -------------------------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

def point_add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    a, b, c, d = f - e, h - g, h + g, f + e
    return a * b % P, c * d % P, b * c % P, a * d % P

def point_times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result

def point_of(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P

BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def ed25519_fits(key, message, signature):
    public, r = point_of(key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or public is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    (x1, y1, z1, _), (x2, y2, z2, _) = point_times(s, BASE), point_add(r, point_times(h, public))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0

# Keys and notes -----------------------------------------------------------------------------------------------------------------------
class Damaged(Exception):
    pass

class Key:
    def __init__(self, text):
        self.name, self.id, data = text.strip().split("+", 2)
        data = base64.b64decode(data, validate=True)
        self.kind, self.public = data[0], data[1:]
        if sha256(self.name.encode() + b"\n" + data)[:4].hex() != self.id or len(self.public) != 32:
            raise ValueError("not a public key: " + text)

def open_note(note):
    text, _, lines = note.rpartition(b"\n\n")
    signatures = []
    for line in lines.decode().splitlines():
        dash, name, blob = line.split(" ")
        if dash != "\u2014":
            raise Damaged("not a signature line")
        signatures.append((name, base64.b64decode(blob, validate=True)))
    if not text or not signatures:
        raise Damaged("not a signed note")
    return text + b"\n", signatures

def signers(note, keys):
    """The text, and which of the keys signed it."""
    text, signatures = open_note(note)
    found = []
    for key in keys:
        for name, blob in signatures:
            if name != key.name or blob[:4].hex() != key.id:
                continue
            message, signature = text, blob[4:]
            if key.kind == 4:
                message = b"cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big") + text
                signature = signature[8:]
            if not ed25519_fits(key.public, message, signature):
                raise Damaged("the signature of %s does not fit" % key.name)
            found.append(key)
    return text, found

def signed(note, keys):
    try:
        text, found = signers(note, keys)
    except (ValueError, IndexError) as error:
        raise Damaged("not a signed note: %s" % error)
    if not found:
        raise Damaged("signed by none of the keys that are known")
    return text

# The tree -----------------------------------------------------------------------------------------------------------------------------
def leaf(data):
    return sha256(b"\0" + data)

def tree(hashes):
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:
        pairs = [sha256(b"\1" + hashes[at] + hashes[at + 1]) for at in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[len(hashes) - len(hashes) % 2 :]
    return hashes[0]

def climb(value, index, size, path):
    last, path = size - 1, list(path)
    while last > 0:
        if index % 2 == 1:
            value = sha256(b"\1" + path.pop(0) + value)
        elif index < last:
            value = sha256(b"\1" + value + path.pop(0))
        index, last = index // 2, last // 2
    return None if path else value

def read_checkpoint(note, log):
    lines = signed(note, [log]).decode().splitlines()
    if len(lines) < 3 or lines[0] != log.name:
        raise Damaged("not a checkpoint of %s" % log.name)
    return int(lines[1]), base64.b64decode(lines[2], validate=True)

def bundle_name(index, width):
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return "tile/entries/" + name + ("" if width == 256 else ".p/%d" % width)

def read_entries(folder, size):
    for start in range(0, size, 256):
        width = min(256, size - start)
        path = folder / bundle_name(start // 256, width)
        data = path.read_bytes() if path.exists() else b""
        for number in range(start, start + width):
            length = int.from_bytes(data[:2], "big")
            if len(data) < 2 + length or not length:
                raise Damaged("entry %d of the log is missing: the export has %d of %d" % (number, number, size))
            yield data[2 : 2 + length]
            data = data[2 + length :]
        if data:
            raise Damaged("%s has more than its entries" % path.name)

def read_commit(entry, journal):
    lines = signed(entry, journal).decode().splitlines()
    if lines[0] != "salur.commit/v1":
        raise Damaged("not a commit")
    tx, writer, at = lines[1].split(" ")
    groups = {}
    for line in lines[2:]:
        tranche, rows, root = line.split(" ")
        groups[int(tranche)] = int(rows), base64.b64decode(root, validate=True)
    return int(tx), writer, int(at), groups

# An export ----------------------------------------------------------------------------------------------------------------------------
def key_of(line):
    """Table and key of a row, for people: as many columns as the page names."""
    columns = {"transfers": 4, "hand_overs": 3, "findings": 2, "cheques": 3, "withdrawals": 2, "reversals": 3, "audit": 3, "returns": 3,
        "late_captures": 3, "return_reviews": 3, "return_reversals": 3, "return_statements": 2, "return_statement_lines": 4, "unused_returns": 2,
        "bank_lines": 2, "bank_outcomes": 2, "bank_matches": 6,
        "callback_classes": 2, "callback_families": 2}
    fields = line.split(b"\t")
    return b"\t".join(fields[: 1 + columns.get(fields[0].decode(), 1)])

def name_rows(where, rows, marks):
    marks = [marks[at : at + 8] for at in range(0, len(marks), 8)]
    for row in rows:
        key = key_of(row)
        of_key = [mark for mark in marks if mark[:4] == sha256(key)[:4]]
        name = key.decode().replace("\t", " ")
        if not of_key:
            yield "%s: %s was inserted" % (where, name)
            continue
        marks.remove(next((mark for mark in of_key if mark[4:] == leaf(row)[:4]), of_key[0]))
        if not any(mark[4:] == leaf(row)[:4] for mark in of_key):
            yield "%s: %s was changed" % (where, name)
    if marks:
        yield "%s: %d rows are left out (keys %s)" % (where, len(marks), " ".join(mark[:4].hex() for mark in marks[:8]))

def check_export(folder, log, journal, tranche, outside):
    """Damages, one after another; the last thing is a summary."""
    try:
        size, root = read_checkpoint((folder / "checkpoint").read_bytes(), log)
    except (Damaged, OSError) as error:
        yield "checkpoint: %s" % error
        return
    rows, marks = {}, {}
    for line in (folder / "rows").read_bytes().split(b"\n")[:-1]:
        tx, _, row = line.partition(b"\t")
        rows.setdefault(int(tx), []).append(row)
    for line in (folder / "marks").read_text().splitlines():
        tx, _, digits = line.partition(" ")
        marks[int(tx)] = bytes.fromhex(digits)
    hashes, before, expected = [], -1, 0
    try:
        for number, entry in enumerate(read_entries(folder, size)):
            hashes.append(leaf(entry))
            try:
                tx, writer, _, groups = read_commit(entry, journal)
            except (Damaged, ValueError, IndexError) as error:
                yield "entry %d of the log: %s" % (number, error)
                continue
            where = "transaction %d of %s (entry %d)" % (tx, writer, number)
            if tx <= before:
                yield "%s: out of order" % where
            before = tx
            count, wanted = groups.get(tranche, (0, sha256(b"")))
            expected += count
            found = sorted(rows.pop(tx, []))
            if len(found) != count or tree([leaf(row) for row in found]) != wanted:
                named = list(name_rows(where, found, marks.get(tx, b"")))
                yield from named or ["%s: its %d rows are not the %d that it wrote" % (where, len(found), count)]
    except Damaged as error:
        yield str(error)
    if len(hashes) == size and tree(hashes) != root:
        yield "the entries of the log do not make its checkpoint of %d entries" % size
    for tx, strangers in sorted(rows.items()):
        for row in strangers:
            yield "%s was inserted: no entry of the log is of its transaction %d" % (key_of(row).decode().replace("\t", " "), tx)
    if outside:
        other, of_other = outside
        if other > size:
            yield "rolled back: a checkpoint from outside has %d entries, this export %d" % (other, size)
        elif len(hashes) == size and tree(hashes[:other]) != of_other:
            yield "rewritten: the first %d entries do not make the checkpoint from outside" % other
    print("%d rows of tranche %d in a log of %d entries" % (expected, tranche, size))

def check_proof(proof, log, journal):
    size, root = read_checkpoint(proof["checkpoint"].encode(), log)
    unhex = lambda path: [bytes.fromhex(digits) for digits in path]
    for row in proof["rows"]:
        name = row["row"].split("\t")[0]
        _, _, _, groups = read_commit(row["commit"].encode(), journal)
        count, wanted = groups[row["tranche"]]
        if climb(leaf(row["row"].encode()), row["index"], count, unhex(row["path"])) != wanted:
            yield "%s: not a row of its transaction" % name
        if climb(leaf(row["commit"].encode()), row["entry"], size, unhex(row["entry_path"])) != root:
            yield "%s: its transaction is not in the log" % name
    print("%d rows proved to a checkpoint of %d entries" % (len(proof["rows"]), size))

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--proof", type=pathlib.Path)
    parser.add_argument("--log", type=Key, required=True)
    parser.add_argument("--journal", type=Key, action="append", required=True)
    parser.add_argument("--checkpoint", type=pathlib.Path)
    parser.add_argument("--witness", type=Key, action="append", default=[])
    parser.add_argument("--witnesses", type=int, default=0)
    args = parser.parse_args()
    damages, outside = [], None
    try:
        if args.checkpoint:
            note = args.checkpoint.read_bytes()
            outside = read_checkpoint(note, args.log)
            witnesses = len({key.name for key in signers(note, args.witness)[1]})
            if witnesses < args.witnesses:
                damages.append("%d witnesses signed the checkpoint, %d are asked for" % (witnesses, args.witnesses))
        if args.proof:
            damages += check_proof(json.loads(args.proof.read_text()), args.log, args.journal)
        else:
            about = json.loads((args.folder / "export.json").read_text())
            damages += check_export(args.folder, args.log, args.journal, about["tranche"], outside)
    except (Damaged, ValueError, KeyError, OSError) as error:
        damages.append(str(error))
    for damage in damages[:MOST_NAMED]:
        print("DAMAGED", damage)
    print("all as it was sealed" if not damages else "%d damages" % len(damages))
    return 1 if damages else 0

if __name__ == "__main__":
    sys.exit(main())
