-- How many items are equal to one.
-- KEYS[1]: the list
-- ARGV[1]: the item
local found = redis.pcall('LPOS', KEYS[1], ARGV[1], 'COUNT', 0)
if found.err then return found end
return #found
