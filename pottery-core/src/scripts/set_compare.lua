-- How many members two sets have, and how many of them in common.
-- KEYS[1], KEYS[2]: the sets; ARGV[1]: stop counting the common ones here (0: count them all)
local first = redis.pcall('SCARD', KEYS[1])
if type(first) == 'table' then return first end -- an error
local second = redis.pcall('SCARD', KEYS[2])
if type(second) == 'table' then return second end -- an error
local common = redis.pcall('SINTERCARD', 2, KEYS[1], KEYS[2], 'LIMIT', ARGV[1])
-- Redis before 7.0 has no such command
if type(common) == 'table' then common = #redis.call('SINTER', KEYS[1], KEYS[2]) end
return { first, second, common }
