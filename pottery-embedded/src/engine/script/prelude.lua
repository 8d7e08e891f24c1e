-- Turns a fresh interpreter into the one that scripts run in: Redis's globals, none of which can be changed.
--
-- What scripts see as a table of functions is an empty table in front of the true one, so that every assignment comes to
-- a metamethod that refuses it. What would look past that (rawset, next, ...) is replaced. Whatever can catch errors is
-- replaced too, since what functions written in Rust raise must be turned into what scripts know ("explain").

local native = ...
local G, real = _G, {}

local coroutine, error, getmetatable, loadstring, next = coroutine, error, getmetatable, loadstring, next
local pcall, rawget, rawset, select, setmetatable = pcall, rawget, rawset, select, setmetatable
local string, table, type, xpcall, collectgarbage = string, table, type, xpcall, collectgarbage
local explain, handler = native.explain, native.handler
local gsub, match, unpack = string.gsub, string.match, G.unpack

local READONLY = 'Attempt to modify a readonly table'

-- what scripts see -> what is behind it
local protected = {}

local function refuse()
  error(READONLY, 2)
end

local function protect(front, behind, metatable)
  protected[front] = behind
  return setmetatable(front, {__index = behind, __newindex = refuse, __metatable = metatable or false})
end

-- Takes back what got past the metamethods: table.insert does.
local function heal()
  for front in next, protected do
    local key = next(front)
    while key ~= nil do
      rawset(front, key, nil)
      key = next(front)
    end
  end
end

-- Lua's complaint about an argument that isn't of the type wanted, at the place of our caller's caller.
local function expect(wanted, name, ...)
  local value = ...
  if type(value) ~= wanted then
    local got = select('#', ...) == 0 and 'no value' or type(value)
    error(string.format("bad argument #1 to '%s' (%s expected, got %s)", name, wanted, got), 3)
  end
  return value
end

for _, name in next, {
  'assert', 'error', 'gcinfo', 'ipairs', 'rawequal', 'select', 'tonumber', 'tostring', 'type', '_VERSION',
} do
  real[name] = G[name]
end
real.unpack = native.unpack
real.__redis__err__handler = handler

-- Errors ---------------------------------------------------------------------------------------------------------------

-- The interpreter's pcall and xpcall put one value more than there is room for on its stack when a function returns many,
-- which ends the process where the interpreter is built to look after that. So what runs under them returns few values:
-- many come in a table, behind a mark.
local MARK = {}

local function few(...)
  if select('#', ...) < 15 then return ... end
  return MARK, {n = select('#', ...), ...}
end

local function apply(f, ...)
  return few(f(...))
end

-- What `few` was given.
local function many(...)
  if (...) ~= MARK then return ... end
  local values = select(2, ...)
  return unpack(values, 1, values.n)
end

-- A complaint about a function that `apply` called, as if there had been no `apply`.
local function clean(problem)
  local text = type(problem) == 'string' and match(problem, '^prelude:%d+: (.*)$')
  if not text then return problem end
  text = gsub(text, "^attempt to call %a+ '[^']*' ", 'attempt to call ')
  text = gsub(text, "^attempt to call (%(?)a (%a+) value%)?$", 'attempt to call a %2 value')
  return (gsub(text, "^(bad argument #%d+ to ')%a+'", '%1?\''))
end

local function caught(ok, ...)
  if ok then return ok, many(...) end
  local problem = clean(explain((...)))
  -- as before Redis 7, when errors were strings
  if type(problem) == 'table' then
    local text = problem.err
    if type(text) == 'string' or type(text) == 'number' then problem = text end
  end
  return false, problem
end

function real.pcall(...)
  if select('#', ...) == 0 then return false, 'attempt to call a boolean value' end
  return caught(pcall(apply, ...))
end

local function caught_by_handler(ok, ...)
  -- a script that must end doesn't go on because its handler failed
  if not ok then
    native.check()
    return ok, ...
  end
  return ok, many(...)
end

function real.xpcall(...)
  if select('#', ...) < 2 then error("bad argument #2 to 'xpcall' (value expected)", 2) end
  local body, handle = ...
  return caught_by_handler(xpcall(function() return few(body()) end, function(problem)
    return handle(clean(explain(problem)))
  end))
end

local function resumed(ok, ...)
  if ok then return ok, ... end
  return false, explain((...))
end

local function unwrapped(ok, ...)
  if ok then return ... end
  -- two levels for the caller: the tail call counts for one
  error(explain((...)), 3)
end

local create, resume = coroutine.create, coroutine.resume

function coroutine.resume(thread, ...)
  if type(thread) ~= 'thread' then error("bad argument #1 to 'resume' (coroutine expected)", 2) end
  return resumed(resume(thread, ...))
