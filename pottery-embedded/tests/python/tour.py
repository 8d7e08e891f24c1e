"""What redis-py and Python's Pottery do with a server, each a function of its own: tour.py URL NAME."""

import sys
import threading
import time
import warnings
from collections import Counter, deque

import redis


def types(url, protocol):
    r = redis.Redis.from_url(url, protocol=protocol, decode_responses=True)
    r.flushall()
    assert r.ping()
    assert r.set("s", "v", ex=100, nx=True) and r.get("s") == "v" and 0 < r.ttl("s") <= 100
    assert r.incr("n") == 1 and r.incrbyfloat("f", 1.5) == 1.5
    assert r.rpush("l", "a", "b", "c") == 3 and r.lrange("l", 0, -1) == ["a", "b", "c"]
    assert r.hset("h", mapping={"a": 1, "b": 2}) == 2 and r.hgetall("h") == {"a": "1", "b": "2"}
    assert r.sadd("S", "a", "b") == 2 and r.smembers("S") == {"a", "b"}
    assert r.zadd("z", {"a": 1, "b": 2.5}) == 2
    assert [tuple(it) for it in r.zrange("z", 0, -1, withscores=True)] == [("a", 1.0), ("b", 2.5)]
    assert r.geoadd("g", (13.361389, 38.115556, "Palermo")) == 1 and r.geopos("g", "nowhere") == [None]
    assert r.pfadd("p", "a", "b") == 1 and r.pfcount("p") == 2
    assert r.setbit("bits", 7, 1) == 0 and r.bitcount("bits") == 1
    assert sorted(r.scan_iter(match="*s*")) == ["bits", "s"]
    assert r.info("server")["redis_version"].startswith("7.")
    assert r.config_get("maxmemory") == {"maxmemory": "0"}
    try:
        r.lpush("s", "x")
        raise AssertionError("a list was made of a string")
    except redis.ResponseError as error:
        assert "WRONGTYPE" in str(error)


def pipelines(url, protocol):
    r = redis.Redis.from_url(url, protocol=protocol, decode_responses=True)
    with r.pipeline(transaction=False) as pipe:
        for number in range(1000):
            pipe.rpush("many", number)
        assert pipe.execute() == list(range(1, 1001))
    with r.pipeline() as pipe:
        pipe.watch("many")
        length = pipe.llen("many")
        pipe.multi()
        pipe.set("length", length)
        pipe.get("length")
        assert pipe.execute() == [True, "1000"]
        pipe.watch("length")
        r.set("length", 1)
        pipe.multi()
        pipe.set("length", 2)
        try:
            pipe.execute()
            raise AssertionError("the watched key had changed")
        except redis.WatchError:
            pass


def scripts(url, protocol):
    r = redis.Redis.from_url(url, protocol=protocol, decode_responses=True)
    script = r.register_script("return {redis.call('incrby', KEYS[1], ARGV[1]), 'x'}")
    assert script(keys=["scripted"], args=[5]) == [5, "x"]
    r.script_flush()
    assert script(keys=["scripted"], args=[5]) == [10, "x"]


def messages(url, protocol):
    r = redis.Redis.from_url(url, protocol=protocol, decode_responses=True)
    with r.pubsub() as pubsub:
        pubsub.subscribe("channel")
        pubsub.psubscribe("ch*")
        kinds = [pubsub.get_message(timeout=5)["type"] for _ in range(2)]
        assert kinds == ["subscribe", "psubscribe"], kinds
        assert r.publish("channel", "hello") == 2
        assert {pubsub.get_message(timeout=5)["type"] for _ in range(2)} == {"message", "pmessage"}
    waiting = threading.Thread(target=lambda: got.append(r.blpop(["queue"], timeout=5)))
    got = []
    waiting.start()
    while r.info("clients")["blocked_clients"] == 0:
        time.sleep(0.001)
    r.rpush("queue", "job")
    waiting.join()
    assert [list(it) for it in got] == [["queue", "job"]], got


def redis_py(url):
    for protocol in (2, 3):
        types(url, protocol)
        pipelines(url, protocol)
        scripts(url, protocol)
        messages(url, protocol)


