-- Replaces a field of a hash and returns what was there.
-- KEYS[1]: the hash; ARGV[1]: the field; ARGV[2]: '1' if it shall be there, '0' if not, and ARGV[3]: what it shall be
local old = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(old) == 'table' then return old end -- an error: before Redis 7.0, `call` would hide its code
if ARGV[2] == '1' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
elseif old then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return old
