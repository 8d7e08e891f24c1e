-- Empties the collections of an object before they are written anew.
-- KEYS: the collections; ARGV: the type that each must have
-- A key of a foreign type is left alone and named by its number: what is written to it next fails by itself.
local ours, foreign = {}, nil
for i = 1, #KEYS do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found == ARGV[i] then
    ours[#ours + 1] = KEYS[i]
  elseif found ~= 'none' and not foreign then
    foreign = 'WRONGTYPE a ' .. ARGV[i] .. ' was expected, and a ' .. found .. ' is stored as collection ' .. i
  end
end
if #ours > 0 then redis.call('UNLINK', unpack(ours)) end
if foreign then return redis.error_reply(foreign) end
return #ours
