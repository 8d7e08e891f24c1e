-- Changes counts in one step, or none of them. Returns how many different items there are then.
-- KEYS[1]: the hash; KEYS[2]: the other operand, if it is a hash too
-- ARGV[1]: ADD, SUB, MAX, MIN or NONE; ARGV[2]: '1' to drop all that is not above 0 then; ARGV[3..]: the items and counts
-- of the other operand
-- Counts are decimal text: Lua's numbers are exact to 2^53 only.
local operation, drops = ARGV[1], ARGV[2] == '1'

local function less(a, b)
  local minus_a, minus_b = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  if minus_a ~= minus_b then return minus_a end
  if minus_a then a, b = b:sub(2), a:sub(2) end
  if #a ~= #b then return #a < #b end
  return a < b
end

local items, first = ARGV, 3
if KEYS[2] then
  items, first = redis.pcall('HGETALL', KEYS[2]), 1
  if items.err then return items end
end
local length = redis.pcall('HLEN', KEYS[1])
if type(length) == 'table' then return length end
for i = first, #items, 2 do
  if not items[i + 1]:match('^%-?%d+$') then return redis.error_reply('ERR hash value is not an integer') end
end

local function all()
  local counts = {}
  local own = redis.call('HGETALL', KEYS[1])
  for i = 1, #own, 2 do
    if not own[i + 1]:match('^%-?%d+$') then return nil end
    counts[own[i]] = own[i + 1]
  end
  return counts
end

-- The number of a text that Redis takes for an integer, where Lua's numbers are exact, sums too.
local function small(text)
  if #text <= 15 and (text == '0' or text:find('^%-?[1-9]%d*$')) then return tonumber(text) end
end

local set = {}
if operation == 'ADD' or operation == 'SUB' then
  local sign, done = operation == 'SUB' and -1 or 1, {}
  for i = first, #items, 2000 do
    local some = {}
    for j = i, math.min(i + 1999, #items), 2 do some[#some + 1] = items[j] end
    local old = redis.call('HMGET', KEYS[1], unpack(some))
    for j = 1, #some do
      local item, count, before = some[j], items[i + 2 * j - 1], old[j] or '0'
      local was, more = small(before), small(count)
      if was and more then
        set[#set + 1] = item
        set[#set + 1] = string.format('%.0f', was + sign * more)
      else
        done[#done + 1] = item
        done[#done + 1] = old[j]
        local sum
        if sign < 0 and count == '-9223372036854775808' then
          -- there is no such positive number
          sum = redis.pcall('HINCRBY', KEYS[1], item, '9223372036854775807')
          if type(sum) ~= 'table' then sum = redis.pcall('HINCRBY', KEYS[1], item, '1') end
        else
          if sign < 0 and count ~= '0' then
            if count:sub(1, 1) == '-' then count = count:sub(2) else count = '-' .. count end
          end
          sum = redis.pcall('HINCRBY', KEYS[1], item, count)
        end
        if type(sum) == 'table' then
          -- back to what was there
          for k = 1, #done, 2 do
            if done[k + 1] then redis.call('HSET', KEYS[1], done[k], done[k + 1]) else redis.call('HDEL', KEYS[1], done[k]) end
          end
          if sum.err:find('hash value is not', 1, true) then return sum end
          return redis.error_reply('OVERFLOW a count would be greater than Redis can count')
        end
      end
    end
  end
end

if operation == 'MAX' then
  local own = all()
  if not own then return redis.error_reply('ERR hash value is not an integer') end
  for i = first, #items, 2 do
    if less(own[items[i]] or '0', items[i + 1]) then
      set[#set + 1] = items[i]
      set[#set + 1] = items[i + 1]
    end
  end
elseif operation == 'MIN' then
  local own = all()
  if not own then return redis.error_reply('ERR hash value is not an integer') end
  local other = {}
  for i = first, #items, 2 do other[items[i]] = items[i + 1] end
  for item, count in pairs(own) do
    local limit = other[item] or '0'
    if less(limit, count) then
      set[#set + 1] = item
      set[#set + 1] = limit
    end
  end
end
for i = 1, #set, 4000 do redis.call('HSET', KEYS[1], unpack(set, i, math.min(i + 3999, #set))) end

if drops then
  local drop = {}
  local own = redis.call('HGETALL', KEYS[1])
  for i = 1, #own, 2 do
    local count = own[i + 1]
    if count:match('^%-?%d+$') and not less('0', count) then drop[#drop + 1] = own[i] end
  end
  for i = 1, #drop, 4000 do redis.call('HDEL', KEYS[1], unpack(drop, i, math.min(i + 3999, #drop))) end
end
return redis.call('HLEN', KEYS[1])
