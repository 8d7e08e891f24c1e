-- Adds to an integer in a hash, unless the sum would leave a range; then nothing changes.
-- KEYS[1]: the hash; ARGV[1]: its field; ARGV[2]: what to add; ARGV[3], ARGV[4]: the least and the greatest sum
-- All are compared as decimal text: Lua's numbers are exact to 2^53 only.
local function less(a, b)
  local minus_a, minus_b = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  if minus_a ~= minus_b then return minus_a end
  if minus_a then a, b = b:sub(2), a:sub(2) end
  if #a ~= #b then return #a < #b end
  return a < b
end
local old = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(old) == 'table' then return old end -- an error, with its code
if old and old:match('^[1-9]%d*$') and less('9223372036854775807', old) then
  return redis.error_reply('OVERFLOW the number is greater than Redis can count')
end
local sum = redis.pcall('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
if type(sum) == 'table' and sum.err then return sum end
sum = redis.call('HGET', KEYS[1], ARGV[1])
if less(sum, ARGV[3]) or less(ARGV[4], sum) then
  if old then redis.call('HSET', KEYS[1], ARGV[1], old) else redis.call('HDEL', KEYS[1], ARGV[1]) end
  return redis.error_reply('OVERFLOW the sum ' .. sum .. ' is outside of ' .. ARGV[3] .. '..=' .. ARGV[4])
end
return sum
