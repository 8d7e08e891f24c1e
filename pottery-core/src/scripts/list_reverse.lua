-- Turns a list round.
-- KEYS[1]: the list
local items = redis.pcall('LRANGE', KEYS[1], 0, -1)
if items.err then return items end
for i = 1, #items, 1000 do
  redis.call('LPUSH', KEYS[1], unpack(items, i, math.min(i + 999, #items)))
end
-- the old items go last, so that the key is never without any, and keeps its time to live
redis.call('LTRIM', KEYS[1], 0, #items - 1)
return 1
