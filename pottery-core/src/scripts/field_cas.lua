-- Replaces a field of a hash if it is what the caller thinks it is.
-- KEYS[1]: the hash; ARGV[1]: the field; ARGV[2]: '1' if it should be there, '0' if not, and ARGV[3]: what it should be
-- ARGV[4]: '1' if it shall be there, '0' if not, and ARGV[5]: what it shall be
local old = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(old) == 'table' then return old end -- an error: before Redis 7.0, `call` would hide its code
if ARGV[2] == '1' then
  if old ~= ARGV[3] then return 0 end
elseif old then
  return 0
end
if ARGV[4] == '1' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[5])
elseif old then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 1
