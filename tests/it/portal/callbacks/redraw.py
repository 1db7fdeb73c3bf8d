"""Draws a sample of families to call back again, from docs/callbacks.md alone: reads seed, confidence, margin and members, prints the numbers drawn."""
import hashlib, json, sys

MASK = 2**64 - 1


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def rank(keys, number):
    for key in keys:
        number = mix(number ^ key)
    return number


def up(a, b):
    return -(-a // b)


def size(classes, confidence, margin):
    z = {90: 16449, 95: 19600, 99: 25758}[confidence]
    members = sum(classes.values())
    heavy = sum(n * w for w, n in classes.items())
    light = sum(n * (8 // w) for w, n in classes.items())
    over, under = z * z * heavy * light, 400 * margin**2 * 8 * members**2
    return min(members, up(over * members, under * members + max(over - under, 0)))


def shares(classes, number):
    whole, drawn = set(), {}
    while True:
        left = max(0, number - sum(classes[w] for w in whole))
        rest = {w: n for w, n in classes.items() if w not in whole}
        total = sum(w * n for w, n in rest.items())
        full = {w for w in rest if left * w >= total}
        for w, n in rest.items():
            drawn[w] = n if w in full else min(n, max(2, up(left * w * n, max(1, total))))
        if not full:
            return drawn
        whole |= full


asked = json.load(sys.stdin)
digest = hashlib.sha256(b"salur/sample/1\n" + asked["seed"].encode()).digest()
keys = [int.from_bytes(digest[at : at + 8], "big") for at in range(0, 32, 8)]
classes = {}
for member in asked["members"]:
    classes[member["weight"]] = classes.get(member["weight"], 0) + 1
drawn = shares(classes, size(classes, asked["confidence"], asked["margin"]))
for weight in sorted(classes, reverse=True):
    of_class = [member["n"] for member in asked["members"] if member["weight"] == weight]
    print(*sorted(of_class, key=lambda n: rank(keys, n))[: drawn[weight]], sep="\n")
