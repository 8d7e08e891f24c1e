-- Stores what a command finds in a sorted set, in place of what that holds. Returns how many members there are.
-- KEYS[1]: where the result goes; KEYS[2..]: where it comes from
-- ARGV[1]: the command, or nothing if nothing is found; ARGV[2]: '1' if it is told how many keys it reads;
-- ARGV[3..]: what it takes behind the keys
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' and kind ~= 'zset' then
  return redis.error_reply('WRONGTYPE Operation against a key holding the wrong kind of value')
end
if ARGV[1] == '' then
  redis.call('UNLINK', KEYS[1])
  return 0
end
local command = { ARGV[1], KEYS[1] }
if ARGV[2] == '1' then command[3] = #KEYS - 1 end
for i = 2, #KEYS do command[#command + 1] = KEYS[i] end
for i = 3, #ARGV do command[#command + 1] = ARGV[i] end
return redis.pcall(unpack(command))
