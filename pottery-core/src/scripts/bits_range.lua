-- Looks at a range of bits, or changes it. Redis has ranges of bits since 7.0 only, and of bytes before.
-- KEYS[1]: the bits; ARGV[1]: 'count', 'find', 'fill' or 'flip'; ARGV[2]: the first bit; ARGV[3]: the last one, or
-- '-1': the last one there is; ARGV[4]: which bits are found or filled in, '0' or '1'
local key, action, first, last, bit_wanted = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local length = redis.pcall('STRLEN', key)
if type(length) == 'table' then return length end -- an error, with its code
local is_open, there = last < 0, length * 8 - 1
if is_open then last = there end
-- behind the end there are zeros
local inside = math.min(last, there)

-- Calls `bit` for the bits before and behind whole bytes, and `bytes` for the first and the last of the whole bytes.
local function each(to, bit, bytes)
  local at = first
  while at <= to and at % 8 ~= 0 do
    if bit(at) then return end
    at = at + 1
  end
  local whole = math.floor((to + 1 - at) / 8)
  if at <= to and whole > 0 then
    if bytes(at / 8, at / 8 + whole - 1) then return end
    at = at + whole * 8
  end
  while at <= to do
    if bit(at) then return end
    at = at + 1
  end
end

if action == 'count' then
  local count = 0
  each(inside, function(at) count = count + redis.call('GETBIT', key, at) end,
    function(from, to) count = count + redis.call('BITCOUNT', key, from, to) end)
  return count
elseif action == 'find' then
  local found
  local wanted = tonumber(bit_wanted)
  each(inside, function(at)
    if redis.call('GETBIT', key, at) == wanted then found = at end
    return found
  end, function(from, to)
    local at = redis.call('BITPOS', key, wanted, from, to)
    if at >= 0 then found = at end
    return found
  end)
  -- without an end, the first zero is behind the last one
  local behind = math.max(first, there + 1)
  if not found and wanted == 0 and (is_open or behind <= last) then found = behind end
  return found or false
elseif action == 'fill' then
  if bit_wanted == '0' then last = inside end
  local byte = bit_wanted == '1' and '\255' or '\0'
  each(last, function(at) redis.call('SETBIT', key, at, bit_wanted) end, function(from, to)
    redis.call('SETRANGE', key, from, byte:rep(to - from + 1))
  end)
else
  each(last, function(at) redis.call('SETBIT', key, at, 1 - redis.call('GETBIT', key, at)) end, function(from, to)
    for at = from, to, 4096 do
      local behind = math.min(at + 4096, to + 1)
      local old = redis.call('GETRANGE', key, at, behind - 1)
      old = old .. ('\0'):rep(behind - at - #old)
      redis.call('SETRANGE', key, at, (old:gsub('.', function(c) return string.char(255 - c:byte()) end)))
    end
  end)
end
return 1
