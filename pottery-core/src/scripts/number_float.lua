-- Calculates with a floating-point number, and stores the result if it is one that the program's type can hold; else
-- nothing changes.
-- KEYS[1]: where it is; ARGV[1]: 'string', or 'hash' and ARGV[2]: the field
-- ARGV[3]: what is done; ARGV[4]: with what; ARGV[5]: unused; ARGV[6]: the largest number of the type
-- ARGV[7]: for 'add' the greatest sum, for 'cas' what to store if the number is ARGV[4]
local operation, greatest = ARGV[3], tonumber(ARGV[6])

local old
if ARGV[1] == 'hash' then old = redis.pcall('HGET', KEYS[1], ARGV[2]) else old = redis.pcall('GET', KEYS[1]) end
if type(old) == 'table' then return old end -- an error, with its code

local function store(text)
  if ARGV[1] == 'hash' then
    -- its own time to live stays, on servers that have such
    local ends = redis.pcall('HPEXPIRETIME', KEYS[1], 'FIELDS', 1, ARGV[2])
    redis.call('HSET', KEYS[1], ARGV[2], text)
    if type(ends[1]) == 'number' and ends[1] > 0 then
      redis.call('HPEXPIREAT', KEYS[1], string.format('%.0f', ends[1]), 'FIELDS', 1, ARGV[2])
    end
  else
    redis.call('SET', KEYS[1], text, 'KEEPTTL')
  end
end

local function overflow()
  return redis.error_reply('OVERFLOW the result is no number, or outside of the range of the type')
end

-- Not so for a string: INCRBYFLOAT in a script makes Redis 6.2 write beyond its memory later.
if operation == 'add' and ARGV[1] == 'hash' then
  local sum = redis.pcall('HINCRBYFLOAT', KEYS[1], ARGV[2], ARGV[4])
  if type(sum) == 'table' then return sum end -- an error
  local number = tonumber(sum)
  -- the server itself counts further than that
  if math.abs(number) > greatest or (ARGV[7] and number > tonumber(ARGV[7])) then
    if old then store(old) else redis.call('HDEL', KEYS[1], ARGV[2]) end
    return overflow()
  end
  return sum
end

-- what Lua takes for a number, and nobody else: hexadecimal, `nan`, blanks
local a = old or '0'
a = a:match('^[%d.eE+-]+$') and tonumber(a)
if not a then return redis.error_reply('ERR the value is not a valid float') end
local b = tonumber(ARGV[4])

-- The number that the program reads, where its type is the shorter one: the nearest of those with 24 binary digits.
local function single(number)
  local _, exponent = math.frexp(number)
  local scale = 2 ^ (24 - math.max(exponent, -125))
  local scaled = number * scale
  local whole = math.floor(scaled)
  local rest = scaled - whole
  if rest > 0.5 or (rest == 0.5 and whole % 2 == 1) then whole = whole + 1 end
  return whole / scale
end

if operation == 'cas' then
  if (greatest < 1e300 and single(a) or a) ~= b then return false end
  store(ARGV[7])
  return ARGV[7]
end

local new
if operation == 'add' then
  new = a + b
  if ARGV[7] and new > tonumber(ARGV[7]) then return overflow() end
elseif operation == 'mul' then
  new = a * b
elseif operation == 'quo' then
  new = a / b
elseif operation == 'pow' then
  new = a ^ b
else
  -- as Python does it: the rest has the sign of the divisor, and is exact
  local rest = math.fmod(a, b)
  local whole = (a - rest) / b
  if rest ~= 0 and (rest < 0) ~= (b < 0) then
    rest, whole = rest + b, whole - 1
  end
  if operation == 'rem' then
    new = rest
  else
    new = math.floor(whole)
    if whole - new > 0.5 then new = new + 1 end
  end
end
if new ~= new or math.abs(new) > greatest then return overflow() end

-- the shortest text that is this number, and no other
local text
for digits = 15, 17 do
  text = string.format('%.' .. digits .. 'g', new)
  if tonumber(text) == new then break end
end
if new == 0 then text = '0' end
store(text)
return text
