-- Moves items from the end to the front, or from the front to the end.
-- KEYS[1]: the list
-- ARGV[1]: how many; if negative, from the front
local length = redis.pcall('LLEN', KEYS[1])
if type(length) == 'table' then return length end
if length < 2 then return 1 end
-- the remainder digit by digit: the number may have more of them than a double
local count = 0
for digit in string.gmatch(ARGV[1], '%d') do count = (count * 10 + tonumber(digit)) % length end
if string.sub(ARGV[1], 1, 1) == '-' then count = (length - count) % length end
-- the shorter way
local pop, push = 'RPOP', 'LPUSH'
if count > length / 2 then pop, push, count = 'LPOP', 'RPUSH', length - count end
while count > 0 do
  local some = math.min(count, 1000)
  redis.call(push, KEYS[1], unpack(redis.call(pop, KEYS[1], some)))
  count = count - some
end
return 1
