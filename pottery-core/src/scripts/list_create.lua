-- Makes a list where there is nothing.
-- KEYS[1]: the list
-- ARGV: the items
if redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.error_reply('EXISTS there is something at this key already')
end
for i = 1, #ARGV, 1000 do
  redis.call('RPUSH', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
return 1
