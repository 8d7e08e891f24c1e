-- Looks for what is remembered under a key; where nothing is, lets one of those who ask find out.
-- KEYS[1]: the hash. Of each key it has a field '=' with what is remembered, '!' with when that ends (none: never), and
-- '?' with when the lease of the one who finds out ends, a colon and its token. Times are the server's, in milliseconds.
-- ARGV[1]: the key; ARGV[2]: the token of this one; ARGV[3]: how long its lease lasts
-- ARGV[4]: how long what is found lives from now on, or '' as it did; ARGV[5]: '1' if what is there is of no use
-- ARGV[6]: '1' if the hash may be given a time to live
-- Returns 1 and what is remembered; 0 and for how long another one has the lease; or 2: find out.
local found = redis.pcall('HMGET', KEYS[1], '=' .. ARGV[1], '!' .. ARGV[1], '?' .. ARGV[1])
if found.err then return found end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function outlive(life)
  local left = redis.call('PTTL', KEYS[1])
  if ARGV[6] == '1' and left >= 0 and left < life then
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', life))
  end
end
if found[1] and ARGV[5] ~= '1' and (not found[2] or (tonumber(found[2]) or 0) > now) then
  if found[2] and ARGV[4] ~= '' then
    redis.call('HSET', KEYS[1], '!' .. ARGV[1], string.format('%.0f', now + ARGV[4]))
    outlive(tonumber(ARGV[4]))
  end
  return {1, found[1]}
end
if found[3] then
  local ends, token = string.match(found[3], '^(%d+):(.*)$')
  if ends and tonumber(ends) > now and token ~= ARGV[2] then return {0, tonumber(ends) - now} end
end
local is_new = redis.call('EXISTS', KEYS[1]) == 0
redis.call('HSET', KEYS[1], '?' .. ARGV[1], string.format('%.0f', now + ARGV[3]) .. ':' .. ARGV[2])
if is_new and ARGV[6] == '1' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
outlive(tonumber(ARGV[3]))
return {2}
