-- Removes all items, which count as finished. Returns whether there were any.
-- KEYS[1]: the list; KEYS[2]: the count of unfinished items; KEYS[3]: where those wake up who wait for all of them
local length = redis.pcall('LLEN', KEYS[1])
if type(length) == 'table' then return length end
redis.call('UNLINK', KEYS[1])
local left = tonumber(redis.call('GET', KEYS[2]) or '0')
if left > length then
  redis.call('DECRBY', KEYS[2], length)
elseif left > 0 then
  redis.call('UNLINK', KEYS[2])
  if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('RPUSH', KEYS[3], '1') end
  redis.call('PEXPIRE', KEYS[3], 10000)
end
return length
