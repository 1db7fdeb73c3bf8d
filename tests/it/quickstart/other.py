"""What another upstream system hears meanwhile: nothing in its own queue, and a refusal at the queue of the first.

    SALUR_AMQP_URL=amqp://.. python3 other.py SOURCE FIRST_SOURCE
"""

import os
import sys

import pika
from pika.exceptions import ChannelClosedByBroker

connection = pika.BlockingConnection(pika.URLParameters(os.environ["SALUR_AMQP_URL"]))
own, first = (f"salur.outcomes.{source}" for source in sys.argv[1:3])
print("own:", connection.channel().basic_get(own)[2])
try:
    print("first:", connection.channel().basic_get(first)[2])
except ChannelClosedByBroker as refused:
    print("first: refused", refused.reply_code)
