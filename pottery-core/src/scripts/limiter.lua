-- Asks a limiter for some of what it gives, by the server's clock. Times are in microseconds.
-- KEYS[1]: the moment at which everything will be free again
-- ARGV[1]: the time after which one is free again; ARGV[2]: how many there are; ARGV[3]: how many are asked for;
-- ARGV[4]: '1' to take them, '0' to look whether they could be taken
-- Returns whether they are given, how many are left, how long to wait, and how long until everything is free again.
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then return stored end -- an error
local interval, limit, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local busy = now
if stored then
  busy = tonumber(stored)
  if not busy then return redis.error_reply('ERR value is not an integer: it is no limiter') end
  -- a clock that was put back, or a stricter limit than before, keeps nobody out for longer than the whole
  busy = math.max(now, math.min(busy, now + interval * limit))
end
local ends = busy + interval * cost
local wait = ends - interval * limit - now
if wait > 0 then
  return { 0, math.floor((now + interval * limit - busy) / interval), wait, busy - now }
end
if ARGV[4] == '1' and cost > 0 then
  redis.call('SET', KEYS[1], string.format('%.0f', ends), 'PXAT', string.format('%.0f', math.ceil(ends / 1000)))
end
return { 1, math.floor(-wait / interval), 0, ends - now }
