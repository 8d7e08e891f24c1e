"""The work of the bench in Python's Pottery: peer.py URL, then lines `NAME TIMES`; answers each with its seconds."""

import sys
import time

from pottery import RedisCounter, RedisList, RedisSimpleQueue
from redis import Redis

r = Redis.from_url(sys.argv[1])
growing, long = RedisList(redis=r, key="py:growing"), RedisList(range(10_000), redis=r, key="py:long")
queue = RedisSimpleQueue(redis=r, key="py:queue")
many = {f"word {i}": i for i in range(1_000)}
hits, words = RedisCounter(redis=r, key="py:hits"), RedisCounter(many, redis=r, key="py:words")
others = RedisCounter(many, redis=r, key="py:others")


def put_and_get():
    queue.put(1_234_567)
    assert queue.get() == 1_234_567


def increment():
    hits["a"] += 1


WORK = {
    "append": lambda: growing.append(1_234_567),
    "extend": lambda: growing.extend(range(1_000)),
    "index": lambda: long[5_000],
    "list": lambda: long.to_list(),
    "queue": put_and_get,
    "increment": increment,
    "update": lambda: words.update(many),
    "most_common": lambda: words.most_common(10),
    "sum": lambda: words + others,
}

for line in sys.stdin:
    name, times = line.split()
    work = WORK[name]
    begun = time.perf_counter()
    for _ in range(int(times)):
        work()
    print(time.perf_counter() - begun, flush=True)
