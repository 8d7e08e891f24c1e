-- The value of a field, after its default was stored where there was none.
-- KEYS[1]: the hash; ARGV[1]: the field; ARGV[2]: its default; ARGV[3]: the field of the id, without which nothing is
-- stored ('': it is stored in any case)
local found = redis.pcall('HGET', KEYS[1], ARGV[1]) -- what it finds, or an error
if found then return found end
if ARGV[3] == '' or redis.call('HEXISTS', KEYS[1], ARGV[3]) == 1 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return ARGV[2]
