"""The arithmetic of webhooks: the specification's signature and schedule."""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta

from registry.webhooks.rules import DELAYS_S, Kind, body, next_attempt, shown_secret, signatures

NOW = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
# The example that the specification's reference libraries verify themselves with.
SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, TIMESTAMP, CONTENT = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_signature_is_the_one_of_the_reference_libraries() -> None:
    assert signatures([b64decode(SECRET)], MESSAGE, TIMESTAMP, CONTENT) == SIGNATURE


def test_each_live_secret_signs_and_a_space_is_between() -> None:
    both = signatures([b"new" * 8, b64decode(SECRET)], MESSAGE, TIMESTAMP, CONTENT).split(" ")
    assert len(both) == 2
    assert both[1] == SIGNATURE
    assert both[0] != SIGNATURE


def test_a_secret_is_shown_as_the_specification_writes_it() -> None:
    assert shown_secret(b64decode(SECRET)) == "whsec_" + SECRET


def test_a_message_says_what_when_and_where_to_read_it_in_one_spelling() -> None:
    made = body(Kind.NOTICE_ARRIVED, NOW, {"id": "ntc_1", "path": "/v1/notices/ntc_1"})
    assert made == (
        '{"type":"notice.arrived","timestamp":"2026-09-21T09:00:00Z","data":{"id":"ntc_1","path":"/v1/notices/ntc_1"}}'
    )
    assert json.loads(made)["type"] == Kind.NOTICE_ARRIVED


def test_retries_follow_the_specifications_schedule_a_tenth_late_at_most() -> None:
    waits = [next_attempt("msg_1", attempts, NOW) for attempts in range(1, len(DELAYS_S))]
    planned = [timedelta(seconds=each) for each in DELAYS_S[1:]]
    assert [each.total_seconds() for each in planned[:3]] == [5, 300, 1800]
    assert sum(planned, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    for wait, plan in zip(waits, planned, strict=True):
        assert wait is not None
        assert plan <= wait - NOW <= plan * 1.1
    assert next_attempt("msg_1", len(DELAYS_S), NOW) is None


def test_messages_that_failed_together_come_apart_and_each_always_alike() -> None:
    found = {next_attempt(f"msg_{each}", 5, NOW) for each in range(50)}
    assert len(found) == 50
    assert {next_attempt(f"msg_{each}", 5, NOW) for each in range(50)} == found


def test_a_receiver_may_ask_for_more_time_and_for_a_day_at_most() -> None:
    assert next_attempt("msg_1", 1, NOW, 600) == NOW + timedelta(minutes=10)
    assert next_attempt("msg_1", 1, NOW, 10**9) == NOW + timedelta(days=1)
    late = next_attempt("msg_1", 9, NOW, 60)
    assert late is not None
    assert late >= NOW + timedelta(days=1)
