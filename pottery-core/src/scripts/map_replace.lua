-- Sets a field and returns what it held before.
-- KEYS[1]: the hash; ARGV[1]: the field; ARGV[2]: the new value
local old = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(old) == 'table' then return old end -- an error
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return old
