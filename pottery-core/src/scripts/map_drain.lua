-- Removes the hash and returns what it held: fields and values by turns.
-- KEYS[1]: the hash
local entries = redis.pcall('HGETALL', KEYS[1])
if not entries.err then redis.call('UNLINK', KEYS[1]) end
return entries -- an error is returned like entries
