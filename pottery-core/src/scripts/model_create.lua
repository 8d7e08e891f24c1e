-- Writes an object unless there is one: all of it or nothing.
-- KEYS[1]: the object's hash; KEYS[2..]: its collections
-- ARGV[1]: the field of the id; ARGV[2]: time to live in milliseconds (0: none); ARGV[3..]: the type of each
-- collection; then the commands: the index of the key, the name, the number of arguments, the arguments
-- A key of a foreign type is named by its number among the collections.
local function wrong(want, found, where)
  return redis.error_reply('WRONGTYPE a ' .. want .. ' was expected, and a ' .. found .. ' is stored' .. where)
end
local found = redis.call('TYPE', KEYS[1]).ok
if found ~= 'none' and found ~= 'hash' then return wrong('hash', found, '') end
if found == 'hash' and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  return redis.error_reply('EXISTS there is an object with this id already')
end
for i = 2, #KEYS do
  found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= ARGV[i + 1] then
    return wrong(ARGV[i + 1], found, ' as collection ' .. i - 1)
  end
end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
local at = #KEYS + 2
while at <= #ARGV do
  local count = tonumber(ARGV[at + 2])
  redis.call(ARGV[at + 1], KEYS[tonumber(ARGV[at])], unpack(ARGV, at + 3, at + 2 + count))
  at = at + 3 + count
end
if ARGV[2] ~= '0' then
  for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end
return 1
