-- Gives an object that is about to be written for the first time the time to live of its model.
-- KEYS[1]: the object's hash; ARGV[1]: milliseconds; ARGV[2], ARGV[3]: the field of the id, and the id
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  return 1
end
return 0
