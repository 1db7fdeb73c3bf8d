"""Publishes the families of a CSV file as a batch, and follows every row to its end.

    SALUR_AMQP_URL=amqp://.. python3 publish.py SOURCE TRANCHE FILE.csv

Needs pika: `apt-get install python3-pika`, or `pip install pika`.
"""

import csv
import json
import os
import sys
import uuid
from datetime import datetime, timezone

import pika

SOURCE, TRANCHE, FILE = sys.argv[1:4]
BATCH = f"{TRANCHE}-quickstart"  # your own name for it, and the same when you send it again
MOST_FACTS = 500  # in one message
ENDS = {"paid", "rejected", "held", "returned", "cancelled"}  # a held row waits for a person
PATIENCE_S = 600  # of silence


def publish(channel, kind, part, facts):
    """One message: a CloudEvent with facts of one type, under the key of its type and of your source."""
    # The same batch sent again has the same ids, so that nothing happens twice.
    message_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{SOURCE}/{BATCH}/{kind}/{part}"))
    event = {
        "specversion": "1.0",
        "id": message_id,
        "source": SOURCE,
        "type": kind,
        "dataschema": f"{kind}/1",
        "time": datetime.now(timezone.utc).isoformat(),
        "datacontenttype": "application/json",
        "data": {"facts": facts},
    }
    properties = pika.BasicProperties(
        content_type="application/cloudevents+json",
        delivery_mode=2,  # persistent
        message_id=message_id,
    )
    # With confirms on, this returns once the broker has it for good, and raises where it does not or where no queue would take it.
    channel.basic_publish("salur", f"{kind}.{SOURCE}", json.dumps(event), properties, mandatory=True)


def follow(channel, rows):
    """Reads the source's own queue of outcomes until every row of the batch has ended."""
    ends = {}
    for method, _, body in channel.consume(f"salur.outcomes.{SOURCE}", inactivity_timeout=PATIENCE_S):
        if method is None:
            sys.exit(f"nothing was heard for {PATIENCE_S} s; rows that go on: {sorted(rows - ends.keys())}")
        for outcome in json.loads(body)["data"]["facts"]:
            if outcome["batch"] != BATCH:
                continue
            why = "".join(f"; {reason['code']} {reason['column']}: {reason['remedy']}" for reason in outcome.get("reasons", []))
            print(f"row {outcome['row']}: {outcome['status']}{why}", flush=True)
            if outcome["status"] in ENDS:
                ends[outcome["row"]] = outcome["status"]
        channel.basic_ack(method.delivery_tag)  # once you have written it down
        if ends.keys() >= rows:
            return ends


def main():
    with open(FILE, encoding="utf-8", newline="") as file:
        families = list(csv.DictReader(file))
    of_batch = {"source": SOURCE, "batch": BATCH, "tranche": TRANCHE}
    facts = [
        {**of_batch, "row": family.pop("id"), **family, "amount": int(family["amount"])}
        for family in families
    ]
    total = sum(fact["amount"] for fact in facts)

    connection = pika.BlockingConnection(pika.URLParameters(os.environ["SALUR_AMQP_URL"]))
    channel = connection.channel()
    channel.confirm_delivery()
    # What the batch will hold. It is released once this many rows with this sum have come, in whatever order.
    publish(channel, "batches.declared", 0, [{**of_batch, "count": len(facts), "sum": total}])
    for at in range(0, len(facts), MOST_FACTS):
        publish(channel, "recipients.submitted", at, facts[at : at + MOST_FACTS])
    print(f"published {BATCH}: {len(facts)} rows, Rp{total}", flush=True)

    ends = follow(channel, {fact["row"] for fact in facts})
    connection.close()
    for status in sorted(set(ends.values())):
        print(f"{status}: {list(ends.values()).count(status)}")


main()
