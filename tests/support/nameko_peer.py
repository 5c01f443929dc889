"""A peer as Nameko is on the wire, on kombu, which Nameko stands on: commands as JSON lines in, answers as JSON lines out.

call        {"op": "call", "service", "method", "args", "kwargs", "headers"}     -> {"reply": {...}, "headers": {...}}
raw         {"op": "raw", "service", "method", "body" or "base64", "properties", "headers", "silent"}: sent as it is
            -> {"raw": text of the reply, or null if it is to be silent, "content_type"}
serve       {"op": "serve", "service"}: answers `echo` (its args, kwargs and headers), `fail` (with the error in its args, or a
            ValueError), and keeps `hold` for ever (-> {"holding": args}); declared as Nameko does
dispatch    {"op": "dispatch", "source", "type", "payload", "headers", "compression", "serializer"}
subscribe   {"op": "subscribe", "source", "type", "service", "method", "handler": "service-pool", "singleton" or "broadcast",
            "reliable"}                                                          -> later {"event": ..., "headers": {...}}
"""
import base64
import json
import sys
import threading
import uuid

from amqp import Message
from kombu import Connection, Consumer, Exchange, Producer, Queue

URI = sys.argv[1]
RPC = Exchange("nameko-rpc", type="topic", durable=True)
out_lock = threading.Lock()


def say(**message):
    with out_lock:
        print(json.dumps(message), flush=True)


def in_background(run):
    threading.Thread(target=run, daemon=True).start()


def publish(connection, exchange, key, body, serializer="json", **properties):
    with connection.channel() as channel:
        Producer(channel, exchange=exchange, serializer=serializer).publish(
            body, routing_key=key, delivery_mode=2, priority=0, **properties
        )


def reply_queue(reply_to):
    return Queue(
        "rpc.reply-standalone_rpc_proxy-" + reply_to,
        exchange=RPC,
        routing_key=reply_to,
        queue_arguments={"x-expires": 300000},
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
    answers = []
    with Connection(URI) as connection:
        with connection.channel() as channel:
            with Consumer(channel, [reply_queue(reply_to)], callbacks=[lambda body, message: (answers.append((body, message)), message.ack())]):
                publish(
                    connection,
                    RPC,
                    command["service"] + "." + command["method"],
                    {"args": command.get("args", []), "kwargs": command.get("kwargs", {})},
                    mandatory=True,
                    reply_to=reply_to,
                    correlation_id=correlation_id,
                    headers=command.get("headers", {}),
                    compression=command.get("compression"),
                )
                while not answers:
                    connection.drain_events(timeout=20)
    body, message = answers[0]
    assert message.properties["correlation_id"] == correlation_id
    say(reply=body, content_type=message.content_type, headers=message.headers)


def raw(command):
    reply_to = str(uuid.uuid4())
    body = base64.b64decode(command["base64"]) if "base64" in command else command["body"].encode("utf-8")
    given = {"content_type": "application/json", "content_encoding": "utf-8", "reply_to": reply_to, "correlation_id": "1"}
    given.update(command.get("properties", {}), application_headers=command.get("headers", {}))
    with Connection(URI) as connection:
        with connection.channel() as channel:
            answers = []
            queue = reply_queue(reply_to)(channel)
            queue.declare()
            channel.basic_consume(queue.name, no_ack=True, callback=answers.append)
            message = Message(body, **{name: value for name, value in given.items() if value is not None})
            channel.basic_publish(message, RPC.name, command["service"] + "." + command["method"])
            while not answers and not command.get("silent"):
                connection.drain_events(timeout=20)
    reply = answers[0] if answers else None
    say(raw=reply and reply.body, content_type=reply and reply.content_type)


def serve(command):
    service = command["service"]
    queue = Queue("rpc-" + service, exchange=RPC, routing_key=service + ".*", durable=True)

    def answer(body, message):
        method = message.delivery_info["routing_key"].rsplit(".", 1)[-1]
        if method == "hold":
            say(holding=body["args"])
            return
        if method == "echo":
            reply = {"result": {"args": body["args"], "kwargs": body["kwargs"], "headers": message.headers}, "error": None}
        else:
            error = {"exc_type": "ValueError", "exc_path": "builtins.ValueError", "exc_args": ["bad", "7"], "value": "('bad', 7)"}
            reply = {"result": None, "error": (body["args"] or [error])[0]}
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
    handler, reliable = command.get("handler", "service-pool"), command.get("reliable", True)
    name = "evt-%s-%s" % (source, type_)
    if handler != "singleton":
        name += "--%s.%s" % (command["service"], command["method"])
    if handler == "broadcast":
        name += "-" + uuid.uuid4().hex
    own = handler == "broadcast"
    queue = Queue(name, exchange=exchange, routing_key=type_, durable=True, auto_delete=not reliable, exclusive=own)

    def handle(body, message):
        say(event=body, headers=message.headers)
        message.ack()

    in_background(lambda: consume(queue, handle, lambda: say(subscribed=type_)))


def dispatch(command):
    exchange = Exchange(command["source"] + ".events", type="topic", durable=True)
    with Connection(URI) as connection:
        options = {name: command[name] for name in ("headers", "compression", "serializer") if name in command}
        publish(connection, exchange, command["type"], command["payload"], **options)
    say(dispatched=command["type"])


for line in sys.stdin:
    request = json.loads(line)
    {"call": call, "raw": raw, "serve": serve, "dispatch": dispatch, "subscribe": subscribe}[request["op"]](request)
