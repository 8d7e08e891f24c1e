-- Combines bits and stores the result, which may replace one of them. A time to live of what is replaced stays.
-- KEYS[1]: where the result goes; KEYS[2..]: the operands; ARGV[1]: AND, OR, XOR or NOT
for i = 1, #KEYS do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= 'string' then
    return redis.error_reply('WRONGTYPE Operation against a key holding the wrong kind of value')
  end
end
local left = redis.call('PTTL', KEYS[1])
local length = redis.call('BITOP', ARGV[1], KEYS[1], unpack(KEYS, 2))
if left >= 0 then redis.call('PEXPIRE', KEYS[1], math.max(left, 1)) end
return length
