-- Adds the bits of other Bloom filters to one. A time to live stays.
-- KEYS[1]: the filter; KEYS[2..]: the others; ARGV[1]: the header that all must have which are there
for i = 1, #KEYS do
  local found = redis.pcall('GETRANGE', KEYS[i], 0, 15)
  if type(found) == 'table' then return found end -- an error, with its code
  if found ~= ARGV[1] and redis.call('EXISTS', KEYS[i]) == 1 then
    if found:sub(1, 4) ~= ARGV[1]:sub(1, 4) then
      return redis.error_reply('WRONGTYPE the string at this key is no Bloom filter')
    end
    return redis.error_reply('MISUSE a filter was made with another size, error rate or codec')
  end
end
local left = redis.call('PTTL', KEYS[1])
redis.call('BITOP', 'OR', KEYS[1], unpack(KEYS))
if left >= 0 then redis.call('PEXPIRE', KEYS[1], math.max(left, 1)) end
return 1
