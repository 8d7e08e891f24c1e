-- Forgets what is remembered under a key, and what is being found out. Returns whether there was something.
-- KEYS[1]: the hash, as memo_ask has it; ARGV[1]: the key
local found = redis.pcall('HMGET', KEYS[1], '=' .. ARGV[1], '!' .. ARGV[1])
if found.err then return found end
redis.call('HDEL', KEYS[1], '=' .. ARGV[1], '!' .. ARGV[1], '?' .. ARGV[1])
if not found[1] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return (not found[2] or (tonumber(found[2]) or 0) > now) and 1 or 0
