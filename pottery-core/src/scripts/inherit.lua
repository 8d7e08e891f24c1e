-- Gives keys of an object the time to live that the object has.
-- KEYS[1]: the object's hash; KEYS[2..]: its other keys, where they may just have been born
-- ARGV[1]: the time to live declared for the model, in milliseconds (0: none); ARGV[2]: the hash field of the id
local declared = tonumber(ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left == -2 then
  left = declared
elseif left == -1 and declared > 0 and redis.call('TYPE', KEYS[1]).ok == 'hash'
  and redis.call('HEXISTS', KEYS[1], ARGV[2]) == 0 then
  -- the hash was born by a write to one field, and no object stands behind it
  redis.call('PEXPIRE', KEYS[1], declared)
  left = declared
end
if left == 0 then left = 1 end
if left > 0 then
  for i = 2, #KEYS do
    if redis.call('PTTL', KEYS[i]) == -1 then redis.call('PEXPIRE', KEYS[i], left) end
  end
end
return left
