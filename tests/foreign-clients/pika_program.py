"""What pika sees of a broker, on the blocking adapter: prints one JSON object a line; see python-program.ts."""
import json
import sys

import pika
from pika import exceptions

parameters = pika.URLParameters(sys.argv[1] + "?heartbeat=30&blocked_connection_timeout=10")


def say(**found):
    print(json.dumps(found), flush=True)


def text(body):
    return body.decode()


def take(channel, queue, count, settle=None, **options):
    """Consumes so many messages; `settle` is called with each method and body."""
    taken = []
    for method, properties, body in channel.consume(queue, inactivity_timeout=5, **options):
        if method is None:
            break
        taken.append((method, properties, body))
        if settle:
            settle(method, body)
        if len(taken) == count:
            break
    return taken


def rpc(connection):
    server, client = connection.channel(), connection.channel()
    queue = server.queue_declare("", exclusive=True).method.queue

    def answer(channel, method, properties, body):
        correlated = pika.BasicProperties(correlation_id=properties.correlation_id)
        channel.basic_publish("", properties.reply_to, body + b"!", correlated)
        channel.basic_ack(method.delivery_tag)

    server.basic_consume(queue, answer)
    replies = []
    client.basic_consume(
        "amq.rabbitmq.reply-to",
        lambda channel, method, properties, body: replies.append([properties.correlation_id, text(body)]),
        auto_ack=True,
    )
    for n in ("1", "2"):
        asking = pika.BasicProperties(reply_to="amq.rabbitmq.reply-to", correlation_id=n)
        client.basic_publish("", queue, b"hello", asking)
    while len(replies) < 2:
        connection.process_data_events(time_limit=5)
    say(rpc=replies)


def work_queue(connection):
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    for n in range(1, 5):
        channel.basic_publish("", queue, str(n).encode())
    channel.basic_qos(prefetch_count=2)
    seen = []

    def settle(method, body):
        seen.append([text(body), method.redelivered])
        if len(seen) == 1:
            channel.basic_nack(method.delivery_tag, requeue=True)
        elif len(seen) == 2:
            say(ready_beyond_prefetch=channel.queue_declare(queue, passive=True).method.message_count)
            channel.basic_ack(method.delivery_tag)
        elif len(seen) == 3:
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)

    take(channel, queue, 5, settle)
    channel.cancel()
    say(work_queue=seen, left=channel.queue_declare(queue, passive=True).method.message_count)


def topics(connection):
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.exchange_declare("events", "topic")
    channel.queue_bind(queue, "events", "order.*")
    headers = {"n": 1, "big": 2**40, "yes": True, "no": None, "list": [1, "two"], "at": {"deep": "down"}}
    for key in ("stock.low", "order.paid"):
        channel.basic_publish("events", key, key.encode(), pika.BasicProperties(headers=headers, priority=3))
    [(method, properties, body)] = take(channel, queue, 1, auto_ack=True)
    say(topic=[method.routing_key, text(body), properties.headers, properties.priority], headers=headers)


def confirms(connection):
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        channel.basic_publish("", "nobody", b"x", mandatory=True)
    except exceptions.UnroutableError as error:
        [returned] = error.messages
        method = returned.method
        say(returned=[method.reply_code, method.reply_text, method.routing_key, text(returned.body)])
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
    queue = channel.queue_declare("", exclusive=True, arguments=arguments).method.queue
    channel.basic_publish("", queue, b"fits")
    try:
        channel.basic_publish("", queue, b"does not")
    except exceptions.NackError:
        say(nacked=True)


def dead_letters(connection):
    channel = connection.channel()
    dead = channel.queue_declare("", exclusive=True).method.queue
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
    queue = channel.queue_declare("", exclusive=True, arguments=arguments).method.queue
    channel.basic_publish("", queue, b"bad")
    method, _, _ = channel.basic_get(queue)
    channel.basic_nack(method.delivery_tag, requeue=False)
    channel.basic_publish("", queue, b"late", pika.BasicProperties(expiration="1"))
    deaths = [properties.headers["x-death"][0] for _, properties, _ in take(channel, dead, 2, auto_ack=True)]
    say(deaths=[[d["reason"], d["count"], d["queue"] == queue, d.get("original-expiration")] for d in deaths])


def large(connection):
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    body = b"large " * 800_000
    channel.basic_publish("", queue, body)
    say(large=channel.basic_get(queue, auto_ack=True)[2] == body)


def transactions(connection):
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.tx_select()
    channel.basic_publish("", queue, b"not this")
    channel.tx_rollback()
    channel.basic_publish("", queue, b"this")
    before = channel.queue_declare(queue, passive=True).method.message_count
    channel.tx_commit()
    say(transaction=[before, text(channel.basic_get(queue, auto_ack=True)[2]), channel.basic_get(queue)[0]])


def cancelled(connection):
    channel, other = connection.channel(), connection.channel()
    channel.queue_declare("doomed")
    tags = []
    channel.add_on_cancel_callback(lambda frame: tags.append(frame.method.consumer_tag))
    tag = channel.basic_consume("doomed", lambda *_: None)
    other.queue_delete("doomed")
    while not tags:
        connection.process_data_events(time_limit=5)
    say(cancelled=tags == [tag])


def mistakes(connection):
    try:
        connection.channel().queue_declare("nowhere", passive=True)
    except exceptions.ChannelClosedByBroker as error:
        say(channel_error=[error.reply_code, error.reply_text])
    say(next_channel=connection.channel().queue_declare("", exclusive=True).method.message_count)
    try:
        wrong = pika.PlainCredentials("guest", "wrong")
        pika.BlockingConnection(pika.ConnectionParameters(parameters.host, parameters.port, credentials=wrong))
    except exceptions.ProbableAuthenticationError as error:
        say(refused=str(error))


def restarted(connection):
    say(restart=True)
    try:
        while True:
            connection.process_data_events(time_limit=5)
    except exceptions.ConnectionClosedByBroker as error:
        say(closed=[error.reply_code, error.reply_text])
    sys.stdin.readline()
    with pika.BlockingConnection(parameters) as again:
        say(again=again.channel().queue_declare("", exclusive=True).method.message_count)


connection = pika.BlockingConnection(parameters)
for behaviour in (rpc, work_queue, topics, confirms, dead_letters, large, transactions, cancelled, mistakes, restarted):
    behaviour(connection)
