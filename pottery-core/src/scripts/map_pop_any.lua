-- Removes a random field and returns it with its value; an empty array if there is none.
-- KEYS[1]: the hash
local entry = redis.pcall('HRANDFIELD', KEYS[1], 1, 'WITHVALUES')
if entry[1] then redis.call('HDEL', KEYS[1], entry[1]) end
return entry -- an error is returned like an entry
