-- How much is remembered, without what has ended.
-- KEYS[1]: the hash, as memo_ask has it
local fields = redis.pcall('HKEYS', KEYS[1])
if fields.err then return fields end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count, batch = 0, {}
local function look()
  if #batch == 0 then return end
  for _, ends in ipairs(redis.call('HMGET', KEYS[1], unpack(batch))) do
    if not ends or (tonumber(ends) or 0) > now then count = count + 1 end
  end
  batch = {}
end
for _, field in ipairs(fields) do
  if string.sub(field, 1, 1) == '=' then
    batch[#batch + 1] = '!' .. string.sub(field, 2)
    if #batch == 1000 then look() end
  end
end
look()
return count
