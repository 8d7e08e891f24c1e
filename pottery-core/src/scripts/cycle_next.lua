-- Moves a position on by one, and from the last to the first. Returns it.
-- KEYS[1]: the position; ARGV[1]: how many there are
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then return stored end
local position = 0
if stored then
  position = tonumber(stored)
  if not position or not stored:match('^%d+$') then
    return redis.error_reply('ERR value is not an integer or out of range')
  end
end
position = (position % tonumber(ARGV[1]) + 1) % tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', position), 'KEEPTTL')
return position
