-- Puts items in the place of a range, and returns what was there.
-- KEYS[1]: the list
-- ARGV[1]: where the range begins; ARGV[2]: the index behind its end; ARGV[3..]: the items
local length = redis.pcall('LLEN', KEYS[1])
if type(length) == 'table' then return length end

local function position(index)
  index = tonumber(index)
  if index < 0 then index = index + length end
  return math.max(0, math.min(index, length))
end

local function append(items, first)
  for i = first, #items, 1000 do
    redis.call('RPUSH', KEYS[1], unpack(items, i, math.min(i + 999, #items)))
  end
end

local function prepend(items, first)
  for last = #items, first, -1000 do
    local backwards = {}
    for i = last, math.max(first, last - 999), -1 do backwards[#backwards + 1] = items[i] end
    redis.call('LPUSH', KEYS[1], unpack(backwards))
  end
end

local from = position(ARGV[1])
local to = math.max(from, position(ARGV[2]))
local removed = {}
if from < to then removed = redis.call('LRANGE', KEYS[1], from, to - 1) end
if from == to and #ARGV == 2 then return removed end

-- The shorter side is cut off with the range, and put on again. The key always holds something, unless it is to hold
-- nothing in the end: so it keeps its time to live.
if from < length - to then
  local left = {}
  if from > 0 then left = redis.call('LRANGE', KEYS[1], 0, from - 1) end
  redis.call('LTRIM', KEYS[1], to, -1)
  prepend(ARGV, 3)
  prepend(left, 1)
elseif from > 0 then
  local right = redis.call('LRANGE', KEYS[1], to, -1)
  redis.call('LTRIM', KEYS[1], 0, from - 1)
  append(ARGV, 3)
  append(right, 1)
else
  append(ARGV, 3)
  redis.call('LTRIM', KEYS[1], length, -1)
end
return removed
