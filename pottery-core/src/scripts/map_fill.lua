-- Makes a hash of the given entries, in place of the one that is there, or where nothing is.
-- KEYS[1]: the hash; ARGV[1]: 'create' (nothing may be there) or 'replace'; ARGV[2..]: fields and values by turns
local kind = redis.call('TYPE', KEYS[1]).ok
if ARGV[1] == 'create' then
  if kind ~= 'none' then return redis.error_reply('EXISTS the key exists already') end
elseif kind ~= 'none' and kind ~= 'hash' then
  return redis.error_reply('WRONGTYPE Operation against a key holding the wrong kind of value')
end
local left = redis.call('PTTL', KEYS[1])
redis.call('UNLINK', KEYS[1])
for i = 2, #ARGV, 4000 do
  redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 3999, #ARGV)))
end
if left >= 0 then redis.call('PEXPIRE', KEYS[1], math.max(left, 1)) end
return 1
