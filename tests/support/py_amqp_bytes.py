"""Prints what py-amqp makes of field tables, both ways, for `py-amqp-bytes.json` beside this file.

    /usr/bin/python3 tests/support/py_amqp_bytes.py > tests/support/py-amqp-bytes.json

Made with py-amqp 5.1.1. Needed only when cases are added: the tests read the JSON.
"""
import json
from datetime import datetime
from decimal import Decimal

import amqp
from amqp.basic_message import Message
from amqp.serialization import dumps, loads

# What Python programs send: each value as the field `v` of a table.
WRITTEN = {
    "0": 0,
    "1": 1,
    "-1": -1,
    "300": 300,
    "-300": -300,
    "2 ** 31 - 1": 2**31 - 1,
    "2 ** 31": 2**31,
    "-(2 ** 31) + 1": -(2**31) + 1,
    "-(2 ** 31)": -(2**31),
    "2 ** 32": 2**32,
    "2 ** 53": 2**53,
    "2 ** 53 - 1": 2**53 - 1,
    "-(2 ** 53) - 1": -(2**53) - 1,
    "2 ** 63 - 1": 2**63 - 1,
    "-(2 ** 63)": -(2**63),
    "1.5": 1.5,
    "3.0": 3.0,
    "-0.0": -0.0,
    "1e300": 1e300,
    "infinity": float("inf"),
    "NaN": float("nan"),
    "True": True,
    "None": None,
    "text": "h\u00e9 \U0001f344",
    "no text": "",
    "bytes that are UTF-8": b"abc",
    "bytes that are no UTF-8": b"\xff\x00",
    "a date": datetime(2020, 1, 2, 3, 4, 5),
    "3.14 as a decimal": Decimal("3.14"),
    "-3.14 as a decimal": Decimal("-3.14"),
    "a list": [1, "a", None, [2**40]],
    "a dict": {"a": {"b": True}, "\u00e9": 2**31},
}

# What Mycel sends, and what others do: the bytes of a value from its tag on.
READ = [
    "4900000001",
    "497fffffff",
    "4980000001",
    "6c0000000080000000",
    "4cffffffff80000000",
    "6c7fffffffffffffff",
    "4c8000000000000000",
    "6cffffff0000000000",
    "73012c",
    "62f9",
    "42c8",
    "643ff8000000000000",
    "648000000000000000",
    "53000000026869",
    "7800000002ff00",
    "7401",
    "56",
    "54000000005e0d5ef5",
    "54ffffffffffffffff",
    "540000003afff44180",
    "44020000013a",
    "4402fffffec6",
    "410000000749000000017401",
    "4600000007016149000000ff",
]

PROPERTIES = {
    "content_type": "application/json",
    "content_encoding": "utf-8",
    "application_headers": {"nameko.call_id_stack": ["a.b.0", "c.d.1"], "user_id": 2**31, "n": 7},
    "delivery_mode": 2,
    "priority": 0,
    "correlation_id": "c",
    "reply_to": "r",
    "expiration": "1000",
    "message_id": "m",
    "type": "t",
    "user_id": "guest",
    "app_id": "app",
}


def table(value_hex):
    field = b"\x01v" + bytes.fromhex(value_hex)
    return len(field).to_bytes(4, "big") + field


def read(value_hex):
    try:
        (value,), _ = loads("F", table(value_hex), 0)
        return repr(value["v"])
    except Exception as error:
        return type(error).__name__


print(
    json.dumps(
        {
            "pyAmqp": amqp.__version__,
            "written": {name: dumps("F", [{"v": value}]).hex() for name, value in WRITTEN.items()},
            "read": {value_hex: read(value_hex) for value_hex in READ},
            "properties": Message("", **PROPERTIES)._serialize_properties().hex(),
        },
        indent=2,
    )
)
