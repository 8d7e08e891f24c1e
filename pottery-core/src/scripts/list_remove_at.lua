-- Removes the item at an index, and returns it.
-- KEYS[1]: the list
-- ARGV[1]: the index; ARGV[2]: a token that is no item, but for an accident
local length = redis.pcall('LLEN', KEYS[1])
if type(length) == 'table' then return length end
local at = tonumber(ARGV[1])
if at < 0 then at = at + length end
if at < 0 or at >= length then return false end
if at == 0 then return redis.call('LPOP', KEYS[1]) end
if at == length - 1 then return redis.call('RPOP', KEYS[1]) end
-- LREM looks for a value, from the one end or from the other: for a moment, the item at the index has one of its own
local rank, before = 1, at
if at > length / 2 then rank, before = -1, length - 1 - at end
local token = ARGV[2]
while redis.call('LPOS', KEYS[1], token, 'RANK', rank, 'MAXLEN', before) do token = token .. '+' end
local item = redis.call('LINDEX', KEYS[1], at)
redis.call('LSET', KEYS[1], at, token)
redis.call('LREM', KEYS[1], rank, token)
return item
