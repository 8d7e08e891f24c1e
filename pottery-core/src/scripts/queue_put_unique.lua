-- Puts those of the items that are not there behind the others, all of them or none. Returns how many; -1 if there is no
-- room.
-- KEYS[1]: the sorted set, whose scores are running numbers; KEYS[2]: where those wake up who wait for room
-- ARGV[1]: the most items that there may be, or nothing; ARGV[2]: '1' for one who was woken, and wakes the next;
-- ARGV[3..]: the items
local length = redis.pcall('ZCARD', KEYS[1])
if type(length) == 'table' then return length end
local new, seen = {}, {}
for i = 3, #ARGV, 4000 do
  local scores = redis.call('ZMSCORE', KEYS[1], unpack(ARGV, i, math.min(i + 3999, #ARGV)))
  for j = 1, #scores do
    local item = ARGV[i + j - 1]
    if not scores[j] and not seen[item] then
      seen[item] = true
      new[#new + 1] = item
    end
  end
end
local bound = tonumber(ARGV[1])
if bound and #new > 0 and length + #new > bound then return -1 end

local function add(items, from)
  local scored = {}
  for i = 1, #items do
    scored[#scored + 1] = string.format('%.0f', from + i)
    scored[#scored + 1] = items[i]
    if #scored == 4000 or i == #items then
      redis.call('ZADD', KEYS[1], unpack(scored))
      scored = {}
    end
  end
end

local last = 0
if length > 0 then
  local score = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  last = tonumber(score)
  if not last or last ~= math.floor(last) or math.abs(last) + #new >= 9007199254740991 then
    -- the numbers end where doubles are no longer exact: all get new ones, in their order
    add(redis.call('ZRANGE', KEYS[1], 0, -1), 0)
    last = length
  end
end
add(new, last)
if ARGV[2] == '1' and bound and length + #new < bound and redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('RPUSH', KEYS[2], '1')
  redis.call('PEXPIRE', KEYS[2], 10000)
end
return #new
