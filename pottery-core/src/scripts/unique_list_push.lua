-- Puts items at one end of a list, one after the other; what is there already moves. Beyond a limit, items at the other
-- end are dropped. Returns how many there are then.
-- KEYS[1]: the list; ARGV[1]: LPUSH or RPUSH; ARGV[2]: the most items that there may be, or nothing; ARGV[3..]: the items
local length = redis.pcall('LLEN', KEYS[1])
if type(length) == 'table' then return length end
local left = redis.call('PTTL', KEYS[1])
local limit = tonumber(ARGV[2])

if #ARGV <= 10 then
  for i = 3, #ARGV do
    redis.call('LREM', KEYS[1], 0, ARGV[i])
    redis.call(ARGV[1], KEYS[1], ARGV[i])
  end
else
  -- many at once: each place is looked for only once
  local order, given = {}, {}
  for i = #ARGV, 3, -1 do
    if not given[ARGV[i]] then
      given[ARGV[i]] = true
      order[#order + 1] = ARGV[i]
    end
  end
  local items = {}
  local old = redis.call('LRANGE', KEYS[1], 0, -1)
  if ARGV[1] == 'LPUSH' then
    for i = 1, #order do items[i] = order[i] end
  end
  for i = 1, #old do
    if not given[old[i]] then items[#items + 1] = old[i] end
  end
  if ARGV[1] == 'RPUSH' then
    for i = #order, 1, -1 do items[#items + 1] = order[i] end
  end
  redis.call('UNLINK', KEYS[1])
  for i = 1, #items, 4000 do
    redis.call('RPUSH', KEYS[1], unpack(items, i, math.min(i + 3999, #items)))
  end
end
if limit == 0 then
  redis.call('UNLINK', KEYS[1])
elseif limit and ARGV[1] == 'RPUSH' then
  redis.call('LTRIM', KEYS[1], -limit, -1)
elseif limit then
  redis.call('LTRIM', KEYS[1], 0, limit - 1)
end
-- a list that was empty in between has forgotten how long it lives
if left >= 0 then redis.call('PEXPIRE', KEYS[1], math.max(left, 1)) end
return redis.call('LLEN', KEYS[1])
