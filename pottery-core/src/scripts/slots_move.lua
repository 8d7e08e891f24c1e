-- Takes a place or gives one back. Returns whether that could be done.
-- KEYS[1]: how many are taken; ARGV[1]: '1' or '-1'; ARGV[2]: how many there are
local taken = redis.pcall('GET', KEYS[1])
if type(taken) == 'table' then return taken end
if taken and not taken:match('^%-?%d+$') then
  return redis.error_reply('ERR value is not an integer or out of range')
end
taken = tonumber(taken or '0')
if ARGV[1] == '1' then
  if taken >= tonumber(ARGV[2]) then return 0 end
  -- what somebody else has set below none counts as none
  if taken < 0 then redis.call('SET', KEYS[1], '0', 'KEEPTTL') end
  redis.call('INCR', KEYS[1])
else
  if taken <= 0 then return 0 end
  -- a time to live stays, for who will be next
  if taken == 1 and redis.call('PTTL', KEYS[1]) < 0 then redis.call('UNLINK', KEYS[1]) else redis.call('DECR', KEYS[1]) end
end
return 1
