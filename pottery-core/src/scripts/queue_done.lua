-- Counts items as finished, and wakes one who waits for all of them. Returns how many are left.
-- KEYS[1]: the count of unfinished items; KEYS[2]: where those wake up who wait for all of them
-- ARGV[1]: how many are finished
local waiting = redis.pcall('LLEN', KEYS[2])
if type(waiting) == 'table' then return waiting end
local left = redis.pcall('DECRBY', KEYS[1], ARGV[1])
if type(left) == 'table' then return left end
if left < 0 then
  redis.call('INCRBY', KEYS[1], ARGV[1])
  if redis.call('GET', KEYS[1]) == '0' then redis.call('UNLINK', KEYS[1]) end
  return redis.error_reply('MISUSE more items are called finished than were put')
end
if left == 0 then
  redis.call('UNLINK', KEYS[1])
  if waiting == 0 then redis.call('RPUSH', KEYS[2], '1') end
  redis.call('PEXPIRE', KEYS[2], 10000)
end
return left
