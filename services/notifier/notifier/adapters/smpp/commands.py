"""SMPP 3.4 commands (5.1.2), the status words we use (5.1.3) and the optional parameters we know (5.3.2)."""

from enum import IntEnum

RESPONSE = 0x80000000


class Command(IntEnum):
    """Command ids."""

    GENERIC_NACK = 0x80000000
    BIND_RECEIVER = 0x1
    BIND_RECEIVER_RESP = 0x80000001
    BIND_TRANSMITTER = 0x2
    BIND_TRANSMITTER_RESP = 0x80000002
    QUERY_SM = 0x3
    QUERY_SM_RESP = 0x80000003
    SUBMIT_SM = 0x4
    SUBMIT_SM_RESP = 0x80000004
    DELIVER_SM = 0x5
    DELIVER_SM_RESP = 0x80000005
    UNBIND = 0x6
    UNBIND_RESP = 0x80000006
    REPLACE_SM = 0x7
    REPLACE_SM_RESP = 0x80000007
    CANCEL_SM = 0x8
    CANCEL_SM_RESP = 0x80000008
    BIND_TRANSCEIVER = 0x9
    BIND_TRANSCEIVER_RESP = 0x80000009
    OUTBIND = 0xB
    ENQUIRE_LINK = 0x15
    ENQUIRE_LINK_RESP = 0x80000015
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103
    DATA_SM_RESP = 0x80000103


class Status(IntEnum):
    """Status words that we send, or that a test server sends. Carriers send many more: see statuses.py."""

    OK = 0x0
    INVALID_MESSAGE_LENGTH = 0x1
    INVALID_COMMAND_LENGTH = 0x2
    INVALID_COMMAND = 0x3
    SYSTEM_ERROR = 0x8
    INVALID_DESTINATION = 0xB
    BIND_FAILED = 0xD
    INVALID_PASSWORD = 0xE
    QUEUE_FULL = 0x14
    THROTTLED = 0x58
    RECEIVER_TEMPORARY = 0x64
    RECEIVER_PERMANENT = 0x65
    INVALID_OPTIONAL = 0xC0


class Tag(IntEnum):
    """Optional parameters that mean something to us."""

    RECEIPTED_MESSAGE_ID = 0x001E
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427
