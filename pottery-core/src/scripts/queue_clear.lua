-- Counts all items as finished, and removes them or counts those that come in their place. Returns whether there were any.
-- KEYS[1]: the list; KEYS[2]: the count of unfinished items; KEYS[3]: where those wake up who wait for all of them
-- ARGV[1]: how many come in their place, put there right behind this; nothing if they are to be removed
local length = redis.pcall('LLEN', KEYS[1])
if type(length) == 'table' then return length end
local unfinished = redis.pcall('GET', KEYS[2])
if type(unfinished) == 'table' then return unfinished end
local left = tonumber(unfinished or '0')
if not left then return redis.error_reply('ERR value is not an integer or out of range') end
local waiting = redis.pcall('LLEN', KEYS[3])
if type(waiting) == 'table' then return waiting end
if ARGV[1] == '' then redis.call('UNLINK', KEYS[1]) end
local now = math.max(left - length, 0) + (tonumber(ARGV[1]) or 0)
if now > 0 then
  redis.call('INCRBY', KEYS[2], now - left)
elseif left > 0 then
  redis.call('UNLINK', KEYS[2])
  if waiting == 0 then redis.call('RPUSH', KEYS[3], '1') end
  redis.call('PEXPIRE', KEYS[3], 10000)
end
return length
