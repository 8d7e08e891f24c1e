-- Takes items, and wakes one who waits for room. Returns the item or nil, or an array of them if a number is given.
-- KEYS[1]: the list or sorted set; KEYS[2]: where those wake up who wait for room
-- ARGV[1]: LLEN or ZCARD; ARGV[2]: LPOP, RPOP, ZPOPMIN or ZPOPMAX; ARGV[3]: the most items that there may be, or nothing;
-- ARGV[4]: how many, or nothing for one
local length = redis.pcall(ARGV[1], KEYS[1])
if type(length) == 'table' then return length end
local bound, count = tonumber(ARGV[3]), tonumber(ARGV[4])
if length == 0 or count == 0 then
  if count then return {} end
  return false
end
local items = redis.call(ARGV[2], KEYS[1], math.min(count or 1, length))
if ARGV[1] == 'ZCARD' then
  local members = {}
  for i = 1, #items, 2 do members[#members + 1] = items[i] end
  items = members
end
if bound and length - #items < bound and redis.call('EXISTS', KEYS[2]) == 0 and length >= bound then
  redis.call('RPUSH', KEYS[2], '1')
  redis.call('PEXPIRE', KEYS[2], 10000)
end
if count then return items end
return items[1]
