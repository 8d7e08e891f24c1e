-- Repeats what a list holds, and returns how long it is then.
-- KEYS[1]: the list
-- ARGV[1]: how many times it is to hold it
local length = redis.pcall('LLEN', KEYS[1])
if type(length) == 'table' then return length end
local times = tonumber(ARGV[1])
if length == 0 then return 0 end
if times == 0 then
  redis.call('LTRIM', KEYS[1], 1, 0)
  return 0
end
if length * times > 4294967295 then
  return redis.error_reply('OVERFLOW a list of ' .. length .. ' items repeated ' .. ARGV[1] .. ' times is too long')
end
local items = redis.call('LRANGE', KEYS[1], 0, -1)
for _ = 2, times do
  for i = 1, length, 1000 do
    redis.call('RPUSH', KEYS[1], unpack(items, i, math.min(i + 999, length)))
  end
end
return length * times
