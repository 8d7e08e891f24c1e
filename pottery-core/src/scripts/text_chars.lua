-- How many characters a text has: all bytes but the later ones of a character.
-- KEYS[1]: the text
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'table' then return text end -- an error, with its code
local count = 0
-- in pieces, so that no second text as long as the first is made
for from = 1, #(text or ''), 65536 do
  local _, found = text:sub(from, from + 65535):gsub('[^\128-\191]', '')
  count = count + found
end
return count
