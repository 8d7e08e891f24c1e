-- Looks at a range of a sorted set, or removes it: with 'look' and 'drain' the answer is members and scores by turns,
-- with 'remove' how many there were.
-- KEYS[1]: the sorted set; ARGV[1]: 'look', 'drain' or 'remove'; ARGV[2..]: what ZRANGE takes behind the key
local STEP = 4000
local members = redis.pcall('ZRANGE', KEYS[1], unpack(ARGV, 2))
if members.err then return members end

local entries = {}
if ARGV[1] ~= 'remove' then
  for i = 1, #members, STEP do
    local to = math.min(i + STEP - 1, #members)
    local scores = redis.call('ZMSCORE', KEYS[1], unpack(members, i, to))
    for j = i, to do
      entries[2 * j - 1] = members[j]
      entries[2 * j] = scores[j - i + 1]
    end
  end
end
if ARGV[1] ~= 'look' and #members > 0 then
  if #members == redis.call('ZCARD', KEYS[1]) then
    redis.call('UNLINK', KEYS[1])
  else
    for i = 1, #members, STEP do
      redis.call('ZREM', KEYS[1], unpack(members, i, math.min(i + STEP - 1, #members)))
    end
  end
end
if ARGV[1] == 'remove' then return #members end
return entries
