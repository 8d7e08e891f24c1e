-- Changes counts in one step, or none of them. Returns how many different items there are then.
-- KEYS[1]: the hash; KEYS[2]: the other operand, if it is a hash too
-- ARGV[1]: ADD, SUB, MAX, MIN or NONE; ARGV[2]: '1' to drop all that is not above 0 then; ARGV[3..]: the items and counts
-- of the other operand
-- Counts are decimal text: Lua's numbers are exact to 2^53 only.
local function less(a, b)
  local minus_a, minus_b = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  if minus_a ~= minus_b then return minus_a end
  if minus_a then a, b = b:sub(2), a:sub(2) end
  if #a ~= #b then return #a < #b end
  return a < b
end

local function negated(count)
  if count == '0' then return count end
  if count:sub(1, 1) == '-' then return count:sub(2) end
  return '-' .. count
end

local own = redis.pcall('HGETALL', KEYS[1])
if own.err then return own end
local old = {}
for i = 1, #own, 2 do old[own[i]] = own[i + 1] end

local items, first = ARGV, 3
if KEYS[2] then
  items, first = redis.pcall('HGETALL', KEYS[2]), 1
  if items.err then return items end
end
local other = {}
for i = first, #items, 2 do other[items[i]] = items[i + 1] end
for _, counts in ipairs({old, other}) do
  for _, count in pairs(counts) do
    if not count:match('^%-?%d+$') then
      return redis.error_reply('ERR hash value is not an integer')
    end
  end
end

local changed = {}

-- Puts everything back where it was.
local function failed()
  for i = 1, #changed do
    local item = changed[i]
    if old[item] then redis.call('HSET', KEYS[1], item, old[item]) else redis.call('HDEL', KEYS[1], item) end
  end
  return redis.error_reply('OVERFLOW a count would be greater than Redis can count')
end

local operation = ARGV[1]
local new = {}
for item, count in pairs(old) do new[item] = count end
if operation == 'ADD' or operation == 'SUB' then
  for i = first, #items, 2 do
    local item, count = items[i], items[i + 1]
    if operation == 'SUB' then count = negated(count) end
    changed[#changed + 1] = item
    local sum = redis.pcall('HINCRBY', KEYS[1], item, count)
    if type(sum) == 'table' then return failed() end
    new[item] = redis.call('HGET', KEYS[1], item)
  end
elseif operation == 'MAX' then
  for item, count in pairs(other) do
    if less(new[item] or '0', count) then new[item] = count end
  end
elseif operation == 'MIN' then
  for item, count in pairs(new) do
    if less(other[item] or '0', count) then new[item] = other[item] or '0' end
  end
end

local kept = 0
local set, drop = {}, {}
for item, count in pairs(new) do
  if ARGV[2] == '1' and not less('0', count) then
    drop[#drop + 1] = item
  else
    kept = kept + 1
    if operation == 'MAX' or operation == 'MIN' then
      set[#set + 1] = item
      set[#set + 1] = count
    end
  end
end
for i = 1, #set, 4000 do redis.call('HSET', KEYS[1], unpack(set, i, math.min(i + 3999, #set))) end
for i = 1, #drop, 4000 do redis.call('HDEL', KEYS[1], unpack(drop, i, math.min(i + 3999, #drop))) end
return kept
