-- Makes a string of some parts and zeros between them, in place of what is there, or where nothing is.
-- KEYS[1]: the string; ARGV[1]: 'create' (nothing may be there) or 'replace' (a time to live stays)
-- ARGV[2..]: for each part the byte at which it begins, and its bytes
local kind = redis.call('TYPE', KEYS[1]).ok
if ARGV[1] == 'create' then
  if kind ~= 'none' then return redis.error_reply('EXISTS there is something at this key already') end
elseif kind ~= 'none' and kind ~= 'string' then
  return redis.error_reply('WRONGTYPE Operation against a key holding the wrong kind of value')
end
local left = redis.call('PTTL', KEYS[1])
redis.call('UNLINK', KEYS[1])
-- the last first: the string has its length at once
for i = #ARGV - 1, 2, -2 do redis.call('SETRANGE', KEYS[1], ARGV[i], ARGV[i + 1]) end
if left >= 0 then redis.call('PEXPIRE', KEYS[1], math.max(left, 1)) end
return 1
