-- Makes a key hold the given contents, in place of what is there, or where nothing is.
-- KEYS[1]: the key
-- ARGV[1]: 'create' (nothing may be there) or 'replace' (a time to live stays)
-- ARGV[2]: what TYPE says of such a key; ARGV[3]: the command that adds contents; ARGV[4..]: the contents
local kind = redis.call('TYPE', KEYS[1]).ok
if ARGV[1] == 'create' then
  if kind ~= 'none' then return redis.error_reply('EXISTS there is something at this key already') end
elseif kind ~= 'none' and kind ~= ARGV[2] then
  return redis.error_reply('WRONGTYPE Operation against a key holding the wrong kind of value')
end
if kind == 'string' and ARGV[3] == 'PFADD' then
  -- a type of its own for those who use it
  local count = redis.pcall('PFCOUNT', KEYS[1])
  if type(count) == 'table' then return count end
end
local left = redis.call('PTTL', KEYS[1])
redis.call('UNLINK', KEYS[1])
if ARGV[3] == 'XADD' then
  -- one entry at a time, of one field
  for i = 4, #ARGV do redis.call('XADD', KEYS[1], '*', 'value', ARGV[i]) end
  if left >= 0 and #ARGV > 3 then redis.call('PEXPIRE', KEYS[1], math.max(left, 1)) end
  return 1
end
-- 3996 can be divided by 2, 3 and 4: no element of several arguments is torn
for i = 4, #ARGV, 3996 do
  redis.call(ARGV[3], KEYS[1], unpack(ARGV, i, math.min(i + 3995, #ARGV)))
end
if left >= 0 then redis.call('PEXPIRE', KEYS[1], math.max(left, 1)) end
return 1