def pottery_containers(url):
    from pottery import RedisCounter, RedisDeque, RedisDict, RedisList, RedisSet, RedisSimpleQueue

    r = redis.Redis.from_url(url, protocol=2)
    r.flushall()
    tel = RedisDict({"jack": 4098, "sape": 4139}, redis=r, key="tel")
    tel["guido"] = 4127
    assert tel == {"jack": 4098, "sape": 4139, "guido": 4127} and "jack" in tel
    del tel["sape"]
    tel.update(irv=4127)
    assert sorted(tel) == ["guido", "irv", "jack"] and tel.pop("irv") == 4127 and len(tel) == 2

    basket = RedisSet({"apple", "orange", "pear", "banana"}, redis=r, key="basket")
    assert "orange" in basket and "crabgrass" not in basket
    basket.add("kiwi")
    basket.discard("pear")
    other = RedisSet({"kiwi", "plum"}, redis=r, key="other")
    assert basket.intersection(other) == {"kiwi"} and basket.union(other) >= {"plum", "apple"}
    assert basket.difference(other) == {"apple", "orange", "banana"} and not basket.issubset(other)
    basket.difference_update(other)
    assert basket == {"apple", "orange", "banana"}
    basket.add("kiwi")
    assert list(basket.contains_many("kiwi", "pear")) == [True, False]

    # Each beside the collection of Python's that it is to be like.
    for squares in (RedisList([1, 4, 9, 16, 25], redis=r, key="squares"), [1, 4, 9, 16, 25]):
        assert squares[0] == 1 and squares[-1] == 25 and squares[-3:] == [9, 16, 25]
        squares.append(36)
        squares.insert(0, 0)
        squares[2] = "four"
        del squares[1]
        squares.extend([49])
        assert squares == [0, "four", 9, 16, 25, 36, 49] and squares.pop() == 49 and squares.index(9) == 2

    for counter in (RedisCounter(a=4, b=2, c=0, d=-2, redis=r, key="counter"), Counter(a=4, b=2, c=0, d=-2)):
        counter["a"] += 1
        counter["b"] -= 1
        counter["e"] = 3
        counts = [counter[name] for name in ("a", "b", "e", "nothing")]
        assert counts == [5, 1, 3, 0], counts
        assert counter.most_common(1) == [("a", 5)], counter.most_common()

    for letters in (RedisDeque("ghi", redis=r, key="deque", maxlen=4), deque("ghi", maxlen=4)):
        letters.append("j")
        letters.append("k")
        assert list(letters) == ["h", "i", "j", "k"] and letters.popleft() == "h" and letters.pop() == "k"
        letters.extendleft("ab")
        letters.rotate(1)
        assert list(letters) == ["j", "b", "a", "i"], list(letters)

    queue = RedisSimpleQueue(redis=r, key="queue")
    assert queue.empty()
    queue.put("x")
    assert queue.qsize() == 1 and queue.get(timeout=5) == "x"


def pottery_locks(url):
    from pottery import NextID, Redlock, synchronize

    r = redis.Redis.from_url(url, protocol=2)
    lock = Redlock(key="printer", masters={r}, auto_release_time=5)
    assert not lock.locked() and lock.acquire()
    other = Redlock(key="printer", masters={r}, auto_release_time=5)
    assert not other.acquire(blocking=False)
    assert 0 < lock.locked() <= 5
    lock.extend()
    lock.release()
    with other:
        assert other.locked()
    assert not lock.locked()

    @synchronize(key="synchronized", masters={r}, auto_release_time=5)
    def work():
        return 7

    assert work() == 7
    ids = NextID(key="ids", masters={r})
    assert [next(ids) for _ in range(3)] == [1, 2, 3]


def pottery_estimates(url):
    from pottery import BloomFilter, CachedOrderedDict, HyperLogLog, redis_cache

    r = redis.Redis.from_url(url, protocol=2)
    hll = HyperLogLog(redis=r, key="hll")
    hll.update(range(1000))
    hll.add("one more")
    assert 950 < len(hll) < 1050 and "one more" in hll
    assert len(hll.union(HyperLogLog({"x"}, redis=r, key="h2"), redis=r)) > 950

    bloom = BloomFilter({"rajiv", "luvh"}, num_elements=100, false_positives=0.01, redis=r, key="bloom")
    bloom.add("raj")
    assert "rajiv" in bloom and "dan" not in bloom and list(bloom.contains_many("raj", "x")) == [True, False]
    assert len(bloom) == 3

    calls = []

    @redis_cache(redis=r, key="cache", timeout=60)
    def expensive(number):
        calls.append(number)
        return number * 2

    assert [expensive(2), expensive(2), expensive(3)] == [4, 4, 6] and calls == [2, 3]
    info = expensive.cache_info()
    assert (info.hits, info.misses) == (1, 2), info
    expensive.cache_clear()

    first = CachedOrderedDict(redis_client=r, redis_key="ordered", dict_keys=("a", "b"))
    first["a"] = "x"
    again = CachedOrderedDict(redis_client=r, redis_key="ordered", dict_keys=("a", "b"))
    assert again["a"] == "x" and again.misses() == {"b"}


def pottery(url):
    pottery_containers(url)
    pottery_locks(url)
    pottery_estimates(url)


if __name__ == "__main__":
    # Pottery warns of what takes time in proportion to the size.
    warnings.simplefilter("ignore")
    {"redis-py": redis_py, "pottery": pottery}[sys.argv[2]](sys.argv[1])
    print("done")
