-- What wrk sends: the paths of a file in rotation, each with a number where the file has FRESH.
--
-- Arguments: the file; the media type to ask for; the digits of the number that stay; "fresh" or "same":
-- whether the number grows with every request. At the end one line of JSON: see load.py.
local heads, tails, chosen, sent, digits, fresh, rest = {}, {}, 0, 0, "", false, ""

function init(arguments)
   for line in io.lines(arguments[1]) do
      local head, tail = line:match("^(.-)FRESH(.*)$")
      heads[#heads + 1] = "GET " .. head
      tails[#tails + 1] = tail
   end
   digits, fresh = arguments[3], arguments[4] == "fresh"
   rest = " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\nAccept: " .. arguments[2] .. "\r\n\r\n"
end

function request()
   chosen = chosen % #heads + 1
   if fresh then sent = sent + 1 end
   return heads[chosen] .. digits .. string.format("%07d", sent) .. tails[chosen] .. rest
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      'LOAD {"requests": %d, "seconds": %f, "bytes": %d, "median": %f, "p99": %f, "refused": %d, "broken": %d}\n',
      summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3,
      latency:percentile(99) / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
