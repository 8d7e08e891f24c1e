-- Puts items behind the others, all of them or none. Returns how many there are then; -1 if there is no room.
-- KEYS[1]: the list; KEYS[2]: where those wake up who wait for room; KEYS[3]: the count of unfinished items, if they are
-- counted
-- ARGV[1]: the most items that there may be, or nothing; ARGV[2]: '1' for one who was woken, and wakes the next, 'create'
-- for one who makes the queue; ARGV[3..]: the items
if ARGV[2] == 'create' and redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.error_reply('EXISTS there is something at this key already')
end
local length = redis.pcall('LLEN', KEYS[1])
if type(length) == 'table' then return length end
local bound = tonumber(ARGV[1])
local count = #ARGV - 2
if bound and length + count > bound then return -1 end
if KEYS[3] and count > 0 then
  local counted = redis.pcall('INCRBY', KEYS[3], count)
  if type(counted) == 'table' then return counted end
end
for i = 3, #ARGV, 4000 do
  redis.call('RPUSH', KEYS[1], unpack(ARGV, i, math.min(i + 3999, #ARGV)))
end
length = length + count
if ARGV[2] == '1' and bound and length < bound and redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('RPUSH', KEYS[2], '1')
  redis.call('PEXPIRE', KEYS[2], 10000)
end
return length
