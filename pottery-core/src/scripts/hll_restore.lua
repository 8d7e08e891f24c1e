-- Replaces a HyperLogLog by a snapshot. A time to live stays.
-- KEYS[1]: the HyperLogLog; ARGV[1]: the snapshot; an empty one removes the key
local count = redis.pcall('PFCOUNT', KEYS[1])
if type(count) == 'table' then return count end -- an error, with its code
if ARGV[1] == '' then
  redis.call('UNLINK', KEYS[1])
  return 1
end
local old = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
-- the server looks whether it is one; of two it looks at all, where of one it may believe the count that stands in front
count = redis.pcall('PFCOUNT', KEYS[1], KEYS[1])
if type(count) == 'table' then
  if old then redis.call('SET', KEYS[1], old, 'KEEPTTL') else redis.call('DEL', KEYS[1]) end
  return redis.error_reply('MISUSE the snapshot is damaged')
end
return 1
