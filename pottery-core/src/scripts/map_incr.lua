-- Adds an integer to a field, if the sum is one that the program's type can hold.
-- KEYS[1]: the hash; ARGV[1]: the field; ARGV[2]: what to add; ARGV[3], ARGV[4]: the least and the most that the field
-- may hold before. All numbers are decimal text: Lua's own are exact up to 2^53 only.
local function at_most(a, b)
  local below, also = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  if below ~= also then return below end
  if #a ~= #b then return (#a < #b) ~= below end
  if below then return a >= b end
  return a <= b
end

local old = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(old) == 'table' then return old end -- an error
old = old or '0'
-- what is no number is left to HINCRBY to refuse
if old == '0' or old:find('^%-?[1-9]%d*$') then
  if not at_most(ARGV[3], old) or not at_most(old, ARGV[4]) then
    return redis.error_reply('OVERFLOW the sum would leave the range of the type')
  end
end
local sum = redis.pcall('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
if type(sum) == 'table' then return sum end -- an error
return redis.call('HGET', KEYS[1], ARGV[1])
