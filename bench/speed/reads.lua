-- For wrk: reads of which hardly two are the same. Arguments: articles or authors, how many there are, a seed.
local kind, amount

function init(args)
  kind, amount = args[1], tonumber(args[2])
  math.randomseed(tonumber(args[3]))
end

function request()
  local number = math.random(amount)
  if kind == "articles" then
    return wrk.format("GET", "/api/articles/generated-" .. number)
  end
  return wrk.format("GET", "/api/articles?author=reader-" .. number .. "&limit=20")
end
