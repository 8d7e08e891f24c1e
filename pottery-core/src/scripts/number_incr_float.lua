-- Adds a floating-point number to a field, if the sum is one that the program's type can hold: the server itself counts
-- further than that.
-- KEYS[1]: the hash; ARGV[1]: the field; ARGV[2]: what to add; ARGV[3]: the largest number of the type
local old = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(old) == 'table' then return old end -- an error
local sum = redis.pcall('HINCRBYFLOAT', KEYS[1], ARGV[1], ARGV[2])
if type(sum) == 'table' then return sum end -- an error
if math.abs(tonumber(sum)) > tonumber(ARGV[3]) then
  if old then
    redis.call('HSET', KEYS[1], ARGV[1], old)
  else
    redis.call('HDEL', KEYS[1], ARGV[1])
  end
  return redis.error_reply('OVERFLOW the sum would leave the range of the type')
end
return sum
