-- The next page of a sorted set in its order, behind a member that may be gone by now: members and scores by turns.
-- KEYS[1]: the sorted set; ARGV[1]: the score of the last member before the page; ARGV[2]: that member;
-- ARGV[3]: how many to bring at the most
local score, member = ARGV[1], ARGV[2]

-- Whether a stands before b, byte by byte: Lua's own comparison may follow the server's language.
local function before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local low = redis.pcall('ZCOUNT', KEYS[1], '-inf', '(' .. score)
if type(low) == 'table' then return low end -- an error
-- among those of the same score: the first that stands behind the member
local high = low + redis.call('ZCOUNT', KEYS[1], score, score)
while low < high do
  local middle = math.floor((low + high) / 2)
  local found = redis.call('ZRANGE', KEYS[1], middle, middle)[1]
  if before(member, found) then high = middle else low = middle + 1 end
end
return redis.call('ZRANGE', KEYS[1], low, low + ARGV[3] - 1, 'WITHSCORES')
