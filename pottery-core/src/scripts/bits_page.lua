-- The next bytes that are not all zeros: where they begin, and some of them. Nothing behind the last.
-- KEYS[1]: the bits; ARGV[1]: from which byte on; ARGV[2]: how many bytes
local at = redis.pcall('BITPOS', KEYS[1], 1, ARGV[1])
if type(at) == 'table' then return at end -- an error, with its code
if at < 0 then return {} end
local from = math.floor(at / 8)
return { tostring(from), redis.call('GETRANGE', KEYS[1], from, from + tonumber(ARGV[2]) - 1) }
