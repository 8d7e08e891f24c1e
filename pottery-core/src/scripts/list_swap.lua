-- Swaps two items.
-- KEYS[1]: the list
-- ARGV[1], ARGV[2]: their indexes
local a = redis.pcall('LINDEX', KEYS[1], ARGV[1])
if type(a) == 'table' then return a end
local b = redis.call('LINDEX', KEYS[1], ARGV[2])
if not (a and b) then
  return redis.error_reply('INDEX there is no item at index ' .. (a and ARGV[2] or ARGV[1]))
end
redis.call('LSET', KEYS[1], ARGV[1], b)
redis.call('LSET', KEYS[1], ARGV[2], a)
return 1
