-- Puts an item before the one at an index, and returns how long the list is then.
-- KEYS[1]: the list
-- ARGV[1]: the index; ARGV[2]: the item; ARGV[3]: a token that is no item, but for an accident; ARGV[4]: the most items
-- that the list may have, or nothing
local length = redis.pcall('LLEN', KEYS[1])
if type(length) == 'table' then return length end
if ARGV[4] ~= '' and length >= tonumber(ARGV[4]) then
  return redis.error_reply('FULL there are ' .. length .. ' items, and there may be no more than ' .. ARGV[4])
end
local at = tonumber(ARGV[1])
if at < 0 then at = at + length end
if at >= length then return redis.call('RPUSH', KEYS[1], ARGV[2]) end
if at <= 0 then return redis.call('LPUSH', KEYS[1], ARGV[2]) end
-- LINSERT looks for a value, and takes the first: for a moment, the item at the index has one of its own
local token = ARGV[3]
while redis.call('LPOS', KEYS[1], token, 'MAXLEN', at) do token = token .. '+' end
local next = redis.call('LINDEX', KEYS[1], at)
redis.call('LSET', KEYS[1], at, token)
redis.call('LINSERT', KEYS[1], 'BEFORE', token, ARGV[2])
redis.call('LSET', KEYS[1], at + 1, next)
return length + 1