end

function coroutine.wrap(body)
  local ok, thread = pcall(create, body)
  if not ok then error("bad argument #1 to 'wrap' (Lua function expected)", 2) end
  return function(...) return unwrapped(resume(thread, ...)) end
end

-- Loading --------------------------------------------------------------------------------------------------------------

-- Text alone: with the bytes of a compiled chunk a script could do anything to the process.
local function compile(text, name)
  if string.byte(text) == 27 then
    local ok, problem = loadstring('\1', name or text)
    return nil, (string.gsub(problem, 'char%(1%)', 'char(27)'))
  end
  return loadstring(text, name)
end

function real.loadstring(...)
  local text, name = ...
  if type(text) == 'number' then text = text .. '' else expect('string', 'loadstring', ...) end
  return compile(text, name)
end

function real.load(...)
  local reader, name = expect('function', 'load', ...), select(2, ...)
  local pieces = {}
  while true do
    local ok, piece = pcall(reader)
    if not ok then return nil, explain(piece) end
    if piece == nil or piece == '' then break end
    if type(piece) == 'number' then piece = piece .. '' end
    if type(piece) ~= 'string' then return nil, 'reader function must return a string' end
    pieces[#pieces + 1] = piece
  end
  return compile(table.concat(pieces), name or '=(load)')
end

-- Tables that can't be changed -----------------------------------------------------------------------------------------

function real.next(...)
  local subject = expect('table', 'next', ...)
  return next(protected[subject] or subject, (select(2, ...)))
end

function real.pairs(...)
  local subject = expect('table', 'pairs', ...)
  if protected[subject] then return real.next, subject, nil end
  return next, subject, nil
end

function real.rawget(...)
  local subject = expect('table', 'rawget', ...)
  return rawget(protected[subject] or subject, (select(2, ...)))
end

function real.rawset(...)
  local subject = expect('table', 'rawset', ...)
  if protected[subject] then error(READONLY, 0) end
  return rawset(...)
end

function real.getmetatable(...)
  if select('#', ...) == 0 then error("bad argument #1 to 'getmetatable' (value expected)", 2) end
  local metatable = getmetatable(...)
  if metatable == false then return nil end
  return metatable
end

function real.setmetatable(...)
  local subject, metatable = expect('table', 'setmetatable', ...), select(2, ...)
  if select('#', ...) == 1 or metatable ~= nil and type(metatable) ~= 'table' then
    error("bad argument #2 to 'setmetatable' (nil or table expected)", 2)
  end
  if protected[subject] then error(READONLY, 0) end
  if not pcall(setmetatable, subject, metatable) then error('cannot change a protected metatable', 2) end
  return subject
end

-- What outlasts a script can't be chosen by it.
function real.collectgarbage(option, argument)
  if option == 'stop' or option == 'setpause' or option == 'setstepmul' then return 0 end
  return collectgarbage(option, argument)
end

-- The globals ----------------------------------------------------------------------------------------------------------

local math = G.math
math.random, math.randomseed = native.random, native.randomseed

native.libraries.coroutine, native.libraries.math = coroutine, math
native.libraries.string, native.libraries.table = string, table
for name, library in next, native.libraries do
  real[name] = protect({}, library)
end

local strings = getmetatable('')
strings.__metatable = protect({}, {__index = real.string})

for name in next, G do
  if name ~= '_G' then G[name] = nil end
end
G._G = nil
real._G = G

local function nonexistent(_, name)
  if type(name) ~= 'string' and type(name) ~= 'number' then
    error('Second argument to luaProtectedTableError must be a string or number', 2)
  end
  error("Script attempted to access nonexistent global variable '" .. name .. "'", 2)
end

protected[G] = real
setmetatable(real, {__index = nonexistent})
setmetatable(G, {__index = real, __newindex = refuse, __metatable = protect({}, {__index = nonexistent})})

-- For Rust -------------------------------------------------------------------------------------------------------------

local scripts = {}

-- Keeps a script under a number.
function native.keep(number, script)
  scripts[number] = script
end

-- What is wrong with a text that is no script, in the bytes that it was written in.
function native.complain(text)
  local _, problem = compile(text, '@user_script')
  return problem
end

local script

-- The script's first value: no other counts, and no more may come. See `few`.
local function first()
  return (script())
end

-- Runs a script. Returns whether it succeeded, and with what.
function native.run(number, keys, arguments, careful)
  real.KEYS, real.ARGV = keys, arguments
  script = scripts[number]
  local ok, result = xpcall(first, handler)
  if careful then heal() end
  return ok, result
end
