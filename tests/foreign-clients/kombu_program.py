"""What kombu (on py-amqp) sees of a broker: prints one JSON object a line; see python-program.ts."""
import json
import sys

from kombu import Connection, Consumer, Exchange, Producer, Queue

URI = sys.argv[1].replace("amqp://", "pyamqp://", 1)


def say(**found):
    print(json.dumps(found), flush=True)


def drain(connection, done):
    while not done():
        connection.drain_events(timeout=5)


def declared(channel, **arguments):
    """A queue of a name that the broker chose."""
    name = channel.queue_declare("", exclusive=True, arguments=arguments).queue
    return Queue(name, exclusive=True, durable=False, no_declare=True, channel=channel)


def rpc(connection):
    channel, client = connection.channel(), connection.channel()
    queue = declared(channel)

    def answer(body, message):
        Producer(channel).publish(
            [body["a"] + body["b"]],
            routing_key=message.properties["reply_to"],
            correlation_id=message.properties["correlation_id"],
        )
        message.ack()

    replies = []
    reply_to = Queue("amq.rabbitmq.reply-to", no_declare=True)

    def reply(body, message):
        replies.append([message.properties["correlation_id"], body])

    with Consumer(channel, [queue], callbacks=[answer]), Consumer(client, [reply_to], callbacks=[reply], no_ack=True):
        for n in (1, 2):
            Producer(client).publish(
                {"a": n, "b": 10}, routing_key=queue.name, reply_to="amq.rabbitmq.reply-to", correlation_id=str(n)
            )
        drain(connection, lambda: len(replies) == 2)
    say(rpc=sorted(replies))


def work_queue(connection):
    channel = connection.channel()
    queue = declared(channel)
    for n in range(1, 5):
        Producer(channel).publish(n, routing_key=queue.name)
    seen = []

    def work(body, message):
        seen.append([body, message.delivery_info["redelivered"]])
        if len(seen) == 1:
            message.requeue()
        elif len(seen) == 2:
            say(ready_beyond_prefetch=channel.queue_declare(queue.name, passive=True).message_count)
            message.ack()
        elif len(seen) == 3:
            message.reject()
        else:
            message.ack()

    consumer = Consumer(channel, [queue], callbacks=[work])
    consumer.qos(prefetch_count=2)
    with consumer:
        drain(connection, lambda: len(seen) == 5)
        say(work_queue=seen, left=channel.queue_declare(queue.name, passive=True).message_count)


def topics(connection):
    channel = connection.channel()
    events = Exchange("events", type="topic", durable=False)
    queue = declared(channel)
    events.declare(channel=channel)
    queue.bind_to(events, "order.*")
    headers = {"n": 1, "big": 2**40, "float": 1.5, "yes": True, "no": None, "list": [1, "two"], "at": {"deep": "down"}}
    heard = []
    with Consumer(channel, [queue], no_ack=True, callbacks=[lambda body, message: heard.append((body, message))]):
        for key in ("stock.low", "order.paid"):
            Producer(channel, exchange=events).publish({"key": key}, routing_key=key, headers=headers, priority=3)
        drain(connection, lambda: heard)
    [(body, message)] = heard
    say(
        topic=[message.delivery_info["routing_key"], body, message.headers, message.properties["priority"]],
        headers=headers,
    )


def confirms():
    with Connection(URI, transport_options={"confirm_publish": True}) as connection:
        channel = connection.channel()
        returned = []
        producer = Producer(channel, on_return=lambda *args: returned.append(str(args[0])))
        producer.publish("x", routing_key="nobody", mandatory=True)
        say(returned=returned)
        queue = declared(channel, **{"x-max-length": 1, "x-overflow": "reject-publish"})
        producer.publish("fits", routing_key=queue.name)
        try:
            producer.publish("does not", routing_key=queue.name)
        except Exception as error:
            say(nacked=type(error).__name__)


def dead_letters(connection):
    channel = connection.channel()
    dead = declared(channel)
    queue = declared(channel, **{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead.name})
    Producer(channel).publish("bad", routing_key=queue.name)
    queue.get().reject()
    Producer(channel).publish("late", routing_key=queue.name, expiration=0.001)
    deaths = []
    with Consumer(channel, [dead], no_ack=True, callbacks=[lambda _, m: deaths.append(m.headers["x-death"][0])]):
        drain(connection, lambda: len(deaths) == 2)
    say(deaths=[[d["reason"], d["count"], d["queue"] == queue.name, d.get("original-expiration")] for d in deaths])


def large(connection):
    channel = connection.channel()
    queue = declared(channel)
    body = "large " * 800_000
    Producer(channel).publish(body, routing_key=queue.name)
    say(large=queue.get(no_ack=True).payload == body)


def cancelled(connection):
    channel = connection.channel()
    with Consumer(channel, [Queue("doomed", durable=False)], callbacks=[lambda *_: None]):
        channel.queue_delete("doomed")
        try:
            drain(connection, lambda: False)
        except connection.recoverable_connection_errors as error:
            say(cancelled=type(error).__name__)


def mistakes(connection):
    try:
        connection.channel().queue_declare("nowhere", passive=True)
    except connection.channel_errors as error:
        say(channel_error=[error.reply_code, error.reply_text])
    say(next_channel=connection.channel().queue_declare("", exclusive=True).message_count)
    try:
        Connection(URI.replace("guest:guest", "guest:wrong")).connect()
    except connection.channel_errors as error:
        say(refused=str(error))


def restarted():
    """The way of kombu to live through the loss of its broker: `ensure`."""
    with Connection(URI, transport_options={"confirm_publish": True}) as connection:
        errors = []
        queue = Queue("back", durable=False)
        queue(connection.channel()).declare()
        say(restart=True)
        sys.stdin.readline()
        producer = Producer(connection)
        publish = connection.ensure(
            producer,
            producer.publish,
            errback=lambda error, _: errors.append(str(error)),
            interval_start=0,
            interval_step=0.1,
            max_retries=5,
        )
        publish("again", routing_key="back", declare=[queue])
        heard = []
        with Consumer(connection.channel(), [queue], no_ack=True, callbacks=[lambda body, _: heard.append(body)]):
            drain(connection, lambda: heard)
        say(again=heard, lost=errors)


with Connection(URI) as connection:
    for behaviour in (rpc, work_queue, topics, dead_letters, large, cancelled, mistakes):
        behaviour(connection)
confirms()
restarted()
