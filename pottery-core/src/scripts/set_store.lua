-- Combines sets and stores the result, which may replace one of them. Returns how many members it has.
-- KEYS[1]: where the result goes; KEYS[2]: the first set; KEYS[3..]: the others
-- ARGV[1]: SUNION, SINTER, SDIFF or SYMMETRIC; ARGV[2]: '1' if members follow that the program itself has, as one more
-- operand; ARGV[3..]: these members, no two the same
local STEP = 4000
local result, operation = KEYS[1], ARGV[1]

for i = 1, #KEYS do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= 'set' then
    return redis.error_reply('WRONGTYPE Operation against a key holding the wrong kind of value')
  end
end
local left = redis.call('PTTL', result)

-- Calls a command that takes any number of members.
local function all(command, key, members, first)
  for i = first, #members, STEP do
    redis.call(command, key, unpack(members, i, math.min(i + STEP - 1, #members)))
  end
end

-- Those of the members that are in the set.
local function present(key, members, first)
  local found = {}
  for i = first, #members, STEP do
    local flags = redis.call('SMISMEMBER', key, unpack(members, i, math.min(i + STEP - 1, #members)))
    for j = 1, #flags do
      if flags[j] == 1 then found[#found + 1] = members[i + j - 1] end
    end
  end
  return found
end

-- Whether there is anything to do but to add or remove the program's own members.
local several = #KEYS > 2 or KEYS[1] ~= KEYS[2]

if operation == 'SUNION' then
  if several then redis.call('SUNIONSTORE', result, unpack(KEYS, 2)) end
  all('SADD', result, ARGV, 3)
elseif operation == 'SDIFF' then
  if several then redis.call('SDIFFSTORE', result, unpack(KEYS, 2)) end
  all('SREM', result, ARGV, 3)
elseif operation == 'SINTER' then
  if ARGV[2] == '1' then
    local common = present(KEYS[2], ARGV, 3)
    for i = 3, #KEYS do common = present(KEYS[i], common, 1) end
    redis.call('UNLINK', result)
    all('SADD', result, common, 1)
  elseif several then
    redis.call('SINTERSTORE', result, unpack(KEYS, 2))
  end
else
  -- in an odd number of the operands behind the first
  local odd = {}
  for i = 3, #ARGV do odd[ARGV[i]] = true end
  for i = 3, #KEYS do
    for _, member in ipairs(redis.call('SMEMBERS', KEYS[i])) do
      odd[member] = not odd[member] or nil
    end
  end
  if KEYS[1] ~= KEYS[2] then redis.call('SUNIONSTORE', result, KEYS[2]) end
  local turned = {}
  for member in pairs(odd) do turned[#turned + 1] = member end
  local lost = present(result, turned, 1)
  for i = 1, #lost do odd[lost[i]] = nil end
  local new = {}
  for member in pairs(odd) do new[#new + 1] = member end
  all('SREM', result, lost, 1)
  all('SADD', result, new, 1)
end

if left >= 0 then redis.call('PEXPIRE', result, math.max(left, 1)) end
return redis.call('SCARD', result)
