-- Calculates with an integer, exactly up to 64 bits, and stores the result if it is in range; else nothing changes.
-- KEYS[1]: where it is; ARGV[1]: 'string', or 'hash' and ARGV[2]: the field
-- ARGV[3]: what is done; ARGV[4]: with what; ARGV[5], ARGV[6]: the least and the greatest number of the type
-- ARGV[7]: for 'add' the greatest sum, for 'cas' what to store if the number is ARGV[4]
-- Lua's numbers are exact to 2^53 only. What may be larger is kept as digits of 16 bits, the lowest first, and its sign.
local BASE = 65536
local operation = ARGV[3]

-- Compares decimal texts.
local function less(a, b)
  local minus_a, minus_b = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  if minus_a ~= minus_b then return minus_a end
  if minus_a then a, b = b:sub(2), a:sub(2) end
  if #a ~= #b then return #a < #b end
  return a < b
end

local function trimmed(a)
  while a[#a] == 0 do a[#a] = nil end
  return a
end

local function parse(text)
  local a = {}
  for digit in text:gmatch('%d') do
    local carry = tonumber(digit)
    for i = 1, #a do
      local x = a[i] * 10 + carry
      a[i], carry = x % BASE, math.floor(x / BASE)
    end
    if carry > 0 then a[#a + 1] = carry end
  end
  return a, text:sub(1, 1) == '-'
end

-- Uses `a` up.
local function show(a, minus)
  local text = ''
  while #a > 0 do
    local rest = 0
    for i = #a, 1, -1 do
      local x = rest * BASE + a[i]
      a[i], rest = math.floor(x / 10000), x % 10000
    end
    trimmed(a)
    text = string.format(#a > 0 and '%04d' or '%d', rest) .. text
  end
  if text == '' then return '0' end
  return (minus and '-' or '') .. text
end

local function smaller(a, b)
  if #a ~= #b then return #a < #b end
  for i = #a, 1, -1 do
    if a[i] ~= b[i] then return a[i] < b[i] end
  end
  return false
end

local function plus(a, b)
  local sum, carry = {}, 0
  for i = 1, math.max(#a, #b) do
    local x = (a[i] or 0) + (b[i] or 0) + carry
    sum[i], carry = x % BASE, math.floor(x / BASE)
  end
  if carry > 0 then sum[#sum + 1] = carry end
  return sum
end

-- Of which `b` is not the larger.
local function minus(a, b)
  local difference, borrow = {}, 0
  for i = 1, #a do
    local x = a[i] - (b[i] or 0) - borrow
    borrow = x < 0 and 1 or 0
    difference[i] = x + borrow * BASE
  end
  return trimmed(difference)
end

local function add(a, minus_a, b, minus_b)
  if minus_a == minus_b then return plus(a, b), minus_a end
  if smaller(a, b) then return minus(b, a), minus_b end
  return minus(a, b), minus_a
end

local function times(a, b)
  local product = {}
  for i = 1, #a + #b do product[i] = 0 end
  for i = 1, #a do
    local carry = 0
    for j = 1, #b do
      local x = product[i + j - 1] + a[i] * b[j] + carry
      product[i + j - 1], carry = x % BASE, math.floor(x / BASE)
    end
    product[i + #b] = carry
  end
  return trimmed(product)
end

-- The quotient, rounded towards 0, and the rest: bit by bit.
local function divided(a, b)
  local quotient, rest = {}, {}
  for i = #a, 1, -1 do
    local digit = 0
    for place = 15, 0, -1 do
      local one = math.floor(a[i] / 2 ^ place) % 2
      rest = plus(plus(rest, rest), one == 1 and { 1 } or {})
      digit = digit * 2
      if not smaller(rest, b) then
        rest = minus(rest, b)
        digit = digit + 1
      end
    end
    quotient[i] = digit
  end
  return trimmed(quotient), rest
end

-- 2 to the power of `bits`.
local function power_of_two(bits)
  local a = {}
  for i = 1, math.floor(bits / 16) do a[i] = 0 end
  a[#a + 1] = 2 ^ (bits % 16)
  return a
end

local WHOLE = power_of_two(64)

-- The 64 bits of a number, as two's complement.
local function bits_of(a, is_minus)
  if is_minus and #a > 0 then a = minus(WHOLE, a) end
  return { a[1] or 0, a[2] or 0, a[3] or 0, a[4] or 0 }
end

-- The result, as text; nil if it has more than 64 bits.
local function calculate(old, by)
  local small = #old <= 15 and #by <= 15
  if small and operation == 'add' then return string.format('%.0f', tonumber(old) + tonumber(by)) end
  if #old + #by <= 15 and operation == 'mul' then return string.format('%.0f', tonumber(old) * tonumber(by) + 0) end
  local a, minus_a = parse(old)
  if operation == 'shl' then
    if #a == 0 then return old end
    local bits = tonumber(by)
    if bits > 64 then return nil end
    return show(times(a, power_of_two(bits)), minus_a)
  elseif operation == 'shr' then
    local bits = math.min(tonumber(by), 64)
    if minus_a then a = plus(a, minus(power_of_two(bits), { 1 })) end
    return show(divided(a, power_of_two(bits)), minus_a)
  elseif operation == 'pow' then
    local count, result = tonumber(by), { 1 }
    local is_minus = minus_a and count % 2 == 1
    if #a == 0 and count > 0 then return '0' end
    if #a == 0 or (#a == 1 and a[1] == 1) then count = 0 end
    for _ = 1, count do
      result = times(result, a)
      if #result > 4 and smaller(WHOLE, result) then return nil end
    end
    return show(result, is_minus)
  end
  local b, minus_b = parse(by)
  if operation == 'add' then
    return show(add(a, minus_a, b, minus_b))
  elseif operation == 'mul' then
    return show(times(a, b), minus_a ~= minus_b)
  elseif operation == 'div' or operation == 'rem' then
    local quotient, rest = divided(a, b)
    -- rounded down, and the rest with the sign of the divisor
    if #rest > 0 and minus_a ~= minus_b then
      quotient, rest = plus(quotient, { 1 }), minus(b, rest)
    end
    if operation == 'div' then return show(quotient, minus_a ~= minus_b) end
    return show(rest, minus_b)
  end
  local calculated = { ['and'] = bit.band, ['or'] = bit.bor, xor = bit.bxor }
  a, b = bits_of(a, minus_a), bits_of(b, minus_b)
  for i = 1, 4 do a[i] = calculated[operation](a[i], b[i]) end
  local is_minus = ARGV[5]:sub(1, 1) == '-' and a[4] >= BASE / 2
  trimmed(a)
  return show(is_minus and minus(WHOLE, a) or a, is_minus)
end

local old
if ARGV[1] == 'hash' then old = redis.pcall('HGET', KEYS[1], ARGV[2]) else old = redis.pcall('GET', KEYS[1]) end
if type(old) == 'table' then return old end -- an error, with its code
old = old or '0'
local is_integer = old == '0' or (#old <= 20 and old:match('^%-?[1-9]%d*$'))
if not is_integer or less(old, ARGV[5]) or less(ARGV[6], old) then
  return redis.error_reply('ERR the value is not an integer of ' .. ARGV[5] .. '..=' .. ARGV[6])
end
local new
if operation == 'cas' then
  if old ~= ARGV[4] then return false end
  new = ARGV[7]
else
  new = calculate(old, ARGV[4])
  if new == '-0' then new = '0' end
  if not new or less(new, ARGV[5]) or less(ARGV[6], new) or (ARGV[7] and less(ARGV[7], new)) then
    return redis.error_reply('OVERFLOW the result is outside of ' .. ARGV[5] .. '..=' .. (ARGV[7] or ARGV[6]))
  end
end
if ARGV[1] == 'hash' then
  -- its own time to live stays, on servers that have such
  local ends = redis.pcall('HPEXPIRETIME', KEYS[1], 'FIELDS', 1, ARGV[2])
  redis.call('HSET', KEYS[1], ARGV[2], new)
  if type(ends[1]) == 'number' and ends[1] > 0 then
    redis.call('HPEXPIREAT', KEYS[1], string.format('%.0f', ends[1]), 'FIELDS', 1, ARGV[2])
  end
else
  redis.call('SET', KEYS[1], new, 'KEEPTTL')
end
return new
