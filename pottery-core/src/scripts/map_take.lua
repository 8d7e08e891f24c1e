-- Removes a field and returns what it held.
-- KEYS[1]: the hash; ARGV[1]: the field
local old = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(old) == 'table' then return old end -- an error
if old then redis.call('HDEL', KEYS[1], ARGV[1]) end
return old
