-- What is remembered under a key, or nil.
-- KEYS[1]: the hash, as memo_ask has it; ARGV[1]: the key
local found = redis.pcall('HMGET', KEYS[1], '=' .. ARGV[1], '!' .. ARGV[1])
if found.err or not found[2] then return found.err and found or found[1] end
local time = redis.call('TIME')
local ends = tonumber(found[2])
return ends and ends > time[1] * 1000 + math.floor(time[2] / 1000) and found[1]
