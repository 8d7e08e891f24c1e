-- Stores the union of HyperLogLogs, in place of what is there. A time to live stays.
-- KEYS[1]: where it goes; KEYS[2..]: the operands, of which it may be one
-- all must be HyperLogLogs, also the one that is replaced
local count = redis.pcall('PFCOUNT', unpack(KEYS))
if type(count) == 'table' then return count end -- an error, with its code
local left, is_operand, is_there = redis.call('PTTL', KEYS[1]), false, false
for i = 2, #KEYS do
  is_operand = is_operand or KEYS[i] == KEYS[1]
  is_there = is_there or redis.call('EXISTS', KEYS[i]) == 1
end
if not is_operand then redis.call('UNLINK', KEYS[1]) end
if is_there then redis.call('PFMERGE', KEYS[1], unpack(KEYS, 2)) end
if left >= 0 then redis.call('PEXPIRE', KEYS[1], math.max(left, 1)) end
return 1
