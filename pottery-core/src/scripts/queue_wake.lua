-- Wakes one who waits for room, if there is any. Returns whether there is.
-- KEYS[1]: the list or sorted set; KEYS[2]: where those wake up who wait for room
-- ARGV[1]: LLEN or ZCARD; ARGV[2]: the most items that there may be
local length = redis.pcall(ARGV[1], KEYS[1])
if type(length) == 'table' then return length end
if length >= tonumber(ARGV[2]) then return 0 end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('RPUSH', KEYS[2], '1')
  redis.call('PEXPIRE', KEYS[2], 10000)
end
return 1
