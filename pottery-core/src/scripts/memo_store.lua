-- Remembers something, and forgets a little of what has ended.
-- KEYS[1]: the hash, as memo_ask has it
-- ARGV[1]: the key; ARGV[2]: the token whose lease must still be there, or '' to ask for none
-- ARGV[3]: how long it lives in milliseconds, 0 for ever; ARGV[4]: '1' if the hash may be given a time to live
-- ARGV[5]: what is remembered
local lease = redis.pcall('HGET', KEYS[1], '?' .. ARGV[1])
if type(lease) == 'table' then return lease end -- an error
if ARGV[2] ~= '' and string.match(lease or '', '^%d+:(.*)$') ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = redis.call('PTTL', KEYS[1])
if lease then redis.call('HDEL', KEYS[1], '?' .. ARGV[1]) end
local life = tonumber(ARGV[3])
if life == 0 then
  redis.call('HSET', KEYS[1], '=' .. ARGV[1], ARGV[5])
  redis.call('HDEL', KEYS[1], '!' .. ARGV[1])
else
  local ends = string.format('%.0f', now + life)
  redis.call('HSET', KEYS[1], '=' .. ARGV[1], ARGV[5], '!' .. ARGV[1], ends)
end
-- some at random: of what has ended, few can stay for long
local fields, stamps = redis.call('HRANDFIELD', KEYS[1], 10), {}
for i, field in ipairs(fields) do
  stamps[i] = string.gsub(field, '^=', '!', 1)
end
for i, ends in ipairs(redis.call('HMGET', KEYS[1], unpack(stamps))) do
  ends = ends and tonumber(string.match(ends, '^%d+'))
  if ends and ends <= now then
    redis.call('HDEL', KEYS[1], stamps[i])
    if string.sub(stamps[i], 1, 1) == '!' then redis.call('HDEL', KEYS[1], '=' .. string.sub(stamps[i], 2)) end
  end
end
if ARGV[4] == '1' and life == 0 then
  redis.call('PERSIST', KEYS[1])
elseif ARGV[4] == '1' and (left ~= -1 or redis.call('HLEN', KEYS[1]) == 2) then
  -- all of it ends: with the last
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(life, left)))
end
return 1
