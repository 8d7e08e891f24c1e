-- Replaces a string if it is what the caller thinks it is. A time to live stays.
-- KEYS[1]: the string; ARGV[1]: what it should be; ARGV[2]: what it shall be
local old = redis.pcall('GET', KEYS[1])
if type(old) == 'table' then return old end -- an error, with its code
if old ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
