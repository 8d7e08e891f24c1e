-- Gives a lease back without having found out.
-- KEYS[1]: the hash, as memo_ask has it; ARGV[1]: the key; ARGV[2]: the token
local lease = redis.pcall('HGET', KEYS[1], '?' .. ARGV[1])
if type(lease) == 'table' then return lease end -- an error
if string.match(lease or '', '^%d+:(.*)$') ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], '?' .. ARGV[1])
