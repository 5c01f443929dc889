"""A peer as Nameko is on the wire, on kombu, which Nameko stands on: commands as JSON lines in, answers as JSON lines out.

call        {"op": "call", "service", "method", "args", "kwargs", "headers"}     -> {"reply": {...}, "headers": {...}}
serve       {"op": "serve", "service"}: answers `echo` (its args, kwargs and headers) and `fail`, declared as Nameko does
dispatch    {"op": "dispatch", "source", "type", "payload", "headers"}
subscribe   {"op": "subscribe", "source", "type", "service", "method"}           -> later {"event": ..., "headers": {...}}
"""
import json
import sys
import threading
import uuid

from kombu import Connection, Consumer, Exchange, Producer, Queue

URI = sys.argv[1]
RPC = Exchange("nameko-rpc", type="topic", durable=True)
out_lock = threading.Lock()


def say(**message):
    with out_lock:
        print(json.dumps(message), flush=True)


def in_background(run):
    threading.Thread(target=run, daemon=True).start()


def publish(connection, exchange, key, body, **properties):
    with connection.channel() as channel:
        Producer(channel, exchange=exchange, serializer="json").publish(
            body, routing_key=key, delivery_mode=2, priority=0, **properties
        )


def consume(queue, handle, ready):
    with Connection(URI) as connection:
        with connection.channel() as channel:
            channel.basic_qos(0, 10, False)
            with Consumer(channel, [queue], callbacks=[handle]):
                ready()
                while True:
                    connection.drain_events()


def call(command):
    reply_to = str(uuid.uuid4())
    correlation_id = str(uuid.uuid4())
    queue = Queue(
        "rpc.reply-standalone_rpc_proxy-" + reply_to,
        exchange=RPC,
        routing_key=reply_to,
        queue_arguments={"x-expires": 300000},
    )
    answers = []
    with Connection(URI) as connection:
        with connection.channel() as channel:
            with Consumer(channel, [queue], callbacks=[lambda body, message: (answers.append((body, message)), message.ack())]):
                publish(
                    connection,
                    RPC,
                    command["service"] + "." + command["method"],
                    {"args": command.get("args", []), "kwargs": command.get("kwargs", {})},
                    mandatory=True,
                    reply_to=reply_to,
                    correlation_id=correlation_id,
                    headers=command.get("headers", {}),
                )
                while not answers:
                    connection.drain_events(timeout=20)
    body, message = answers[0]
    assert message.properties["correlation_id"] == correlation_id
    say(reply=body, content_type=message.content_type, headers=message.headers)


def serve(command):
    service = command["service"]
    queue = Queue("rpc-" + service, exchange=RPC, routing_key=service + ".*", durable=True)

    def answer(body, message):
        method = message.delivery_info["routing_key"].rsplit(".", 1)[-1]
        if method == "echo":
            reply = {"result": {"args": body["args"], "kwargs": body["kwargs"], "headers": message.headers}, "error": None}
        else:
            error = {"exc_type": "ValueError", "exc_path": "builtins.ValueError", "exc_args": ["bad", "7"], "value": "('bad', 7)"}
            reply = {"result": None, "error": error}
        with Connection(URI) as connection:
            publish(
                connection,
                RPC,
                message.properties["reply_to"],
                reply,
                correlation_id=message.properties.get("correlation_id"),
            )
        message.ack()

    in_background(lambda: consume(queue, answer, lambda: say(serving=service)))


def subscribe(command):
    source, type_ = command["source"], command["type"]
    exchange = Exchange(source + ".events", type="topic", durable=True)
    name = "evt-%s-%s--%s.%s" % (source, type_, command["service"], command["method"])
    queue = Queue(name, exchange=exchange, routing_key=type_, durable=True)

    def handle(body, message):
        say(event=body, headers=message.headers)
        message.ack()

    in_background(lambda: consume(queue, handle, lambda: say(subscribed=type_)))


def dispatch(command):
    exchange = Exchange(command["source"] + ".events", type="topic", durable=True)
    with Connection(URI) as connection:
        publish(connection, exchange, command["type"], command["payload"], headers=command.get("headers", {}))
    say(dispatched=command["type"])


for line in sys.stdin:
    request = json.loads(line)
    {"call": call, "serve": serve, "dispatch": dispatch, "subscribe": subscribe}[request["op"]](request)
