-- For scripts/bench-service, run by wrk: sends the signed requests of a file, each once, and notes which job each 202 named.
-- Arguments: the file of requests, the file to add the jobs to, and how many requests a second (0: as fast as it goes).

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long microseconds; } bench_time;
  int gettimeofday(bench_time *time, void *zone);
]]

local worker -- as wrk's main thread knows the one thread
local requests, jobs, pace
local clock = ffi.new("bench_time")
accepted, others, exhausted = 0, 0, 0 -- what done() asks the thread for must be global

function setup(thread)
  worker = thread
end

function init(arguments)
  requests = assert(io.open(arguments[1])):lines()
  jobs = assert(io.open(arguments[2], "a"))
  pace = tonumber(arguments[3])
  if pace == 0 then delay = nil end
end

local function milliseconds()
  ffi.C.gettimeofday(clock, nil)
  return tonumber(clock.seconds) * 1000 + tonumber(clock.microseconds) / 1000
end

-- Each request has its moment. One that comes too late for it, for all connections were busy, goes at once.
local next_moment
function delay()
  local now = milliseconds()
  local moment = next_moment or now
  next_moment = moment + 1000 / pace
  return math.max(0, math.floor(moment - now + 0.5))
end

function request()
  local line = requests()
  if not line then
    exhausted = 1
    wrk.thread:stop()
    return wrk.format("GET", "/healthz")
  end
  local id, timestamp, signature, body = line:match("^([^\t]+)\t([^\t]+)\t([^\t]+)\t(.+)$")
  return wrk.format("POST", nil, {
    ["content-type"] = "application/json",
    ["webhook-id"] = id,
    ["webhook-timestamp"] = timestamp,
    ["webhook-signature"] = signature,
  }, body)
end

function response(status, _, body)
  local job = status == 202 and body:match('"job": ?"([^"]+)"')
  if job then
    accepted = accepted + 1
    jobs:write(job, "\n")
  else
    others = others + 1
  end
end

function done(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  local seconds = summary.duration / 1e6
  local count, other = worker:get("accepted"), worker:get("others")
  if other > 0 or broken > 0 or worker:get("exhausted") > 0 then
    io.stderr:write(("%d answers 202, %d others, %d connections broken or timed out; requests used up: %d\n")
      :format(count, other, broken, worker:get("exhausted")))
    os.exit(1)
  end
  print(("bench: %d deliveries, each answered 202, in %.1f s: %.0f a second; p50 %.1f ms, p99 %.1f ms, longest %.1f ms")
    :format(count, seconds, count / seconds, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
