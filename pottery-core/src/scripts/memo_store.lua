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
redis.call('HDEL', KEYS[1], '?' .. ARGV[1])
redis.call('HSET', KEYS[1], '=' .. ARGV[1], ARGV[5])
local life = tonumber(ARGV[3])
if life == 0 then
  redis.call('HDEL', KEYS[1], '!' .. ARGV[1])
else
  redis.call('HSET', KEYS[1], '!' .. ARGV[1], string.format('%.0f', now + life))
end
-- some at random: of what has ended, few can stay for long
for _, field in ipairs(redis.call('HRANDFIELD', KEYS[1], 20)) do
  local key = string.sub(field, 2)
  if string.sub(field, 1, 1) == '?' then
    local ends = string.match(redis.call('HGET', KEYS[1], field) or '', '^%d+')
    if ends and tonumber(ends) <= now then redis.call('HDEL', KEYS[1], field) end
  else
    local ends = tonumber(redis.call('HGET', KEYS[1], '!' .. key) or '')
    if ends and ends <= now then redis.call('HDEL', KEYS[1], '=' .. key, '!' .. key) end
  end
end
if ARGV[4] == '1' and life == 0 then
  redis.call('PERSIST', KEYS[1])
elseif ARGV[4] == '1' and (left ~= -1 or redis.call('HLEN', KEYS[1]) == 2) then
  -- all of it ends: with the last
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(life, left)))
end
return 1
