-- Changes a text, in place or into a new key. Returns how many bytes the result has.
-- KEYS[1]: the text; KEYS[2], if there: where the result goes, and nothing may be yet
-- ARGV[1]: 'splice', ARGV[2]: where a part begins, ARGV[3]: behind its end (both in bytes; -1 is the end of the text),
-- ARGV[4]: what comes in its place; or 'repeat' and ARGV[2]: how many times
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'table' then return text end -- an error, with its code
if not text and KEYS[2] then return redis.error_reply('NOTFOUND there is no text to make another of') end
local is_there = text ~= false
text = text or ''
if KEYS[2] and redis.call('EXISTS', KEYS[2]) == 1 then
  return redis.error_reply('EXISTS there is something at this key already')
end

-- Whether a place is in the middle of a character: behind it comes one of its later bytes.
local function torn(at)
  local byte = text:byte(at + 1)
  return byte and byte >= 128 and byte < 192
end

local result
if ARGV[1] == 'repeat' then
  local times = tonumber(ARGV[2])
  if #text > 0 and times > 536870912 / #text then
    return redis.error_reply('OVERFLOW the text would be longer than 512 MiB')
  end
  result = #text > 0 and text:rep(times) or ''
else
  local from, to = tonumber(ARGV[2]), tonumber(ARGV[3])
  if from < 0 then from = #text end
  if to < 0 then to = #text end
  if from > to or to > #text then
    return redis.error_reply('INDEX the text has only ' .. #text .. ' bytes')
  end
  if torn(from) or torn(to) then
    return redis.error_reply('MISUSE this byte is in the middle of a character')
  end
  if #text - (to - from) + #ARGV[4] > 536870912 then
    return redis.error_reply('OVERFLOW the text would be longer than 512 MiB')
  end
  result = text:sub(1, from) .. ARGV[4] .. text:sub(to + 1)
end
if KEYS[2] then
  redis.call('SET', KEYS[2], result)
elseif is_there or result ~= '' then
  redis.call('SET', KEYS[1], result, 'KEEPTTL')
end
return #result
