"""What Python's Pottery and redis-py write and expect, a step at a time: peer.py URL STEP."""

import collections
import sys

import redis
from pottery import KeyExistsError, RedisCounter, RedisDeque, RedisDict, RedisList, RedisSet

r = redis.Redis.from_url(sys.argv[1], decode_responses=True)

WILD = {"a": 1, "é": "ü\n", "nested": {"list": [1, 2.5, None, True]}, "": "empty"}


def is_(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def pottery_writes():
    RedisDict(WILD, redis=r, key="py:dict")
    RedisDict({1: "one", 2: "two"}, redis=r, key="py:numbers")
    RedisSet({"a", "b", "é"}, redis=r, key="py:set")
    RedisList([1, 4, 9, 16], redis=r, key="py:list")
    RedisDeque("ghi", maxlen=3, redis=r, key="py:deque")
    RedisCounter("gallahad", redis=r, key="py:counter")


def pottery_finds_what_rust_changed():
    found = RedisDict(redis=r, key="py:dict")
    is_(found["a"], 2)
    is_(found["nested"], {"list": []})
    assert "" not in found and len(found) == 4
    is_(found["rust"], "\u00df")
    is_(RedisDict(redis=r, key="py:numbers").to_dict(), {1: "one", 3: "three"})
    is_(RedisSet(redis=r, key="py:set").to_set(), {"a", "é", "rust"})
    is_(RedisList(redis=r, key="py:list").to_list(), [1, 5, 6, 7, 16, 25])
    is_(list(RedisDeque(redis=r, key="py:deque", maxlen=3)), ["x", "g", "h"])
    is_(RedisCounter(redis=r, key="py:counter").to_counter(), collections.Counter({"a": 5, "l": 2, "g": 1, "d": 1, "h": 0, "z": -2}))


def pottery_finds_what_rust_made():
    is_(RedisDict(redis=r, key="rs:dict").to_dict(), {"jack": 4098, "é": -1})
    is_(RedisSet(redis=r, key="rs:set").to_set(), {1, 2, 3})
    is_(RedisList(redis=r, key="rs:list").to_list(), [{"name": "rope", "weight": 2.5}, {"name": "", "weight": 0.1}])
    deque = RedisDeque(redis=r, key="rs:deque", maxlen=3)
    is_(list(deque), ["a", "b"])
    counter = RedisCounter(redis=r, key="rs:counter")
    is_(counter.to_counter(), collections.Counter({"x": 3, "y": 1}))
    # and goes on from there
    RedisDict(redis=r, key="rs:dict").update({"guido": 4127})
    RedisSet(redis=r, key="rs:set").add(4)
    RedisList(redis=r, key="rs:list").append({"name": "sword", "weight": 8.0})
    deque.extend(["c", "d"])
    # with an iterable in place of a mapping, Pottery 3.0.1 adds what is there once more
    counter.update({"x": 1, "y": 1, "z": 1})
    try:
        RedisSet({9}, redis=r, key="rs:set")
        raise AssertionError("it was made twice")
    except KeyExistsError:
        pass


def redis_py_writes():
    r.rpush("py:words", "a", "é", "", "1")
    r.hset("py:hash", mapping={"n": 41, "text": "x"})
    r.sadd("py:ids", 1, 2, 3)
    r.set("py:int", 40)
    r.set("py:float", "1.5")
    r.set("py:text", "héllo")
    r.rpush("py:queue", "first", "second")
    r.zadd("py:board", {"ann": 1.5, "bob": 2})
    r.hset("py:multi", mapping={"a": 3})


def redis_py_finds_what_rust_changed():
    is_(r.lrange("py:words", 0, -1), ["a", "é", "", "1", "new"])
    is_(r.hgetall("py:hash"), {"n": "42", "text": "x"})
    is_(r.smembers("py:ids"), {"2", "3", "18446744073709551615"})
    is_(r.get("py:int"), "9007199254740993")
    is_(r.get("py:float"), "1.75")
    is_(r.get("py:text"), "héllo, world")
    is_(r.lpop("py:queue"), "second")
    is_(r.blpop("py:queue", timeout=1), ("py:queue", "third"))
    is_(r.zrange("py:board", 0, -1, withscores=True, score_cast_func=float), [("bob", 2.0), ("ann", 4.0)])
    is_(r.hgetall("py:multi"), {"a": "5", "b": "-1"})
    is_(r.hgetall("player:{7}"), {"id": "7", "name": "Raj", "score": "-40", "alive": "1", "level": "Master"})
    is_(r.lrange("player:{7}:friends", 0, -1), ["9", "11"])


globals()[sys.argv[2]]()
print("done")
