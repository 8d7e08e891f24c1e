-- Where a text has another one, in bytes; nil if it has not.
-- KEYS[1]: the text; ARGV[1]: what is looked for
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'table' then return text end -- an error, with its code
local at = string.find(text or '', ARGV[1], 1, true)
return at and at - 1
