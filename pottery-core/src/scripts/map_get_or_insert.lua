-- The value of a field, which is set first if it is not there.
-- KEYS[1]: the hash; ARGV[1]: the field; ARGV[2]: the value that a new field gets
local value = redis.pcall('HGET', KEYS[1], ARGV[1])
if value then return value end -- an error is returned like a value
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return ARGV[2]
