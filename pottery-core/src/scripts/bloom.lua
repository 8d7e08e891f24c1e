-- Looks into a Bloom filter, or adds to it.
-- KEYS[1]: the filter: a header of 16 bytes, then its bits
-- ARGV[1]: 'insert' (returns how many are new), 'create' (the same where nothing may be), 'replace' (the same in place
-- of what is there; a time to live stays), 'contains' (returns for each whether it is there) or 'count' (the bits set)
-- ARGV[2]: the header; ARGV[3]: how many bits there are, ARGV[4]: how many of them for each element
-- ARGV[5..]: for each element two numbers: its first bit, and how far it is from each to the next
local action, header, size, hashes = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local key, floor, byte_of = KEYS[1], math.floor, string.byte
local found = redis.pcall('GETRANGE', key, 0, 15)
if type(found) == 'table' then
  if action ~= 'create' then return found end -- an error, with its code
  found = ''
end
local is_there = redis.call('EXISTS', key) == 1
if action == 'create' and is_there then
  return redis.error_reply('EXISTS there is something at this key already')
end
if is_there and found ~= header then
  if found:sub(1, 4) ~= header:sub(1, 4) then
    return redis.error_reply('WRONGTYPE the string at this key is no Bloom filter')
  end
  if action ~= 'replace' then
    return redis.error_reply('MISUSE the filter at this key was made with another size, error rate or codec')
  end
end
if action == 'count' then return redis.call('BITCOUNT', key, 16, -1) end

-- Calls `f` for the bits of each element, counted from the begin of the string.
local function each(f)
  for i = 5, #ARGV, 2 do
    local at, step, bits = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), {}
    for j = 1, hashes do
      bits[j] = at + 128
      at = at + step
      if at >= size then at = at - size end
    end
    f(bits)
  end
end

-- Where many elements meet few bits, all bits are taken into Lua once: a call of the server for each is slower.
local is_dense = (#ARGV - 4) / 2 * hashes * 64 > size
local bytes, changed = '', {}

local POWERS = { [0] = 128, 64, 32, 16, 8, 4, 2, 1 }

-- Calls `f` for each element with whether a bit of it was not set; if `sets`, all are set then.
local function each_dense(sets, f)
  bytes = redis.call('GETRANGE', key, 0, -1)
  for i = 5, #ARGV, 2 do
    local bit, step, missing = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), false
    for _ = 1, hashes do
      local at = floor(bit / 8) + 16
      local byte, power = changed[at] or byte_of(bytes, at + 1) or 0, POWERS[bit % 8]
      if byte % (2 * power) < power then
        missing = true
        if not sets then break end
        changed[at] = byte + power
      end
      bit = bit + step
      if bit >= size then bit = bit - size end
    end
    f(missing)
  end
end

if action == 'contains' then
  local flags = {}
  if is_dense then
    each_dense(false, function(missing) flags[#flags + 1] = missing and 0 or 1 end)
    return flags
  end
  each(function(bits)
    local flag
    for j = 1, hashes do
      flag = redis.call('GETBIT', key, bits[j])
      if flag == 0 then break end
    end
    flags[#flags + 1] = flag
  end)
  return flags
end

local left = redis.call('PTTL', key)
if action == 'replace' then
  redis.call('UNLINK', key)
  is_there = false
end
if not is_there and #ARGV > 4 then redis.call('SETRANGE', key, 0, header) end
local new, call = 0, {}
if is_dense then
  each_dense(true, function(missing)
    if missing then new = new + 1 end
  end)
  -- back to the server, in pieces in which something has changed
  local pieces = {}
  for at in pairs(changed) do pieces[floor(at / 2048)] = true end
  local last = 15 + size / 8
  for piece in pairs(pieces) do
    local from, held = piece * 2048, {}
    for at = from, math.min(from + 2047, last) do held[#held + 1] = changed[at] or byte_of(bytes, at + 1) or 0 end
    redis.call('SETRANGE', key, from, string.char(unpack(held)))
  end
else
  each(function(bits)
    for j = 1, hashes do
      local at = (j - 1) * 4
      call[at + 1], call[at + 2], call[at + 3], call[at + 4] = 'SET', 'u1', bits[j], 1
    end
    for _, old in ipairs(redis.call('BITFIELD', key, unpack(call))) do
      if old == 0 then
        new = new + 1
        break
      end
    end
  end)
end
if action == 'replace' and left >= 0 then redis.call('PEXPIRE', key, math.max(left, 1)) end
return new
